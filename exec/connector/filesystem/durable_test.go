package filesystem

import (
	"context"
	"strings"
	"testing"

	"weir/exec/crashfs"
)

// TestSinkClaimIsDurable: a checkpoint before the first part names the run, so another statement must not get it.
func TestSinkClaimIsDurable(t *testing.T) {
	for _, mode := range crashfs.Modes {
		files := crashfs.New(1)
		s := newSink(t, files, outDir)
		openWriter(t, s, 0)
		if got := listedIn(t, files.Crash(mode), outDir); got != ".part-0" {
			t.Errorf("%s: %q", mode, got)
		}
	}
}

// TestSinkAfterKill: a statement whose process was killed may have made the directory and not have synced it.
func TestSinkAfterKill(t *testing.T) {
	for at := range 6 {
		files := crashfs.New(1)
		files.CrashAt(at)
		if _, err := live(t, files); err == nil {
			t.Fatal("no crash")
		}
		files = files.Crash(crashfs.KeepAll)
		s := newSink(t, files, outDir)
		must(t, s.Commit(context.Background(), 1, prepared(t, s, 0, 1, 7)))
		for _, mode := range crashfs.Modes {
			if got := listedIn(t, files.Crash(mode), outDir); !strings.Contains(got, "=7;") {
				t.Errorf("killed before operation %d, then %s: %q", at, mode, got)
			}
		}
	}
}

// TestSinkDiscardIsDurable: what was discarded does not come back when a later checkpoint would keep it.
func TestSinkDiscardIsDurable(t *testing.T) {
	files := crashfs.New(1)
	prepared(t, newSink(t, files, outDir), 0, 1, 5)
	files = files.Crash(crashfs.DropUnsynced)
	must(t, newSink(t, files, outDir).Discard(0, 0))
	for _, mode := range crashfs.Modes {
		if got := listedIn(t, files.Crash(mode), outDir); got != "" {
			t.Errorf("%s: %q", mode, got)
		}
	}
}

// TestSinkReleaseIsDurable: the claim of a job that ended does not come back.
func TestSinkReleaseIsDurable(t *testing.T) {
	files := crashfs.New(1)
	l, err := live(t, files)
	must(t, err)
	for _, mode := range crashfs.Modes {
		if got, want := listedIn(t, files.Crash(mode), outDir), strings.Join(l.visible, " "); got != want {
			t.Errorf("%s: %q, want %q", mode, got, want)
		}
	}
}
