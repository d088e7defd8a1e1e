package session

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"weir/exec"
	"weir/parser/diag"
)

// A running job listens on a Unix socket in the directory of its checkpoints. A client sends one line and gets one:
//
//	weir1 describe               → ok ID STATUS EPOCH NAME      EPOCH is that of the last checkpoint, - before the first
//	weir1 checkpoint             → ok EPOCH
//	weir1 savepoint [DIR]        → ok PATH                      without DIR in the job's own directory for savepoints
//	weir1 stop [drain] [DIR]     → ok [PATH]                    behind a checkpoint, which is a savepoint if there is a DIR
//	anything                     → error CODE MESSAGE
//
// The first word is the version: a job answers only the one that it speaks. DIR, PATH, NAME and MESSAGE go to the end of
// the line.
const (
	controlVersion = "weir1"
	socketName     = "socket"
	// hiddenSocket begins the name of the directory in which a socket is made.
	hiddenSocket = "." + socketName + "-"

	// longestRequest holds a path of 4,096 bytes, which is the longest that Linux takes.
	longestRequest = 8 << 10
	// longestAnswer holds a message that names several paths.
	longestAnswer = 64 << 10
	// mostClients are connected at a time; others wait to be accepted.
	mostClients = 16
	// lineTimeout is how long a line may take to arrive or to be taken; how long an answer takes to be found is not
	// bounded: a savepoint may be large.
	lineTimeout = 10 * time.Second
	// longestAddress is what a Unix socket's address holds on Linux, a zero byte at its end included; others hold less.
	longestAddress = 104
)

// listening is a job that other processes can reach. A nil one can't be.
type listening struct {
	job     *job
	socket  net.Listener
	path    string
	info    fs.FileInfo // of the socket
	entry   string      // file in the registry; empty: none
	ctx     context.Context
	stop    context.CancelFunc
	clients sync.WaitGroup
	turn    chan struct{} // holds a token while no request is before the job
}

// listen opens the socket of a job in its directory and enters the job in the registry. The job has it until close. An
// error may come with a listening that only the registry doesn't know.
func listen(j *job, registry Registry) (*listening, error) {
	dir, err := filepath.Abs(j.dir)
	if err != nil {
		return nil, err
	}
	l := &listening{job: j, path: filepath.Join(dir, socketName), turn: make(chan struct{}, 1)}
	if err := l.open(dir); err != nil {
		return nil, err
	}
	l.turn <- struct{}{}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.clients.Go(l.accept)
	l.entry, err = registry.enter(Entry{ID: j.info.ID, Name: j.info.Name, Directory: dir, PID: os.Getpid(), Started: j.started()})
	return l, err
}

// open makes the socket. It is made in a directory that only this user may enter and moved from there, so that at no
// moment others may write to it; one that an earlier process left behind is replaced.
func (l *listening) open(dir string) error {
	if err := removeHidden(dir); err != nil {
		return err
	}
	made, err := os.MkdirTemp(dir, hiddenSocket)
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	at, err := addressIn(made)
	if err != nil {
		return err
	}
	defer at.close()
	socket, err := net.Listen("unix", at.name)
	if err != nil {
		return err
	}
	socket.(*net.UnixListener).SetUnlinkOnClose(false) // it is elsewhere by then
	name := filepath.Join(made, socketName)
	err = errors.Join(os.Chmod(name, 0o600), os.Rename(name, l.path))
	if err == nil {
		l.info, err = os.Lstat(l.path)
	}
	if err != nil {
		_ = socket.Close()
		return err
	}
	l.socket = socket
	return nil
}

// removeHidden removes what processes left that were killed while they made their sockets. Nobody else makes any: who has
// the job has locked its directory.
func removeHidden(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), hiddenSocket) {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// address is the address of the socket in a directory. A long path does not fit into one: then the directory is held
// open, and reached by the name that Linux gives open files.
type address struct {
	name string
	held *os.File // nil: the path is short
}

func addressIn(dir string) (address, error) {
	name := filepath.Join(dir, socketName)
	if len(name) < longestAddress {
		return address{name: name}, nil
	}
	held, err := os.Open(dir)
	if err != nil {
		return address{}, err
	}
	return address{name: fmt.Sprintf("/proc/self/fd/%d/%s", held.Fd(), socketName), held: held}, nil
}

func (a address) close() {
	if a.held != nil {
		_ = a.held.Close() // it was only read
	}
}

// close ends the connections, waits for those who serve them, and takes the job out of the registry.
func (l *listening) close() {
	if l == nil {
		return
	}
	l.stop()
	_ = l.socket.Close()
	l.clients.Wait()
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.info) {
		_ = os.Remove(l.path) // a socket that stays is one that does not answer
	}
	if l.entry != "" {
		_ = os.Remove(l.entry)
	}
}

// accept serves clients until close.
func (l *listening) accept() {
	room := make(chan struct{}, mostClients)
	for {
		select {
		case room <- struct{}{}:
		case <-l.ctx.Done():
			return
		}
		c, err := l.socket.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // no more files may be open: others may be closed soon
			<-room
			select {
			case <-time.After(lineTimeout / 100):
			case <-l.ctx.Done():
			}
			continue
		}
		l.clients.Go(func() {
			defer func() { <-room }()
			l.serve(c)
		})
	}
}

// serve answers one client.
func (l *listening) serve(c net.Conn) {
	defer c.Close()
	// The end of the job ends reading; an answer that has been found still leaves.
	defer context.AfterFunc(l.ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })()
	if c.SetReadDeadline(time.Now().Add(lineTimeout)) != nil || l.ctx.Err() != nil {
		return
	}
	line, err := bufio.NewReaderSize(c, longestRequest).ReadSlice('\n')
	answer := ""
	switch {
	case err == nil:
		answer = l.answer(strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"))
	case errors.Is(err, bufio.ErrBufferFull):
		answer = refused(diag.New(codeRequest, diag.Span{}, "the request is longer than %d bytes", longestRequest))
	default: // it went away, or is silent
		return
	}
	if c.SetWriteDeadline(time.Now().Add(lineTimeout)) == nil {
		_, _ = io.WriteString(c, answer+"\n") // a client that is gone does not read it
	}
}

// refused is the line for an error.
func refused(d *diag.Diagnostic) string {
	text := d.Message
	if d.Hint != "" {
		text += ": " + d.Hint
	}
	return "error " + d.Code + " " + oneLine(text)
}

// answer does what a line asks for.
func (l *listening) answer(line string) string {
	version, rest, _ := strings.Cut(line, " ")
	if version != controlVersion {
		return refused(diag.New(codeRequest, diag.Span{}, "the first word of a request must be %s", controlVersion))
	}
	verb, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimSpace(rest)
	if rest == "" && verb == "describe" {
		epoch := "-"
		if c, ok := l.job.taken(); ok {
			epoch = fmt.Sprint(c.Epoch)
		}
		return fmt.Sprintf("ok %s %s %s %s", l.job.info.ID, l.job.status(), epoch, oneLine(l.job.info.Name))
	}
	var kind exec.RequestKind
	switch {
	case verb == "checkpoint" && rest == "":
		kind = exec.TakeCheckpoint
	case verb == "savepoint":
		kind = exec.TakeSavepoint
		if rest == "" {
			rest = l.job.savepoints
		}
		if rest == "" {
			return refused(noDirectory())
		}
	case verb == "stop":
		kind = exec.StopWithSavepoint
		if word, dir, _ := strings.Cut(rest, " "); word == "drain" {
			kind, rest = exec.StopWithDrain, strings.TrimSpace(dir)
		}
	default:
		return refused(diag.New(codeRequest, diag.Span{}, "the request is none of describe, checkpoint, savepoint and stop"))
	}
	select {
	case <-l.turn:
		defer func() { l.turn <- struct{}{} }()
	case <-l.ctx.Done():
	}
	// The job's end comes before the end of l.ctx: who waits gets an answer in any case.
	reply, d := l.job.request(l.ctx, kind, rest)
	switch {
	case d != nil:
		return refused(d)
	case kind == exec.TakeCheckpoint:
		return fmt.Sprintf("ok %d", reply.Epoch)
	}
	return strings.TrimSpace("ok " + reply.Path)
}

// ErrUnreachable says that no process answers for a job.
var ErrUnreachable = errors.New("the job can't be reached")

// send sends a request to the job in a directory and returns what follows ok. The job's refusal is a Diagnostic; where it
// can't be had the error is ErrUnreachable with the reason.
func send(ctx context.Context, dir, request string) (string, error) {
	if strings.ContainsAny(request, "\r\n") {
		return "", diag.New(codeRequest, diag.Span{}, "a path with a line break can't be told to a job")
	}
	at, err := addressIn(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer at.close()
	var d net.Dialer
	dialing, cancel := context.WithTimeout(ctx, lineTimeout)
	defer cancel()
	c, err := d.DialContext(dialing, "unix", at.name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	if _, err := io.WriteString(c, controlVersion+" "+request+"\n"); err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	line, err := bufio.NewReader(io.LimitReader(c, longestAnswer)).ReadString('\n')
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("%w: it gave no answer", ErrUnreachable)
	}
	word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	switch word {
	case "ok":
		return rest, nil
	case "error":
		code, message, _ := strings.Cut(rest, " ")
		return "", diag.New(code, diag.Span{}, "%s", message)
	}
	return "", fmt.Errorf("%w: its answer is not understood", ErrUnreachable)
}
