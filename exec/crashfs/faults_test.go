package crashfs

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestOperationsAreCounted(t *testing.T) {
	run := func(files *FS) {
		must(t, files.MkdirAll("a/b"), files.MkdirAll("a"))
		f := put(t, files, "a/b/f", "123")
		must(t, f.Sync(), f.Close(), files.SyncDir("a/b"), files.Rename("a/b/f", "a/g"))
		_, err := files.Stat("a/g")
		must(t, err)
		l, err := files.Lock("l", "me")
		must(t, err, l.Close(), files.Remove("l"), files.RemoveAll("a"), files.RemoveAll("a"))
		if _, err := files.Create("x/y"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	files := New(1)
	run(files)
	want := []string{"mkdir a", "mkdir a/b", "mkdir a", "create a/b/f", "write a/b/f: 3 bytes", "sync a/b/f", "sync directory a/b", "rename a/b/f to a/g",
		"lock l", "remove l", "remove a/b", "remove a/g", "remove a", "remove a", "create x/y"}
	if got := files.Log(); !slices.Equal(got, want) || files.Ops() != len(want) {
		t.Errorf("%d operations: %q", files.Ops(), got)
	}
	files = New(1)
	files.CountReads()
	run(files)
	if got := files.Log(); !slices.Equal(got, slices.Insert(want, 8, "stat a/g")) {
		t.Errorf("with reads: %q", got)
	}
}

func TestCrashAt(t *testing.T) {
	files := kept(t, "f")
	files.CrashAt(2)
	crashed := files.Crashed()
	must(t, files.Rename("f", "g"), files.Rename("g", "h"))
	select {
	case <-crashed:
		t.Error("there was a crash before its time")
	default:
	}
	if err := files.Remove("h"); !errors.Is(err, ErrCrashed) {
		t.Error(err)
	}
	<-crashed
	if err := files.Remove("h"); !errors.Is(err, ErrCrashed) || files.Ops() != 3 {
		t.Errorf("%v, %d operations", err, files.Ops())
	}
	expectAfter(t, files, KeepAll, "h=f")
}

func TestCrashAtAWrite(t *testing.T) {
	left := map[string]bool{}
	for seed := range uint64(100) {
		files := New(seed)
		files.CrashAt(1)
		f := put(t, files, "f")
		n, err := f.Write([]byte("1234"))
		if !errors.Is(err, ErrCrashed) {
			t.Fatal(err)
		}
		if n, err := f.Write([]byte("5")); n != 0 || !errors.Is(err, ErrCrashed) {
			t.Fatalf("%d bytes written after the crash, %v", n, err)
		}
		got := tree(t, files.Crash(KeepAll), "/")
		if got != "f="+"1234"[:n] {
			t.Errorf("%q of %d bytes", got, n)
		}
		left[got] = true
	}
	if len(left) != 5 {
		t.Errorf("a write leaves %v", left)
	}
}

func TestCrashAtInsideOperationsOnMany(t *testing.T) {
	files := kept(t, "d/", "d/a", "d/b/", "d/b/c")
	files.CrashAt(2)
	if err := files.RemoveAll("d"); !errors.Is(err, ErrCrashed) {
		t.Error(err)
	}
	expectAfter(t, files, KeepAll, "d/ d/b/")
	files = kept(t)
	files.CrashAt(2)
	if err := files.MkdirAll("a/b/c/d"); !errors.Is(err, ErrCrashed) {
		t.Error(err)
	}
	expectAfter(t, files, KeepAll, "a/ a/b/")
}

func TestFailAt(t *testing.T) {
	files := kept(t, "f")
	files.FailAt(1, syscall.ENOSPC)
	must(t, files.Rename("f", "g"))
	err := files.Rename("g", "h")
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasSuffix(err.Error(), "rename g h: no space left on device") {
		t.Error(err)
	}
	must(t, files.Rename("g", "h"))
	expectAfter(t, files, KeepAll, "h=f")

	files = kept(t)
	f := put(t, files, "f", "1")
	files.FailFrom(2, syscall.ENOSPC)
	for range 3 {
		if n, err := f.Write([]byte("234")); n > 3 || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%d written, %v", n, err)
		}
	}
	if err := files.MkdirAll("d/e"); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if err := files.SyncDir("/"); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	expectAfter(t, files, DropUnsynced, "")
}

// TestFailedSyncLosesWrites has a program that takes a second Sync for an answer lose what the first one did not write.
func TestFailedSyncLosesWrites(t *testing.T) {
	files := kept(t)
	f := put(t, files, "f", "12", "3")
	files.FailAt(files.Ops(), syscall.EIO)
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	_, err := f.Write([]byte("4"))
	must(t, err, f.Sync(), files.SyncDir("/"))
	if text, err := content(files, "f"); text != "1234" || err != nil {
		t.Errorf("before the crash: %q, %v", text, err)
	}
	expectAfter(t, files, DropUnsynced, "f=\x00\x00\x004")
}
