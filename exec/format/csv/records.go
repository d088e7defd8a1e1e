package csv

import "weir/exec/format"

// Records takes records apart whose columns nobody knows yet, by the rules of the reader.
type Records struct {
	t      tokenizer
	fields [][]byte
	text   []byte // of fields that hold doubled quotes or escapes
}

// NewRecords makes one for a dialect.
func NewRecords(o Options) *Records { return &Records{t: tokenizer{Options: o}} }

// Next returns the fields of the record at data[from:] and where the next record begins: at from if this one's end lies
// behind the data, which it never does if eof. problem says what is wrong with a record that breaks the rules. fields
// are valid until the next call.
func (r *Records) Next(data []byte, from int, eof bool) (fields [][]byte, next int, problem string) {
	next, problem, res := r.t.record(data, from, len(data), eof)
	switch res {
	case incomplete:
		return nil, from, ""
	case failed:
		return nil, next, problem
	}
	r.fields, r.text = r.fields[:0], r.text[:0]
	for _, p := range r.t.parts {
		field := data[p.span.From:p.span.To]
		if p.doubled || p.escaped {
			// What is taken out is taken out of a copy: the data may be taken apart again, by other rules.
			begin := len(r.text)
			r.text = append(r.text, field...)
			p.span = format.Span{From: int32(begin), To: int32(len(r.text))}
			s := r.t.value(r.text, p)
			field = r.text[s.From:s.To:s.To]
		}
		r.fields = append(r.fields, field)
	}
	return r.fields, next, ""
}
