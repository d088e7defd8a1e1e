package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A row behind the sample that does not fit ends the query, with the table that reads it; what is printed can be pasted.
func TestLaterRowPrintsItsTable(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	text.WriteString("id,price\n")
	for i := range 10_001 {
		fmt.Fprintf(&text, "%d,%d\n", i, i%7)
	}
	text.WriteString("10001,cheap\n")
	if err := os.WriteFile(filepath.Join(dir, "late.csv"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := weir(t, dir, "-e", "SELECT SUM(price) AS total FROM 'late.csv'").CombinedOutput()
	if code := exitOf(t, err); code != 1 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	_, hint, ok := strings.Cut(string(out), "more can be read:\n")
	if !ok || !strings.Contains(string(out), `error[W4001]: late.csv:10003: column price: "cheap" is not an INT`) || !strings.Contains(hint, "price STRING") {
		t.Fatalf("the error is\n%s", out)
	}
	out, err = weir(t, dir, "-o", "csv", "-D", "execution.runtime-mode=batch", "-e", hint+"SELECT COUNT(*) AS n, MAX(price) AS m FROM late").CombinedOutput()
	if err != nil || string(out) != "n,m\n10002,cheap\n" {
		t.Errorf("%v\n%s", err, out)
	}
	// A column that is not read has no wrong values.
	out, err = weir(t, dir, "-o", "csv", "-e", "SELECT COUNT(id) AS n FROM 'late.csv'").CombinedOutput()
	if err != nil || string(out) != "n\n10002\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// A key that the sample has not is a column that would be missing: who reads all columns gets an error.
func TestLaterKeyPrintsItsTable(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&text, "{\"id\":%d,\"\":1}\n", i)
	}
	text.WriteString("{\"id\":10001, \"late\\u0072\": [\"x\"] }\n")
	if err := os.WriteFile(filepath.Join(dir, "late.jsonl"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := weir(t, dir, "-o", "csv", "-e", "SELECT * FROM 'late.jsonl'").CombinedOutput()
	if code := exitOf(t, err); code != 1 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	_, hint, ok := strings.Cut(string(out), "more can be read:\n")
	if !ok || !strings.Contains(string(out), `error[W4001]: late.jsonl:10002: none of the first rows has the key 'later'`) {
		t.Fatalf("the error is\n%s", out[max(0, len(out)-1000):])
	}
	out, err = weir(t, dir, "-o", "csv", "-D", "execution.runtime-mode=batch", "-e", hint+"SELECT MAX(id) AS n, MAX(later[1]) AS m FROM late").CombinedOutput()
	if err != nil || string(out) != "n,m\n10001,x\n" {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = weir(t, dir, "-o", "csv", "-e", "SELECT COUNT(*) AS n FROM 'late.jsonl'").CombinedOutput()
	if err != nil || string(out) != "n\n10002\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// What weir infer prints is a statement, and its table has event time.
func TestInferredTableRuns(t *testing.T) {
	dir := t.TempDir()
	text := "ts,select\n2020-01-01T10:00:00,1\n2020-01-01T10:00:03,2\n2020-01-01T10:00:12,3\n"
	if err := os.WriteFile(filepath.Join(dir, "some bids.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	create, err := weir(t, dir, "infer", "some bids.csv").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := weir(t, dir, "-o", "csv", "-p", "1", "-e", string(create)+
		"SELECT window_start, SUM(`select`) AS total FROM TABLE(TUMBLE(TABLE `some bids`, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end").CombinedOutput()
	if want := "window_start,total\n2020-01-01 10:00:00.000,3\n2020-01-01 10:00:10.000,3\n"; err != nil || string(out) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
}
