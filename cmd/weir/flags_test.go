package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestHelpFitsAScreen(t *testing.T) {
	help := helpText()
	lines := strings.Split(strings.TrimSuffix(help, "\n"), "\n")
	if len(lines) > 24 {
		t.Errorf("--help has %d lines", len(lines))
	}
	for _, l := range lines {
		if utf8.RuneCountInString(l) > 80 {
			t.Errorf("too long: %s", l)
		}
	}
	for _, want := range []string{"weir -p 4 -o tableau job.sql", "--continue-on-error", "0 fine", "143 terminated"} {
		if !strings.Contains(help, want) {
			t.Errorf("--help does not tell of %s", want)
		}
	}
}

// Each name leads to one flag, and what is said of flags can be read.
func TestFlagsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range flags {
		for _, n := range f.names {
			if seen[n] || !strings.HasPrefix(n, "-") {
				t.Errorf("the name %s is taken", n)
			}
			seen[n] = true
		}
		if f.kind != anything && f.value == "" {
			t.Errorf("%s: takes no value, but something is offered", f.names[0])
		}
	}
	for _, e := range exits {
		if exitDetails[e.code] == "" {
			t.Errorf("the manual does not tell of exit code %d", e.code)
		}
	}
}

func TestArguments(t *testing.T) {
	a, err := parseArguments([]string{"-f", "a.sql", "-eSELECT 1", "b.sql", "--execute=SELECT 2", "-D", "k=v=w", "-Dx=", "-p", "4", "-o", "csv", "--continue-on-error", "-i", "i.sql", "--no-init", "--config", "c", "-f", "-", "--resume", "--allow-non-restored-state", "--", "-z.sql"})
	if err != nil {
		t.Fatal(err)
	}
	want := []input{{file: "a.sql"}, {sql: "SELECT 1"}, {file: "b.sql"}, {sql: "SELECT 2"}, {file: "-"}, {file: "-z.sql"}}
	for i, in := range a.inputs {
		if in != want[i] {
			t.Errorf("input %d is %v", i+1, in)
		}
	}
	if len(a.inputs) != len(want) || len(a.settings) != 2 || a.settings[0] != (setting{"k", "v=w"}) || a.settings[1] != (setting{"x", ""}) ||
		a.parallelism != "4" || a.format != "csv" || !a.continueOnError || a.init != "i.sql" || !a.noInit || !a.resume || !a.allowNonRestored || a.config != "c" {
		t.Errorf("%+v", a)
	}
	for _, c := range []struct{ args, message string }{
		{"--formt csv", "unknown flag --formt: did you mean --format?"},
		{"-x", "unknown flag -x: weir --help lists them"},
		{"-e", "-e needs a value"},
		{"-D parallelism.default", "-D needs key=value, found 'parallelism.default'"},
		{"-p 0", "-p: parallelism must be between 1 and 32768, or -1 for unset; found 0"},
		{"--help=x", "--help takes no value"},
		{"--max-parallelism 4", "the maximum parallelism can't be set by a flag: the number of key groups belongs to the job: write SET 'pipeline.max-parallelism' = 'N' in the script, -D pipeline.max-parallelism=N, or the hint MAX_PARALLELISM(N)"},
	} {
		if _, err := parseArguments(strings.Fields(c.args)); err == nil || err.Error() != c.message {
			t.Errorf("%s: %v", c.args, err)
		}
	}
}
