package repl

import (
	"bytes"
	"strings"
	"testing"

	"weir/exec"
	"weir/exec/connector"
	"weir/repl/result"
	"weir/repl/session"
)

// What is typed over several lines is one statement, an error does not end the prompt, QUIT needs no semicolon.
func TestPrompt(t *testing.T) {
	var out, err bytes.Buffer
	w, e := result.New(result.Options{Format: "csv", Out: &out, Err: &err, Interactive: true})
	if e != nil {
		t.Fatal(e)
	}
	s := session.New(session.Config{Seams: exec.Seams{Clock: exec.SystemClock{}}, Connectors: connector.Registry{}, Cores: 1, RAM: 1 << 30, Output: w})
	typed := "\nSHOW\n  CATALOGS;\nSET 'a;b' =\n'c';\nSET 'parallelism.default' = '2';\nSHOW DATABASES; SHOW TABLES;\nclear;\nquit\nSHOW JOBS;\n"
	var screen bytes.Buffer
	if e := New(s, Config{In: strings.NewReader(typed), Screen: &screen, Plain: true}).Run(); e != nil {
		t.Fatal(e)
	}
	if want := "catalog name\ndefault_catalog\ndatabase name\ndefault_database\ntable name\n"; out.String() != want {
		t.Errorf("results are %q, expected %q", out.String(), want)
	}
	if strings.Contains(screen.String(), "\033") {
		t.Errorf("a screen that can't be cleared gets %q", screen.String())
	}
	if got := err.String(); !strings.Contains(got, "unknown setting 'a;b'") || strings.Count(got, "[INFO] ") != 1 || !strings.Contains(got, "[INFO] SET succeeded.") {
		t.Errorf("standard error is %q", got)
	}
}

func TestCommandsNeedNoSemicolon(t *testing.T) {
	for text, want := range map[string]bool{"exit\n": true, " Help \n": true, "CLEAR\n": true, "quit now\n": false, "SHOW TABLES\n": false} {
		if isCommand(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
