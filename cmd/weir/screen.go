package main

import (
	"os"

	"github.com/chzyer/readline"

	"weir/exec"
	"weir/repl"
	"weir/repl/result"
)

// moves reports whether a file is a terminal whose cursor can be moved.
func moves(f *os.File) bool {
	term := os.Getenv("TERM")
	return isTerminal(f) && term != "" && term != "dumb"
}

// size is that of the terminal that a file is; zeros where it is not known.
func size(f *os.File) (width, height int) {
	width, height, err := readline.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return width, height
}

// fit lets results use what the terminal can do: its width, redrawing, and a pager if a person sits at the prompt; and
// errors the width of theirs.
func fit(o *result.Options, std streams) {
	if isTerminal(std.err) {
		o.Columns = func() int { w, _ := size(std.err); return w }
	}
	if !isTerminal(std.out) {
		return
	}
	o.Screen = func() (int, int) { return size(std.out) }
	o.Dumb = !moves(std.out)
	if o.Interactive && !o.Dumb {
		o.Pager = repl.NewPager(std.out, std.err)
	}
}

// status makes the status line; nil where there is no terminal to show it and --progress does not ask for it.
func (a *arguments) status(out *result.Writer, std streams) *repl.Status {
	c := repl.StatusConfig{Err: std.err, Clock: exec.SystemClock{}}
	if moves(std.err) {
		c.Columns = func() int { w, _ := size(std.err); return w }
	} else if !a.progress {
		return nil
	}
	return repl.NewStatus(out, c)
}
