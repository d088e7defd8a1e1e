package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"weir/parser/diag"
)

// Registry is a directory with a file for each job of the user that other processes can reach, named by its id. Empty,
// jobs are not entered.
type Registry string

// StateFile is where something of weir is kept between runs: $XDG_STATE_HOME/weir/name. It is empty where there is no
// home.
func StateFile(name string) string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "weir", name)
}

// UserRegistry is the user's own, the state file jobs.
func UserRegistry() Registry { return Registry(StateFile("jobs")) }

// Entry is a job that other processes can reach.
type Entry struct {
	ID, Name  string
	Directory string // of its checkpoints and its socket
	PID       int
	Started   time.Time
}

// longestEntry bounds what is read of a file: a path and a name.
const longestEntry = 64 << 10

// unfinished ends the name of a file that is being written, which takes no time. One that is as old as unfinishedAge was
// left by a process that was killed.
const (
	unfinished    = ".new"
	unfinishedAge = time.Minute
)

// enter writes a job's file and returns its path. Readers never see half of it.
func (r Registry) enter(e Entry) (string, error) {
	if r == "" {
		return "", nil
	}
	if strings.Contains(e.Directory, "\n") {
		return "", fmt.Errorf("its directory has a line break in its name: %q", e.Directory)
	}
	if err := os.MkdirAll(string(r), 0o700); err != nil {
		return "", err
	}
	text := fmt.Sprintf("directory %s\npid %d\nname %s\nstarted %s\n", e.Directory, e.PID, oneLine(e.Name), e.Started.Format(time.RFC3339Nano))
	name := filepath.Join(string(r), e.ID)
	temporary := name + unfinished // ids are used once, so nobody else writes it
	if err := os.WriteFile(temporary, []byte(text), 0o600); err != nil {
		return "", err
	}
	if err := os.Rename(temporary, name); err != nil {
		_ = os.Remove(temporary)
		return "", err
	}
	return name, nil
}

// isID reports whether s has the form of a job's id.
func isID(s string) bool {
	return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == ""
}

// read reads the file of a job.
func (r Registry) read(id string) (Entry, error) {
	f, err := os.Open(filepath.Join(string(r), id))
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, longestEntry))
	if err != nil {
		return Entry{}, err
	}
	e := Entry{ID: id}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "directory":
			e.Directory = value
		case "pid":
			e.PID, err = strconv.Atoi(value)
		case "name":
			e.Name = value
		case "started":
			e.Started, err = time.Parse(time.RFC3339Nano, value)
		}
		if err != nil {
			return Entry{}, err
		}
	}
	if e.Directory == "" {
		return Entry{}, fmt.Errorf("%s names no directory", f.Name())
	}
	return e, nil
}

// Jobs lists the jobs that answer, in the order in which they began. Files of others are removed if it is certain that
// nobody will answer any more.
func (r Registry) Jobs(ctx context.Context) ([]Entry, error) {
	all, silent, err := r.list(ctx)
	return slices.DeleteFunc(all, func(e Entry) bool { return silent[e.ID] != nil }), err
}

// list is Jobs, with those that may be alive but can't be asked; silent says why.
func (r Registry) list(ctx context.Context) (all []Entry, silent map[string]error, err error) {
	if r == "" {
		return nil, nil, nil
	}
	files, err := os.ReadDir(string(r))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	silent = map[string]error{}
	for _, f := range files {
		if !isID(f.Name()) {
			r.tidy(f)
			continue
		}
		e, err := r.read(f.Name())
		if err != nil {
			continue // it has just ended, or another version of weir wrote it
		}
		err = e.answers(ctx)
		switch {
		case ctx.Err() != nil:
			return nil, nil, context.Cause(ctx)
		case errors.Is(err, errReplaced), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			_ = os.Remove(filepath.Join(string(r), f.Name())) // what stays is looked at again the next time
			continue
		case err != nil:
			silent[e.ID] = err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Entry) int { return a.Started.Compare(b.Started) })
	return all, silent, nil
}

// tidy removes a file that nobody will finish.
func (r Registry) tidy(f fs.DirEntry) {
	id, ok := strings.CutSuffix(f.Name(), unfinished)
	if !ok || !isID(id) {
		return
	}
	if info, err := f.Info(); err == nil && time.Since(info.ModTime()) > unfinishedAge {
		_ = os.Remove(filepath.Join(string(r), f.Name())) // what stays is looked at again the next time
	}
}

// errReplaced says that another job answers.
var errReplaced = errors.New("its directory is another job's by now")

// answerTimeout is how long a job may take to say who it is, which it does at once.
const answerTimeout = 2 * time.Second

// answers asks whether the job is still there.
func (e Entry) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTimeout, fmt.Errorf("%w: it gave no answer within %s", ErrUnreachable, answerTimeout))
	defer cancel()
	rest, err := send(ctx, e.Directory, "describe")
	if err != nil {
		return err
	}
	if id, _, _ := strings.Cut(rest, " "); id != e.ID {
		return errReplaced
	}
	return nil
}

// Find finds the job that a word means: an id, the beginning of one, or a name. Errors of its user are Diagnostics;
// ErrUnreachable says that the job does not answer.
func (r Registry) Find(ctx context.Context, word string) (Entry, error) {
	all, silent, err := r.list(ctx)
	if err != nil {
		return Entry{}, err
	}
	jobs := make([]known, len(all))
	for i, e := range all {
		jobs[i] = known{e.ID, e.Name, true}
	}
	i, d := find(word, jobs, diag.Span{}, "weir jobs")
	if d != nil {
		return Entry{}, d
	}
	return all[i], silent[all[i].ID]
}

// Savepoint lets the job make a savepoint below a directory, or in the job's own if it is empty, and returns its path. A
// refusal is a Diagnostic; ErrUnreachable says that nobody answers.
func (e Entry) Savepoint(ctx context.Context, dir string) (string, error) {
	return send(ctx, e.Directory, strings.TrimSpace("savepoint "+dir))
}

// Stop ends the job behind a checkpoint. With a directory that is also a savepoint, whose path it returns. With drain all
// windows fire before. Errors are those of Savepoint.
func (e Entry) Stop(ctx context.Context, dir string, drain bool) (string, error) {
	request := "stop"
	if drain {
		request += " drain"
	}
	return send(ctx, e.Directory, strings.TrimSpace(request+" "+dir))
}
