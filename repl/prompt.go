// Package repl is the prompt: it reads statements from a terminal and runs them in a session.
package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/chzyer/readline"

	"weir/parser"
	"weir/parser/diag"
	"weir/repl/session"
)

const (
	prompt       = "weir> "
	continuation = "    > "
)

// Run reads and runs statements until QUIT or the end of input. An interrupt ends the running statement, or throws away
// what has been typed of one.
func Run(s *session.Session, in io.ReadCloser, out, err io.Writer) error {
	rl, e := readline.NewEx(&readline.Config{Prompt: prompt, Stdin: in, Stdout: out, Stderr: err})
	if e != nil {
		return e
	}
	defer rl.Close()
	var typed strings.Builder
	for {
		rl.SetPrompt(prompt)
		if typed.Len() > 0 {
			rl.SetPrompt(continuation)
		}
		line, e := rl.Readline()
		switch {
		case errors.Is(e, readline.ErrInterrupt):
			typed.Reset()
			continue
		case errors.Is(e, io.EOF):
			return nil
		case e != nil:
			return e
		}
		if typed.Len() == 0 && strings.TrimSpace(line) == "" {
			continue
		}
		typed.WriteString(line)
		typed.WriteByte('\n')
		text := typed.String()
		if !parser.Complete(text) && !isCommand(text) {
			continue
		}
		typed.Reset()
		if strings.EqualFold(strings.Trim(text, "; \t\n"), "CLEAR") {
			if _, e := io.WriteString(out, "\033[H\033[2J"); e != nil {
				return e
			}
		}
		switch e := run(s, text); {
		case errors.Is(e, session.ErrQuit), errors.Is(e, session.ErrClosed):
			return nil
		}
	}
}

// isCommand reports whether a line is a word of the prompt, which needs no semicolon.
func isCommand(text string) bool {
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "QUIT", "EXIT", "HELP", "CLEAR":
		return true
	}
	return false
}

func run(s *session.Session, text string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return s.Run(ctx, &diag.Source{Text: text})
}
