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

	values  vector.Values
	text    text
	clock   clock
	offsets []int32    // ARRAY, MAP, MULTISET
	parts   []*Builder // ARRAY: its elements; MAP: keys, values; MULTISET: elements, counts; ROW: fields
	names   []string   // ROW
	split   Splitter
	spans   []Span // of the parts of one value
	lenient bool   // a part that is none is NULL
	exact   bool   // a value that the type can hold only in part is none of it
	partial []int
	fault   Fault // of the last value with parts that was none: what its broken part is
}

// Fault is what is wrong with a value: itself, or what lies at Path within it, as .f of a ROW or [2] of an ARRAY.
type Fault struct {
	Path string
	Span Span
	Type vector.Type
}

// Splitter finds the parts of values of type ARRAY, ROW and MAP in their text. Its methods return ok false if the text
// is no such value; they may write into data within the span, which nobody reads again but for the parts.
type Splitter interface {
	// Check refuses a type that the format can't read.
	Check(t vector.Type) error
	// Elements appends the elements of an ARRAY.
	Elements(dst []Span, data []byte, s Span) (elems []Span, ok bool)
	// Fields appends the fields of a ROW, those of names; Null for one that is missing.
	Fields(dst []Span, data []byte, s Span, names []string) (fields []Span, ok bool)
	// Pairs appends the keys and values of a MAP in turn, each key once.
	Pairs(dst []Span, data []byte, s Span) (pairs []Span, ok bool)
}

// NewBuilder makes a builder for type t; split and lenient are for ARRAY, ROW and MAP. A type that the format does not
// read is refused.
func NewBuilder(t vector.Type, times TimeFormat, split Splitter, lenient bool) (*Builder, error) {
	b := &Builder{typ: t, physical: t.Physical(), times: times, split: split, lenient: lenient}
	if b.physical >= vector.List {
		if err := split.Check(t); err != nil {
			return nil, err
		}
	}
	var parts []vector.Type
	switch b.physical {
	case vector.List:
		parts = []vector.Type{*t.Elem}
	case vector.Pairs:
		key, value := t.Entry()
		parts = []vector.Type{key, value}
	case vector.Struct:
		for _, f := range t.Fields {
			parts, b.names = append(parts, f.Type), append(b.names, f.Name)
		}
	}
	for _, p := range parts {
		part, err := NewBuilder(p, times, split, lenient)
		if err != nil {
			return nil, err
		}
		part.text.plain = true // the column has no dictionary within others
		b.parts = append(b.parts, part)
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
	for _, p := range b.parts {
		p.beExact()
	}
}

// Reset begins a batch of about rows values. The last batch's column stays as it is.
func (b *Builder) Reset(rows int) {
	b.n, b.valid = 0, nil
	switch b.physical {
	case vector.Bool:
		b.values.Bits = vector.NewBitmap(rows, false)
	case vector.I8:
		b.values.I8 = make([]int8, rows)
	case vector.I16:
		b.values.I16 = make([]int16, rows)
	case vector.I32:
		b.values.I32 = make([]int32, rows)
	case vector.I64:
		b.values.I64 = make([]int64, rows)
	case vector.F32:
		b.values.F32 = make([]float32, rows)
	case vector.F64:
		b.values.F64 = make([]float64, rows)
	case vector.I128:
		b.values.I128 = make([]vector.Num128, rows)
	case vector.Bytes:
		b.text.reset(rows)
	case vector.List, vector.Pairs:
		b.offsets = make([]int32, 1, rows+1)
	}
	for _, p := range b.parts {
		p.Reset(rows)
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
		b.values.Bits = grow(b.values.Bits, (n+7)/8)
	case vector.I8:
		b.values.I8 = grow(b.values.I8, n)
	case vector.I16:
		b.values.I16 = grow(b.values.I16, n)
	case vector.I32:
		b.values.I32 = grow(b.values.I32, n)
	case vector.I64:
		b.values.I64 = grow(b.values.I64, n)
	case vector.F32:
		b.values.F32 = grow(b.values.F32, n)
	case vector.F64:
		b.values.F64 = grow(b.values.F64, n)
	case vector.I128:
		b.values.I128 = grow(b.values.I128, n)
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
		done = appendInts(b, b.values.I8[b.n:], data, spans, -1<<7, 1<<7-1)
	case vector.I16:
		done = appendInts(b, b.values.I16[b.n:], data, spans, -1<<15, 1<<15-1)
	case vector.I32:
		switch b.typ.Kind {
		case vector.Date:
			done = b.dates(data, spans)
		case vector.TimeOfDay:
			done = b.timesOfDay(data, spans)
		default:
			done = appendInts(b, b.values.I32[b.n:], data, spans, -1<<31, 1<<31-1)
		}
	case vector.I64:
		if b.typ.IsTimestamp() {
			done = b.timestamps(data, spans)
		} else {
			done = appendInts(b, b.values.I64[b.n:], data, spans, -1<<63, 1<<63-1)
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
	default:
		done = b.nested(data, spans)
	}
	b.n += done
	return done
}

// Partial lists the spans of the last Append of whose ARRAY, ROW or MAP not all parts could be read.
func (b *Builder) Partial() []int { return b.partial }

// Fault says what is wrong with the value of span s, at which the last Append has stopped.
func (b *Builder) Fault(s Span) Fault {
	if b.physical >= vector.List && b.fault.Path != "" {
		return b.fault
	}
	return Fault{Span: s, Type: b.typ}
}

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
	case vector.List, vector.Pairs:
		b.offsets = b.offsets[:n+1]
		for _, p := range b.parts {
			p.Cut(int(b.offsets[n]))
		}
	case vector.Struct:
		for _, p := range b.parts {
			p.Cut(n)
		}
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
	if c, ok := b.values.Column(b.physical, n, b.valid); ok {
		return c
	}
	if b.physical == vector.Bytes {
		return b.text.column(b.valid, b.typ.IsBytes())
	}
	parts := make([]vector.Column, len(b.parts))
	for i, p := range b.parts {
		parts[i] = p.Column()
	}
	return vector.NewNested(b.physical, b.offsets, b.names, parts, n, b.valid)
}

func (b *Builder) bools(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		switch t := trim(data[s.From:s.To]); {
		case isWord(t, "true"):
			b.values.Bits.Set(b.n + i)
		case isWord(t, "false"):
			b.values.Bits.Clear(b.n + i)
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
		b.values.F32[b.n+i] = float32(v)
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
		b.values.F64[b.n+i] = v
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
		b.values.I128[b.n+i] = v
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

// nested adds values that have parts. A value of which a part can't be read is taken back, unless lenient: then the part
// is NULL.
func (b *Builder) nested(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			b.endParts()
			continue
		}
		var ok bool
		b.fault = Fault{}
		switch b.physical {
		case vector.List:
			b.spans, ok = b.split.Elements(b.spans[:0], data, s)
		case vector.Pairs:
			b.spans, ok = b.split.Pairs(b.spans[:0], data, s)
		default:
			b.spans, ok = b.split.Fields(b.spans[:0], data, s, b.names)
		}
		if !ok {
			return i
		}
		before := b.parts[0].n
		whole, ok := b.appendParts(data)
		if b.typ.Kind == vector.Multiset {
			ok = ok && b.counts(before)
		}
		if !ok {
			for _, p := range b.parts {
				p.Cut(before)
			}
			return i
		}
		if !whole {
			b.partial = append(b.partial, i)
		}
		if b.physical != vector.Struct {
			b.offsets = append(b.offsets, int32(b.parts[0].n))
		}
	}
	return len(spans)
}

// counts reports whether all values from the first on can be how often something is there.
func (b *Builder) counts(first int) bool {
	p := b.parts[1]
	for i := first; i < p.n; i++ {
		if p.values.I32[i] < 1 || p.valid != nil && i < 8*len(p.valid) && !p.valid.At(i) {
			return false
		}
	}
	return true
}

// endParts makes room for a NULL.
func (b *Builder) endParts() {
	if b.physical != vector.Struct {
		b.offsets = append(b.offsets, int32(b.parts[0].n))
		return
	}
	for _, p := range b.parts {
		p.AppendNull()
	}
}

// appendParts adds the parts of one value. whole: all could be read, none is NULL for it could not.
func (b *Builder) appendParts(data []byte) (whole, ok bool) {
	whole = true
	if b.physical == vector.List {
		whole, failed := b.parts[0].appendPart(data, b.spans)
		if failed >= 0 {
			b.blame(b.parts[0], failed, fmt.Sprintf("[%d]", failed+1))
		}
		return whole, failed < 0
	}
	for i := range b.spans {
		p := b.parts[i%len(b.parts)]
		w, failed := p.appendPart(data, b.spans[i:i+1])
		if failed >= 0 {
			b.blame(p, i, b.pathOf(data, i))
			return false, false
		}
		whole = whole && w
	}
	return whole, true
}

// pathOf is where part i of a ROW, MAP or MULTISET lies.
func (b *Builder) pathOf(data []byte, i int) string {
	if b.physical == vector.Struct {
		return "." + b.names[i]
	}
	key := b.spans[i-i%2]
	if key.From < 0 {
		return "[NULL]"
	}
	return "['" + string(data[key.From:key.To]) + "']"
}

// blame says that span i, which part p could not read, is what is wrong with the value.
func (b *Builder) blame(p *Builder, i int, path string) {
	b.fault = p.Fault(b.spans[i])
	b.fault.Path = path + b.fault.Path
}

// appendPart adds values of one part, up to the one that it has failed at; -1: none.
func (b *Builder) appendPart(data []byte, spans []Span) (whole bool, failed int) {
	whole = true
	for at := 0; ; {
		done := b.Append(data, spans[at:])
		whole = whole && len(b.partial) == 0
		if at += done; at == len(spans) {
			return whole, -1
		}
		if !b.lenient {
			return false, at
		}
		whole = false
		b.AppendNull()
		at++
	}
}
