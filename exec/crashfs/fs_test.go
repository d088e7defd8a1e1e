package crashfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"weir/exec"
)

// must fails the test on any error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// put makes a file; whether it is durable is the caller's.
func put(t *testing.T, files exec.FS, name string, parts ...string) exec.File {
	t.Helper()
	f, err := files.Create(name)
	must(t, err)
	for _, p := range parts {
		_, err := f.Write([]byte(p))
		must(t, err)
	}
	return f
}

// content is that of a file.
func content(files exec.FS, name string) (string, error) {
	f, err := files.Open(name)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(f)
	return string(data), errors.Join(err, f.Close())
}

// tree lists all names below a directory with the contents of files: "d/ d/f=1".
func tree(t *testing.T, files exec.FS, dir string) string {
	t.Helper()
	var all []string
	var walk func(dir, shown string)
	walk = func(dir, shown string) {
		entries, err := files.ReadDir(dir)
		must(t, err)
		for _, e := range entries {
			name := filepath.Join(dir, e.Name())
			if e.IsDir() {
				all = append(all, shown+e.Name()+"/")
				walk(name, shown+e.Name()+"/")
				continue
			}
			text, err := content(files, name)
			must(t, err)
			all = append(all, shown+e.Name()+"="+text)
		}
	}
	walk(dir, "")
	return strings.Join(all, " ")
}

// reason is the cause of an error, without what was done to what: that is worded otherwise by os here and there.
func reason(err error) string {
	var number syscall.Errno
	var locked *exec.LockedError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &number):
		return number.Error()
	case errors.As(err, &locked):
		return err.Error()
	case errors.Is(err, fs.ErrClosed):
		return "closed"
	case errors.Is(err, io.EOF):
		return "EOF"
	}
	return "?" + err.Error()
}

// player does the same random operations on any file system, and tells what came of each.
type player struct {
	files   exec.FS
	root    string
	rand    *rand.Rand
	open    []exec.File
	holders []io.Closer
}

func (p *player) name() string {
	parts := make([]string, 1+p.rand.IntN(3))
	for i := range parts {
		parts[i] = string("abc"[p.rand.IntN(3)])
	}
	return strings.Join(parts, "/")
}

func (p *player) below(name string) string { return filepath.Join(p.root, name) }

// pick draws an open file; nil: there is none.
func (p *player) pick() (exec.File, int) {
	if len(p.open) == 0 {
		return nil, 0
	}
	i := p.rand.IntN(len(p.open))
	return p.open[i], i
}

func (p *player) step() string {
	name := p.name()
	path := p.below(name)
	switch kind := p.rand.IntN(20); kind {
	case 0, 1, 2:
		f, err := p.files.Create(path)
		if err == nil {
			p.open = append(p.open, f)
		}
		return "create " + name + ": " + reason(err)
	case 3:
		f, err := p.files.Open(path)
		if err == nil {
			p.open = append(p.open, f)
		}
		return "open " + name + ": " + reason(err)
	case 4, 5, 6:
		f, _ := p.pick()
		if f == nil {
			return ""
		}
		n, err := f.Write([]byte(strings.Repeat(string("xyz"[p.rand.IntN(3)]), p.rand.IntN(9))))
		return fmt.Sprintf("write: %d %s", n, reason(err))
	case 7:
		f, _ := p.pick()
		if f == nil {
			return ""
		}
		data := make([]byte, 1+p.rand.IntN(8))
		n, err := f.Read(data)
		return fmt.Sprintf("read: %q %s", data[:n], reason(err))
	case 8:
		f, _ := p.pick()
		if f == nil {
			return ""
		}
		data := make([]byte, 1+p.rand.IntN(8))
		n, err := f.ReadAt(data, int64(p.rand.IntN(20)))
		return fmt.Sprintf("read at: %q %s", data[:n], reason(err))
	case 9:
		f, i := p.pick()
		if f == nil {
			return ""
		}
		if p.rand.IntN(4) > 0 {
			return "sync: " + reason(f.Sync())
		}
		err := f.Close()
		if p.rand.IntN(2) == 0 { // otherwise it is used after that
			p.open = slices.Delete(p.open, i, i+1)
		}
		return "close: " + reason(err)
	case 10, 11, 12:
		to := p.name()
		if strings.HasPrefix(to, name+"/") { // systems give one reason or another
			return fmt.Sprintf("rename %s to %s: %t", name, to, p.files.Rename(path, p.below(to)) == nil)
		}
		return "rename " + name + " to " + to + ": " + reason(p.files.Rename(path, p.below(to)))
	case 13:
		return "remove " + name + ": " + reason(p.files.Remove(path))
	case 14:
		if p.rand.IntN(3) > 0 {
			return ""
		}
		return "remove all " + name + ": " + reason(p.files.RemoveAll(path))
	case 15, 16:
		return "mkdir " + name + ": " + reason(p.files.MkdirAll(path))
	case 17:
		info, err := p.files.Stat(path)
		if err != nil {
			return "stat " + name + ": " + reason(err)
		}
		size := info.Size()
		if info.IsDir() {
			size = 0 // os has one for directories, which says nothing
		}
		return fmt.Sprintf("stat %s: %s %d %t", name, info.Name(), size, info.IsDir())
	case 18:
		pattern := []string{"*", "*/*", "a*/?", "[ab]/b/*", "a/b", `\a`, "a/[", "c/*/.."}[p.rand.IntN(8)]
		found, err := p.files.Glob(p.below(pattern))
		for i := range found {
			found[i], _ = filepath.Rel(p.root, found[i])
		}
		return fmt.Sprintf("glob %s: %v %v", pattern, found, err)
	case 19:
		if len(p.holders) > 0 && p.rand.IntN(3) == 0 {
			h := p.holders[0]
			p.holders = p.holders[1:]
			return "unlock: " + reason(h.Close())
		}
		if p.rand.IntN(3) == 0 {
			owner, held, err := p.files.Locked(path)
			return fmt.Sprintf("locked %s: %t by %q, %s", name, held, owner, reason(err))
		}
		h, err := p.files.Lock(path, "process "+name)
		if err == nil {
			p.holders = append(p.holders, h)
		}
		return "lock " + name + ": " + reason(err) + ", sync: " + reason(p.files.SyncDir(path))
	}
	panic("no such step")
}

// TestFSIsLikeOS compares what callers see with the machine's file system. In between, the one in memory crashes and
// keeps all.
func TestFSIsLikeOS(t *testing.T) {
	for seed := range uint64(100) {
		dir := t.TempDir()
		files := New(seed)
		must(t, files.MkdirAll("/r"))
		machine := &player{files: exec.OS{}, root: dir, rand: rand.New(rand.NewPCG(seed, 1))}
		model := &player{files: files, root: "/r", rand: rand.New(rand.NewPCG(seed, 1))}
		for i := range 200 {
			want, got := machine.step(), model.step()
			if got != want {
				t.Fatalf("seed %d, step %d: %s; os: %s", seed, i, got, want)
			}
			if i%20 == 19 {
				if got, want := tree(t, model.files, "/r"), tree(t, exec.OS{}, dir); got != want {
					t.Fatalf("seed %d, step %d (%s): %s; os: %s", seed, i, want, got, want)
				}
			}
			if i%80 == 79 {
				files = files.Crash(KeepAll)
				model.files = files
				for _, f := range machine.open {
					_ = f.Close() // some are closed
				}
				for _, h := range machine.holders {
					must(t, h.Close())
				}
				machine.open, machine.holders, model.open, model.holders = nil, nil, nil, nil
			}
		}
		for _, f := range machine.open {
			_ = f.Close()
		}
		for _, h := range machine.holders {
			must(t, h.Close())
		}
	}
}

func TestFSNames(t *testing.T) {
	files := New(1)
	must(t, files.MkdirAll("a/b"), put(t, files, "./a/b/../f", "1").Close())
	for _, name := range []string{"a/f", "/a/f", "/x/../a//f"} {
		if text, err := content(files, name); text != "1" || err != nil {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	found, err := files.Glob("./a/*")
	if got := fmt.Sprint(found, err); got != "[a/b a/f] <nil>" {
		t.Errorf("found %s", got)
	}
	for pattern, want := range map[string]string{"/*/f": "[/a/f]", "*": "[a]", "*/b": "[a/b]", "a/f/*": "[]", "x/*": "[]"} {
		if found, err := files.Glob(pattern); fmt.Sprint(found) != want || err != nil {
			t.Errorf("%s found %v, %v", pattern, found, err)
		}
	}
	if _, err := files.Open(""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing was opened: %v", err)
	}
	if _, err := files.ReadDir("a/f"); reason(err) != syscall.ENOTDIR.Error() {
		t.Errorf("a file was listed: %v", err)
	}
	f, err := files.Open("a/f")
	must(t, err)
	info, err := f.Stat()
	must(t, err)
	if got := fmt.Sprint(info.Name(), info.Size(), info.Mode(), info.Sys()); got != "f1 -rw-r--r-- <nil>" {
		t.Errorf("the file is %s", got)
	}
	if _, err := f.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("the byte before the first was read")
	}
	entries, err := files.ReadDir("a")
	must(t, err)
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		if info.Mode().IsDir() != e.IsDir() || e.IsDir() != (e.Name() == "b") {
			t.Errorf("%s: %v", e.Name(), info.Mode())
		}
	}
	if err := files.Rename("/", "a/c"); reason(err) != syscall.EBUSY.Error() {
		t.Errorf("the root was renamed: %v", err)
	}
	if err := files.Remove("/"); reason(err) != syscall.EBUSY.Error() {
		t.Errorf("the root was removed: %v", err)
	}
}

func TestFSTimes(t *testing.T) {
	files := New(1)
	modified := func(name string) int64 {
		info, err := files.Stat(name)
		must(t, err)
		return info.ModTime().Unix()
	}
	f := put(t, files, "f")
	before := modified("f")
	_, err := f.Write([]byte("1"))
	must(t, err)
	if after := modified("f"); after <= before {
		t.Errorf("written at %d, made at %d", after, before)
	}
	files.SetClock(func() time.Time { return time.Unix(1_000_000, 0) })
	put(t, files, "g")
	files = files.Crash(KeepAll)
	put(t, files, "h")
	if modified("g") != 1_000_000 || modified("h") != 1_000_000 || modified("/") != 1_000_000 {
		t.Errorf("times are %d, %d, %d", modified("g"), modified("h"), modified("/"))
	}
}

func TestFSUsedByMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const writers, rounds = 8, 50
		files := New(7)
		files.CrashAt(writers * rounds) // of twice as many
		ended := make(chan error)
		for k := range writers {
			go func() {
				ended <- func() error {
					f, err := files.Create(fmt.Sprint(k))
					for r := 0; err == nil && r < rounds; r++ {
						time.Sleep(time.Duration(k) * time.Millisecond)
						if _, err = f.Write([]byte{byte(r)}); err == nil {
							err = f.Sync()
						}
					}
					return err
				}()
			}()
		}
		select {
		case <-files.Crashed():
		case <-time.After(time.Hour):
			t.Error("there was no crash")
		}
		for range writers {
			if err := <-ended; err != nil && !errors.Is(err, ErrCrashed) {
				t.Error(err)
			}
		}
		if n := files.Ops(); n != writers*rounds+1 {
			t.Errorf("%d operations were counted", n)
		}
		after := files.Crash(KeepAll)
		for k := range writers {
			text, err := content(after, fmt.Sprint(k))
			must(t, err)
			for r := range len(text) {
				if int(text[r]) != r {
					t.Fatalf("file %d has %q", k, text)
				}
			}
		}
	})
}
