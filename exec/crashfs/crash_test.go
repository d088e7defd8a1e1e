package crashfs

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/exec"
)

// outcomes are the trees that crashes in a mode would leave now, sorted: one but for modes that draw.
func outcomes(t *testing.T, files *FS, mode Mode) []string {
	t.Helper()
	var all []string
	for range 300 {
		if got := tree(t, files.survivor(mode), "/"); !slices.Contains(all, got) {
			all = append(all, got)
		}
	}
	slices.Sort(all)
	return all
}

func expectAfter(t *testing.T, files *FS, mode Mode, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := outcomes(t, files, mode); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", mode, got, want)
	}
}

// kept makes a file system with files and directories ("d/"), all durable.
func kept(t *testing.T, names ...string) *FS {
	t.Helper()
	files := New(uint64(len(names)))
	for _, name := range names {
		if dir, ok := strings.CutSuffix(name, "/"); ok {
			must(t, files.MkdirAll(dir))
		} else {
			must(t, put(t, files, name, name).Close())
		}
	}
	files.SyncAll()
	return files.Crash(DropUnsynced)
}

func TestCrashOfContents(t *testing.T) {
	files := kept(t)
	put(t, files, "f", "12", "34")
	must(t, files.SyncDir("/"))
	expectAfter(t, files, DropUnsynced, "f=")
	expectAfter(t, files, KeepAll, "f=1234")

	files = kept(t)
	f := put(t, files, "f", "12", "34")
	must(t, f.Sync())
	expectAfter(t, files, DropUnsynced, "") // the file is durable, its name is not
	expectAfter(t, files, Random, "", "f=1234")

	files = kept(t)
	f = put(t, files, "f", "ab", "c")
	must(t, f.Sync(), files.SyncDir("."))
	for _, s := range []string{"d", "e", ""} {
		_, err := f.Write([]byte(s))
		must(t, err)
	}
	expectAfter(t, files, KeepAll, "f=abcde")
	expectAfter(t, files, DropUnsynced, "f=abc")
	for _, mode := range []Mode{TearLast, Random} {
		all := outcomes(t, files, mode)
		for _, text := range all {
			if !strings.HasPrefix(text, "f=abc") || mode == TearLast && !strings.HasPrefix(text, "f=abcd") || len(text) > len("f=abcde") {
				t.Errorf("%s: %q", mode, text)
			}
		}
		for _, want := range []string{"f=abcd", "f=abcd\x00"} {
			if !slices.Contains(all, want) {
				t.Errorf("%s never leaves %q", mode, want)
			}
		}
		if mode == Random && !(slices.Contains(all, "f=abc") && slices.Contains(all, "f=abcde")) {
			t.Errorf("random leaves %q only", all)
		}
	}
}

func TestCrashTearsInside(t *testing.T) {
	files := kept(t)
	put(t, files, "f", "first", "second")
	all := outcomes(t, files, TearLast)
	for cut := range len("second") {
		zeros := strings.Repeat("\x00", len("second")-cut)
		for _, want := range []string{"f=first" + "second"[:cut], "f=first" + "second"[:cut] + zeros} {
			if !slices.Contains(all, want) {
				t.Errorf("%q never comes up", want)
			}
		}
	}
}

func TestCrashOfNames(t *testing.T) {
	files := kept(t, "a", "b")
	must(t, files.Rename("a", "c"), files.Remove("b"))
	expectAfter(t, files, KeepAll, "c=a")
	expectAfter(t, files, DropUnsynced, "a=a b=b")
	expectAfter(t, files, Random, "a=a b=b", "a=a", "b=b c=a", "c=a")

	files = kept(t, "a", "b")
	must(t, files.Rename("a", "b"), files.SyncDir("/"))
	expectAfter(t, files, DropUnsynced, "b=a")

	// What comes later of a name needs what came before.
	files = kept(t)
	must(t, put(t, files, "t").Close(), files.Rename("t", "f"), files.Remove("f"))
	expectAfter(t, files, Random, "", "t=", "f=")
}

func TestCrashOfRenamesBetweenDirectories(t *testing.T) {
	for _, synced := range []string{"from", "to"} {
		files := kept(t, "from/", "to/", "from/f", "to/g")
		must(t, files.Rename("from/f", "to/f"), files.SyncDir(synced))
		expectAfter(t, files, DropUnsynced, "from/ from/f=from/f to/ to/g=to/g")
		expectAfter(t, files, Random, "from/ from/f=from/f to/ to/g=to/g", "from/ to/ to/f=from/f to/g=to/g")
	}
	files := kept(t, "from/", "to/", "from/f")
	must(t, files.Rename("from/f", "to/f"), files.SyncDir("from"), files.SyncDir("to"))
	expectAfter(t, files, DropUnsynced, "from/ to/ to/f=from/f")

	// A directory that is not durable does not take with it what was moved into it.
	files = kept(t, "from/", "from/f")
	must(t, files.MkdirAll("to"), files.Rename("from/f", "to/f"), files.SyncDir("from"), files.SyncDir("to"))
	expectAfter(t, files, DropUnsynced, "from/ from/f=from/f")
	must(t, files.SyncDir("/"))
	expectAfter(t, files, DropUnsynced, "from/ to/ to/f=from/f")

	// Waiting ends also where the directory becomes durable for another operation's sake.
	files = kept(t, "p/", "p/f", "q/", "q/d/")
	must(t, files.Rename("q/d", "d"), files.Rename("p/f", "d/f"), files.Rename("d", "e"), files.SyncDir("p"), files.SyncDir("e"))
	expectAfter(t, files, DropUnsynced, "p/ p/f=p/f q/ q/d/")
	must(t, files.SyncDir("/"))
	expectAfter(t, files, DropUnsynced, "e/ e/f=p/f p/ q/")

	// One that was removed has let go of what was moved out of it.
	files = kept(t, "from/", "to/", "from/f")
	must(t, files.Rename("from/f", "to/f"), files.Remove("from"), files.SyncDir("/"))
	expectAfter(t, files, DropUnsynced, "to/ to/f=from/f")
}

func TestCrashOfDirectories(t *testing.T) {
	files := kept(t)
	must(t, files.MkdirAll("a/b"))
	f := put(t, files, "a/b/f", "1")
	must(t, f.Sync(), files.SyncDir("a/b"))
	expectAfter(t, files, DropUnsynced, "")
	must(t, files.SyncDir("a"))
	expectAfter(t, files, DropUnsynced, "")
	must(t, files.SyncDir("/"))
	expectAfter(t, files, DropUnsynced, "a/ a/b/ a/b/f=1")
	must(t, files.RemoveAll("a"))
	expectAfter(t, files, Random, "a/ a/b/ a/b/f=1", "a/ a/b/", "a/", "")
	expectAfter(t, files, KeepAll, "")

	files = kept(t, "a/", "a/f")
	must(t, files.Rename("a", "b"), put(t, files, "b/g").Close(), files.SyncDir("b"))
	expectAfter(t, files, DropUnsynced, "a/ a/f=a/f a/g=")
	expectAfter(t, files, Random, "a/ a/f=a/f a/g=", "b/ b/f=a/f b/g=")
}

// TestCrashKeepsWhatIsMoved moves durable files and directories about: each file has exactly one name after any crash.
// When all directories are synced, a crash changes nothing.
func TestCrashKeepsWhatIsMoved(t *testing.T) {
	names := []string{"a", "b", "c", "a/a", "a/b", "b/a", "b/c", "c/b", "c/c/a", "a/b/c", "b/b/b"}
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 2))
		files := New(seed)
		must(t, files.MkdirAll("a/b"), files.MkdirAll("b"))
		contents := []string{"a/b/1", "a/2", "3", "b/4"}
		for _, name := range contents {
			must(t, put(t, files, name, "<"+name+">").Close())
		}
		files.SyncAll()
		names := append(slices.Clone(names), contents...)
		for range 12 {
			if r.IntN(12) == 0 {
				files = files.Crash(KeepAll)
			}
			name, to := names[r.IntN(len(names))], names[r.IntN(len(names))]
			if _, err := files.Stat(to); err == nil {
				to += "/" + fmt.Sprint(r.IntN(5))
			}
			switch r.IntN(6) {
			case 0:
				_ = files.MkdirAll(name) // here and below: many fail
			case 1:
				_ = files.SyncDir(name)
				_ = files.SyncDir("/")
			case 2:
				if info, err := files.Stat(name); err == nil && info.IsDir() {
					_ = files.Remove(name)
				}
			default:
				if _, err := files.Stat(to); errors.Is(err, fs.ErrNotExist) {
					_ = files.Rename(name, to)
				}
			}
		}
		for _, mode := range append([]Mode{Random, Random, Random}, Modes...) {
			got := tree(t, files.survivor(mode), "/")
			for _, name := range contents {
				if strings.Count(got, "<"+name+">") != 1 {
					t.Fatalf("seed %d, %s: %s\n%s", seed, mode, got, strings.Join(files.Log(), "\n"))
				}
			}
		}
		want := tree(t, files, "/")
		syncAll(t, files, "/")
		for _, mode := range Modes {
			if got := tree(t, files.survivor(mode), "/"); got != want {
				t.Fatalf("seed %d, %s: %s was left of %s, all synced", seed, mode, got, want)
			}
		}
		if len(files.pending) > 0 {
			t.Fatalf("seed %d: %d operations are pending", seed, len(files.pending))
		}
	}
}

func syncAll(t *testing.T, files *FS, dir string) {
	t.Helper()
	entries, err := files.ReadDir(dir)
	must(t, err, files.SyncDir(dir))
	for _, e := range entries {
		if e.IsDir() {
			syncAll(t, files, dir+"/"+e.Name())
		}
	}
}

func TestKeepAllLeavesToSync(t *testing.T) {
	files := kept(t, "a/", "a/f", "b/")
	must(t, files.Rename("a/f", "b/g"), files.SyncDir("a"))
	put(t, files, "b/h", "1", "2")
	first := files.Crash(KeepAll)
	expectAfter(t, first, KeepAll, "a/ b/ b/g=a/f b/h=12")
	expectAfter(t, first, DropUnsynced, "a/ a/f=a/f b/")
	must(t, first.SyncDir("b"))
	expectAfter(t, first, DropUnsynced, "a/ b/ b/g=a/f b/h=")
	f, err := first.Open("b/h")
	must(t, err, f.Sync())
	expectAfter(t, first, DropUnsynced, "a/ b/ b/g=a/f b/h=12")
	expectAfter(t, files, KeepAll, "a/ b/ b/g=a/f b/h=12")
	expectAfter(t, files, DropUnsynced, "a/ a/f=a/f b/")
}

func TestCrashIsTheSameBySeed(t *testing.T) {
	run := func(seed uint64) (all string) {
		files := New(seed)
		for life := range 4 {
			for k := range 5 {
				f := put(t, files, fmt.Sprintf("%d-%d", life, k), "one", "two", "three")
				if k == 3 {
					must(t, f.Sync(), files.SyncDir("/"))
				}
			}
			files = files.Crash(Random)
			all += tree(t, files, "/") + "\n"
		}
		return all
	}
	different := map[string]bool{}
	for seed := range uint64(20) {
		if first, second := run(seed), run(seed); first != second {
			t.Fatalf("seed %d: crashes differ", seed)
		}
		different[run(seed)] = true
	}
	if len(different) < 15 {
		t.Errorf("20 seeds leave %d states", len(different))
	}
}

func TestCrashEndsALife(t *testing.T) {
	files := kept(t, "f")
	reading, err := files.Open("f")
	must(t, err)
	writing := put(t, files, "g", "1")
	held, err := files.Lock("l", "one")
	must(t, err)
	var locked *exec.LockedError
	if _, err := files.Lock("l", "two"); !errors.As(err, &locked) || locked.Owner != "one" {
		t.Errorf("a second lock: %v", err)
	}
	if owner, is, err := files.Locked("l"); owner != "one" || !is || err != nil {
		t.Errorf("locked: %t, by %q; %v", is, owner, err)
	}
	next := files.Crash(KeepAll)
	_, readErr := reading.Read(make([]byte, 1))
	_, readAtErr := reading.ReadAt(make([]byte, 1), 0)
	_, writeErr := writing.Write([]byte("2"))
	_, openErr := files.Open("f")
	_, createErr := files.Create("h")
	_, listErr := files.ReadDir("/")
	_, globErr := files.Glob("*")
	_, statErr := files.Stat("f")
	_, statErr2 := reading.Stat()
	_, lockErr := files.Lock("l", "two")
	_, _, lockedErr := files.Locked("l")
	for i, err := range []error{readErr, readAtErr, writeErr, openErr, createErr, listErr, globErr, statErr, statErr2, lockErr, lockedErr, writing.Sync(), writing.Close(),
		held.Close(), files.Rename("f", "g"), files.Remove("f"), files.RemoveAll("f"), files.MkdirAll("d"), files.SyncDir("/")} {
		if !errors.Is(err, ErrCrashed) {
			t.Errorf("operation %d after the crash: %v", i, err)
		}
	}
	<-files.Crashed()
	if got := tree(t, next, "/"); got != "f=f g=1 l=one\n" {
		t.Errorf("there is %q", got)
	}
	if next.Ops() != 0 {
		t.Errorf("%d operations in a new life", next.Ops())
	}
	if got := tree(t, files.Crash(KeepAll), "/"); got != "f=f g=1 l=one\n" {
		t.Errorf("there is %q after another look", got)
	}
	held, err = next.Lock("l", "two")
	must(t, err, held.Close())
	held, err = next.Lock("l", "three")
	must(t, err, next.Remove("l"))
	if _, err = next.Lock("l", "four"); err != nil {
		t.Errorf("a new file of a name is locked: %v", err)
	}
	must(t, held.Close())
	if err := held.Close(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a lock was given up twice: %v", err)
	}
}

func TestCrashOfLocks(t *testing.T) {
	files := kept(t)
	l, err := files.Lock("l", "first")
	must(t, err, l.Close())
	files.SyncAll()
	_, err = files.Lock("l", "2")
	must(t, err)
	expectAfter(t, files, DropUnsynced, "l=first\n")
	all := outcomes(t, files, Random)
	for _, want := range []string{"l=first\n", "l=", "l=2", "l=2\n"} {
		if !slices.Contains(all, want) {
			t.Errorf("%q is never left, only %q", want, all)
		}
	}
}

// replaceFile is the protocol that makes a file's new content replace its old one. Steps that are left out are faults.
func replaceFile(files exec.FS, without string) error {
	step := func(name string, do func() error) error {
		if name == without {
			return nil
		}
		return do()
	}
	f, err := files.Create("d/.tmp")
	if err != nil {
		return err
	}
	for _, s := range []string{"new ", "content"} {
		if _, err := f.Write([]byte(s)); err != nil {
			return err
		}
	}
	if err := step("sync", f.Sync); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := files.Rename("d/.tmp", "d/f"); err != nil {
		return err
	}
	return step("sync directory", func() error { return files.SyncDir("d") })
}

// faultsOfReplaceFile are the modes in which a crash at some point breaks the promise, with what was found.
func faultsOfReplaceFile(t *testing.T, without string) map[Mode]string {
	broken := map[Mode]string{}
	for _, mode := range Modes {
		for at := 0; ; at++ {
			var err error
			for seed := range uint64(30) {
				files := New(seed)
				must(t, files.MkdirAll("d"), put(t, files, "d/f", "old").Close())
				files.SyncAll()
				files = files.Crash(DropUnsynced)
				files.CrashAt(at)
				err = replaceFile(files, without)
				if err != nil && !errors.Is(err, ErrCrashed) {
					t.Fatal(err)
				}
				text, readErr := content(files.Crash(mode), "d/f")
				if readErr != nil || text != "new content" && (err == nil || text != "old") {
					broken[mode] = fmt.Sprintf("%q, %v before operation %d of %q; ended with %v", text, readErr, at, files.Log(), err)
				}
			}
			if err == nil {
				break // at is behind the last operation
			}
		}
	}
	return broken
}

func TestReplacingAFileIsSafe(t *testing.T) {
	for mode, what := range faultsOfReplaceFile(t, "nothing") {
		t.Errorf("%s: %s", mode, what)
	}
}

func TestOmissionsAreCaught(t *testing.T) {
	for without, want := range map[string][]Mode{
		"sync":           {DropUnsynced, TearLast, Random},
		"sync directory": {DropUnsynced, Random},
	} {
		broken := faultsOfReplaceFile(t, without)
		for _, mode := range Modes {
			if _, caught := broken[mode]; caught != slices.Contains(want, mode) {
				t.Errorf("without %s, %s: %q", without, mode, broken[mode])
			}
		}
	}
}
