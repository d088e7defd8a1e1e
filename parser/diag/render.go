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

// widestLine is how much of a source line is shown, in columns of a terminal; generated SQL has lines of megabytes.
const widestLine = 120

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
func Render(d *Diagnostic, color bool) string {
	p := &painter{color: color}
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
	color bool
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
	from := strings.LastIndexByte(s.Text[:start], '\n') + 1
	to := len(s.Text)
	if i := strings.IndexByte(s.Text[start:], '\n'); i >= 0 {
		to = start + i
	}
	if to > start && s.Text[to-1] == '\r' {
		to--
	}
	before, marked, after := window(s.Text[from:start], s.Text[start:min(end, to)], s.Text[min(end, to):to])
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

// window shows control characters as blanks and cuts a long line down to the surroundings of its marked part.
func window(before, marked, after string) (string, string, string) {
	const side = widestLine / 3
	before, marked, after = lastRunes(before, widestLine+1), firstRunes(marked, widestLine+1), firstRunes(after, widestLine+1)
	before, marked, after = clean(before), clean(marked), clean(after)
	if width(before)+width(marked)+width(after) <= widestLine {
		return before, marked, after
	}
	if width(before) > 2*side {
		before = "…" + lastRunes(before, side)
	}
	if width(marked) > side {
		return before, firstRunes(marked, side) + "…", ""
	}
	if width(after) > side {
		after = firstRunes(after, side) + "…"
	}
	return before, marked, after
}

// firstRunes returns the first n characters of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// lastRunes returns the last n characters of s.
func lastRunes(s string, n int) string {
	i := len(s)
	for ; i > 0 && n > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return s[i:]
}

// clean replaces what would move the cursor, a tab by four blanks, so that the marks stand below what they mark.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\t", "    ")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// width counts the columns that s takes on a terminal: two for the wide characters of East Asia and for emoji, none
// for marks on other characters.
func width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\u200d', r == '\ufe0f':
		case r >= 0x1100 && wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
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
