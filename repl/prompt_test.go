package repl

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
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

// SOURCE says nothing of itself: its statements, which may fail, come behind it.
func TestPromptOfSource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.sql")
	if err := os.WriteFile(file, []byte("SET 'parallelism.default' = '2'; SELECT nope;"), 0o666); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	w, e := result.New(result.Options{Format: "csv", Out: io.Discard, Err: &told, Interactive: true})
	if e != nil {
		t.Fatal(e)
	}
	s := session.New(session.Config{Seams: exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}}, Connectors: connector.Registry{}, Cores: 1, RAM: 1 << 30, Output: w})
	if e := New(s, Config{In: strings.NewReader("SOURCE '" + file + "';\n"), Screen: io.Discard, Plain: true}).Run(); e != nil {
		t.Fatal(e)
	}
	if got := told.String(); strings.Count(got, "succeeded") != 1 || !strings.Contains(got, "[INFO] SET succeeded.") || !strings.Contains(got, "error[W2002]") {
		t.Errorf("standard error is %q", got)
	}
}

// In a statement set the prompt is another one, until END; a command that is refused there does not end the set.
func TestPromptOfSets(t *testing.T) {
	w, e := result.New(result.Options{Format: "csv", Out: io.Discard, Err: io.Discard, Interactive: true})
	if e != nil {
		t.Fatal(e)
	}
	s := session.New(session.Config{Seams: exec.Seams{Clock: exec.SystemClock{}}, Connectors: connector.Registry{}, Cores: 1, RAM: 1 << 30, Output: w})
	var screen bytes.Buffer
	if e := New(s, Config{In: strings.NewReader("BEGIN STATEMENT SET;\n.tables\nHELP\nEND\n;\n"), Screen: &screen, Plain: true}).Run(); e != nil {
		t.Fatal(e)
	}
	if got := strings.TrimSpace(screen.String()); got != "weir>  set>  set>  set>    -> weir>" {
		t.Errorf("the prompts are %q", got)
	}
}

func TestCommandsNeedNoSemicolon(t *testing.T) {
	for text, want := range map[string]bool{"exit\n": true, " Help \n": true, "CLEAR\n": true, "quit now\n": false, "SHOW TABLES\n": false} {
		if isCommand(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
