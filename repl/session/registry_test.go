package session

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/parser/diag"
)

func TestRegistry(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	registry := UserRegistry()
	if string(registry) != filepath.Join(state, "weir", "jobs") {
		t.Errorf("the registry is %s", registry)
	}
	if all, err := registry.Jobs(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	dir := t.TempDir()
	s, l, _ := controlled(t, dir, registry)
	info, err := os.Stat(l.entry)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the entry is %v, %v", info, err)
	}
	all, err := registry.Jobs(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	if e := all[0]; e.ID != l.job.info.ID || e.Name != "answering" || e.Directory != dir || e.PID != os.Getpid() || time.Since(e.Started).Abs() > time.Hour {
		t.Errorf("the entry says %+v", e)
	}
	for _, word := range []string{l.job.info.ID, l.job.info.ID[:4], "answering"} {
		e, err := registry.Find(t.Context(), word)
		if err != nil {
			t.Fatal(err)
		}
		if path, err := e.Savepoint(t.Context(), "/sp"); err != nil || path != "/sp/savepoint-1" {
			t.Errorf("%s, %v", path, err)
		}
	}
	var d *diag.Diagnostic
	if _, err := registry.Find(t.Context(), "answerin"); !errors.As(err, &d) || d.Code != "W6110" || d.Hint != "did you mean 'answering'?" {
		t.Errorf("a wrong name gives %v", err)
	}
	if path, err := all[0].Stop(t.Context(), "", false); err != nil || path != "" {
		t.Errorf("%q, %v", path, err)
	}
	s.tasks.Wait()
	if _, err := os.Stat(l.entry); err == nil {
		t.Error("the entry outlives the job")
	}
	if _, err := all[0].Stop(t.Context(), "", true); !errors.Is(err, ErrUnreachable) {
		t.Errorf("a job that has ended is stopped: %v", err)
	}
}

// Entries of jobs that are dead for certain are removed; what may be alive, or is none of ours, stays and is not listed.
func TestRegistryOfTheDead(t *testing.T) {
	registry := Registry(t.TempDir())
	_, l, _ := controlled(t, t.TempDir(), registry)
	write := func(digit, text string) string {
		name := filepath.Join(string(registry), strings.Repeat(digit, 32))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	crashed := t.TempDir()
	dead, err := net.Listen("unix", filepath.Join(crashed, socketName))
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = dead.Close()
	later := t.TempDir()
	speaker, err := net.Listen("unix", filepath.Join(later, socketName))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // a later version of weir
		defer close(done)
		for {
			c, err := speaker.Accept()
			if err != nil {
				return
			}
			fmt.Fprintln(c, "error W6115 the first word of a request must be weir2")
			_ = c.(*net.UnixConn).CloseWrite()
			_, _ = c.Read(make([]byte, 100))
			_ = c.Close()
		}
	}()
	defer func() { _ = speaker.Close(); <-done }()
	for _, c := range []struct {
		what, name string
		stays      bool
	}{
		{"a crashed process", write("1", "directory "+crashed+"\npid 1\n"), false},
		{"a directory that is gone", write("2", "directory "+crashed+"/gone\npid 1\n"), false},
		{"a directory of another job", write("3", "directory "+filepath.Dir(l.path)+"\npid 1\n"), false},
		{"a later version", write("4", "directory "+later+"\npid 1\n"), true},
		{"an entry that can't be read", write("5", "directory /x\npid many\n"), true},
		{"an entry without a directory", write("6", "pid 7\n"), true},
	} {
		all, err := registry.Jobs(t.Context())
		if err != nil || len(all) != 1 || all[0].ID != l.job.info.ID {
			t.Errorf("%s: %v, %v", c.what, all, err)
		}
		if _, err := os.Stat(c.name); (err == nil) != c.stays {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if err := os.WriteFile(filepath.Join(string(registry), "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if all, err := registry.Jobs(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	// Who may be alive is not listed, but found.
	var d *diag.Diagnostic
	if _, err := registry.Find(t.Context(), "4444"); !errors.As(err, &d) || d.Code != "W6115" {
		t.Errorf("a later version is found with %v", err)
	}
	hung := t.TempDir()
	write("7", "directory "+hung+"\npid 1\nname hung\n")
	deaf, err := net.Listen("unix", filepath.Join(hung, socketName))
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	if _, err := registry.Find(t.Context(), "hung"); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "no answer within") {
		t.Errorf("a process that hangs is found with %v", err)
	}
}

// What processes left that were killed while they entered their jobs goes; what is being written, and what is none of
// ours, stays.
func TestRegistryRemovesUnfinishedFiles(t *testing.T) {
	dir := t.TempDir()
	old, fresh, other := strings.Repeat("a", 32)+".new", strings.Repeat("b", 32)+".new", "notes.new"
	long := time.Now().Add(-2 * unfinishedAge)
	for _, name := range []string{old, fresh, other} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("directory /x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if name != fresh {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	if all, err := Registry(dir).Jobs(t.Context()); len(all) > 0 || err != nil {
		t.Error(all, err)
	}
	for name, stays := range map[string]bool{old: false, fresh: true, other: true} {
		if _, err := os.Lstat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
}
