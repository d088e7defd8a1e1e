// Command weir runs streaming SQL: at a prompt, from files, or inline.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/parser/diag"
	"weir/repl"
	"weir/repl/golden"
	"weir/repl/result"
	"weir/repl/session"
)

// Exit codes.
const (
	exitFine        = 0
	exitFailed      = 1 // a statement failed
	exitUsage       = 2
	exitConnection  = 3 // a job that was asked for something can't be reached
	exitInterrupted = 130
	exitTerminated  = 143 // by SIGTERM, as shells count signals
)

func main() {
	tuneCollector()
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the standard files.
type streams struct{ in, out, err *os.File }

// tuneCollector lets garbage grow to four times the live data, which takes 20 % less CPU than the default, up to a
// limit. What the environment says wins.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(ram() / 100 * 80)
	}
}

// run is main but for the process's end.
func run(args []string, std streams) int {
	if len(args) > 0 {
		switch args[0] {
		case "test":
			return golden.Main(args[1:], std.out, std.err, connectors())
		case "completion":
			return complete(args[1:], std)
		case "manual":
			return manualCommand(args[1:], std)
		case "jobs":
			return jobsCommand(args[1:], std)
		case "savepoint":
			return savepointCommand(args[1:], std)
		case "stop":
			return stopCommand(args[1:], std)
		case "state":
			return stateCommand(args[1:], std)
		case "infer":
			return inferCommand(args[1:], std)
		case "rescale":
			return rescaleCommand(args[1:], std)
		}
	}
	a, err := parseArguments(args)
	if err != nil {
		return usage(std.err, err)
	}
	switch {
	case a.help:
		fmt.Fprint(std.out, helpText())
		return exitFine
	case a.explain != "":
		fmt.Fprint(std.out, a.explain)
		return exitFine
	case a.version:
		fmt.Fprintln(std.out, "weir", version())
		return exitFine
	}
	interactive := len(a.inputs) == 0 && isTerminal(std.in)
	options := result.Options{Format: a.format, Default: "csv", Out: std.out, Err: std.err, Interactive: interactive,
		Color: a.colored(std.err)}
	if isTerminal(std.out) {
		options.Default = "tableau"
	}
	fit(&options, std)
	out, err := result.New(options)
	if err != nil {
		return usage(std.err, err)
	}
	// A closed pipe is an error of write, not the end of the process.
	signal.Ignore(syscall.SIGPIPE)
	seams := exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: random(), Stdin: std.in, Stdout: std.out, Stderr: std.err}
	if out.Structured() {
		seams.Stdout = std.err
	}
	config := session.Config{Connectors: connectors(), Cores: runtime.GOMAXPROCS(0), RAM: ram(), Output: out, ContinueOnError: a.continueOnError,
		Resume: a.resume, AllowNonRestored: a.allowNonRestored, Jobs: session.UserRegistry(),
		Checkpoints: session.UserCheckpoints(), Again: again()}
	if status := a.status(out, std); status != nil {
		seams.Stdout, seams.Stderr = status.Around(seams.Stdout), status.Around(seams.Stderr)
		config.Output, config.Started = status, status.Started
	}
	config.Seams = seams
	s := session.New(config)
	code := work(s, a, out, interactive, std)
	// What still runs in the background ends with the process, but not in the midst of something. An interrupt ends it
	// at once.
	if done, c := exitCode(std.err, s.Close()); done && code == exitFine {
		code = c
	}
	return code
}

// work runs the prompt or scripts, and what comes before.
func work(s *session.Session, a *arguments, out *result.Writer, interactive bool, std streams) int {
	if code := configure(s, a, out, std.err); code != exitFine {
		return code
	}
	if interactive && !a.noInit {
		if done, code := habits(s, std); done {
			return code
		}
	}
	if a.init != "" {
		src, err := read(input{file: a.init}, std.in)
		if err != nil {
			return usage(std.err, err)
		}
		if done, code := exitCode(std.err, inContext(func(ctx context.Context) error { return s.Init(ctx, src) })); done || code != exitFine {
			return code
		}
	}
	if interactive {
		return prompt(s, a, std)
	}
	return scripts(s, a, std)
}

// again is the command line that lets the jobs of the same scripts go on.
func again() string {
	words := append([]string{"weir"}, os.Args[1:]...)
	if !slices.Contains(words, "--resume") {
		words = append(words, "--resume")
	}
	for i, w := range words {
		if strings.ContainsAny(w, " \t\n'\"\\$`*?[](){}<>|&;~#!") || w == "" {
			words[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// prompt runs the prompt. Where results go to a file or a program, it is on standard error.
func prompt(s *session.Session, a *arguments, std streams) int {
	screen := std.out
	if !isTerminal(screen) {
		screen = std.err
	}
	term := os.Getenv("TERM")
	err := repl.New(s, repl.Config{
		In:      std.in,
		Screen:  screen,
		Plain:   term == "" || term == "dumb" || !isTerminal(screen),
		Color:   a.colored(screen),
		Vi:      repl.ViMode(),
		Ending:  ending(),
		History: repl.HistoryFile(),
		Banner:  repl.Banner(version(), s, runtime.GOMAXPROCS(0)),
		Abandon: func() { os.Exit(exitInterrupted) },
	}).Run()
	switch {
	case errors.Is(err, session.ErrInterrupted):
		return exitInterrupted
	case errors.Is(err, repl.ErrTerminated):
		return exitTerminated
	case err != nil:
		fmt.Fprintln(std.err, "weir:", err)
		return exitFailed
	}
	return exitFine
}

// colored reports whether a stream gets colours: what --color says, else a terminal unless NO_COLOR is set.
func (a *arguments) colored(f *os.File) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	term := os.Getenv("TERM")
	return isTerminal(f) && os.Getenv("NO_COLOR") == "" && term != "" && term != "dumb"
}

// habits runs the init file of the prompt, if there is one. Mistakes in it are shown, but don't keep a person from the
// prompt.
func habits(s *session.Session, std streams) (done bool, code int) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return false, exitFine
	}
	src, err := read(input{file: filepath.Join(dir, "weir", "init.sql")}, std.in)
	if errors.Is(err, fs.ErrNotExist) {
		return false, exitFine
	}
	if err != nil {
		fmt.Fprintln(std.err, "weir:", err)
		return false, exitFine
	}
	return exitCode(std.err, inContext(func(ctx context.Context) error { return s.Init(ctx, src) }))
}

// scripts runs all inputs in order, and waits at their end, also by QUIT, for the jobs that they have started.
func scripts(s *session.Session, a *arguments, std streams) int {
	inputs := a.inputs
	if len(inputs) == 0 {
		inputs = []input{{file: "-"}}
	}
	// All files are read first: a name that is wrong must not come to light after hours.
	sources := make([]*diag.Source, len(inputs))
	for i, in := range inputs {
		src, err := read(in, std.in)
		if err != nil {
			return usage(std.err, err)
		}
		sources[i] = src
	}
	_, code := exitCode(std.err, inContext(func(ctx context.Context) error {
		var failed error
		for _, src := range sources {
			err := s.Run(ctx, src)
			if errors.Is(err, session.ErrQuit) {
				break
			}
			if err != nil && (!errors.Is(err, session.ErrFailed) || !a.continueOnError) {
				return err
			}
			failed = errors.Join(failed, err)
		}
		if err := s.Wait(ctx); err != nil {
			return err
		}
		return failed
	}))
	return code
}

// configure applies the config file, -p and -D.
func configure(s *session.Session, a *arguments, out *result.Writer, stderr io.Writer) int {
	src, err := configFile(a.config)
	if err != nil {
		return usage(stderr, err)
	}
	var d *diag.Diagnostic
	if src != nil {
		d = s.Configure(src)
	}
	if d == nil && a.parallelism != "" {
		d = s.Set("parallelism.default", a.parallelism, catalog.Client)
	}
	for _, kv := range a.settings {
		if d == nil {
			d = s.Set(kv.key, kv.value, catalog.Environment)
		}
	}
	if d == nil {
		return exitFine
	}
	if out.Fail(0, d) != nil {
		return exitFine // nobody is there to read it
	}
	return exitFailed
}

// configFile reads the config file; nil if there is none and none was named.
func configFile(named string) (*diag.Source, error) {
	name := named
	if name == "" {
		name = os.Getenv("WEIR_CONFIG")
	}
	must := name != ""
	if !must {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, nil
		}
		name = filepath.Join(dir, "weir", "config.yaml")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		if !must && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("can't read the config file: %w", err)
	}
	return &diag.Source{Name: name, Text: string(text)}, nil
}

// read gets the text of an input.
func read(in input, stdin io.Reader) (*diag.Source, error) {
	if in.file == "" {
		return &diag.Source{Text: in.sql}, nil
	}
	var text []byte
	var err error
	name := in.file
	if name == "-" {
		name = ""
		text, err = io.ReadAll(stdin)
	} else {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("can't read the script: %w", err)
	}
	return &diag.Source{Name: name, Text: strings.TrimPrefix(string(text), "\ufeff")}, nil
}

// errTerminated is why a context ends with SIGTERM.
var errTerminated = errors.New("terminated")

// twice is how long another SIGTERM is taken for the same one: timeout(1) and supervisors send it to a process and to its
// group. A person who means it waits longer.
const twice = 500 * time.Millisecond

// ending are the signals that end a script as SIGTERM does: SIGHUP too, when a terminal goes, unless nohup(1) keeps it
// away.
func ending() []os.Signal {
	if signal.Ignored(syscall.SIGHUP) {
		return []os.Signal{syscall.SIGTERM}
	}
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP}
}

// inContext runs f with a context that ends with the first interrupt or SIGTERM; the second one ends the process, with
// the exit code that it stands for. An interrupt of which f made no error, as it had come too late, is
// session.ErrInterrupted; after SIGTERM it is errTerminated.
func inContext(f func(ctx context.Context) error) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, append(ending(), os.Interrupt)...)
	ended, watched := make(chan struct{}), make(chan struct{})
	signalled := false
	var since time.Time
	go func() {
		defer close(watched)
		for {
			select {
			case sig := <-signals:
				code, cause := exitInterrupted, error(nil)
				if sig != os.Interrupt {
					code, cause = exitTerminated, errTerminated
				}
				switch {
				case !signalled:
				case cause != nil && time.Since(since) < twice:
					continue
				default:
					os.Exit(code)
				}
				signalled, since = true, time.Now()
				cancel(cause)
			case <-ended:
				return
			}
		}
	}()
	err := f(ctx)
	signal.Stop(signals)
	close(ended)
	<-watched
	cancel(nil)
	if err == nil && signalled {
		err = session.ErrInterrupted
	}
	if errors.Is(err, session.ErrInterrupted) && errors.Is(context.Cause(ctx), errTerminated) {
		return errTerminated
	}
	return err
}

// exitCode says how the process ends after what a session returned, and whether nothing more may run.
func exitCode(stderr io.Writer, err error) (done bool, code int) {
	switch {
	case err == nil:
		return false, exitFine
	case errors.Is(err, session.ErrClosed) && !errors.Is(err, syscall.EPIPE):
		fmt.Fprintln(stderr, "weir:", err) // a full disk: what was written is not the whole answer
		return true, exitFailed
	case errors.Is(err, session.ErrQuit), errors.Is(err, session.ErrClosed):
		return true, exitFine
	case errors.Is(err, session.ErrInterrupted):
		return true, exitInterrupted
	case errors.Is(err, errTerminated):
		return true, exitTerminated
	}
	return false, exitFailed
}

func usage(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "weir: %s\n", err)
	return exitUsage
}
