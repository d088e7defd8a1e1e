//go:build linux

package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sequence is a table of the numbers from 1 on, many in a second.
const sequence = "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = "

// shows waits until the screen has these lines behind each other.
func (s *terminal) shows(lines ...string) {
	s.t.Helper()
	want := strings.Join(lines, "\n") + "\n"
	s.wait(want, func(all []string) bool { return strings.Contains(strings.Join(all, "\n")+"\n", want) })
}

func TestBothTonguesAtThePrompt(t *testing.T) {
	s := begin(t, nil, "-o", "csv")
	s.key("CREATE TABLE orders (id BIGINT) WITH ('connector' = 'blackhole');\r")
	s.see("[INFO] CREATE TABLE succeeded.", "weir>")
	for _, c := range []struct {
		typed []string
		shown []string
	}{
		{[]string{".tables", `\dt`}, []string{"table name", "orders"}},
		{[]string{".schema orders", `\d orders`}, []string{"name,type,null,key,extras,watermark", "id,BIGINT,TRUE,,,"}},
		{[]string{".jobs"}, []string{"job id,job name,status,start time"}},
	} {
		for _, typed := range c.typed {
			s.key(typed + "\r")
			s.see(append(append([]string{"weir> " + typed}, c.shown...), "weir>")...)
		}
	}
	for _, timer := range []string{".timer", `\timing`} {
		s.key(timer + " on\rSELECT 1 AS a;\r" + timer + " off\r")
		s.wait("a time", func(lines []string) bool {
			n := len(lines)
			return n > 3 && lines[n-1] == "weir>" && lines[n-2] == "weir> "+timer+" off" && strings.HasPrefix(lines[n-3], "Time: ") && lines[n-4] == "1"
		})
	}
	s.key("\\watch 0.01\r")
	s.shows("weir> \\watch 0.01", "a", "1", "a", "1", "a", "1")
	s.key(ctrlC)
	s.wait("the prompt", func(lines []string) bool { return lines[len(lines)-1] == "weir>" })
	s.key(".explain\r")
	s.wait("a plan", func(lines []string) bool {
		return lines[len(lines)-1] == "weir>" && strings.Contains(strings.Join(lines, "\n"), "values")
	})
	s.key("\\q\r")
	if code := s.exit(); code != exitFine {
		t.Errorf("exit %d", code)
	}
}

// Results fit the terminal: columns align under wide characters, control characters do nothing to it, and what is too
// wide turns vertical.
func TestResultsFitTheTerminal(t *testing.T) {
	s := open(t, 30, []string{"NO_COLOR=1"}, "-D", "sql-client.display.print-time-cost=false", "-e", "SELECT '日本' AS `place`, '\x1b[2J' AS c; SELECT 'a text too wide' AS x, CAST(NULL AS INT) AS `long name`")
	s.shows("+-------+---------+",
		"| place |       c |",
		"+-------+---------+",
		"|  日本 | \\x1b[2J |",
		"+-------+---------+",
		"1 row in set",
		"",
		"*********** 1. row ***********",
		"        x: a text too wide",
		"long name: <NULL>",
		"1 row in set")
	s.exit()
}

// A stream's rows are shown as they come, with what they do.
func TestStreamAtThePrompt(t *testing.T) {
	s := begin(t, nil, "-p", "1")
	s.key(sequence + "'1000000', 'rows-per-second' = '100');\r")
	s.see("[INFO] CREATE TABLE succeeded.", "weir>")
	s.key("SELECT a FROM g;\r")
	s.shows("+----+-------------+", "| op |           a |", "+----+-------------+", "| +I |           1 |", "| +I |           2 |")
	s.key(ctrlC)
	s.wait("the prompt", func(lines []string) bool { return lines[len(lines)-1] == "weir>" })
	s.leave()
}

// Table mode shows what the result is at the moment, in one place.
func TestTableModeAtThePrompt(t *testing.T) {
	s := begin(t, nil, "-o", "table", "-p", "1")
	s.key(sequence + "'5', 'rows-per-second' = '100');\r")
	s.see("[INFO] CREATE TABLE succeeded.", "weir>")
	s.key("SELECT MOD(a, 2) AS k, COUNT(*) AS n FROM g GROUP BY MOD(a, 2);\r")
	s.wait("the last table", func(lines []string) bool {
		text := strings.Join(lines, "\n")
		return strings.Contains(text, "GROUP BY MOD(a, 2);\n+---+---+\n| k | n |\n+---+---+\n| 1 | 3 |\n| 0 | 2 |\n+---+---+\n2 rows in set (") && lines[len(lines)-1] == "weir>"
	})
	s.leave()
}

// Long bounded results go to the pager, streams don't.
func TestPagerAtThePrompt(t *testing.T) {
	s := begin(t, []string{"PAGER=sed 's/^/paged /'"}, "-p", "1")
	s.key(sequence + "'25');\r")
	s.see("[INFO] CREATE TABLE succeeded.", "weir>")
	s.key("SELECT a FROM g;\r")
	s.wait("a stream", func(lines []string) bool {
		text := strings.Join(lines, "\n")
		return strings.Contains(text, "\n| +I |          25 |\n") && lines[len(lines)-1] == "weir>"
	})
	s.key("SET 'execution.runtime-mode' = 'batch';\rSELECT a FROM g;\r")
	s.wait("a paged result", func(lines []string) bool {
		text := strings.Join(lines, "\n")
		return strings.Contains(text, "\npaged | 24 |\npaged | 25 |\npaged +----+\npaged 25 rows in set") && lines[len(lines)-1] == "weir>"
	})
	s.leave()
}

// When nothing has come for two seconds a line says how far the statement is; it goes before anything else is shown.
func TestStatusLineOnATerminal(t *testing.T) {
	t.Parallel() // it waits
	dir := t.TempDir()
	for name, rows := range map[string]string{"a.csv": "1,2020-03-01 10:00:05.000\n", "b.csv": "2,2020-03-01 10:00:35.500\n3,2020-03-01 10:00:30.000\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, 120, []string{"NO_COLOR=1"}, "-e", "CREATE TABLE f (a INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'format' = 'csv', 'source.monitor-interval' = '1 s', 'path' = '"+dir+"'); "+
		"SELECT window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE f, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end")
	s.wait("the line", func(lines []string) bool {
		if len(lines) == 0 {
			return false
		}
		last := lines[len(lines)-1]
		return strings.HasPrefix(last, "3 rows in (1/s) · watermark 2020-03-01 10:00:35.5, ") && strings.HasSuffix(last, " behind · next window ends 10:01:00")
	})
	s.key(ctrlC)
	if code := s.exit(); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
	s.wait("the error in place of the line", func(lines []string) bool {
		text := strings.Join(lines, "\n")
		return strings.Contains(text, "error[W6901]: the statement was interrupted") && !strings.Contains(text, "rows in")
	})
}

// --progress tells off a terminal too, a line each time.
func TestProgressOffATerminal(t *testing.T) {
	t.Parallel() // it waits
	cmd := weir(t, t.TempDir(), "--progress", "-p", "1", "-e", sequence+"'1000000', 'rows-per-second' = '1'); SELECT a FROM g WHERE a > 1000")
	told, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(told).ReadString('\n')
	if err != nil || !strings.Contains(line, " in (") || strings.ContainsAny(line, "\r\033") {
		t.Errorf("%q, %v", line, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, cmd.Wait()); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
}
