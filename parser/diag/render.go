package diag

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape sequences of a terminal.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[1;31m"
	blue   = "\x1b[1;34m"
	green  = "\x1b[1;32m"
	normal = "\x1b[0m"
)

// How much of a source line is shown, in columns of a terminal: generated SQL has lines of megabytes. On a narrow
// terminal it is less, but enough for a word and its neighbours.
const (
	widestLine    = 120
	narrowestLine = 24
)

// Render gives the text that a user sees, without a final line break:
//
//	error[W1001]: the end of the statement was expected here, but there is the name orders
//	 --> job.sql:3:18
//	  |
//	3 | SELECT id FORM orders
//	  |                ^~~~~~
//	  = hint: did you mean FROM instead of FORM?
//
// Without a source or a span only the first line, the hint and the notes are there.
func Render(d *Diagnostic, color bool) string { return RenderIn(d, color, 0) }

// RenderIn is Render for a terminal of so many columns; 0: not known. Only the source line is cut: the terminal breaks
// sentences.
func RenderIn(d *Diagnostic, color bool, columns int) string {
	p := &painter{color: color, columns: columns}
	p.paint(red, "error["+d.Code+"]")
	p.paint(bold, ": "+d.Message)
	gutter := ""
	if d.Source != nil && !d.Span.IsZero() {
		gutter = p.excerpt(d.Source, d.Span)
	}
	if d.Hint != "" {
		p.margin(gutter, "=")
		p.paint(green, "hint: ")
		p.WriteString(indent(d.Hint, len(gutter)+len(" = hint: ")))
	}
	for _, n := range d.Notes {
		p.margin(gutter, "=")
		p.paint(bold, "note: ")
		p.WriteString(indent(n, len(gutter)+len(" = note: ")))
	}
	return p.String()
}

// painter collects text in colours.
type painter struct {
	strings.Builder
	color   bool
	columns int
}

func (p *painter) paint(code, text string) {
	if p.color {
		p.WriteString(code + text + normal)
	} else {
		p.WriteString(text)
	}
}

// margin begins a line with the gutter and a sign.
func (p *painter) margin(gutter, sign string) {
	p.WriteString("\n" + gutter)
	p.paint(blue, " "+sign+" ")
}

// excerpt writes the place and the line of a span, and returns the blanks as wide as the line's number.
func (p *painter) excerpt(s *Source, span Span) string {
	line, column := s.Position(span.Start)
	number := strconv.Itoa(line)
	gutter := strings.Repeat(" ", len(number))
	name := s.Name
	if name == "" {
		name = "line " + number + ", column " + strconv.Itoa(column)
	} else {
		name = fmt.Sprintf("%s:%d:%d", name, line, column)
	}
	p.WriteString("\n" + gutter)
	p.paint(blue, "--> ")
	p.WriteString(name)

	start := min(max(span.Start, 0), len(s.Text))
	end := min(max(span.End, start), len(s.Text))
	// Farther away than this nothing can be shown; the text may be a line of megabytes.
	const far = utf8.UTFMax * (widestLine + 2)
	from := max(start-far, 0)
	from += strings.LastIndexByte(s.Text[from:start], '\n') + 1
	to := min(end+far, len(s.Text))
	if i := strings.IndexByte(s.Text[start:to], '\n'); i >= 0 {
		to = start + i
	}
	if to > start && s.Text[to-1] == '\r' {
		to--
	}
	widest := widestLine
	if p.columns > 0 {
		widest = min(widest, max(p.columns-len(number)-len(" | "), narrowestLine))
	}
	middle := min(end, to)
	before, marked, after := window(s.Text[from:start], s.Text[start:min(middle, start+far)], s.Text[middle:to], widest)
	p.WriteString("\n" + gutter)
	p.paint(blue, " |")
	p.WriteByte('\n')
	p.paint(blue, number+" | ")
	p.WriteString(before + marked + after)
	p.WriteString("\n" + gutter)
	p.paint(blue, " | ")
	p.WriteString(strings.Repeat(" ", width(before)))
	p.paint(red, "^"+strings.Repeat("~", max(width(marked)-1, 0)))
	return gutter
}

// window shows control characters as blanks and cuts a line longer than widest down to its marked part, of which no
// more than half is shown where it is long, and what there is room for around it.
func window(before, marked, after string, widest int) (string, string, string) {
	before, marked, after = lastColumns(clean(before), widest+1), firstColumns(clean(marked), widest+1), firstColumns(clean(after), widest+1)
	if width(before)+width(marked)+width(after) <= widest {
		return before, marked, after
	}
	if width(marked) > widest/2 {
		marked, after = firstColumns(marked, widest/2-1)+"…", ""
	}
	room := widest - width(marked)
	if left := max(room/2, room-width(after)); width(before) > left {
		before = "…" + lastColumns(before, left-1)
	}
	if right := room - width(before); width(after) > right {
		after = firstColumns(after, right-1) + "…"
	}
	return before, marked, after
}

// firstColumns returns the characters at the beginning of s that n columns have room for.
func firstColumns(s string, n int) string {
	for i, r := range s {
		if n -= runeWidth(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

// lastColumns returns the characters at the end of s that n columns have room for.
func lastColumns(s string, n int) string {
	for i := len(s); i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if n -= runeWidth(r); n < 0 {
			return s[i:]
		}
		i -= size
	}
	return s
}

// clean replaces what would move the cursor or turn the direction of the text, a tab by four blanks, so that the marks
// stand below what they mark.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\t", "    ")
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r) && r != '\u200d': // which joins emoji
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// width counts the columns that s takes on a terminal: two for the wide characters of East Asia and for emoji, none
// for marks on other characters.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r), r == '\u200d', r == '\ufe0f':
		return 0
	case r >= 0x1100 && wide(r):
		return 2
	}
	return 1
}

func wide(r rune) bool {
	return r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf && r != 0x303f || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x1f300 && r <= 0x1f64f || r >= 0x1f900 && r <= 0x1f9ff ||
		r >= 0x20000 && r <= 0x3fffd
}

// indent moves the lines of text behind the first one n columns to the right.
func indent(text string, n int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", n))
}
