package repl

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

// defaultPager is the pager where the environment names none: long lines are cut, not wrapped, colours go through,
// and the screen stays as it is behind it.
const defaultPager = "less -SFRX"

// pagerCommand is the command of the pager: $PAGER if it is set, none if that is empty or cat; else less, where there
// is one.
func pagerCommand(lookup func(string) (string, bool), find func(string) (string, error)) string {
	if p, ok := lookup("PAGER"); ok {
		if p == "cat" {
			return ""
		}
		return p
	}
	if _, err := find("less"); err != nil {
		return ""
	}
	return defaultPager
}

// NewPager returns what shows a text in the user's pager, which writes to out; nil if there is none. The text is shown
// in full if the function returns nil; if it returns an error, nothing has been shown.
func NewPager(out, err io.Writer) func(text []byte) error {
	command := pagerCommand(os.LookupEnv, exec.LookPath)
	if command == "" {
		return nil
	}
	return func(text []byte) error { return page(command, text, out, err) }
}

// shellMissing is what a shell exits with when it can't run the command, or does not find it.
var shellMissing = map[int]bool{126: true, 127: true}

func page(command string, text []byte, out, err io.Writer) error {
	// Ctrl-C is the pager's while it runs.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	c := exec.Command("sh", "-c", command)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(text), out, err
	e := c.Run()
	if c.ProcessState == nil || shellMissing[c.ProcessState.ExitCode()] {
		return e
	}
	return nil // a pager that was left early has shown what its user wanted
}
