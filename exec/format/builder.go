package format

import (
	"encoding/base64"
	"fmt"

	"weir/vector"
	"weir/vector/kernel"
)

// Builder makes the columns of one field, batch after batch, from the spans that a tokenizer found. What it remembers
// across batches (a dictionary, the last date) makes the next ones faster and changes nothing.
type Builder struct {
	typ      vector.Type
	physical vector.Physical
	times    TimeFormat
	n        int           // values of the batch so far
	valid    vector.Bitmap // nil: no NULL so far

	bits    vector.Bitmap
	i8      []int8
	i16     []int16
	i32     []int32
	i64     []int64
	f32     []float32
	f64     []float64
	i128    []vector.Num128
	text    text
	clock   clock
	offsets []int32 // ARRAY
	elem    *Builder
	split   Splitter
	lenient bool // an element that is none is NULL
	exact   bool // a value that the type can hold only in part is none of it
	partial []int
}

// Splitter finds the elements of an ARRAY in its text; ok is false if the text is none. It may write into data within
// the span, which nobody reads again.
type Splitter func(dst []Span, data []byte, s Span) (elems []Span, ok bool)

// NewBuilder makes a builder for type t; split and lenient are for ARRAY. A type that no text format reads is refused.
func NewBuilder(t vector.Type, times TimeFormat, split Splitter, lenient bool) (*Builder, error) {
	b := &Builder{typ: t, physical: t.Physical(), times: times, split: split, lenient: lenient}
	switch b.physical {
	case vector.Struct, vector.Pairs:
		return nil, fmt.Errorf("reading a column of type %s is not supported", t.Name())
	case vector.List:
		if split == nil || t.Elem.Physical() >= vector.List {
			return nil, fmt.Errorf("reading a column of type %s is not supported", t.Name())
		}
		elem, err := NewBuilder(*t.Elem, times, nil, false)
		if err != nil {
			return nil, err
		}
		b.elem = elem
	}
	if t.IsInterval() {
		return nil, fmt.Errorf("reading a column of type %s is not supported", t.Name())
	}
	b.text.plain = t.IsBytes()
	return b, nil
}

// beExact makes a value that the type can hold only in part, as 1.25 in a DECIMAL(2, 1), one that it can't hold.
func (b *Builder) beExact() {
	b.exact = true
	if b.elem != nil {
		b.elem.exact = true
	}
}

// Reset begins a batch of about rows values. The last batch's column stays as it is.
func (b *Builder) Reset(rows int) {
	b.n, b.valid = 0, nil
	switch b.physical {
	case vector.Bool:
		b.bits = vector.NewBitmap(rows, false)
	case vector.I8:
		b.i8 = make([]int8, rows)
	case vector.I16:
		b.i16 = make([]int16, rows)
	case vector.I32:
		b.i32 = make([]int32, rows)
	case vector.I64:
		b.i64 = make([]int64, rows)
	case vector.F32:
		b.f32 = make([]float32, rows)
	case vector.F64:
		b.f64 = make([]float64, rows)
	case vector.I128:
		b.i128 = make([]vector.Num128, rows)
	case vector.Bytes:
		b.text.reset(rows)
	case vector.List:
		b.offsets = make([]int32, 1, rows+1)
		b.elem.Reset(rows)
	}
}

func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	t := make([]T, max(n, len(s)*2))
	copy(t, s)
	return t
}

// ensure makes room for n values.
func (b *Builder) ensure(n int) {
	switch b.physical {
	case vector.Bool:
		b.bits = grow(b.bits, (n+7)/8)
	case vector.I8:
		b.i8 = grow(b.i8, n)
	case vector.I16:
		b.i16 = grow(b.i16, n)
	case vector.I32:
		b.i32 = grow(b.i32, n)
	case vector.I64:
		b.i64 = grow(b.i64, n)
	case vector.F32:
		b.f32 = grow(b.f32, n)
	case vector.F64:
		b.f64 = grow(b.f64, n)
	case vector.I128:
		b.i128 = grow(b.i128, n)
	}
	if b.valid != nil {
		b.extendValid(n)
	}
}

func (b *Builder) extendValid(n int) {
	for len(b.valid) < (n+7)/8 {
		b.valid = append(b.valid, 0xff)
	}
}

// null makes value i NULL.
func (b *Builder) null(i int) {
	if b.valid == nil {
		b.valid = vector.NewBitmap(i+1, true)
	}
	b.extendValid(i + 1)
	b.valid.Clear(i)
}

// Append adds the values of spans, in order, up to the first one that is no value of the type: it returns how many it
// has added. Null spans are NULL.
func (b *Builder) Append(data []byte, spans []Span) int {
	if b.exact {
		spans = b.exactly(data, spans)
	}
	b.ensure(b.n + len(spans))
	b.partial = b.partial[:0]
	var done int
	switch b.physical {
	case vector.Bool:
		done = b.bools(data, spans)
	case vector.I8:
		done = appendInts(b, b.i8[b.n:], data, spans, -1<<7, 1<<7-1)
	case vector.I16:
		done = appendInts(b, b.i16[b.n:], data, spans, -1<<15, 1<<15-1)
	case vector.I32:
		switch b.typ.Kind {
		case vector.Date:
			done = b.dates(data, spans)
		case vector.TimeOfDay:
			done = b.timesOfDay(data, spans)
		default:
			done = appendInts(b, b.i32[b.n:], data, spans, -1<<31, 1<<31-1)
		}
	case vector.I64:
		if b.typ.IsTimestamp() {
			done = b.timestamps(data, spans)
		} else {
			done = appendInts(b, b.i64[b.n:], data, spans, -1<<63, 1<<63-1)
		}
	case vector.F32:
		done = b.floats(data, spans)
	case vector.F64:
		done = b.doubles(data, spans)
	case vector.I128:
		if b.typ.IsTimestamp() {
			done = b.longTimestamps(data, spans)
		} else {
			done = b.decimals(data, spans)
		}
	case vector.Bytes:
		if b.typ.IsBytes() {
			done = b.base64(data, spans)
		} else {
			done = b.strings(data, spans)
		}
	case vector.List:
		done = b.lists(data, spans)
	}
	b.n += done
	return done
}

// Partial lists the spans of the last Append of whose ARRAY not all elements could be read.
func (b *Builder) Partial() []int { return b.partial }

// AppendNull adds one NULL.
func (b *Builder) AppendNull() { b.Append(nil, []Span{Null}) }

// Cut drops all values behind the first n of the batch.
func (b *Builder) Cut(n int) {
	if n >= b.n {
		return
	}
	b.n = n
	switch b.physical {
	case vector.Bytes:
		b.text.cut(n)
	case vector.List:
		b.offsets = b.offsets[:n+1]
		b.elem.Cut(int(b.offsets[n]))
	}
	if b.valid != nil {
		b.extendValid(n)
		b.valid = b.valid[:(n+7)/8]
		if n&7 != 0 {
			b.valid[n>>3] |= 0xff << (n & 7)
		}
	}
}

// Column is the batch's column. It is called once per Reset, last.
func (b *Builder) Column() vector.Column {
	n := b.n
	if b.valid != nil {
		b.extendValid(n)
	}
	switch b.physical {
	case vector.Bool:
		return vector.NewBools(b.bits, n, b.valid)
	case vector.I8:
		return vector.NewColumn(b.i8[:n:n], b.valid)
	case vector.I16:
		return vector.NewColumn(b.i16[:n:n], b.valid)
	case vector.I32:
		return vector.NewColumn(b.i32[:n:n], b.valid)
	case vector.I64:
		return vector.NewColumn(b.i64[:n:n], b.valid)
	case vector.F32:
		return vector.NewColumn(b.f32[:n:n], b.valid)
	case vector.F64:
		return vector.NewColumn(b.f64[:n:n], b.valid)
	case vector.I128:
		return vector.NewColumn(b.i128[:n:n], b.valid)
	case vector.Bytes:
		return b.text.column(b.valid, b.typ.IsBytes())
	}
	return vector.NewList(b.offsets, b.elem.Column(), b.valid)
}

func (b *Builder) bools(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		switch t := trim(data[s.From:s.To]); {
		case isWord(t, "true"):
			b.bits.Set(b.n + i)
		case isWord(t, "false"):
			b.bits.Clear(b.n + i)
		default:
			return i
		}
	}
	return len(spans)
}

// isWord reports whether t is word, which is in lower case, in any case.
func isWord(t []byte, word string) bool {
	if len(t) != len(word) {
		return false
	}
	for i, c := range t {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}

func (b *Builder) floats(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		v, err := kernel.ParseFloat(trim(data[s.From:s.To]), 32)
		if err != nil {
			return i
		}
		b.f32[b.n+i] = float32(v)
	}
	return len(spans)
}

func (b *Builder) doubles(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		v, err := kernel.ParseFloat(trim(data[s.From:s.To]), 64)
		if err != nil {
			return i
		}
		b.f64[b.n+i] = v
	}
	return len(spans)
}

func (b *Builder) decimals(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		v, err := kernel.ParseDecimal(trim(data[s.From:s.To]), b.typ.Precision, b.typ.Scale)
		if err != nil {
			return i
		}
		b.i128[b.n+i] = v
	}
	return len(spans)
}

func (b *Builder) strings(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			b.text.addNull()
			continue
		}
		b.text.add(data[s.From:s.To])
	}
	return len(spans)
}

func (b *Builder) base64(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			b.text.addNull()
			continue
		}
		if !b.text.addDecoded(base64.StdEncoding, data[s.From:s.To]) {
			return i
		}
	}
	return len(spans)
}

func (b *Builder) lists(data []byte, spans []Span) int {
	var elems []Span
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			b.offsets = append(b.offsets, int32(b.elem.n))
			continue
		}
		var ok bool
		elems, ok = b.split(elems[:0], data, s)
		if !ok {
			return i
		}
		before := b.elem.n
		for rest := elems; ; {
			done := b.elem.Append(data, rest)
			if done == len(rest) {
				break
			}
			if !b.lenient {
				b.elem.Cut(before)
				return i
			}
			b.elem.AppendNull()
			rest = rest[done+1:]
			if k := len(b.partial); k == 0 || b.partial[k-1] != i {
				b.partial = append(b.partial, i)
			}
		}
		b.offsets = append(b.offsets, int32(b.elem.n))
	}
	return len(spans)
}
