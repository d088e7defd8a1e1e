package repl

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

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
		case l.kind != sign:
		case s[l.start] == '(':
			depth++
		case s[l.start] == ')' && depth > 0:
			depth--
		case s[l.start] == ';':
			depth = 0
		}
	}
	if depth > 0 {
		return "("
	}
	return "-"
}

// The colours of SQL, as parameters of the terminal's SGR.
var colors = map[kind]string{number: "35", text: "32", quoted: "33", comment: "90"}

const keywordColor = "1;36"

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
		b.WriteString("\033[" + color + "m" + part + "\033[0m")
	}
	return b.String()
}

// painter colours the line being edited. Its goroutine is readline's, which may still paint once when a line has been
// given back: before is guarded.
type painter struct {
	color bool

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

// Paint shows a line: newlines and tabs, which the editor holds as characters of their own, take one column each. A
// true newline ends the line when it has been entered.
func (p *painter) Paint(line []rune, _ int) []rune {
	entered := len(line) > 0 && line[len(line)-1] == '\n'
	if entered {
		line = line[:len(line)-1]
	}
	if p.color {
		before := p.getBefore()
		s := decode(string(line))
		if before != "" || !isMeta(s) {
			line = []rune(encode(highlight(before+s, len(before))))
		}
	}
	shown := make([]rune, len(line), len(line)+1)
	for i, r := range line {
		switch {
		case r == newlineMark:
			r = '↵'
		case r == tabMark || isPasteMark(r):
			r = ' '
		}
		shown[i] = r
	}
	if entered {
		shown = append(shown, '\n')
	}
	return shown
}
