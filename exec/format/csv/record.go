package csv

import (
	"bytes"

	"weir/exec/format"
)

// result is what came of looking for a record.
type result uint8

const (
	found      result = iota
	incomplete        // its end lies behind the data
	failed            // it breaks the rules
)

// record takes the record at data[p:] apart into t.parts and returns where the next one begins. A failed one ends,
// as far as anybody can tell, at next.
func (t *tokenizer) record(data []byte, p, end int, eof bool) (next int, problem string, res result) {
	t.parts = t.parts[:0]
	for {
		var res result
		var last bool
		begin := p
		if t.Quoted && p < end && data[p] == t.Quote {
			p, last, problem, res = t.quotedPart(data, p, end, eof)
		} else {
			p, last, res = t.barePart(data, p, end, eof)
		}
		switch {
		case res == failed && p < 0:
			return end, problem, failed // the quote swallows the rest
		case res == failed:
			if i := bytes.IndexByte(data[p:end], '\n'); i >= 0 {
				return p + i + 1, problem, failed
			}
			if !eof {
				return begin, "", incomplete
			}
			return end, problem, failed
		case res == incomplete || last:
			return p, "", res
		}
	}
}

// quotedPart takes the field that begins with a quote at data[p]. It returns where the next field begins, or, if it
// was the last, the next record.
func (t *tokenizer) quotedPart(data []byte, p, end int, eof bool) (next int, last bool, problem string, res result) {
	part := part{span: format.Span{From: int32(p + 1)}}
	q := p + 1
	for {
		i := bytes.IndexByte(data[q:end], t.Quote)
		if t.Escaped {
			stop := end
			if i >= 0 {
				stop = q + i
			}
			if e := bytes.IndexByte(data[q:stop], t.Escape); e >= 0 {
				part.escaped = true
				q += e + 2
				if q <= end {
					continue
				}
				i = -1
			}
		}
		if i < 0 {
			if eof {
				return -1, false, "a quote is opened and never closed", failed
			}
			return p, false, "", incomplete
		}
		q += i + 1
		if q < end && data[q] == t.Quote {
			part.doubled = true
			q++
			continue
		}
		if q == end && !eof {
			return p, false, "", incomplete
		}
		break
	}
	part.span.To = int32(q - 1)
	t.parts = append(t.parts, part)
	for q < end && data[q] != t.Separator && (data[q] == ' ' || data[q] == '\t') {
		q++
	}
	switch {
	case q < end && data[q] == t.Separator:
		return q + 1, false, "", found
	case q < end && data[q] == '\n':
		return q + 1, true, "", found
	case q+1 < end && data[q] == '\r' && data[q+1] == '\n':
		return q + 2, true, "", found
	case eof && (q == end || q+1 == end && data[q] == '\r'):
		return end, true, "", found
	case !eof && q+1 >= end:
		return p, false, "", incomplete
	}
	return q, false, "there is text between a closing quote and the end of its field", failed
}

// barePart takes the field without quotes at data[p].
func (t *tokenizer) barePart(data []byte, p, end int, eof bool) (next int, last bool, res result) {
	part := part{span: format.Span{From: int32(p)}}
	q := p
	for q < end && data[q] != t.Separator && data[q] != '\n' {
		if t.Escaped && data[q] == t.Escape {
			part.escaped = true
			q++
		}
		q++
	}
	if q >= end {
		if !eof {
			return p, false, incomplete
		}
		q = end
	}
	stop := q
	if last = q == end || data[q] == '\n'; last && stop > p && data[stop-1] == '\r' {
		stop--
	}
	part.span.To = int32(stop)
	t.parts = append(t.parts, part)
	return min(q+1, end), last, found
}

// value is the field's text, from which doubled quotes and escapes are taken out in place.
func (t *tokenizer) value(data []byte, p part) format.Span {
	if !p.doubled && !p.escaped {
		return p.span
	}
	to := p.span.From
	for i := p.span.From; i < p.span.To; i++ {
		c := data[i]
		switch {
		case p.escaped && c == t.Escape && i+1 < p.span.To:
			i++
			c = unescaped(data[i])
		case p.doubled && c == t.Quote:
			i++
		}
		data[to] = c
		to++
	}
	return format.Span{From: p.span.From, To: to}
}

// unescaped is what a byte behind the escape character stands for.
func unescaped(c byte) byte {
	switch c {
	case '0':
		return 0
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// quoted puts the record at data[p:], which may hold quotes or escapes, into rows.
func (t *tokenizer) quoted(data []byte, p, end int, eof bool, rows *format.Rows) (int, result) {
	next, problem, res := t.record(data, p, end, eof)
	if res == incomplete {
		return p, incomplete
	}
	breaks := int64(bytes.Count(data[p:next], newline))
	if data[next-1] == '\n' {
		breaks--
	}
	switch {
	case res == failed:
		if !t.Lenient {
			rows.Fail(problem)
			return p, failed
		}
		rows.Skip(problem)
		rows.Jump(breaks + 1)
		return next, found
	case len(t.parts) > t.fields:
		t.tooMany(len(t.parts), rows)
		if !t.Lenient {
			return p, failed
		}
		rows.Jump(breaks)
		return next, found
	}
	k, at := 0, -1
	for ; k < len(t.skip); k++ {
		at += t.skip[k] + 1
		if at >= len(t.parts) {
			break
		}
		s := t.value(data, t.parts[at])
		rows.Spans[t.column[k]][rows.N] = t.span(data, int(s.From), int(s.To))
	}
	if len(t.parts) < t.fields && !t.tooFew(len(t.parts), k, rows) {
		return p, failed
	}
	rows.N++
	if breaks > 0 {
		rows.Jump(breaks)
	}
	return next, found
}
