package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// requests are lines up to the cursor, and what must and must not be offered there.
var requests = []struct {
	line    string
	offered []string
	not     []string
}{
	{"weir --con", []string{"--config", "--continue-on-error"}, []string{"--format"}},
	{"weir -o ta", []string{"tableau", "table"}, []string{"csv"}},
	{"weir --format ev", []string{"events"}, []string{"csv"}},
	{"weir --color al", []string{"always"}, []string{"never"}},
	{"weir -D parallelism.", []string{"parallelism.default="}, []string{"weir.seed="}},
	{"weir -f jo", []string{"job.sql"}, []string{"other.sql"}},
	{"weir te", []string{"test"}, []string{"completion"}},
	{"weir completion ", []string{"bash", "zsh", "fish"}, []string{"job.sql", "csv"}},
	{"weir test --all", []string{"--all-worlds"}, []string{"--config"}},
	{"weir st", []string{"state", "stop"}, []string{"jobs"}},
	{"weir rescale --max", []string{"--max-parallelism"}, []string{"--dry-run"}},
	{"weir test ot", []string{"other.sql"}, []string{"job.sql"}},
	{"weir -p 2 job", []string{"job.sql"}, []string{"test"}},
}

// folder has two files and the completion script of a shell, whose name is returned.
func folder(t *testing.T, shell string) (dir, script string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"job.sql", "other.sql"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := weir(t, dir, "completion", shell).Output()
	if err != nil {
		t.Fatal(err)
	}
	script = filepath.Join(t.TempDir(), "weir."+shell)
	if err := os.WriteFile(script, text, 0o666); err != nil {
		t.Fatal(err)
	}
	return dir, script
}

// ask runs a shell, or skips the test if there is none, and returns the lines that it printed.
func ask(t *testing.T, dir, shell string, args ...string) []string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skip(shell + " is not installed")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "TERM=dumb")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

func checkOffers(t *testing.T, line string, got, want, not []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: %s is not offered, but %q", line, w, got)
		}
	}
	for _, n := range not {
		if slices.Contains(got, n) {
			t.Errorf("%s: %s is offered", line, n)
		}
	}
}

func TestBashCompletion(t *testing.T) {
	dir, script := folder(t, "bash")
	for _, r := range requests {
		args := []string{"--norc", "-c", `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weir; printf '%s\n' "${COMPREPLY[@]}"`, "bash", script}
		checkOffers(t, r.line, ask(t, dir, "bash", append(args, strings.Split(r.line, " ")...)...), r.offered, r.not)
	}
	// bash makes three words of --format=ev.
	got := ask(t, dir, "bash", "--norc", "-c", `source "$1"; COMP_WORDS=(weir --format = ev); COMP_CWORD=3; _weir; printf '%s\n' "${COMPREPLY[@]}"`, "bash", script)
	checkOffers(t, "weir --format=ev", got, []string{"events"}, []string{"csv"})
}

func TestFishCompletion(t *testing.T) {
	dir, script := folder(t, "fish")
	for _, r := range requests {
		var got []string
		for _, l := range ask(t, dir, "fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, script, r.line) {
			word, _, _ := strings.Cut(l, "\t")
			got = append(got, word)
		}
		checkOffers(t, r.line, got, r.offered, r.not)
	}
}

// zshRequest asks for what zsh offers. It completes only in its line editor, so one is given to it on a terminal of its
// own, where a key writes down what would be offered.
const zshRequest = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PROMPT= ; autoload -Uz compinit; compinit -u -D; bindkey -e; source '$1
zpty -w z 'offers() { compadd() { builtin compadd -A found "$@"; builtin compadd "$@"; print -rl -- "offer:"${^found} >> offers.txt; }; _main_complete; unfunction compadd; compstate[insert]=; compstate[list]=; : > asked.txt; }'
zpty -w z 'zle -C offers complete-word offers; bindkey "^T" offers; print "re"ady'
zpty -r z text '*ready*'
zpty -n -w z "$2"$'\C-t'
for i in {1..200}; do
    [[ -e asked.txt ]] && break
    sleep 0.05
done
zpty -d z
`

func TestZshCompletion(t *testing.T) {
	dir, script := folder(t, "zsh")
	for _, r := range requests {
		ask(t, dir, "zsh", "-f", "-c", zshRequest, "zsh", script, r.line)
		text, err := os.ReadFile(filepath.Join(dir, "offers.txt"))
		if err != nil {
			t.Fatalf("%s: nothing is offered: %v", r.line, err)
		}
		for _, name := range []string{"offers.txt", "asked.txt"} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for l := range strings.Lines(string(text)) {
			got = append(got, strings.TrimPrefix(strings.TrimSpace(l), "offer:"))
		}
		checkOffers(t, r.line, got, r.offered, r.not)
	}
}

// What weir test is said to take, it takes.
func TestFlagsOfCommands(t *testing.T) {
	for _, u := range uses {
		for _, name := range u.flags {
			out, _ := weir(t, t.TempDir(), u.word, name).CombinedOutput()
			if name != "--world" && strings.Contains(string(out), "unknown flag") {
				t.Errorf("weir %s %s: %s", u.word, name, out)
			}
		}
	}
}
