package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/parser/diag"
)

// position is a place as messages have it.
func position(line, column int) string { return fmt.Sprintf("%d:%d", line, column) }

// The statements of a file are numbered on, stop the script that reads it, and name their file; paths are those of the
// working directory.
func TestSource(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"outer.sql":     "\ufeffSELECT 1 AS x;\nSOURCE dir/inner.sql;\nSELECT 3 AS x",
		"dir/inner.sql": "SELECT 2 AS x;\n\nSELECT nope;\nSELECT 9 AS x;",
		"self.sql":      "SOURCE self.sql",
		"quit.sql":      "QUIT; SELECT 9 AS x",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, r := newTest(t)
	places := &placed{recorder: r}
	s.config.Output = places
	run := func(sql string) error {
		r.lines, places.at = nil, nil
		s.statement = 0
		return s.Run(t.Context(), &diag.Source{Name: "script.sql", Text: sql})
	}
	if err := run("SOURCE 'outer.sql'; SELECT 4 AS x"); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	expect(t, r.lines, "1 done 0", "2 schema x", "+I 1", "2 done 1", "3 done 0", "4 schema x", "+I 2", "4 done 1")
	expect(t, places.at, "dir/inner.sql 3:8 nope")
	s.config.ContinueOnError = true
	if err := run("SOURCE 'outer.sql'; SELECT 4 AS x"); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	if got := strings.Join(r.lines, " "); !strings.HasSuffix(got, "6 schema x +I 9 6 done 1 7 schema x +I 3 7 done 1 8 schema x +I 4 8 done 1") {
		t.Error(got)
	}
	s.config.ContinueOnError = false
	if err := run("SOURCE self.sql"); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	expect(t, places.at, "self.sql 1:8 self.sql")
	if len(r.lines) != 1 {
		t.Errorf("a file that reads itself was read %d times", len(r.lines))
	}
	if err := run("SOURCE quit.sql; SELECT 4 AS x"); !errors.Is(err, ErrQuit) {
		t.Error(err)
	}
	expect(t, r.lines, "1 done 0", "2 done 0")
	// In an init file nothing has a number.
	r.lines = nil
	if err := s.Init(t.Context(), &diag.Source{Text: "SOURCE dir/inner.sql"}); !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	expect(t, r.lines, "0 done 0", "0 schema x", "+I 2", "0 done 1")
}
