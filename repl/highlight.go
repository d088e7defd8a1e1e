package repl

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/chzyer/readline"

	"weir/parser"
)

// kind says what a lexeme is, as far as a prompt must know.
type kind uint8

const (
	space kind = iota
	word
	number
	text   // in single quotes
	quoted // a name in backticks
	comment
	sign // anything else, one character
)

// lexeme is a piece of text that may be unfinished SQL.
type lexeme struct {
	kind       kind
	start, end int
	open       string // what opens it, where its end is missing: ', `, /*
}

// lex cuts a text into lexemes without gaps. Unlike the parser's scanner it takes any text and keeps white space and
// comments.
func lex(s string) []lexeme {
	var all []lexeme
	for i := 0; i < len(s); {
		l := lexeme{start: i}
		rest := s[i:]
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r):
			l.kind, l.end = space, i+runOf(rest, unicode.IsSpace)
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
			l.kind, l.end = comment, i+len(rest)
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				l.end = i + n
			}
		case strings.HasPrefix(rest, "/*"):
			l.kind, l.end, l.open = comment, len(s), "/*"
			if n := strings.Index(rest[2:], "*/"); n >= 0 {
				l.end, l.open = i+2+n+2, ""
			}
		case r == '\'' || r == '`':
			l.kind = text
			if r == '`' {
				l.kind = quoted
			}
			n, closed := quotedRun(rest)
			l.end = i + n
			if !closed {
				l.open = rest[:1]
			}
		case r >= '0' && r <= '9':
			l.kind, l.end = number, i+runOf(rest, func(r rune) bool { return r == '.' || wordRune(r) })
		case wordRune(r):
			l.kind, l.end = word, i+runOf(rest, wordRune)
		default:
			l.kind, l.end = sign, i+size
		}
		all = append(all, l)
		i = l.end
	}
	return all
}

func wordRune(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// runOf is the length of the longest prefix of s whose characters all are in.
func runOf(s string, in func(rune) bool) int {
	for i, r := range s {
		if !in(r) {
			return i
		}
	}
	return len(s)
}

// quotedRun is the length of the quoted text at the beginning of s, in which a doubled quote stands for one.
func quotedRun(s string) (n int, closed bool) {
	for i := 1; i < len(s); i++ {
		if s[i] != s[0] {
			continue
		}
		if i+1 < len(s) && s[i+1] == s[0] {
			i++
			continue
		}
		return i + 1, true
	}
	return len(s), false
}

// opened says what of an unfinished statement waits for its end: ', `, /*, ( or - where it is only the semicolon.
func opened(s string) string {
	depth := 0
	for _, l := range lex(s) {
		switch {
		case l.open != "":
			return l.open
		case l.kind == sign:
			depth = deeper(depth, s[l.start])
		}
	}
	if depth > 0 {
		return "("
	}
	return "-"
}

// deeper is how many parentheses are open behind a sign.
func deeper(depth int, sign byte) int {
	switch {
	case sign == '(':
		return depth + 1
	case sign == ')' && depth > 0:
		return depth - 1
	case sign == ';':
		return 0
	}
	return depth
}

// openedAt says for each newline of a text what opened would say of the text before it.
func openedAt(s string) []string {
	var all []string
	depth := 0
	for _, l := range lex(s) {
		open := "-"
		switch {
		case l.kind == text:
			open = "'"
		case l.kind == quoted:
			open = "`"
		case l.kind == comment:
			open = "/*"
		case depth > 0:
			open = "("
		}
		for range strings.Count(s[l.start:l.end], "\n") {
			all = append(all, open)
		}
		if l.kind == sign {
			depth = deeper(depth, s[l.start])
		}
	}
	return all
}

// The colours of SQL, as parameters of the terminal's SGR.
var colors = map[kind]string{number: "35", text: "32", quoted: "33", comment: "90"}

const (
	keywordColor = "1;36"
	normal       = "\033[0m"
)

var keywords = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, k := range parser.Keywords() {
		set[k] = true
	}
	return set
})

// highlight colours SQL from the offset on; what is before it decides only whether a string or comment goes on.
func highlight(s string, from int) string {
	var b strings.Builder
	for _, l := range lex(s) {
		if l.end <= from {
			continue
		}
		part := s[max(l.start, from):l.end]
		color := colors[l.kind]
		if l.kind == word && keywords()[strings.ToUpper(part)] {
			color = keywordColor
		}
		if color == "" {
			b.WriteString(part)
			continue
		}
		b.WriteString("\033[" + color + "m" + part + normal)
	}
	return b.String()
}

// painter colours the line being edited. Its goroutine is readline's, which may still paint once when a line has been
// given back: before is guarded.
type painter struct {
	color bool
	room  func() int // columns behind the prompt; nil: they are not known

	mutex  sync.Mutex
	before string // the lines of the statement above this one
}

func (p *painter) setBefore(s string) {
	p.mutex.Lock()
	p.before = s
	p.mutex.Unlock()
}

func (p *painter) getBefore() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.before
}

// Paint shows a line: newlines and tabs, which the editor holds as characters of their own, take one column each, and
// behind a newline that fills its line the next one begins with a prompt. A true newline ends the line when it has been
// entered.
func (p *painter) Paint(line []rune, pos int) []rune {
	entered := len(line) > 0 && line[len(line)-1] == '\n'
	if entered {
		line = line[:len(line)-1]
	}
	before := p.getBefore()
	text := decode(string(line))
	shown := text
	if p.color && (before != "" || !isMeta(text)) {
		shown = highlight(before+text, len(before))
	}
	var fillings []int // of each newline
	for i, r := range line {
		if r == newlineMark {
			fillings = append(fillings, filling(line[i+1:]))
		}
	}
	var open []string
	if slices.Max(append(fillings, 0)) > 0 {
		open = openedAt(before + text)[strings.Count(before, "\n"):]
	}
	out := make([]rune, 0, len(line)+1)
	color := "" // that the terminal writes in
	rest := []rune(shown)
	for i, newline := 0, 0; i < len(rest); i++ {
		switch r := rest[i]; {
		case r == '\033':
			end := i + slices.Index(rest[i:], 'm')
			if color = string(rest[i : end+1]); color == normal {
				color = ""
			}
			out = append(out, rest[i:end+1]...)
			i = end
		case r == '\n':
			n := fillings[newline]
			if n == 0 {
				out = append(out, '↵')
			} else {
				if color != "" {
					out = append(out, []rune(normal)...)
				}
				out = append(out, []rune(fmt.Sprintf("%*s", n+1, open[newline]+"> "))...)
				out = append(out, []rune(color)...)
			}
			newline++
		case r == '\t' || isPasteMark(r):
			out = append(out, ' ')
		default:
			out = append(out, r)
		}
	}
	if entered {
		return append(out, '\n')
	}
	return append(out, p.correction(line, pos)...)
}

// correction moves the cursor. Readline is going to move it one column back for each character behind it, where some
// may have two columns or none. It counts right only as long as the terminal wraps nothing.
func (p *painter) correction(line []rune, pos int) []rune {
	if p.room == nil || (readline.Runes{}).WidthAll(line) >= p.room() {
		return nil
	}
	behind := line[min(pos, len(line)):]
	switch extra := (readline.Runes{}).WidthAll(behind) - len(behind); {
	case extra > 0:
		return slices.Repeat([]rune{'\b'}, extra)
	case extra < 0:
		return []rune(fmt.Sprintf("\033[%dC", -extra))
	}
	return nil
}
