package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"weir/repl/session"
)

const (
	jobsHelp = `weir jobs   list the jobs of this user that weir savepoint and weir stop reach, in
            all processes
`
	savepointHelp = `weir savepoint JOB [DIR]   make a savepoint in a new directory below DIR, else
                           where the job's settings say, and print its path;
                           the job goes on

JOB is an id, the first four or more digits of one, or a name: weir jobs has them.
`
	stopHelp = `weir stop JOB [--savepoint DIR] [--drain]
                           end a job behind a last checkpoint: --resume goes on
                           from there

--savepoint DIR   make it a savepoint in a new directory below DIR, too, and print
                  its path
--drain           let all windows fire before

JOB is an id, the first four or more digits of one, or a name: weir jobs has them.
`
)

// errNoJob says that a command was not told which job it is about.
func errNoJob(command string) error {
	return fmt.Errorf("%s needs a job: its id, the first digits of that, or its name; weir jobs lists them", command)
}

// jobsCommand is weir jobs: it lists the jobs of this user that other processes can reach.
func jobsCommand(args []string, std streams) int {
	words, err := commandArguments("jobs", args, nil)
	if err == nil && len(words) > 0 {
		err = errors.New("jobs takes no arguments")
	}
	if err != nil {
		return misused(std, jobsHelp, err)
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
	words, err := commandArguments("savepoint", args, nil)
	dir := ""
	switch {
	case err != nil:
	case len(words) == 0 || words[0] == "":
		err = errNoJob("savepoint")
	case len(words) > 2:
		err = errors.New("savepoint takes a job and perhaps a directory")
	case len(words) == 2:
		dir, err = filepath.Abs(words[1]) // the job runs elsewhere
	}
	if err != nil {
		return misused(std, savepointHelp, err)
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
	dir, drain := "", false
	words, err := commandArguments("stop", args, map[string]commandFlag{
		"--savepoint": {true, func(v string) (err error) {
			if v == "" {
				return errors.New("--savepoint needs a directory")
			}
			dir, err = filepath.Abs(v)
			return err
		}},
		"--drain": {false, func(string) error { drain = true; return nil }},
	})
	switch {
	case err != nil:
	case len(words) == 0 || words[0] == "":
		err = errNoJob("stop")
	case len(words) > 1:
		err = errors.New("stop takes one job")
	}
	if err != nil {
		return misused(std, stopHelp, err)
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
