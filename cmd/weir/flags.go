package main

import (
	"fmt"
	"strings"

	"weir/catalog"
	"weir/parser/diag"
	"weir/repl/result"
	"weir/repl/session"
)

// input is one thing to run: a file (- is standard input) or SQL given inline.
type input struct {
	file string
	sql  string
}

// setting is -D key=value.
type setting struct{ key, value string }

// arguments are what the command line asks for.
type arguments struct {
	inputs          []input
	init            string
	settings        []setting
	parallelism     string // -p; empty: not given
	config          string
	format          string
	continueOnError bool
	color           string // --color; empty: auto
	noInit          bool   // leave out the init file of the prompt
	progress        bool   // tell how statements get on, off a terminal too
	help, version   bool
	explain         string // what --explain tells; empty: not given

	resume           bool // go on where an earlier run of the same script left off
	allowNonRestored bool // and leave state behind that no operator continues
}

// flag describes a flag. From the table of them come parsing, --help, the manual and the completion of shells.
type flag struct {
	names []string
	value string // what the help calls its value; empty: it takes none
	kind  operand
	brief string // what it does, in at most 47 letters; empty: no text tells of it
	more  string // what the manual adds, in sentences
	set   func(a *arguments, value string) error
}

// operand says what a shell offers behind a flag or command.
type operand int

const (
	anything operand = iota // nothing is offered
	file
	format
	settingKey
	when
	shell
)

var flags = []flag{
	{[]string{"-f", "--file"}, "FILE", file, "run a file, - is standard input; repeatable",
		"Files and -e run in the order in which they are given. All are read before the first statement runs.",
		func(a *arguments, v string) error { a.inputs = append(a.inputs, input{file: v}); return nil }},
	{[]string{"-e", "-c", "--execute"}, "SQL", anything, "run statements; repeatable, in order with -f", "",
		func(a *arguments, v string) error { a.inputs = append(a.inputs, input{sql: v}); return nil }},
	{[]string{"-i", "--init"}, "FILE", file, "run this first; the prompt may follow", "Its statements have number 0 in events.",
		func(a *arguments, v string) error { a.init = v; return nil }},
	{[]string{"--no-init"}, "", anything, "leave out the prompt's own weir/init.sql", "",
		func(a *arguments, _ string) error { a.noInit = true; return nil }},
	{[]string{"-D"}, "KEY=VALUE", settingKey, "SET 'KEY' = 'VALUE' first; repeatable", "It is stronger than -p and the config file, and weaker than SET in a script.",
		func(a *arguments, v string) error {
			key, value, ok := strings.Cut(v, "=")
			if !ok || key == "" {
				return fmt.Errorf("-D needs key=value, found '%s'", v)
			}
			a.settings = append(a.settings, setting{key, value})
			return nil
		}},
	{[]string{"-p", "--parallelism"}, "N", anything, "parallelism where the script sets none", "",
		func(a *arguments, v string) error {
			if _, err := catalog.LookupSetting("parallelism.default").Check(v); err != nil {
				return fmt.Errorf("-p: %w", err)
			}
			a.parallelism = v
			return nil
		}},
	{[]string{"--max-parallelism"}, "N", anything, "", "",
		func(*arguments, string) error {
			return fmt.Errorf("the maximum parallelism can't be set by a flag: %s", session.MaxParallelismHint)
		}},
	{[]string{"--config"}, "FILE", file, "settings; else $WEIR_CONFIG or weir/config.yaml", "A line is KEY: VALUE.",
		func(a *arguments, v string) error { a.config = v; return nil }},
	{[]string{"-o", "--format"}, "FORM", format, strings.Join(result.Names[:6], ", ") + ", …", "Without it results are tableau on a terminal, and csv elsewhere.",
		func(a *arguments, v string) error { a.format = v; return nil }},
	{[]string{"--color"}, "WHEN", when, "auto, always or never", "Auto, the default, colours what goes to a terminal, unless $NO_COLOR is set or $TERM is dumb.",
		func(a *arguments, v string) error {
			if v != "auto" && v != "always" && v != "never" {
				return fmt.Errorf("--color is auto, always or never, found '%s'", v)
			}
			a.color = v
			return nil
		}},
	{[]string{"--progress"}, "", anything, "tell how statements get on, off a terminal too", "When nothing has been shown for two seconds: rows, rate, watermark, and what is left to read, on standard error.",
		func(a *arguments, _ string) error { a.progress = true; return nil }},
	{[]string{"--resume"}, "", anything, "go on where an earlier run of the script ended", "Each job begins with its last checkpoint below execution.checkpointing.dir, or anew if there is none.",
		func(a *arguments, _ string) error { a.resume = true; return nil }},
	{[]string{"--allow-non-restored-state"}, "", anything, "leave state behind that no operator continues", "Without it a job that would lose state does not begin.",
		func(a *arguments, _ string) error { a.allowNonRestored = true; return nil }},
	{[]string{"--continue-on-error"}, "", anything, "go on after a statement that failed", "The exit code is 1 nevertheless.",
		func(a *arguments, _ string) error { a.continueOnError = true; return nil }},
	{[]string{"--explain"}, "CODE", anything, "what an error means: --explain W2002", "docs/errors.md has all codes, with examples.",
		func(a *arguments, v string) error {
			text, ok := diag.Explain(v)
			if !ok {
				return fmt.Errorf("there is no error with the code '%s': a code is W and four digits, as in error[W2002]", v)
			}
			a.explain = text
			return nil
		}},
	{[]string{"-h", "--help"}, "", anything, "this text; weir manual tells all", "",
		func(a *arguments, _ string) error { a.help = true; return nil }},
	{[]string{"-V", "--version"}, "", anything, "the version", "",
		func(a *arguments, _ string) error { a.version = true; return nil }},
}

// leftOut are flags and commands of which --help does not tell, or it would be longer than a screen; the manual does.
var leftOut = map[string]bool{"rescale": true, "completion": true, "manual": true, "--no-init": true, "--color": true, "--progress": true, "--explain": true, "--allow-non-restored-state": true, "-V": true}

// use is a way to call weir. Those with a word are commands: the word is the first argument.
type use struct {
	word  string
	call  string // what follows weir
	brief string
	kind  operand  // of its arguments
	flags []string // that only it has
}

var uses = []use{
	{"", "", "the prompt; a script from a pipe", file, nil},
	{"", "-p 4 -o tableau job.sql", "run a file with parallelism 4", file, nil},
	{"", `-e "SELECT 1+1 AS n" | head`, "run statements; CSV into a pipe", file, nil},
	{"infer", "infer FILE", "print the CREATE TABLE of a file", file, []string{"--help"}},
	{"test", "test PATH…", "run golden files; see weir test --help", file, []string{"--all-worlds", "--world", "-v", "--help"}},
	{"jobs", "jobs", "list jobs that savepoint and stop reach", anything, []string{"--help"}},
	{"savepoint", "savepoint JOB [DIR]", "make a savepoint of a running job", file, []string{"--help"}},
	{"stop", "stop JOB [--savepoint DIR]", "end a job behind a last checkpoint", file, []string{"--savepoint", "--drain", "--help"}},
	{"state", "state [verify] DIR", "tell what a savepoint holds, or check it", file, []string{"--help"}},
	{"rescale", "rescale --dry-run SAVEPOINT …", "tell what moves; see weir rescale --help", file, []string{"--dry-run", "--parallelism", "--operator", "--max-parallelism", "--help"}},
	{"completion", "completion bash|zsh|fish", "print what makes a shell complete weir", shell, nil},
	{"manual", "manual | man -l -", "the man page", anything, nil},
}

// exits are the exit codes and when they are given.
var exits = []struct {
	code int
	when string
}{
	{exitFine, "fine"},
	{exitFailed, "failed"},
	{exitUsage, "usage"},
	{exitConnection, "connection"},
	{exitInterrupted, "interrupted"},
	{exitTerminated, "terminated"},
}

// helpText is what --help prints. It fits a screen of 24 lines and 80 columns.
func helpText() string {
	b := []byte("weir: streaming SQL on one machine, a subset of Apache Flink's\n\n")
	for _, u := range uses {
		if leftOut[u.word] {
			continue
		}
		b = fmt.Appendf(b, "  %-36s%s\n", strings.TrimSpace("weir "+u.call), u.brief)
	}
	b = append(b, '\n')
	for _, f := range flags {
		if f.brief == "" || leftOut[f.names[0]] {
			continue
		}
		names := strings.Join(f.names, ", ")
		if strings.HasPrefix(names, "--") {
			names = "    " + names
		}
		b = fmt.Appendf(b, "  %-30s %s\n", strings.TrimRight(names+" "+f.value, " "), f.brief)
	}
	b = append(b, "\nExit:"...)
	for i, e := range exits {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, " %d %s", e.code, e.when)
	}
	return string(append(b, ".\n"...))
}

func lookupFlag(name string) *flag {
	for i := range flags {
		for _, n := range flags[i].names {
			if n == name {
				return &flags[i]
			}
		}
	}
	return nil
}

// parseArguments reads the command line. A value may follow its flag as the next argument, behind =, or directly
// behind a short flag; -- ends the flags. The error is a sentence for the user.
func parseArguments(args []string) (*arguments, error) {
	a := &arguments{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			for _, f := range args[i+1:] {
				a.inputs = append(a.inputs, input{file: f})
			}
			return a, nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			a.inputs = append(a.inputs, input{file: arg})
			continue
		}
		name, value, has := arg, "", false
		f := lookupFlag(name)
		if f == nil && strings.HasPrefix(arg, "--") {
			name, value, has = strings.Cut(arg, "=")
			f = lookupFlag(name)
		} else if f == nil {
			if g := lookupFlag(arg[:2]); g != nil && g.value != "" {
				f, name, value, has = g, arg[:2], strings.TrimPrefix(arg[2:], "="), true
			}
		}
		switch {
		case f == nil:
			return nil, unknownFlag(name)
		case f.value == "" && has:
			return nil, fmt.Errorf("%s takes no value", name)
		case f.value != "" && !has:
			if i++; i == len(args) {
				return nil, fmt.Errorf("%s needs a value", name)
			}
			value = args[i]
		}
		if err := f.set(a, value); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func unknownFlag(name string) error {
	var names []string
	for _, f := range flags {
		for _, n := range f.names {
			if strings.HasPrefix(n, "--") {
				names = append(names, n)
			}
		}
	}
	if near, ok := diag.Nearest(name, names); ok {
		return fmt.Errorf("unknown flag %s: did you mean %s?", name, near)
	}
	return fmt.Errorf("unknown flag %s: weir --help lists them", name)
}
