// Package diag holds the one form in which weir tells a user that something is wrong.
package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Source is a text that statements come from.
type Source struct {
	Name string // file name; empty for text given inline
	Text string
}

// Position returns the line and column, counted from 1, of a byte offset; columns count characters.
func (s *Source) Position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.Text))
	before := s.Text[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// Span is a range of bytes of a Source: End is exclusive. The zero Span is unknown.
type Span struct{ Start, End int }

// IsZero reports whether the span is unknown.
func (s Span) IsZero() bool { return s == Span{} }

// To returns the span from the start of s to the end of e.
func (s Span) To(e Span) Span { return Span{s.Start, max(s.End, e.End)} }

// Diagnostic is an error that a user can cause. Codes are W and four digits; Codes describes each.
type Diagnostic struct {
	Code    string
	Message string // one sentence without a final full stop
	Source  *Source
	Span    Span
	Hint    string
	Notes   []string
}

// New makes a Diagnostic.
func New(code string, span Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Span: span, Message: fmt.Sprintf(format, args...)}
}

// WithHint sets the hint, a sentence that says what to do.
func (d *Diagnostic) WithHint(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// WithNote adds a note.
func (d *Diagnostic) WithNote(format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
	return d
}

// In sets the source that the span refers to, unless it is set already.
func (d *Diagnostic) In(s *Source) *Diagnostic {
	if d.Source == nil {
		d.Source = s
	}
	return d
}

// Error returns the message alone.
func (d *Diagnostic) Error() string { return d.Message }
