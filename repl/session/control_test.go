package session

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/exec"
	"weir/parser"
	"weir/parser/diag"
)

// controlled is an answering job that listens in a directory.
func controlled(t *testing.T, dir string, registry Registry) (*Session, *listening, *[]exec.Request) {
	t.Helper()
	s, _ := newJobs(t, "")
	j, asked := answering(s, dir)
	l, err := listen(j, registry)
	if err != nil {
		t.Fatal(err)
	}
	s.tasks.Go(func() {
		<-j.ended
		l.close()
	})
	return s, l, asked
}

// say sends raw bytes to a socket and returns what it answers.
func say(t *testing.T, dir, text string) string {
	t.Helper()
	c, err := net.Dial("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	all, _ := io.ReadAll(c) // a reset behind an unread request is as good an end
	return string(all)
}

func TestControl(t *testing.T) {
	dir := t.TempDir()
	s, l, asked := controlled(t, dir, "")
	info, err := os.Lstat(filepath.Join(dir, socketName))
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != fs.ModeSocket {
		t.Errorf("the socket is %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".socket-*")); len(left) > 0 {
		t.Errorf("there are %q", left)
	}
	id := s.jobs[0].info.ID
	for _, c := range [][2]string{
		{"weir1 describe\n", "ok " + id + " RUNNING - answering\n"},
		{"weir1 savepoint\n", "error W6113 Config key [execution.checkpointing.savepoint-dir] is not set. Property [targetDirectory] must be provided.: write SET 'execution.checkpointing.savepoint-dir' = '/path'\n"},
		{"weir1 savepoint /a b\r\n", "ok /a b/savepoint-1\n"},
		{"weir1 savepoint /full\n", "error W6120 /full: no space left\n"},
		{"weir1 checkpoint\n", "ok 3\n"},
		{"weir1 describe\n", "ok " + id + " RUNNING 3 answering\n"},
		{"weir2 describe\n", "error W6115 the first word of a request must be weir1\n"},
		{"\n", "error W6115 the first word of a request must be weir1\n"},
		{"weir1 explode now\n", "error W6115 the request is none of describe, checkpoint, savepoint and stop\n"},
		{"weir1 describe more\n", "error W6115 the request is none of describe, checkpoint, savepoint and stop\n"},
		{"GET / HTTP/1.1\r\n\r\n", "error W6115 the first word of a request must be weir1\n"},
		{strings.Repeat("\x00\xff", longestRequest/2), "error W6115 the request is longer than 8192 bytes\n"},
		{"weir1 stop drain\n", "ok\n"},
	} {
		if got := say(t, dir, c[0]); got != c[1] {
			t.Errorf("%.40q is answered with %q, expected %q", c[0], got, c[1])
		}
	}
	until(t, l.job)
	s.tasks.Wait()
	if _, err := os.Lstat(filepath.Join(dir, socketName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket outlives the job: %v", err)
	}
	var kinds []exec.RequestKind
	for _, q := range *asked {
		kinds = append(kinds, q.Kind)
	}
	if len(kinds) != 4 || kinds[0] != exec.TakeSavepoint || kinds[2] != exec.TakeCheckpoint || kinds[3] != exec.StopWithDrain {
		t.Errorf("the job was asked for %v", kinds)
	}
}

// A path that is no address of a socket is reached all the same, from both ends.
func TestControlOfALongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30), strings.Repeat("er", 60))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, _ = controlled(t, dir, "")
	if got, err := send(t.Context(), dir, "savepoint /x"); err != nil || got != "/x/savepoint-1" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := send(t.Context(), dir, "savepoint /x\ny"); err == nil {
		t.Error("a path of two lines is sent")
	}
	var d *diag.Diagnostic
	if _, err := send(t.Context(), dir, "savepoint /full"); !errors.As(err, &d) || d.Code != "W6120" || d.Message != "/full: no space left" {
		t.Errorf("a refusal is %v", err)
	}
}

// Many clients at once: each gets an answer, those that are silent keep nobody waiting, and all are gone with the job.
func TestControlOfManyClients(t *testing.T) {
	dir := t.TempDir()
	s, l, _ := controlled(t, dir, "")
	var silent []net.Conn
	for range mostClients / 2 {
		c, err := net.Dial("unix", filepath.Join(dir, socketName))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
	}
	var wg sync.WaitGroup
	for range 3 * mostClients {
		wg.Go(func() {
			if got, err := send(t.Context(), dir, "checkpoint"); err != nil || got == "" {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	wg.Wait()
	l.job.cancel(errStopped)
	s.tasks.Wait() // the silent ones would have held it up for ten seconds
	for _, c := range silent {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(c).ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a silent client gets %v", err)
		}
	}
	if _, err := send(t.Context(), dir, "describe"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a job that has ended answers with %v", err)
	}
}

// Who waits for a job that ends otherwise gets that for an answer.
func TestControlAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	s, _ := newJobs(t, "")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	j := &job{info: exec.JobInfo{ID: strings.Repeat("ab", 16), Name: "deaf"}, dir: dir, requests: make(chan exec.Request), cancel: cancel, ended: make(chan struct{})}
	l, err := listen(j, "")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan string, 2)
	for range 2 {
		s.tasks.Go(func() {
			_, err := send(ctx, dir, "checkpoint")
			asked <- err.Error()
		})
	}
	<-j.requests // and no reply
	close(j.ended)
	l.close()
	for range 2 {
		// The second request may not have been read before the socket was closed.
		if got := <-asked; got != "job abababab (deaf) ended before it did what it was asked for: it is FINISHED" && !strings.HasPrefix(got, ErrUnreachable.Error()) {
			t.Errorf("the answer is %q", got)
		}
	}
}

// A socket that an earlier process left behind is replaced; a later one is left alone at the end.
func TestControlReplacesTheDead(t *testing.T) {
	dir := t.TempDir()
	dead, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, ".socket-1")
	if err := os.MkdirAll(filepath.Join(half, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	s1, first, _ := controlled(t, dir, "")
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a process left that was killed is there: %v", err)
	}
	s2, second, _ := controlled(t, dir, "")
	if got, err := send(t.Context(), dir, "describe"); err != nil || !strings.HasPrefix(got, second.job.info.ID) {
		t.Errorf("%q, %v", got, err)
	}
	first.job.cancel(errStopped)
	s1.tasks.Wait()
	if got, err := send(t.Context(), dir, "describe"); err != nil || !strings.HasPrefix(got, second.job.info.ID) {
		t.Errorf("%q, %v", got, err)
	}
	second.job.cancel(errStopped)
	s2.tasks.Wait()
}

// memory is an ImageStore that keeps nothing.
type memory struct{}

func (memory) Write(context.Context, *exec.Image) (int64, error) { return 0, nil }

func (memory) Savepoint(_ context.Context, _ *exec.Image, dir string) (string, int64, error) {
	return dir, 0, nil
}

func (memory) Committed(int64) error { return nil }

// prepared is an INSERT of the session that would take checkpoints in a directory; it has not begun.
func prepared(t *testing.T, s *Session, dir string) (*running, *job, *exec.Config) {
	t.Helper()
	src := &diag.Source{Text: "INSERT INTO b SELECT a FROM g"}
	r := &running{Session: s, ctx: t.Context(), src: src, number: 7}
	w := r.work(parser.Script(src)[0].Statement)
	g, _, err := r.plan(w)
	if err != nil {
		t.Fatal(err)
	}
	j := r.newJob(w, g, nil)
	j.background, j.listed, j.dir = true, true, dir
	c, err := r.setup(j, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Checkpoints = &exec.Checkpointing{Store: memory{}, Timeout: patience}
	return r, j, c
}

// A job with checkpoints can be found and reached while it runs; it counts them, and whoever else is told, too.
func TestAJobThatListens(t *testing.T) {
	s, out := newJobs(t, endless)
	s.config.Jobs = Registry(filepath.Join(t.TempDir(), "jobs"))
	r, j, c := prepared(t, s, t.TempDir())
	told := int64(0)
	c.Checkpoints.Notify = func(x exec.Checkpoint) { told = x.Epoch }
	if err := r.launch(j, c); err != nil {
		t.Fatal(err)
	}
	if c.Checkpoints.Job != j.info || c.Checkpoints.Control == nil || j.info.Statement != "INSERT INTO b SELECT a FROM g" {
		t.Errorf("the job is told %+v", c.Checkpoints)
	}
	c.Checkpoints.Notify(exec.Checkpoint{Epoch: 3, Started: time.Now()})
	c.Checkpoints.Notify(exec.Checkpoint{Epoch: 4, Started: time.Now(), Err: io.EOF})
	all, err := s.config.Jobs.Jobs(t.Context())
	if err != nil || len(all) != 1 || all[0].ID != j.info.ID {
		t.Fatalf("%v, %v", all, err)
	}
	if got, err := send(t.Context(), all[0].Directory, "describe"); err != nil || got != j.info.ID+" RUNNING 3 insert-into_default_catalog.default_database.b" || told != 4 {
		t.Errorf("%q, %v; told %d", got, err, told)
	}
	if got, err := script(t, s, out, "STOP JOB '"+j.info.ID+"'"); err != nil {
		t.Error(err, got)
	}
	s.tasks.Wait()
	if rest, err := s.config.Jobs.Jobs(t.Context()); err != nil || len(rest) != 0 {
		t.Errorf("behind its end there are %v, %v", rest, err)
	}
	if left, _ := os.ReadDir(all[0].Directory); len(left) > 0 {
		t.Errorf("behind its end there is %v", left)
	}
}

// That a job can't be reached is no reason not to run.
func TestAJobThatCannotListen(t *testing.T) {
	s, out := newJobs(t, endless)
	out.lines = nil
	r, j, c := prepared(t, s, filepath.Join(t.TempDir(), "gone"))
	if err := r.launch(j, c); err != nil {
		t.Fatal(err)
	}
	if len(out.lines) != 1 || !strings.HasPrefix(out.lines[0], "7 notice job: other processes can't find job "+j.info.ID[:8]) || j.over() {
		t.Errorf("told is %q", out.lines)
	}
}
