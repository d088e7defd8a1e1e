package checkpoint

import (
	"encoding/binary"
	"math"

	"weir/vector"
)

// shape says how a column is stored. Physical is written as its number: a test freezes them.
type shape struct {
	physical vector.Physical
	binary   bool // bytes that are no text
	dict     bool // text as codes into entries, which each section has for itself
	names    []string
	children []shape // List: elements; Struct: fields; Pairs: keys and values
}

// deepest is how far types may be nested: more than SQL's parser lets through.
const deepest = 500

func shapeOf(c vector.Column) shape {
	s := shape{physical: c.Physical()}
	switch s.physical {
	case vector.Bytes:
		s.binary, s.dict = c.IsBinary(), c.IsDict()
	case vector.List:
		_, elems := c.List()
		s.children = []shape{shapeOf(elems)}
	case vector.Struct:
		names, fields := c.Struct()
		s.names = names
		for _, f := range fields {
			s.children = append(s.children, shapeOf(f))
		}
	case vector.Pairs:
		_, keys, values := c.Pairs()
		s.children = []shape{shapeOf(keys), shapeOf(values)}
	}
	return s
}

// bits is the least that a value of the shape takes.
func (s *shape) bits() uint64 {
	switch s.physical {
	case vector.Bool:
		return 1
	case vector.I8:
		return 8
	case vector.I16:
		return 16
	case vector.I64, vector.F64:
		return 64
	case vector.I128:
		return 128
	case vector.Struct:
		n := uint64(1)
		for i := range s.children {
			n += s.children[i].bits()
		}
		return n
	}
	return 32 // I32, F32, lengths and codes
}

func (e *encoder) shape(s shape) {
	e.u8(uint8(s.physical))
	switch s.physical {
	case vector.Bytes:
		e.bool(s.binary)
		e.bool(s.dict)
	case vector.List:
		e.shape(s.children[0])
	case vector.Pairs:
		e.shape(s.children[0])
		e.shape(s.children[1])
	case vector.Struct:
		e.count(len(s.children))
		for i, c := range s.children {
			e.text(s.names[i])
			e.shape(c)
		}
	}
}

// shape reads a shape; depth is how deep it is nested in others.
func (d *decoder) shape(depth int) shape {
	s := shape{physical: vector.Physical(d.u8())}
	if depth > deepest {
		d.fail("types are nested more than %d deep", deepest)
		return s
	}
	switch s.physical {
	case vector.Bool, vector.I8, vector.I16, vector.I32, vector.I64, vector.F32, vector.F64, vector.I128:
	case vector.Bytes:
		s.binary, s.dict = d.bool(), d.bool()
		if s.binary && s.dict {
			d.fail("a dictionary of bytes that are no text")
		}
	case vector.List:
		s.children = []shape{d.shape(depth + 1)}
	case vector.Pairs:
		s.children = []shape{d.shape(depth + 1), d.shape(depth + 1)}
	case vector.Struct:
		for range d.count(72) { // a length and a physical type
			s.names = append(s.names, d.text())
			s.children = append(s.children, d.shape(depth+1))
		}
	default:
		d.fail("there is no physical type %d", s.physical)
	}
	return s
}

// column writes all rows of c. A ROW has a bit for each row even where none is NULL: so every value takes something,
// and a number of values can be held against the bytes that are left.
func (e *encoder) column(s *shape, c vector.Column) {
	n := c.Len()
	v := c.Validity()
	e.bool(!v.All())
	switch {
	case !v.All():
		e.bits(v, n)
	case s.physical == vector.Struct:
		clear(e.room((n + 7) / 8))
	}
	switch s.physical {
	case vector.Bool:
		e.bits(c.Bools(), n)
	case vector.I8:
		to := e.room(n)
		for i, x := range c.Int8() {
			to[i] = byte(x)
		}
	case vector.I16:
		to := e.room(2 * n)
		for i, x := range c.Int16() {
			binary.LittleEndian.PutUint16(to[2*i:], uint16(x))
		}
	case vector.I32:
		put32(e, c.Int32())
	case vector.I64:
		put64(e, c.Int64())
	case vector.F32:
		to := e.room(4 * n)
		for i, x := range c.Float32() {
			binary.LittleEndian.PutUint32(to[4*i:], math.Float32bits(x))
		}
	case vector.F64:
		to := e.room(8 * n)
		for i, x := range c.Float64() {
			binary.LittleEndian.PutUint64(to[8*i:], math.Float64bits(x))
		}
	case vector.I128:
		to := e.room(16 * n)
		for i, x := range c.Int128() {
			binary.LittleEndian.PutUint64(to[16*i:], x.LowBits())
			binary.LittleEndian.PutUint64(to[16*i+8:], uint64(x.HighBits()))
		}
	case vector.Bytes:
		if s.dict {
			e.dictionary(c)
			return
		}
		b := c.Strings()
		e.lengths(b.Offsets)
		if n > 0 {
			e.b = append(e.b, b.Data[b.Offsets[0]:b.Offsets[n]]...)
		}
	case vector.List:
		offsets, elems := c.List()
		e.lengths(offsets)
		e.column(&s.children[0], elems.Slice(int(offsets[0]), int(offsets[n])))
	case vector.Pairs:
		offsets, keys, values := c.Pairs()
		e.lengths(offsets)
		e.column(&s.children[0], keys.Slice(int(offsets[0]), int(offsets[n])))
		e.column(&s.children[1], values.Slice(int(offsets[0]), int(offsets[n])))
	case vector.Struct:
		_, fields := c.Struct()
		for i, f := range fields {
			e.column(&s.children[i], f)
		}
	}
}

// lengths writes the differences of offsets.
func (e *encoder) lengths(offsets []int32) {
	if len(offsets) == 0 {
		return
	}
	to := e.room(4 * (len(offsets) - 1))
	for i := range offsets[1:] {
		binary.LittleEndian.PutUint32(to[4*i:], uint32(offsets[i+1]-offsets[i]))
	}
}

// dictionary writes the entries that the rows use, in order of first use, and a code for each row.
func (e *encoder) dictionary(c vector.Column) {
	s, v := c.Strings(), c.Validity()
	codes := make([]int32, len(s.Codes))
	entries := map[int32]int32{} // new code by old one
	var used []int32
	for i, code := range s.Codes {
		if !v.At(i) {
			continue
		}
		k, ok := entries[code]
		if !ok {
			k = int32(len(used))
			entries[code] = k
			used = append(used, code)
		}
		codes[i] = k
	}
	e.count(len(used))
	for _, code := range used {
		e.u32(uint32(len(s.Entry(int(code)))))
	}
	for _, code := range used {
		e.b = append(e.b, s.Entry(int(code))...)
	}
	put32(e, codes)
}

// columnBuilder puts the parts of a column together again.
type columnBuilder struct {
	shape *shape
	rows  int
	valid vector.Bitmap // nil until the first NULL

	vector.Values // I32 also has codes
	offsets       []int32
	data          []byte
	dict          *vector.Dict
	codes         map[string]int32

	children []*columnBuilder
}

// newColumnBuilder has room for so many rows.
func newColumnBuilder(s *shape, rows int) *columnBuilder {
	b := &columnBuilder{shape: s}
	switch s.physical {
	case vector.Bool:
		b.Bits = make(vector.Bitmap, 0, (rows+7)/8)
	case vector.I8:
		b.I8 = make([]int8, 0, rows)
	case vector.I16:
		b.I16 = make([]int16, 0, rows)
	case vector.I32:
		b.I32 = make([]int32, 0, rows)
	case vector.I64:
		b.I64 = make([]int64, 0, rows)
	case vector.F32:
		b.F32 = make([]float32, 0, rows)
	case vector.F64:
		b.F64 = make([]float64, 0, rows)
	case vector.I128:
		b.I128 = make([]vector.Num128, 0, rows)
	case vector.Bytes:
		if s.dict {
			b.I32 = make([]int32, 0, rows)
			b.dict, b.codes = vector.NewDict(), map[string]int32{}
		} else {
			b.offsets = make([]int32, 1, rows+1)
		}
	case vector.List, vector.Pairs:
		b.offsets = make([]int32, 1, rows+1)
	}
	for i := range s.children {
		inner := 0 // of lists nobody knows
		if s.physical == vector.Struct {
			inner = rows
		}
		b.children = append(b.children, newColumnBuilder(&s.children[i], inner))
	}
	return b
}

// addBits appends n bits to a bitmap of some rows.
func addBits(to vector.Bitmap, rows int, bits []byte, n int) vector.Bitmap {
	if rows%8 == 0 {
		return append(to, bits...)
	}
	for len(to) < (rows+n+7)/8 {
		to = append(to, 0)
	}
	for i := range n {
		if bits[i/8]&(1<<(i%8)) != 0 {
			to.Set(rows + i)
		}
	}
	return to
}

// add reads n rows more.
func (b *columnBuilder) add(d *decoder, n int) {
	nulls := d.bool()
	if nulls || b.shape.physical == vector.Struct {
		bits := d.take(uint64(n+7) / 8)
		if d.err != nil {
			return
		}
		if nulls && b.valid == nil {
			b.valid = vector.NewBitmap(b.rows, true)
			if b.rows%8 > 0 {
				b.valid[len(b.valid)-1] &= 1<<(b.rows%8) - 1
			}
		}
		if nulls {
			b.valid = addBits(b.valid, b.rows, bits, n)
		}
	}
	if !nulls && b.valid != nil {
		all := vector.NewBitmap(n, true)
		if n%8 > 0 {
			all[len(all)-1] &= 1<<(n%8) - 1
		}
		b.valid = addBits(b.valid, b.rows, all, n)
	}
	switch b.shape.physical {
	case vector.Bool:
		if bits := d.take(uint64(n+7) / 8); d.err == nil {
			b.Bits = addBits(b.Bits, b.rows, bits, n)
		}
	case vector.I8:
		for _, x := range d.take(uint64(n)) {
			b.I8 = append(b.I8, int8(x))
		}
	case vector.I16:
		from := d.take(2 * uint64(n))
		for i := 0; i+2 <= len(from); i += 2 {
			b.I16 = append(b.I16, int16(binary.LittleEndian.Uint16(from[i:])))
		}
	case vector.I32:
		b.I32 = append32(d, b.I32, n)
	case vector.I64:
		b.I64 = append64(d, b.I64, n)
	case vector.F32:
		from := d.take(4 * uint64(n))
		for i := 0; i+4 <= len(from); i += 4 {
			b.F32 = append(b.F32, math.Float32frombits(binary.LittleEndian.Uint32(from[i:])))
		}
	case vector.F64:
		from := d.take(8 * uint64(n))
		for i := 0; i+8 <= len(from); i += 8 {
			b.F64 = append(b.F64, math.Float64frombits(binary.LittleEndian.Uint64(from[i:])))
		}
	case vector.I128:
		from := d.take(16 * uint64(n))
		for i := 0; i+16 <= len(from); i += 16 {
			b.I128 = append(b.I128, vector.NewInt128(int64(binary.LittleEndian.Uint64(from[i+8:])), binary.LittleEndian.Uint64(from[i:])))
		}
	case vector.Bytes:
		if b.shape.dict {
			b.addCoded(d, n)
		} else if total := b.addLengths(d, n); d.err == nil {
			b.data = append(b.data, d.take(total)...)
		}
	case vector.List, vector.Pairs:
		total := b.addLengths(d, n)
		for _, c := range b.children {
			if d.enough(total, c.shape.bits()) {
				c.add(d, int(total))
			}
		}
	case vector.Struct:
		for _, c := range b.children {
			c.add(d, n)
		}
	}
	b.rows += n
}

// addLengths reads the lengths of n rows and returns their sum.
func (b *columnBuilder) addLengths(d *decoder, n int) uint64 {
	from := d.take(4 * uint64(n))
	at := uint64(b.offsets[len(b.offsets)-1])
	before := at
	for i := 0; i+4 <= len(from); i += 4 {
		at += uint64(binary.LittleEndian.Uint32(from[i:]))
		if at > math.MaxInt32 {
			d.fail("%w", errLarge)
			return 0
		}
		b.offsets = append(b.offsets, int32(at))
	}
	return at - before
}

func (b *columnBuilder) addCoded(d *decoder, n int) {
	entries := make([]int32, d.count(32))
	lengths := append32[uint32](d, nil, len(entries))
	for i, l := range lengths {
		text := d.take(uint64(l))
		code, ok := b.codes[string(text)]
		if !ok {
			if b.dict.Bytes()+len(text) > math.MaxInt32 {
				d.fail("%w", errLarge)
				return
			}
			code = b.dict.Add(text)
			b.codes[string(text)] = code
		}
		entries[i] = code
	}
	codes := append32[uint32](d, nil, n)
	at := b.rows
	for i, c := range codes {
		null := b.valid != nil && !b.valid.At(at+i)
		switch {
		case null:
			b.I32 = append(b.I32, 0)
		case uint64(c) < uint64(len(entries)):
			b.I32 = append(b.I32, entries[c])
		default:
			d.fail("a code %d of %d entries", c, len(entries))
			return
		}
	}
}

// column is what has been read.
func (b *columnBuilder) column() vector.Column {
	switch {
	case b.shape.dict:
		if b.dict.Len() == 0 && b.rows > 0 {
			b.dict.Add(nil) // all are NULL, and their codes must be of something
		}
		return vector.NewDictColumn(b.I32, b.valid, b.dict)
	case b.shape.physical == vector.Bytes:
		return vector.NewBytes(b.offsets, b.data, b.valid, b.shape.binary)
	}
	if c, ok := b.Column(b.shape.physical, b.rows, b.valid); ok {
		return c
	}
	parts := make([]vector.Column, len(b.children))
	for i, c := range b.children {
		parts[i] = c.column()
	}
	return vector.NewNested(b.shape.physical, b.offsets, b.shape.names, parts, b.rows, b.valid)
}
