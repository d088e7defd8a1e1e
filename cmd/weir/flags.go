package main

import (
	"fmt"
	"strings"

	"weir/catalog"
	"weir/parser/diag"
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
	help, version   bool
}

// flag describes a flag for parsing; --help has its text of its own.
type flag struct {
	names []string
	value bool // it takes one
	set   func(a *arguments, value string) error
}

var flags = []flag{
	{[]string{"-f", "--file"}, true, func(a *arguments, v string) error { a.inputs = append(a.inputs, input{file: v}); return nil }},
	{[]string{"-e", "-c", "--execute"}, true, func(a *arguments, v string) error { a.inputs = append(a.inputs, input{sql: v}); return nil }},
	{[]string{"-i", "--init"}, true, func(a *arguments, v string) error { a.init = v; return nil }},
	{[]string{"-D"}, true, func(a *arguments, v string) error {
		key, value, ok := strings.Cut(v, "=")
		if !ok || key == "" {
			return fmt.Errorf("-D needs key=value, found '%s'", v)
		}
		a.settings = append(a.settings, setting{key, value})
		return nil
	}},
	{[]string{"-p", "--parallelism"}, true, func(a *arguments, v string) error {
		if _, err := catalog.LookupSetting("parallelism.default").Check(v); err != nil {
			return fmt.Errorf("-p: %w", err)
		}
		a.parallelism = v
		return nil
	}},
	{[]string{"--max-parallelism"}, true, func(*arguments, string) error {
		return fmt.Errorf("the maximum parallelism can't be set by a flag: %s", session.MaxParallelismHint)
	}},
	{[]string{"--config"}, true, func(a *arguments, v string) error { a.config = v; return nil }},
	{[]string{"-o", "--format"}, true, func(a *arguments, v string) error { a.format = v; return nil }},
	{[]string{"--continue-on-error"}, false, func(a *arguments, _ string) error { a.continueOnError = true; return nil }},
	{[]string{"-h", "--help"}, false, func(a *arguments, _ string) error { a.help = true; return nil }},
	{[]string{"-V", "--version"}, false, func(a *arguments, _ string) error { a.version = true; return nil }},
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
			if g := lookupFlag(arg[:2]); g != nil && g.value {
				f, name, value, has = g, arg[:2], strings.TrimPrefix(arg[2:], "="), true
			}
		}
		switch {
		case f == nil:
			return nil, unknownFlag(name)
		case !f.value && has:
			return nil, fmt.Errorf("%s takes no value", name)
		case f.value && !has:
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
