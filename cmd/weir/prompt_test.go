//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const (
	up    = "\033[A"
	ctrlC = "\x03"
	ctrlD = "\x04"
	ctrlR = "\x12"
)

// begin opens a prompt and waits for it.
func begin(t *testing.T, env []string, args ...string) *terminal {
	t.Helper()
	s := open(t, 100, append([]string{"NO_COLOR=1"}, env...), args...)
	s.see("weir>")
	return s
}

// leave ends a prompt that has nothing typed.
func (s *terminal) leave() {
	s.t.Helper()
	s.key(ctrlD)
	if code := s.exit(); code != 0 {
		s.t.Errorf("exit %d", code)
	}
}

func TestBanner(t *testing.T) {
	s := begin(t, []string{"TZ=Europe/Berlin"}, "-p", "3")
	s.wait("the banner", func(lines []string) bool {
		return strings.HasPrefix(lines[0], "weir ") && strings.HasSuffix(lines[0], ", parallelism 3 (from -p), session time zone Europe/Berlin") && len(lines) == 2
	})
	s.leave()
}

// A statement may take many lines; the prompt says what is open.
func TestContinuation(t *testing.T) {
	s := begin(t, nil, "-o", "csv")
	for _, c := range []struct{ line, then string }{
		{"SELECT (1 +", "   (>"},
		{"2) AS x, 'a", "   '>"},
		{"b' AS y /* c", "  /*>"},
		{"*/ , 1 AS `n", "   `>"},
		{"`", "   ->"},
	} {
		s.key(c.line + "\r")
		s.see(c.then)
	}
	s.key(";\r")
	s.wait("the row", func(lines []string) bool {
		text := strings.Join(lines, "\n")
		return strings.Contains(text, "\n3,\"a\nb\",1\n") && lines[len(lines)-1] == "weir>"
	})
	s.leave()
}

// What is typed while a statement runs, or before the prompt is there, is not lost.
func TestTypingAhead(t *testing.T) {
	s := open(t, 100, nil, "-o", "csv")
	s.key("SELECT 1 AS a;\nSELECT 40 + 2 AS b;\nSELECT")
	s.wait("both results", func(lines []string) bool {
		return strings.Contains(strings.Join(lines, "\n"), "\n42\n") && lines[len(lines)-1] == "weir> SELECT"
	})
	s.key(ctrlC)
	s.see("weir> SELECT^C", "weir>")
	s.leave()
}

func TestCompletion(t *testing.T) {
	s := begin(t, nil, "-o", "csv", "-D", "parallelism.default=1")
	s.key("CREATE TABLE visits (page STRING, waited INT) WITH ('conn\t")
	s.see("weir> CREATE TABLE visits (page STRING, waited INT) WITH ('connector")
	s.key("' = 'datag\t', 'number-\t' = '1');\r")
	s.see("weir> CREATE TABLE visits (page STRING, waited INT) WITH ('connector' = 'datagen', 'number-of-rows'", "= '1');", "[INFO] CREATE TABLE succeeded.", "weir>")
	s.key("sel\t count(*) from vis\t where wai\t >= 0")
	s.see("weir> select count(*) from visits where waited >= 0")
	s.key(ctrlC)
	s.see("weir>")
	s.key("SELECT t.p\t, CHARACTER_L\tt.page) FROM visits t")
	s.key(ctrlC)
	s.see("weir> SELECT t.p, CHARACTER_LENGTH(t.page) FROM visits t^C", "weir>")
	s.leave()
}

// A paste is not run before Enter, whatever is in it, and its tabs complete nothing.
func TestPaste(t *testing.T) {
	s := begin(t, nil, "-o", "csv")
	s.written("\033[?2004h")
	s.key("\033[200~SELECT\t'a\tb' AS x, -- one\r\n  2 AS y;\n\033[201~")
	s.see("weir> SELECT 'a b' AS x, -- one↵  2 AS y;")
	s.key("\r")
	s.see("x,y", "a\tb,2", "weir>")
	s.leave()
}

// The history keeps statements of many lines whole, over a restart, and for its owner alone.
func TestHistory(t *testing.T) {
	dir := t.TempDir()
	state := []string{"XDG_STATE_HOME=" + dir}
	s := begin(t, state, "-o", "csv")
	s.key("SELECT 7 -- seven\r  AS x;\r")
	s.see("x", "7", "weir>")
	s.key("SELECT 8 AS y;\r")
	s.see("y", "8", "weir>")
	s.leave()
	name := filepath.Join(dir, "weir", "history")
	info, err := os.Stat(name)
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("%v, mode %v", err, info.Mode())
	}
	text, err := os.ReadFile(name)
	if want := "\"SELECT 7 -- seven\\n  AS x;\"\n\"SELECT 8 AS y;\"\n"; err != nil || string(text) != want {
		t.Errorf("the file has %q, %v", text, err)
	}
	s = begin(t, state, "-o", "csv")
	s.key(up + up)
	s.see("weir> SELECT 7 -- seven↵  AS x;")
	s.key("\r")
	s.see("x", "7", "weir>")
	s.key(ctrlR + "LECT 8")
	s.see("weir> SELECT 8 AS y;", "bck-i-search: LECT 8")
	s.key("\r")
	s.see("y", "8", "weir>")
	s.leave()
}

// Ctrl-C ends what runs and keeps the session; typed at nothing twice, it leaves.
func TestInterrupts(t *testing.T) {
	s := begin(t, nil, "-o", "csv", "-D", "parallelism.default=1")
	s.key("CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '1000000000', 'rows-per-second' = '10');\r")
	s.see("[INFO] CREATE TABLE succeeded.", "weir>")
	s.key("SELECT a FROM g;\r")
	s.wait("a row", func(lines []string) bool { return slices.Contains(lines, "3") })
	s.key(ctrlC)
	s.wait("the prompt again", func(lines []string) bool {
		return lines[len(lines)-1] == "weir>" && strings.Contains(strings.Join(lines, "\n"), "interrupted")
	})
	s.key("SELECT 1 +\r")
	s.see("   ->")
	s.key(ctrlC)
	s.see("   -> ^C", "weir>")
	s.key("SELECT 5 AS z;\r")
	s.see("z", "5", "weir>")
	s.key(ctrlC)
	s.see("Ctrl-C again or Ctrl-D leaves", "weir>")
	s.key(ctrlC)
	if code := s.exit(); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
}

// What a job in the background has to say comes before a prompt; leaving stops those that run, and says so.
func TestJobsAtThePrompt(t *testing.T) {
	s := begin(t, nil, "-o", "csv", "-D", "table.dml-sync=false", "-D", "pipeline.name=j")
	s.key("CREATE TABLE g (a INT) WITH ('connector' = 'datagen'); CREATE TABLE b (a INT) WITH ('connector' = 'blackhole');\r")
	s.see("[INFO] CREATE TABLE succeeded.", "[INFO] CREATE TABLE succeeded.", "weir>")
	s.key("INSERT INTO b VALUES (1); INSERT INTO b SELECT a FROM g;\r")
	s.wait("the ids", func(lines []string) bool {
		return strings.Count(strings.Join(lines, "\n"), "job id\n") == 2 && lines[len(lines)-1] == "weir>"
	})
	s.key("SELECT 5 AS z;\r")
	s.see("z", "5", "weir>")
	s.wait("the end of the first job", func(lines []string) bool {
		return strings.Count(strings.Join(lines, "\n"), "(j) has finished: 1 row written into b") == 1
	})
	s.key(ctrlC)
	s.see("Ctrl-C again or Ctrl-D leaves", "weir>")
	s.key("STOP JOB 'nope';\r")
	s.see("  = hint: SHOW JOBS lists them", "weir>")
	s.key("QUIT\r")
	s.see("weir> QUIT", "notice: 1 running job was stopped")
	if code := s.exit(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestTerminationAtThePrompt(t *testing.T) {
	s := begin(t, nil)
	s.key("SELECT")
	s.see("weir> SELECT")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.exit(); code != exitTerminated {
		t.Errorf("exit %d", code)
	}
}

func TestEditor(t *testing.T) {
	editor := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nsed -i 's/1/2/; s/$/ AS two;/' \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := begin(t, []string{"EDITOR=" + editor}, "-o", "csv")
	s.key("SELECT 1\r")
	s.see("   ->")
	s.key("\\e\r")
	s.see("   -> \\e", "SELECT 2 AS two;", "two", "2", "weir>")
	s.leave()
}

func TestViMode(t *testing.T) {
	dir := t.TempDir()
	inputrc := filepath.Join(dir, "inputrc")
	if err := os.WriteFile(inputrc, []byte("# keys\nset editing-mode vi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := begin(t, []string{"INPUTRC=" + inputrc}, "-o", "csv")
	s.key("ELECT 3 AS v;")
	s.see("weir> ELECT 3 AS v;")
	s.key("\033")
	s.key("0iS\r")
	s.see("v", "3", "weir>")
	s.key(up)
	s.see("weir> SELECT 3 AS v;")
	s.key(ctrlC)
	s.see("weir>")
	s.leave()
}

func TestColors(t *testing.T) {
	s := open(t, 100, nil)
	s.see("weir>")
	s.key("SELECT 'a', 1;")
	s.written("\033[1;36mSELECT\033[0m \033[32m'a'\033[0m, \033[35m1\033[0m;")
	s.key(ctrlC + ctrlD)
	s.exit()
	for _, c := range []struct {
		env  string
		args []string
		on   bool
	}{{"NO_COLOR=1", nil, false}, {"NO_COLOR=", []string{"--color=never"}, false}, {"NO_COLOR=1", []string{"--color", "always"}, true}} {
		s := open(t, 100, []string{c.env}, c.args...)
		s.see("weir>")
		s.key("SELECT 1;")
		s.see("weir> SELECT 1;")
		s.mu.Lock()
		on := strings.Contains(string(s.raw), "\033[1;36mSELECT")
		s.mu.Unlock()
		if on != c.on {
			t.Errorf("%s %v: colours are %v", c.env, c.args, on)
		}
		s.key(ctrlC + ctrlD)
		s.exit()
	}
}

// A terminal that can't move its cursor gets no control sequence.
func TestDumbTerminal(t *testing.T) {
	s := open(t, 100, []string{"TERM=dumb"}, "-o", "csv")
	s.see("weir>")
	s.key("SELECT 1 AS\n")
	s.see("weir> SELECT 1 AS", "   ->")
	s.key("x;\n")
	s.see("x", "1", "weir>")
	s.key("SELECT\n")
	s.see("weir> SELECT", "   ->")
	s.key(ctrlC)
	s.see("   -> ^C", "weir>")
	s.leave()
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := strings.IndexByte(string(s.raw), '\033'); i >= 0 {
		t.Errorf("a control sequence was written: %q", s.raw[i:])
	}
}
