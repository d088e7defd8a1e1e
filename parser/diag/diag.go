// Package diag holds the one form in which weir tells a user that something is wrong.
package diag

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// Source is a text that statements come from. It is used by pointer; Position may be called by several goroutines.
type Source struct {
	Name string // file name; empty for text given inline
	Text string

	mu   sync.Mutex
	last struct{ offset, line, column int } // what Position was asked last; line and column counted from 0
}

// Position returns the line and column, counted from 1, of a byte offset; columns count characters. It counts on from
// where it was asked last: a script of megabytes may have an error in each line.
func (s *Source) Position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(s.Text))
	s.mu.Lock()
	defer s.mu.Unlock()
	at := &s.last
	if offset < at.offset || at.offset < len(s.Text) && !utf8.RuneStart(s.Text[at.offset]) {
		at.offset, at.line, at.column = 0, 0, 0
	}
	part := s.Text[at.offset:offset]
	if i := strings.LastIndexByte(part, '\n'); i >= 0 {
		at.line += strings.Count(part, "\n")
		at.column = 0
		part = part[i+1:]
	}
	at.column += utf8.RuneCountInString(part)
	at.offset = offset
	return 1 + at.line, 1 + at.column
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

// MostErrors is how many errors of one statement, and how many statements with syntax errors, are told of. A generated
// script may have the same one in a million places.
const MostErrors = 20

// New makes a Diagnostic. Strings among args are cut where they are long: a generated statement has names, expressions
// and lists of columns of megabytes.
func New(code string, span Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Span: span, Message: fmt.Sprintf(format, bounded(args)...)}
}

// WithHint sets the hint, a sentence that says what to do. Long strings are cut.
func (d *Diagnostic) WithHint(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, bounded(args)...)
	return d
}

// WithNote adds a note. Long strings are cut.
func (d *Diagnostic) WithNote(format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, fmt.Sprintf(format, bounded(args)...))
	return d
}

// bounded cuts strings and errors that are longer than a few lines of a terminal.
func bounded(args []any) []any {
	const most = 1000 // bytes
	for i, a := range args {
		s, ok := a.(string)
		if err, is := a.(error); is && err != nil {
			s, ok = err.Error(), true
		}
		if !ok || len(s) <= most {
			continue
		}
		end := most
		for !utf8.RuneStart(s[end]) {
			end--
		}
		args[i] = s[:end] + "…"
	}
	return args
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
