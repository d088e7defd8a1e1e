package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// difference is a case of docs/flink.md: what weir answers to the last of the statements.
type difference struct {
	line int
	sql  string
	want string
}

var caseCell = regexp.MustCompile("^`(.*)` → (.*)$")

// differences finds the cases in the last column of the tables, and the statements that make their tables.
func differences(text string) (setup string, all []difference) {
	_, rest, _ := strings.Cut(text, "```sql\n")
	setup, _, _ = strings.Cut(rest, "```")
	for i, l := range strings.Split(text, "\n") {
		cells := strings.Split(strings.Trim(l, "| "), " | ")
		if m := caseCell.FindStringSubmatch(cells[len(cells)-1]); m != nil && strings.HasPrefix(l, "|") {
			all = append(all, difference{line: i + 1, sql: m[1], want: m[2]})
		}
	}
	return setup, all
}

// answer is what the events of a script say of its last statement: its rows, its error, its notices.
func answer(t *testing.T, events []byte) (rows []string, message string, notices []string) {
	t.Helper()
	last := 0
	for line := range bytes.Lines(events) {
		var e struct {
			Statement int
			Event     string
			Op        string
			Row       []*string
			Message   string
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Statement != last {
			last, rows, notices = e.Statement, nil, nil
		}
		switch e.Event {
		case "error":
			message = e.Message
		case "notice":
			notices = append(notices, e.Message)
		case "row":
			var fields []string
			for _, f := range e.Row {
				if f == nil {
					fields = append(fields, "NULL")
				} else {
					fields = append(fields, *f)
				}
			}
			row := strings.Join(fields, ", ")
			if e.Op != "" && e.Op != "+I" {
				row = e.Op + " " + row
			}
			rows = append(rows, row)
		}
	}
	return rows, message, notices
}

// TestDifferencesFromFlink runs the cases of docs/flink.md. What follows the arrow is the rows, parted by slashes, or
// a part of the error, of a notice, or of the only row, in which blanks count as one.
func TestDifferencesFromFlink(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "flink.md"))
	if err != nil {
		t.Fatal(err)
	}
	setup, all := differences(string(text))
	if len(all) < 20 {
		t.Fatalf("docs/flink.md has only %d cases", len(all))
	}
	for _, d := range all {
		cmd := weir(t, filepath.Join("..", ".."), "-o", "events", "-e", setup, "-e", d.sql)
		cmd.Env = append(cmd.Env, "XDG_CONFIG_HOME="+t.TempDir())
		out, err := cmd.Output()
		rows, message, notices := answer(t, out)
		kind, part, ok := strings.Cut(d.want, ": ")
		if !ok {
			kind = ""
		}
		got, right := strings.Join(rows, " / "), false
		switch kind {
		case "error":
			got, right = message, strings.Contains(message, part)
		case "notice":
			got = strings.Join(notices, " / ")
			right = strings.Contains(got, part)
		case "contains":
			got = strings.Join(strings.Fields(got), " ")
			right = strings.Contains(got, part)
		default:
			right = got == d.want && err == nil
		}
		if !right {
			t.Errorf("docs/flink.md:%d: %s\nanswers %s %s, not %s", d.line, d.sql, got, message, d.want)
		}
	}
}
