package repl

import (
	"slices"
	"sync"

	"github.com/chzyer/readline"

	"weir/repl/result"
)

// The editor draws one line, which the terminal wraps. So that a text of several lines stands there as it was typed,
// each newline in it is followed by characters that fill the rest of the terminal's line, and the place of a prompt in
// the next one. They are put in anew after each key, and are no part of the text.

// layout fills lines up to a width of the terminal. Readline's goroutine may arrange once more when it has given a line
// back.
type layout struct {
	width func() int

	mutex  sync.Mutex
	first  int    // columns of the prompt before the first line
	before []rune // what the last key left
	pos    int
}

// begin is called before a line is read behind a prompt.
func (l *layout) begin(prompt string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.first, l.before, l.pos = result.Width(prompt), nil, 0
}

// room is how many columns the first line has behind its prompt.
func (l *layout) room() int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.width() - l.first
}

// set arranges a text behind a prompt, the cursor at its end.
func (l *layout) set(prompt, text string) []rune {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.first = result.Width(prompt)
	r := []rune(encode(text))
	line, pos := l.fill(r, len(r))
	l.before, l.pos = slices.Clone(line), pos
	return line
}

// typed is the text that the last key left.
func (l *layout) typed() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return decode(string(l.before))
}

// narrowest is the width below which lines stay one behind the other.
const narrowest = 3 * len(prompt)

// arrange returns what becomes of a line and the cursor in it after a key.
func (l *layout) arrange(line []rune, pos int, key rune) ([]rune, int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
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
	column := l.first
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
