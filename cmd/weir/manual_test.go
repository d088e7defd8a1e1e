package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weir/repl/result"
)

func TestManualIsCurrent(t *testing.T) {
	committed, err := os.ReadFile(filepath.Join("..", "..", "docs", "weir.1"))
	if err != nil {
		t.Fatal(err)
	}
	if string(committed) != manual() {
		t.Error("docs/weir.1 is not current: go run ./cmd/weir manual > docs/weir.1")
	}
}

func TestManualTellsOfEverything(t *testing.T) {
	text := manual()
	for _, f := range flags {
		if f.brief != "" && !strings.Contains(text, `\fB`+roff.Replace(strings.Join(f.names, ", "))) {
			t.Errorf("the manual does not tell of %s", f.names[0])
		}
	}
	for _, name := range result.Names {
		if forms[name] == "" {
			t.Errorf("the manual does not tell of the form %s", name)
		}
	}
	for _, l := range strings.Split(text, "\n") {
		if macro, _, _ := strings.Cut(l, " "); strings.HasPrefix(l, ".") && !strings.Contains(".TH .SH .TP .B .br", macro) || strings.HasPrefix(l, "'") {
			t.Errorf("a line that troff would take for an instruction: %s", l)
		}
	}
}

// groff is asked whether the page is well-formed, where it is installed.
func TestManualIsWellFormed(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not installed")
	}
	cmd := exec.Command(groff, "-man", "-Tascii", "-ww", "-P-c", "-P-b", "-P-u", "-P-o")
	cmd.Stdin = strings.NewReader(manual())
	var warnings strings.Builder
	cmd.Stderr = &warnings
	out, err := cmd.Output()
	if err != nil || warnings.Len() > 0 {
		t.Fatalf("%v %s", err, warnings.String())
	}
	for _, want := range []string{"-o, --format FORM", "parallelism.default", "$XDG_CONFIG_HOME/weir/init.sql", "is no error."} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
