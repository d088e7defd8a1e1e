package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"weir/parser/diag"
	"weir/repl/session"
)

// jobsCommand is weir jobs: it lists the jobs of this user that other processes can reach.
func jobsCommand(args []string, std streams) int {
	if len(args) > 0 {
		return usage(std.err, errors.New("jobs takes no arguments"))
	}
	return asked(std, func(ctx context.Context) error {
		all, err := session.UserRegistry().Jobs(ctx)
		if err != nil || len(all) == 0 {
			return err
		}
		w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "JOB\tPID\tSINCE\tNAME\tDIRECTORY")
		for _, e := range all {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", e.ID, e.PID, e.Started.Local().Format(time.DateTime), e.Name, e.Directory)
		}
		return w.Flush()
	})
}

// savepointCommand is weir savepoint JOB [DIR]: it prints the path of the savepoint.
func savepointCommand(args []string, std streams) int {
	words, _, err := jobArguments("savepoint", args, nil)
	if err == nil && len(words) > 2 {
		err = errors.New("savepoint takes a job and perhaps a directory")
	}
	dir := ""
	if err == nil && len(words) == 2 {
		dir, err = filepath.Abs(words[1]) // the job runs elsewhere
	}
	if err != nil {
		return usage(std.err, err)
	}
	return asked(std, func(ctx context.Context) error {
		e, err := session.UserRegistry().Find(ctx, words[0])
		if err != nil {
			return err
		}
		path, err := e.Savepoint(ctx, dir)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(std.out, path)
		return err
	})
}

// stopCommand is weir stop JOB [--savepoint DIR] [--drain]: it prints the path of the savepoint, if one was asked for.
func stopCommand(args []string, std streams) int {
	words, given, err := jobArguments("stop", args, map[string]bool{"--savepoint": true, "--drain": false})
	if err == nil && len(words) > 1 {
		err = errors.New("stop takes one job")
	}
	dir, savepoint := given["--savepoint"]
	_, drain := given["--drain"]
	if err == nil && savepoint {
		if dir == "" {
			err = errors.New("--savepoint needs a directory")
		} else {
			dir, err = filepath.Abs(dir)
		}
	}
	if err != nil {
		return usage(std.err, err)
	}
	return asked(std, func(ctx context.Context) error {
		e, err := session.UserRegistry().Find(ctx, words[0])
		if err != nil {
			return err
		}
		path, err := e.Stop(ctx, dir, drain)
		if err != nil || path == "" {
			return err
		}
		_, err = fmt.Fprintln(std.out, path)
		return err
	})
}

// jobArguments reads the arguments of a command about a job: words, of which there must be one, and flags; known says of
// each whether it takes a value.
func jobArguments(command string, args []string, known map[string]bool) (words []string, given map[string]string, err error) {
	given = map[string]string{}
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			words = append(words, args[i+1:]...)
			break
		}
		if !strings.HasPrefix(args[i], "-") {
			words = append(words, args[i])
			continue
		}
		name, value, has := strings.Cut(args[i], "=")
		takes, ok := known[name]
		switch {
		case !ok:
			return nil, nil, fmt.Errorf("unknown flag %s of %s", name, command)
		case !takes && has:
			return nil, nil, fmt.Errorf("%s takes no value", name)
		case takes && !has:
			if i++; i == len(args) {
				return nil, nil, fmt.Errorf("%s needs a value", name)
			}
			value = args[i]
		}
		given[name] = value
	}
	if len(words) == 0 || words[0] == "" {
		return nil, nil, fmt.Errorf("%s needs a job: its id, the first digits of that, or its name; weir jobs lists them", command)
	}
	return words, given, nil
}

// asked runs a command that asks other processes for something, until an interrupt, and makes the exit code.
func asked(std streams, f func(ctx context.Context) error) int {
	err := inContext(func(ctx context.Context) error {
		err := f(ctx)
		if err != nil && ctx.Err() != nil {
			return session.ErrInterrupted
		}
		return err
	})
	var d *diag.Diagnostic
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, session.ErrInterrupted):
		return exitInterrupted
	case errors.Is(err, errTerminated):
		return exitTerminated
	case errors.As(err, &d):
		fmt.Fprintf(std.err, "weir: %s\n", d.Message)
		for _, n := range d.Notes {
			fmt.Fprintf(std.err, "  %s\n", n)
		}
		if d.Hint != "" {
			fmt.Fprintf(std.err, "  hint: %s\n", d.Hint)
		}
		return exitFailed
	}
	fmt.Fprintln(std.err, "weir:", err)
	if errors.Is(err, session.ErrUnreachable) {
		return exitConnection
	}
	return exitFailed
}
