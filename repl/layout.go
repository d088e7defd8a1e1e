package repl

import (
	"slices"

	"github.com/chzyer/readline"
)

// The editor draws one line, which the terminal wraps. So that a text of several lines stands there as it was typed,
// each newline in it is followed by characters that fill the rest of the terminal's line, and the place of a prompt in
// the next one. They are put in anew after each key, and are no part of the text.

// layout fills lines up to a width of the terminal.
type layout struct {
	width  func() int
	before []rune // what the last key found
	pos    int
	search bool // Ctrl-R: the line is the editor's own, until another key than one to search for
}

// narrowest is the width below which lines stay one behind the other.
const narrowest = 3 * len(prompt)

// arrange returns what becomes of a line and the cursor in it after a key.
func (l *layout) arrange(line []rune, pos int, key rune) ([]rune, int) {
	switch {
	case key == readline.CharBckSearch || key == readline.CharFwdSearch:
		l.search = true
	case key < ' ' && key != readline.CharCtrlH:
		l.search = false
	}
	if l.search {
		return line, pos
	}
	text, at := l.text(line, pos, key)
	line, pos = l.fill(text, at)
	l.before, l.pos = slices.Clone(line), pos
	return line, pos
}

// text takes the filling out. A key that has cut a piece off it meant its newline; a cursor in it was on its way past.
func (l *layout) text(line []rune, pos int, key rune) (text []rune, at int) {
	erased := (key == readline.CharBackspace || key == readline.CharCtrlH) && len(line) == len(l.before)-1 && l.pos > 0 && l.before[l.pos-1] == fillMark
	at = -1
	for i := 0; i < len(line); {
		r := line[i]
		end := i + 1
		if r == newlineMark || r == fillMark { // fillings whose newline is gone go with it
			for end < len(line) && line[end] == fillMark {
				end++
			}
		}
		if pos == i {
			at = len(text)
		}
		keep := r != fillMark && (r != newlineMark || !erased || pos != end)
		if i < pos && pos < end {
			at = len(text)
			if keep && (key == readline.CharForward || key == readline.CharDelete) {
				at++ // it came from the left, or has joined two fillings
			}
		}
		if keep {
			text = append(text, r)
		}
		i = end
	}
	if at < 0 {
		at = len(text)
	}
	return text, at
}

// fill puts the filling in.
func (l *layout) fill(text []rune, at int) (line []rune, pos int) {
	width := l.width()
	if width < narrowest || !slices.Contains(text, newlineMark) {
		return text, at
	}
	column := len(prompt)
	put := func(r rune) {
		line = append(line, r)
		// The editor counts like this: a line that is full goes on in the next one.
		if column += (readline.Runes{}).Width(r); column >= width {
			column = 0
		}
	}
	for i, r := range text {
		if i == at {
			pos = len(line)
		}
		put(r)
		if r != newlineMark {
			continue
		}
		for column != 0 {
			put(fillMark)
		}
		for range len(prompt) {
			put(fillMark)
		}
	}
	if at == len(text) {
		pos = len(line)
	}
	return line, pos
}

// filling is how many characters of filling a text begins with.
func filling(line []rune) int {
	n := 0
	for n < len(line) && line[n] == fillMark {
		n++
	}
	return n
}
