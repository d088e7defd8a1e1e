package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// example is a command of a document and what it says the command prints.
type example struct {
	line     int
	command  string
	output   string
	shown    bool // the document shows the output
	anyOrder bool // of its lines
}

// examples finds the fenced blocks of shell commands in a document. The next block, if it is text, is the output:
// ```text, or ```text any order where subtasks print side by side.
func examples(text string) []example {
	var all []example
	var block []string
	kind, inside, begin, open := "", false, 0, false
	for i, l := range strings.Split(text, "\n") {
		fence, ok := strings.CutPrefix(l, "```")
		switch {
		case !ok && inside:
			block = append(block, l)
		case !ok && strings.HasPrefix(l, "#"):
			open = false // a heading: what follows belongs to something else
		case ok && !inside:
			inside, kind, begin, block = true, fence, i+1, nil
		case ok:
			inside = false
			body := strings.Join(block, "\n")
			if kind == "sh" {
				all = append(all, example{line: begin, command: body})
				open = true
			} else if strings.HasPrefix(kind, "text") && open {
				e := &all[len(all)-1]
				e.output, e.shown, e.anyOrder = body, true, kind == "text any order"
				open = false
			}
		}
	}
	return all
}

// What a document can't know: how long things took, and which subtask was quicker to take the next chunk.
var (
	took   = regexp.MustCompile(`[\d.,]+(µs|ms|s|m)?`)
	blanks = regexp.MustCompile(` {2,}`)
	footer = regexp.MustCompile(`\(\d+\.\d\d seconds\)`)
)

// stable takes the times out of a footer, and out of an EXPLAIN ANALYZE all numbers with the alignment that depends on
// them.
func stable(text string) []string {
	text = footer.ReplaceAllString(text, "(<T> seconds)")
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	measured := slices.ContainsFunc(lines, func(l string) bool { return strings.HasSuffix(l, "waiting") })
	for i, l := range lines {
		if measured {
			l = blanks.ReplaceAllString(took.ReplaceAllString(l, "#"), "  ")
		}
		lines[i] = strings.TrimRight(l, " ")
	}
	return lines
}

// inRepository makes a shell command whose weir is this binary, run at the root of the repository. Its configuration is
// none but what the command names.
func inRepository(t *testing.T, command string) *exec.Cmd {
	t.Helper()
	bin := t.TempDir()
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asCommand, self)
	if err := os.WriteFile(filepath.Join(bin, "weir"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-e", "-c", command)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), raceEnds, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "XDG_CONFIG_HOME="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir(), "WEIR_CONFIG=", "TZ=UTC")
	return cmd
}

// TestDocumentedCommands runs the commands of the documents and compares what they print.
func TestDocumentedCommands(t *testing.T) {
	for _, name := range []string{"README.md", "docs/parallelism.md", "docs/shell.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		found := examples(string(text))
		if len(found) < 5 {
			t.Fatalf("%s has only %d examples", name, len(found))
		}
		for _, e := range found {
			if e.command == "go test ./..." {
				continue // this is it
			}
			t.Run(fmt.Sprintf("%s:%d", name, e.line), func(t *testing.T) {
				out, err := inRepository(t, e.command).CombinedOutput()
				// An example may show an error: then its text says so.
				if failed := strings.Contains(e.output, "error["); (err != nil) != failed {
					t.Errorf("%s\n%v\n%s", e.command, err, out)
				}
				if !e.shown {
					return
				}
				printed, shown := string(out), e.output
				if strings.Contains(e.command, "--resume") {
					printed, shown = anyJob(printed), anyJob(shown)
				}
				got, want := stable(printed), stable(shown)
				if e.anyOrder {
					slices.Sort(got)
					slices.Sort(want)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s\nprints\n%s\n%s says\n%s", e.command, out, name, e.output)
				}
			})
		}
	}
}
