package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/parser/diag"
)

// What a document can't know of jobs: their ids, when they began, and how many checkpoints a moment gave room for.
var (
	wholeID       = regexp.MustCompile(`\b[0-9a-f]{32}\b( +\d+)?`) // with the process, as weir jobs shows them
	beginningOfID = regexp.MustCompile(`\bjob [0-9a-f]{8} `)
	savepointName = regexp.MustCompile(`\bsavepoint-[0-9a-f]{6}-[0-9a-f]{12}\b`)
	moment        = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?`) // with a fraction it is data
	epochs        = regexp.MustCompile(`\b(chk-|checkpoint +|epoch +)\d+`)
)

// anyJob takes out of a text what differs from job to job.
func anyJob(text string) string {
	text = wholeID.ReplaceAllString(text, "<job>")
	text = beginningOfID.ReplaceAllString(text, "job <job> ")
	text = savepointName.ReplaceAllString(text, "<savepoint>")
	text = moment.ReplaceAllStringFunc(text, func(s string) string {
		if strings.Contains(s, ".") {
			return s
		}
		return "<moment>"
	})
	return epochs.ReplaceAllString(text, "$1<n>")
}

// TestRecoveryGuide runs the commands of docs/recovery.md one after the other, as somebody would who reads it.
func TestRecoveryGuide(t *testing.T) {
	const name, shown = "docs/recovery.md", "/srv/weir" // where the document was written
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	dir, state := t.TempDir(), t.TempDir()
	if err := os.Symlink(data, filepath.Join(dir, "testdata")); err != nil {
		t.Fatal(err)
	}
	found := examples(string(text))
	if len(found) < 10 {
		t.Fatalf("%s has only %d examples", name, len(found))
	}
	for _, e := range found {
		if !t.Run(fmt.Sprintf("line %d", e.line), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out := background(ctx, t, inRepository(t, e.command), dir, state)
			got, want := stable(strings.ReplaceAll(out, dir, shown)), stable(e.output)
			for _, lines := range [][]string{got, want} {
				for i, l := range lines {
					lines[i] = blanks.ReplaceAllString(anyJob(l), "  ")
				}
				if e.anyOrder {
					slices.Sort(lines)
				}
			}
			if !e.shown && out != "" || !slices.Equal(got, want) {
				t.Errorf("%s\nprints\n%s\n%s says\n%s", e.command, out, name, e.output)
			}
		}) {
			return // what follows stands on it
		}
	}
}

// background runs a command in a directory with all that it starts: none of that is left behind.
func background(ctx context.Context, t *testing.T, cmd *exec.Cmd, dir, state string) string {
	t.Helper()
	bound := exec.CommandContext(ctx, cmd.Args[0], cmd.Args[1:]...)
	bound.Dir, bound.Env = dir, append(cmd.Env, "XDG_STATE_HOME="+state)
	bound.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	end := func() error { return syscall.Kill(-bound.Process.Pid, syscall.SIGKILL) }
	bound.Cancel = end
	out, err := bound.CombinedOutput()
	if err != nil {
		t.Errorf("%s\n%v\n%s", cmd.Args[len(cmd.Args)-1], err, out)
	}
	if bound.Process != nil {
		_ = end() // there may be nobody
	}
	return string(out)
}

var codeInDocument = regexp.MustCompile(`\bW61\d\d\b`)

// TestRecoveryCodes compares the codes that docs/recovery.md explains with those that there are.
func TestRecoveryCodes(t *testing.T) {
	used := map[string]bool{}
	for _, c := range diag.Codes() {
		if strings.HasPrefix(c.Code, "W61") {
			used[c.Code] = true
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "recovery.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "## When it says")
	if !ok {
		t.Fatal("docs/recovery.md has no table of codes")
	}
	explained := map[string]bool{}
	for _, c := range codeInDocument.FindAllString(table, -1) {
		explained[c] = true
		if !used[c] {
			t.Errorf("docs/recovery.md explains %s, which nothing gives", c)
		}
	}
	for c := range used {
		if !explained[c] {
			t.Errorf("docs/recovery.md does not explain %s", c)
		}
	}
}

// What a job can't begin with is said at its statement: a script may have several.
func TestRefusedBeginnings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	const insert = "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '1');\nCREATE TABLE b (a INT) WITH ('connector' = 'blackhole');\nINSERT INTO b SELECT a FROM g;\n"
	const caret = "\n --> line 3, column 1\n  |\n3 | INSERT INTO b SELECT a FROM g;\n  | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
	const setting = "  = note: the path is that of the setting execution.state-recovery.path\n"
	for _, c := range []struct{ key, value, want string }{
		{"execution.state-recovery.path", "nowhere", "error[W6104]: there is no directory nowhere" + caret + setting},
		{"execution.state-recovery.path", "empty", "error[W6104]: empty holds no checkpoint and no savepoint" + caret +
			"  = hint: name a directory chk-… or savepoint-…, or the directory of a job, which has some chk-…\n" + setting},
		{"execution.checkpointing.dir", "file", "error[W6107]: can't make the directory file/<job>: not a directory" + caret},
	} {
		cmd := weir(t, dir, "-D", "execution.checkpointing.interval=1 h", "-D", c.key+"="+c.value, "-e", insert)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if code := exitOf(t, cmd.Run()); code != exitFailed {
			t.Errorf("%s = %s: exit code %d", c.key, c.value, code)
		}
		if got := wholeID.ReplaceAllString(stderr.String(), "<job>"); got != c.want {
			t.Errorf("%s = %s:\n%s\nnot\n%s", c.key, c.value, got, c.want)
		}
	}
}
