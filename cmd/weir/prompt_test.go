//go:build linux

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
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
		return strings.HasPrefix(lines[0], "weir ") && strings.HasSuffix(lines[0], ", parallelism 3 (from -p), session time zone Europe/Berlin; .help for help") && len(lines) == 2
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

// A command may stand behind a statement that it runs, or be typed in the middle of one.
func TestCommandsInStatements(t *testing.T) {
	s := begin(t, nil, "-o", "csv")
	s.key("SELECT 1 AS a \\g\r")
	s.see("weir> SELECT 1 AS a \\g", "a", "1", "weir>")
	s.key("SELECT 2 AS\r")
	s.see("   ->")
	s.key("\\dt\r")
	s.see("   -> \\dt", "table name", "   ->")
	s.key("b; .7\r")
	s.see("   ->")
	s.key(ctrlC)
	s.see("   -> ^C", "weir>")
	name := filepath.Join(t.TempDir(), "three.jsonl")
	s.key("SELECT 3\r AS c\r.again " + name + "\r")
	s.see("weir>")
	s.key("\\g\r")
	s.see("weir> \\g", "c", "3", "weir>")
	if text, err := os.ReadFile(name); err != nil || string(text) != "{\"c\":3}\n" {
		t.Errorf("the file has %q, %v", text, err)
	}
	s.key(up + up)
	s.see("weir> SELECT 3", "   ->  AS c", "   -> .again "+name)
	s.key(ctrlC)
	s.see("weir>")
	s.leave()
}

// Somebody who wants to leave, or help, in the middle of a statement is told how.
func TestWordsInStatements(t *testing.T) {
	s := begin(t, nil, "-o", "csv")
	s.key("SELECT 'it\r")
	s.see("   '>")
	s.key("quit\r")
	s.see("   '> quit", "a string is not closed yet: Ctrl-C throws it away, Ctrl-D leaves", "   '>")
	s.key(ctrlC)
	s.see("   '> ^C", "weir>")
	s.key("SELECT (\r")
	s.see("   (>")
	s.key("help\r")
	s.see("   (> help", "the statement goes on until its semicolon: Ctrl-C throws it away, Ctrl-D leaves", "   (>")
	s.leave()
	s = begin(t, nil)
	s.key("help\r")
	s.see(".quit, \\q, .exit           leave", "", "weir>")
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
	query, reads := stuck(t)
	s.key(query + "\r")
	s.see("a")
	w := reads()
	s.key("SELECT 9 AS nine;\r")
	s.see("a", "SELECT 9 AS nine;") // shown by the terminal itself
	w.Close()
	s.see("weir> SELECT 9 AS nine;", "nine", "9", "weir>")
	s.leave()
}

func TestCompletion(t *testing.T) {
	s := begin(t, nil, "-o", "csv", "-D", "parallelism.default=1")
	s.key("CREATE TABLE visits (page STRING, waited INT) WITH ('conn\t")
	s.see("weir> CREATE TABLE visits (page STRING, waited INT) WITH ('connector")
	s.key("' = 'datag\t', 'number-\t' = '1');\r")
	s.see("weir> CREATE TABLE visits (page STRING, waited INT) WITH ('connector' = 'datagen', 'number-of-rows'", "= '1');", "[INFO] CREATE TABLE succeeded.", "weir>")
	s.key("sel\tcount(*) from vis\t whe\twai\t >= 0")
	s.see("weir> select count(*) from visits where waited >= 0")
	s.key(ctrlC)
	s.see("weir>")
	s.key("SELECT t.p\t, CHARACTER_L\tt.page) FROM visits t")
	s.key(ctrlC)
	s.see("weir> SELECT t.p, CHARACTER_LENGTH(t.page) FROM visits t^C", "weir>")
	s.key("SET 'table.local\t' = 'UTC';\r")
	s.see("weir> SET 'table.local-time-zone' = 'UTC';", "[INFO] SET succeeded.", "weir>")
	name := filepath.Join(s.cmd.Dir, "some statements.sql")
	if err := os.WriteFile(name, []byte("SELECT 5 AS five;"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.key(".re\t 'some\t'\r")
	s.see("weir> .read 'some statements.sql'", "five", "5", "weir>")
	s.leave()
}

// Words that a line may go on with are listed above it. It stays as it is, and Ctrl-C throws it away as ever.
func TestCompletionsAreListed(t *testing.T) {
	s := open(t, 60, []string{"NO_COLOR=1"})
	s.see("weir>")
	s.key("SHOW \t")
	s.see("TABLES            COLUMNS           CURRENT CATALOG", "VIEWS             CREATE TABLE      CURRENT DATABASE", "FUNCTIONS         CREATE VIEW       DATABASES", "CATALOGS          CREATE CATALOG    JOBS", "weir> SHOW")
	s.key("T\t;\r")
	s.see("weir> SHOW TABLES ;", "Empty set", "", "weir>")
	s.key("\x1b[200~SELECT 1 AS one, 2 AS two, 3 AS three, 4 AS four, 5 AS five, l\x1b[201~\t")
	s.wait("a list and the statement below it", func(lines []string) bool {
		return len(lines) > 3 && strings.HasPrefix(lines[len(lines)-3], "l") && lines[len(lines)-2] == "weir> SELECT 1 AS one, 2 AS two, 3 AS three, 4 AS four, 5 AS" && lines[len(lines)-1] == " five, l"
	})
	s.key(ctrlC)
	s.see(" five, l^C", "weir>")
	s.leave()
}

// A paste is not run before Enter, whatever is in it, and its tabs complete nothing.
func TestPaste(t *testing.T) {
	s := begin(t, nil, "-o", "csv")
	s.written("\033[?2004h")
	s.key("\033[200~SELECT\t'a\tb' AS x, -- one\r\n  2 AS y;\n\033[201~")
	s.see("weir> SELECT 'a b' AS x, -- one", "   ->   2 AS y;")
	s.key("\r")
	s.see("x,y", "a\tb,2", "weir>")
	// Commands of a paste stand on lines of their own.
	s.key("\033[200~SELECT 1 AS a;\n.mode jsonl\nSELECT 2 AS b;\n\033[201~\r")
	s.see("a", "1", "{\"b\":2}", "weir>")
	s.leave()
}

// Lines of a statement that was pasted, or comes from the history, stand below each other and can be edited.
func TestEditingOfSeveralLines(t *testing.T) {
	s := open(t, 40, []string{"NO_COLOR=1"}, "-o", "csv")
	s.see("weir>")
	s.key("\033[200~SELECT 1 AS a,\n  'x\ny' AS b, (2 +\n3) AS c;\033[201~")
	s.see("weir> SELECT 1 AS a,", "   ->   'x", "   '> y' AS b, (2 +", "   (> 3) AS c;")
	s.key("\x01" + strings.Repeat("\033[C", 15) + "\x7f") // to the second line, whose newline goes
	s.see("weir> SELECT 1 AS a,  'x", "   '> y' AS b, (2 +", "   (> 3) AS c;")
	s.key("\033\r") // Alt-Enter makes another
	s.see("weir> SELECT 1 AS a,", "   ->   'x", "   '> y' AS b, (2 +", "   (> 3) AS c;")
	s.key("\r")
	s.see("a,b,c", "1,\"x", "y\",5", "weir>")
	s.key(up)
	s.see("weir> SELECT 1 AS a,", "   ->   'x", "   '> y' AS b, (2 +", "   (> 3) AS c;")
	s.key(strings.Repeat("\x02", 9) + "4") // into the third line
	s.see("weir> SELECT 1 AS a,", "   ->   'x", "   '> y' AS b, (2 +4", "   (> 3) AS c;")
	s.key("\x7f\r")
	s.see("a,b,c", "1,\"x", "y\",5", "weir>")
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
	s.see("weir> SELECT 7 -- seven", "   ->   AS x;")
	s.key("\r")
	s.see("x", "7", "weir>")
	s.leave()
}

// Ctrl-R finds statements of the history, also those of many lines, and leaves what is above them alone.
func TestHistoryIsSearched(t *testing.T) {
	s := begin(t, nil, "-o", "csv")
	s.key("SELECT 7 -- seven\r  AS x;\r")
	s.see("x", "7", "weir>")
	s.key("SELECT 8 AS y;\r")
	s.see("y", "8", "weir>")
	s.key("new" + ctrlR)
	s.see("y", "8", "search '': new")
	s.key("lect")
	s.see("y", "8", "search 'lect': SELECT 8 AS y;")
	s.key(ctrlR)
	s.see("y", "8", "search 'lect': SELECT 7 -- seven", "   ->   AS x;")
	s.key(ctrlR)
	s.see("y", "8", "not found 'lect': SELECT 7 -- seven", "   ->   AS x;")
	s.key("\x13") // Ctrl-S goes the other way
	s.see("y", "8", "search 'lect': SELECT 8 AS y;")
	s.key(" 7")
	s.see("y", "8", "search 'lect 7': SELECT 7 -- seven", "   ->   AS x;")
	s.key("\x7f8")
	s.see("y", "8", "search 'lect 8': SELECT 8 AS y;")
	s.key("\x07")
	s.see("y", "8", "weir> new")
	s.key(ctrlR + "ven" + "\x05 -- found\r") // Ctrl-E takes it
	s.see("y", "8", "weir> SELECT 7 -- seven", "   ->   AS x; -- found", "x", "7", "weir>")
	s.key("gone" + ctrlR + "8 AS")
	s.see("search '8 AS': SELECT 8 AS y;")
	s.key(ctrlC)
	s.see("weir> gone^C", "weir>")
	s.key(ctrlR + "8 AS\r")
	s.see("weir> SELECT 8 AS y;", "y", "8", "weir>")
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
	s.see("error[W6901]: the statement was interrupted", "weir>")
	s.key("SELECT 1 +\r")
	s.see("   ->")
	s.key(ctrlC)
	s.see("   -> ^C", "weir>")
	s.key("SELECT 5 AS z;\r")
	s.see("z", "5", "weir>")
	s.key("BEGIN STATEMENT SET;\r")
	s.see(" set>")
	s.key(ctrlC)
	s.see("notice: the statement set was given up: it has no statements", "weir>")
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
	s.wait("its row", func(lines []string) bool {
		return strings.Contains(strings.Join(lines, "\n"), "\nz\n5\n") && lines[len(lines)-1] == "weir>"
	})
	// It is told before the first prompt behind its end, whichever that is.
	const told = "(j) has finished: 1 row written into b"
	for range int(patience / (20 * time.Millisecond)) {
		s.mu.Lock()
		seen := strings.Contains(string(s.raw), told)
		s.mu.Unlock()
		if seen {
			break
		}
		s.key("\r")
		time.Sleep(20 * time.Millisecond)
	}
	s.wait("the end of the first job, once", func(lines []string) bool {
		return strings.Count(strings.Join(lines, "\n"), told) == 1 && lines[len(lines)-1] == "weir>"
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

// stuck is a query that an interrupt can't end, as it reads a named pipe into which nobody writes; reads waits until it
// does, and returns the pipe's other end.
func stuck(t *testing.T) (query string, reads func() *os.File) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "nobody-writes.csv.gz")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	reads = func() *os.File {
		w, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		return w
	}
	return "CREATE TABLE f (a INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '" + name + "'); SELECT a FROM f;", reads
}

// A second interrupt does not wait for the end of what the first one was to end.
func TestSecondInterrupt(t *testing.T) {
	for _, script := range []bool{false, true} {
		query, reads := stuck(t)
		var s *terminal
		if script {
			s = open(t, 100, nil, "-o", "csv", "-e", query)
		} else {
			s = begin(t, nil, "-o", "csv")
			s.key(query + "\r")
		}
		s.see("a")
		reads()
		s.key(ctrlC)
		s.see("a", "^C")
		// Two signals that come before the process is awake are one: a person goes on typing.
		for ended := false; !ended; {
			s.key(ctrlC)
			select {
			case err := <-s.ended:
				s.ended <- err
				ended = true
			case <-time.After(20 * time.Millisecond):
			}
		}
		if code := s.exit(); code != exitInterrupted {
			t.Errorf("exit %d", code)
		}
	}
}

// Somebody whose statement does not end is told what to do.
func TestStubbornStatement(t *testing.T) {
	t.Parallel() // it waits
	s := begin(t, nil, "-o", "csv")
	query, reads := stuck(t)
	s.key(query + "\r")
	s.see("a")
	w := reads()
	s.key(ctrlC)
	s.see("a", "^C", "it has not ended yet: Ctrl-C again leaves weir")
	w.Close()
	s.see("error[W6901]: the statement was interrupted", "weir>")
	s.leave()
}

// SIGTERM ends the prompt, and what runs.
func TestTerminationAtThePrompt(t *testing.T) {
	for _, c := range []struct{ typed, seen string }{{"SELECT", "weir> SELECT"}, {sequence + "'1000000', 'rows-per-second' = '10'); SELECT a FROM g;\r", "1"}} {
		s := begin(t, nil, "-o", "csv", "-p", "1")
		s.key(c.typed)
		s.wait(c.seen, func(lines []string) bool { return slices.Contains(lines, c.seen) })
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := s.exit(); code != exitTerminated {
			t.Errorf("exit %d", code)
		}
	}
}

// The init file runs before the prompt comes, also where something in it is wrong; --no-init leaves it out.
func TestInitFileOfThePrompt(t *testing.T) {
	config := t.TempDir()
	if err := os.Mkdir(filepath.Join(config, "weir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "weir", "init.sql"), []byte("CREATE VIEW mine AS SELECT 1 AS x;\nSELEC 2;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, 100, []string{"NO_COLOR=1", "XDG_CONFIG_HOME=" + config}, "-o", "csv", "-p", "2")
	s.see("2 | SELEC 2;", "  | ^~~~~", "  = hint: did you mean SELECT?", "weir (devel), parallelism 2 (from -p), session time zone UTC; .help for help", "weir>")
	s.key("SELECT * FROM mine;\r")
	s.see("weir> SELECT * FROM mine;", "x", "1", "weir>")
	s.leave()
	s = begin(t, []string{"XDG_CONFIG_HOME=" + config}, "-o", "csv", "--no-init")
	s.key("SHOW TABLES;\r")
	s.see("weir> SHOW TABLES;", "table name", "weir>")
	s.leave()
}

func TestClear(t *testing.T) {
	s := begin(t, nil)
	s.key("clear\r")
	s.wait("nothing but the prompt", func(lines []string) bool { return len(lines) == 1 && lines[0] == "weir>" })
	s.leave()
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
	s.see("weir> SELECT 3 AS v;^C", "weir>")
	s.key(ctrlR + "as v")
	s.see("search 'as v': SELECT 3 AS v;")
	s.key("\033")
	s.see("weir> SELECT 3 AS v;")
	s.key("\r")
	s.see("v", "3", "weir>")
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
