package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"weir/parser/diag"
	"weir/repl/session"
)

// errHelp says that --help was among the arguments.
var errHelp = errors.New("help")

// commandFlag is a flag of a command about jobs or their state. set is called whenever it is given, with its value if it
// takes one.
type commandFlag struct {
	valued bool
	set    func(value string) error
}

// commandArguments reads the arguments of a command about jobs or their state.
func commandArguments(command string, args []string, known map[string]commandFlag) (words []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(words, args[i+1:]...), nil
		}
		if !strings.HasPrefix(arg, "-") {
			words = append(words, arg)
			continue
		}
		name, value, has := strings.Cut(arg, "=")
		f, ok := known[name]
		switch {
		case name == "-h" || name == "--help":
			return nil, errHelp
		case !ok:
			return nil, fmt.Errorf("unknown flag %s: weir %s --help lists them", name, command)
		case !f.valued && has:
			return nil, fmt.Errorf("%s takes no value", name)
		case f.valued && !has:
			if i++; i == len(args) {
				return nil, fmt.Errorf("%s needs a value", name)
			}
			value = args[i]
		}
		if err := f.set(value); err != nil {
			return nil, err
		}
	}
	return words, nil
}

// misused shows what is wrong with a command's arguments, or its help, and gives the exit code.
func misused(std streams, help string, err error) int {
	if errors.Is(err, errHelp) {
		fmt.Fprint(std.out, help)
		return exitFine
	}
	return usage(std.err, err)
}

// commandEnd shows the error of a command and gives the exit code.
func commandEnd(std streams, err error) int {
	color := (&arguments{}).colored(std.err)
	var list diag.List
	var d *diag.Diagnostic
	switch {
	case errors.As(err, &list):
		for _, d := range list {
			fmt.Fprintln(std.err, diag.Render(d, color))
		}
		return exitFailed
	case errors.As(err, &d):
		fmt.Fprintln(std.err, diag.Render(d, color))
		return exitFailed
	}
	done, code := exitCode(std.err, err)
	if err != nil && !done {
		fmt.Fprintln(std.err, "weir:", err)
	}
	if errors.Is(err, session.ErrUnreachable) {
		return exitConnection
	}
	return code
}

// asked runs a command that asks other processes for something, until an interrupt, and gives the exit code.
func asked(std streams, f func(ctx context.Context) error) int {
	return commandEnd(std, inContext(func(ctx context.Context) error {
		err := f(ctx)
		if err != nil && ctx.Err() != nil {
			return session.ErrInterrupted
		}
		return err
	}))
}
