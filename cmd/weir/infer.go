package main

import (
	"context"
	"errors"
	"fmt"

	"weir/exec"
	"weir/repl/session"
)

const inferHelp = `weir infer FILE         the CREATE TABLE of a file of CSV, JSON lines or
                        Parquet: columns and types that its first rows show,
                        and a WATERMARK where a time rises. FILE may be a directory, or a
                        pattern in quotes. 'FROM' takes a file, too.
`

// inferCommand is weir infer.
func inferCommand(args []string, std streams) int {
	words, err := commandArguments("infer", args, nil)
	switch {
	case err != nil:
	case len(words) == 0:
		err = errors.New("infer needs a file, a directory or a pattern")
	case len(words) > 1:
		err = errors.New("infer takes one path: write a pattern of several files in quotes, so that the shell leaves it as it is")
	}
	if err != nil {
		return misused(std, inferHelp, err)
	}
	err = inContext(func(ctx context.Context) error {
		create, err := session.Infer(ctx, exec.OS{}, words[0])
		if err == nil {
			_, err = fmt.Fprintln(std.out, create)
		}
		return err
	})
	if errors.Is(err, context.Canceled) || errors.Is(err, session.ErrInterrupted) {
		return exitInterrupted
	}
	return commandEnd(std, err)
}
