//go:build linux

package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// style is how a cell looks: what SGR sequences have set.
type style struct {
	fg              int // 0: default, else SGR 30–37 or 90–97
	bold, dim, back bool
}

type cell struct {
	r     rune // 0: nothing has been written here
	style style
}

// screen is as much of a terminal as a recording in ASCII and box drawing uses. It keeps what scrolls out of the top, so that a recording shows
// everything.
type screen struct {
	width, height int
	lines         [][]cell // all since the beginning; the last height of them are on the screen
	row, column   int      // of the cursor; row counts in lines
	pending       bool     // the last column has been written, and the next letter wraps
	style         style
	rest          []byte // the beginning of a sequence or letter whose end has not come
	reply         func(string)
}

// newScreen makes an empty screen; reply gets what a terminal answers to questions.
func newScreen(width, height int, reply func(string)) *screen {
	s := &screen{width: width, height: height, reply: reply}
	s.lines = append(s.lines, nil)
	return s
}

// top is the line in the first row of the screen.
func (s *screen) top() int { return max(0, len(s.lines)-s.height) }

// Write shows bytes. It never fails.
func (s *screen) Write(b []byte) (int, error) {
	text := append(s.rest, b...)
	for len(text) > 0 {
		n := s.one(text)
		if n == 0 {
			break
		}
		text = text[n:]
	}
	s.rest = append([]byte(nil), text...)
	return len(b), nil
}

// one shows the first letter or sequence and returns its length, 0 if its end has not come.
func (s *screen) one(b []byte) int {
	switch b[0] {
	case 0x1b:
		return s.escape(b)
	case '\r':
		s.column, s.pending = 0, false
		return 1
	case '\n':
		s.down()
		return 1
	case '\b':
		s.column, s.pending = max(0, s.column-1), false
		return 1
	case '\t':
		s.column = min(s.width-1, s.column/8*8+8)
		return 1
	}
	if b[0] < ' ' {
		return 1
	}
	if !utf8.FullRune(b) {
		return 0
	}
	r, n := utf8.DecodeRune(b)
	s.put(r)
	return n
}

func (s *screen) down() {
	s.pending = false
	s.row++
	for s.row >= len(s.lines) {
		s.lines = append(s.lines, nil)
	}
}

func (s *screen) put(r rune) {
	if s.pending {
		s.column = 0
		s.down()
	}
	line := s.lines[s.row]
	for len(line) <= s.column {
		line = append(line, cell{})
	}
	line[s.column] = cell{r, s.style}
	s.lines[s.row] = line
	if s.column++; s.column == s.width {
		s.column, s.pending = s.width-1, true
	}
}

// escape does what a sequence says. Sequences that a picture doesn't show are passed over.
func (s *screen) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] != '[' {
		return 2
	}
	end := 2
	for end < len(b) && (b[end] < '@' || b[end] > '~') {
		end++
	}
	if end == len(b) {
		return 0
	}
	text := string(b[2:end])
	var numbers []int
	for _, p := range strings.Split(text, ";") {
		n, err := strconv.Atoi(p)
		if err != nil {
			n = 0
		}
		numbers = append(numbers, n)
	}
	s.control(b[end], numbers, text)
	return end + 1
}

func (s *screen) control(kind byte, numbers []int, text string) {
	first := max(1, numbers[0])
	if kind != 'm' {
		s.pending = false
	}
	switch kind {
	case 'A':
		s.row = max(s.top(), s.row-first)
	case 'B':
		for range first {
			if s.row+1 < s.top()+s.height {
				s.down()
			}
		}
	case 'C':
		s.column = min(s.width-1, s.column+first)
	case 'D':
		s.column = max(0, s.column-first)
	case 'G':
		s.column = min(s.width, first) - 1
	case 'H':
		column := 1
		if len(numbers) > 1 {
			column = max(1, numbers[1])
		}
		s.row, s.column = s.top()+min(first, s.height)-1, min(column, s.width)-1
		for s.row >= len(s.lines) {
			s.lines = append(s.lines, nil)
		}
	case 'J':
		if numbers[0] == 0 {
			s.erase(s.row, s.column, s.width)
			s.lines = s.lines[:s.row+1]
		} else {
			for i := s.top(); i < len(s.lines); i++ {
				s.lines[i] = nil
			}
		}
	case 'K':
		from, to := s.column, s.width
		if numbers[0] > 0 {
			from = 0
		}
		if numbers[0] == 1 {
			to = s.column + 1
		}
		s.erase(s.row, from, to)
	case 'm':
		for _, n := range numbers {
			s.sgr(n)
		}
	case 'n':
		if text == "6" {
			s.reply(fmt.Sprintf("\x1b[%d;%dR", s.row-s.top()+1, s.column+1))
		}
	}
}

func (s *screen) erase(row, from, to int) {
	for i := from; i < min(to, len(s.lines[row])); i++ {
		s.lines[row][i] = cell{}
	}
}

func (s *screen) sgr(n int) {
	switch {
	case n == 0:
		s.style = style{}
	case n == 1:
		s.style.bold = true
	case n == 2:
		s.style.dim = true
	case n == 7:
		s.style.back = true
	case n == 22:
		s.style.bold, s.style.dim = false, false
	case n == 27:
		s.style.back = false
	case n == 39:
		s.style.fg = 0
	case n >= 30 && n <= 37, n >= 90 && n <= 97:
		s.style.fg = n
	}
}

// text is a line without blanks at its end.
func text(line []cell) string {
	var b strings.Builder
	for _, c := range line {
		if c.r == 0 {
			c.r = ' '
		}
		b.WriteRune(c.r)
	}
	return strings.TrimRight(b.String(), " ")
}

// cursorLine is the text of the line in which the cursor stands.
func (s *screen) cursorLine() string { return text(s.lines[s.row]) }
