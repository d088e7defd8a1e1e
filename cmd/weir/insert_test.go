package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// visible lists the files of a directory that a reader would see, and those that are hidden.
func visible(t *testing.T, dir string) (shown, hidden []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			hidden = append(hidden, e.Name())
		} else {
			shown = append(shown, e.Name())
		}
	}
	return shown, hidden
}

// endlessInsert writes a file that never ends.
const endlessInsert = `CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000');
CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'o', 'format' = 'csv');
INSERT INTO o SELECT a FROM g;`

// TestInterruptedInsertLeavesNothing ends a job while it writes: asked to, and killed.
func TestInterruptedInsertLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		signal os.Signal
		rests  bool // hidden files may be left
	}{{os.Interrupt, false}, {os.Kill, true}} {
		dir := t.TempDir()
		cmd := weir(t, dir, "-p", "2", "-e", endlessInsert)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		writing := false
		for end := time.Now().Add(20 * time.Second); !writing && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			matches, err := filepath.Glob(filepath.Join(dir, "o", ".part-0-open-*"))
			if err != nil {
				t.Fatal(err)
			}
			writing = len(matches) > 0
		}
		if err := cmd.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed on purpose
		shown, hidden := visible(t, filepath.Join(dir, "o"))
		if !writing || len(shown) > 0 || len(hidden) > 0 && !c.rests {
			t.Errorf("%s: wrote %v, left %v and hidden %v", c.signal, writing, shown, hidden)
		}
	}
}

// TestFailedInsertLeavesNothing fails at the last of many rows.
func TestFailedInsertLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 50000 {
		fmt.Fprintln(&text, i)
	}
	text.WriteString("many\n")
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := weir(t, dir, "-p", "3", "-e", `CREATE TABLE i (a INT) WITH ('connector' = 'filesystem', 'path' = 'in.csv', 'format' = 'csv');
SET 'weir.chunk.bytes' = '20000';
CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = 'o', 'format' = 'csv');
INSERT INTO o SELECT a FROM i;`)
	out, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != 1 || !strings.Contains(string(out), `in.csv:50001: column a: "many" is not an INT`) {
		t.Errorf("exit code %d: %s", code, out)
	}
	if shown, hidden := visible(t, filepath.Join(dir, "o")); len(shown)+len(hidden) > 0 {
		t.Errorf("left %v and %v", shown, hidden)
	}
}
