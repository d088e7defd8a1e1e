// Package repl is the prompt: it reads statements from a terminal and runs them in a session.
package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/chzyer/readline"

	"weir/parser"
	"weir/repl/session"
)

// The prompts: between statements, and in a statement set; continued ones are as wide.
const (
	prompt    = "weir> "
	setPrompt = " set> "
)

// interruptTime is how long a statement that was interrupted may take to end without a word.
const interruptTime = time.Second

// ErrTerminated says that SIGTERM ended the prompt.
var ErrTerminated = errors.New("terminated")

// Config is what a prompt takes from outside.
type Config struct {
	In     io.Reader // standard input
	Screen io.Writer // shows the prompt and what is typed; results go where the session's Output writes
	// Plain reads lines as the terminal gives them: for one that can't move its cursor.
	Plain bool
	// Color says that the screen shows colours.
	Color bool
	// Vi edits lines in the manner of vi.
	Vi bool
	// History is the file that keeps the statements; empty: they are forgotten.
	History string
	// Banner is shown first, a line; empty: none.
	Banner string
	// Abandon ends the process when Ctrl-C comes again while a statement that was interrupted has not ended yet.
	Abandon func()
	// Ending are the signals that end the prompt as SIGTERM does; none: that alone.
	Ending []os.Signal
}

// Prompt reads and runs what is typed. One goroutine uses it.
type Prompt struct {
	session *session.Session
	config  Config
	history *history
	meta    *meta
	lines   lineReader
	typed   string // the lines of an unfinished statement, each with its newline
	last    string // the last statement run
	idle    bool   // the last thing typed was Ctrl-C at an empty prompt

	// interrupts has SIGINT, so that one between two statements does not end the process.
	interrupts chan os.Signal
}

// lineReader reads lines from a terminal.
type lineReader interface {
	// read shows a prompt and returns a line without its end; before is what has been typed of the statement. At Ctrl-C
	// it returns readline.ErrInterrupt with the line so far, at the end of input io.EOF.
	read(prompt, before string) (string, error)
	// interrupt makes a read, running or to come, return. Any goroutine may call it.
	interrupt()
	// close gives the terminal back.
	close() error
}

// New makes a prompt for a session.
func New(s *session.Session, c Config) *Prompt {
	return &Prompt{session: s, config: c, history: loadHistory(c.History), meta: newMeta(s), interrupts: make(chan os.Signal, 2)}
}

// Run reads and runs statements until QUIT or the end of input. An interrupt ends the running statement, or throws away
// what has been typed of one; a second one ends the process (Config.Abandon), or Run with session.ErrInterrupted.
// SIGTERM ends it with ErrTerminated.
func (p *Prompt) Run() error {
	ending := p.config.Ending
	if len(ending) == 0 {
		ending = []os.Signal{syscall.SIGTERM}
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	defer stop()
	signal.Notify(p.interrupts, os.Interrupt)
	defer signal.Stop(p.interrupts)
	if p.config.Banner != "" {
		fmt.Fprintln(p.config.Screen, p.config.Banner)
	}
	if p.config.Plain {
		p.lines = newPlain(p.config.In, p.config.Screen, p.interrupts)
	} else {
		e, err := newEditor(p)
		if err != nil {
			return err
		}
		p.lines = e
	}
	defer context.AfterFunc(ctx, p.lines.interrupt)()
	err := p.loop(ctx)
	if e := p.lines.close(); err == nil {
		err = e
	}
	switch {
	case ctx.Err() != nil:
		return ErrTerminated
	case errors.Is(err, session.ErrQuit), errors.Is(err, session.ErrClosed):
		return nil
	}
	return err
}

func (p *Prompt) loop(ctx context.Context) error {
	for {
		// Nobody is typing now: what jobs in the background have to say does not tear up a line.
		if err := p.session.Tell(); err != nil {
			return err
		}
		line, err := p.lines.read(p.prompt(), p.typed)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, readline.ErrInterrupt):
			if p.typed == "" && line == "" {
				if p.session.InSet() {
					if err := p.session.GiveUpSet(); err != nil {
						return err
					}
					continue
				}
				if p.idle {
					return session.ErrInterrupted
				}
				p.idle = true
				fmt.Fprintln(p.config.Screen, "Ctrl-C again or Ctrl-D leaves")
			}
			p.typed = ""
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		p.idle = false
		if err := p.enter(ctx, line); err != nil {
			return err
		}
	}
}

// prompt is what stands before the next line: of a statement that goes on, what is open.
func (p *Prompt) prompt() string {
	switch {
	case p.typed != "":
	case p.session.InSet():
		return setPrompt
	default:
		return prompt
	}
	return fmt.Sprintf("%*s", len(prompt), opened(p.typed)+"> ")
}

// enter takes a line, or several. It returns an error where nothing more is to be read.
func (p *Prompt) enter(ctx context.Context, line string) error {
	if isEdit(line) {
		return p.edit(ctx)
	}
	if p.typed == "" && strings.TrimSpace(line) == "" {
		return nil
	}
	sql, command := p.cut(line)
	if command != "" {
		return p.command(ctx, p.typed+sql, command)
	}
	if p.typed != "" && (isCommand(line) || isMeta(line)) {
		p.explainOpen()
	}
	p.typed += line + "\n"
	text := p.typed
	if rest := behindCommands(text); strings.TrimSpace(rest) != "" && !parser.Complete(rest) && !isCommand(text) {
		return nil
	}
	p.typed = ""
	p.last = strings.TrimSpace(text)
	p.history.add(text)
	switch word := strings.ToUpper(strings.Trim(text, "; \t\n")); {
	case word == "CLEAR" && !p.config.Plain:
		if _, err := io.WriteString(p.config.Screen, "\033[H\033[2J"); err != nil {
			return err
		}
	case word == "HELP":
		return p.run(ctx, func(ctx context.Context) error { return p.meta.run(ctx, ".help") })
	}
	return p.run(ctx, func(ctx context.Context) error { return p.meta.script(ctx, "", text) })
}

// cut divides a line into SQL and a command of the prompt behind it: a command on a line of its own, or behind a
// backslash, as psql has it.
func (p *Prompt) cut(line string) (sql, command string) {
	if isMeta(line) && !strings.Contains(line, "\n") && (p.typed == "" || open[opened(p.typed)] == "" && isCommandName(line)) {
		return "", line
	}
	for _, l := range lex(p.typed + line) {
		at := l.start - len(p.typed)
		if at >= 0 && l.kind == sign && line[at] == '\\' && !strings.Contains(line[at:], "\n") {
			return line[:at], line[at:]
		}
	}
	return line, ""
}

// command runs a command that stands behind SQL, or alone. Those that run a query take the SQL for it; the others leave
// it, so that it can go on.
func (p *Prompt) command(ctx context.Context, text, command string) error {
	if isEdit(command) {
		p.typed = text
		return p.edit(ctx)
	}
	if strings.TrimSpace(text) == "" {
		p.history.add(command)
		return p.run(ctx, func(ctx context.Context) error { return p.meta.run(ctx, command) })
	}
	if !takesQuery(command) && !parser.Complete(text) {
		p.typed = text
		if !strings.HasSuffix(text, "\n") {
			p.typed += "\n"
		}
		return p.run(ctx, func(ctx context.Context) error { return p.meta.run(ctx, command) })
	}
	p.typed = ""
	p.last = strings.TrimSpace(text)
	p.history.add(text + command)
	return p.run(ctx, func(ctx context.Context) error {
		if takesQuery(command) {
			return p.meta.with(ctx, strings.TrimSuffix(p.last, ";"), command)
		}
		if err := p.meta.script(ctx, "", text); err != nil {
			return err
		}
		return p.meta.run(ctx, command)
	})
}

// open says in words what opened does in signs, but for the semicolon.
var open = map[string]string{"'": "a string", "`": "a quoted name", "/*": "a comment", "(": ""}

// explainOpen tells somebody who types a command into a statement that it is taken for SQL.
func (p *Prompt) explainOpen() {
	what := "the statement goes on until its semicolon"
	if in := open[opened(p.typed)]; in != "" {
		what = in + " is not closed yet"
	}
	fmt.Fprintf(p.config.Screen, "%s: Ctrl-C throws it away, Ctrl-D leaves\n", what)
}

// run runs something until an interrupt; a second one ends the process. It returns an error where nothing more is to be
// read: others have been shown.
func (p *Prompt) run(ctx context.Context, f func(context.Context) error) error {
	for len(p.interrupts) > 0 {
		<-p.interrupts // it came when nothing ran
	}
	ctx, cancel := context.WithCancel(ctx)
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		interrupted := false
		var late <-chan time.Time
		for {
			select {
			case <-p.interrupts:
				if interrupted {
					p.config.Abandon()
				}
				interrupted = true
				cancel()
				late = p.meta.clock.After(context.Background(), interruptTime)
			case <-late:
				late = nil
				fmt.Fprintln(p.config.Screen, "\nit has not ended yet: Ctrl-C again leaves weir")
			case <-ended:
				return
			}
		}
	}()
	err := f(ctx)
	close(ended)
	<-watched
	cancel()
	if errors.Is(err, session.ErrQuit) || errors.Is(err, session.ErrClosed) {
		return err
	}
	return nil
}

// isCommand reports whether a line is a word of the prompt, which needs no semicolon.
func isCommand(text string) bool {
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "QUIT", "EXIT", "HELP", "CLEAR":
		return true
	}
	return false
}

// isEdit reports whether a line asks for the user's editor; it may stand within a statement.
func isEdit(line string) bool {
	line = strings.TrimSpace(line)
	return line == `\e` || line == ".edit"
}
