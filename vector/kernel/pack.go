package kernel

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"weir/vector"
)

// Packer writes the values of a column, of any type, as bytes that are equal where the values are the same: so that
// values with parts can be keys like strings. All NaN are the same, −0.0 and 0.0 are not, NULL is the same as NULL, and a
// map is the same in any order. Unpack makes a column of the bytes again. They never leave the process.
type Packer struct {
	physical vector.Physical
	valid    vector.Validity
	col      vector.Column
	offsets  []int32
	strings  vector.Strings
	parts    []*Packer
	zero     bool // −0.0 is written as 0.0

	entries [][]byte // scratch: of one map
	room    []byte
}

// NewPacker makes the packer of a column.
func NewPacker(c vector.Column) *Packer {
	p := &Packer{physical: c.Physical(), valid: c.Validity(), col: c}
	var parts []vector.Column
	switch p.physical {
	case vector.Bytes:
		p.strings = c.Strings()
	case vector.List:
		var elems vector.Column
		p.offsets, elems = c.List()
		parts = []vector.Column{elems}
	case vector.Pairs:
		var keys, values vector.Column
		p.offsets, keys, values = c.Pairs()
		parts = []vector.Column{keys, values}
	case vector.Struct:
		_, parts = c.Struct()
	}
	for _, c := range parts {
		p.parts = append(p.parts, NewPacker(c))
	}
	return p
}

// oneZero has −0.0 be written as 0.0.
func (p *Packer) oneZero() *Packer {
	p.zero = true
	for _, x := range p.parts {
		x.oneZero()
	}
	return p
}

// Append appends the value of a row, which is not NULL.
func (p *Packer) Append(dst []byte, row int) []byte {
	switch p.physical {
	case vector.Bool:
		if p.col.Bool(row) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case vector.I8:
		return append(dst, byte(p.col.Int8()[row]))
	case vector.I16:
		return binary.LittleEndian.AppendUint16(dst, uint16(p.col.Int16()[row]))
	case vector.I32:
		return binary.LittleEndian.AppendUint32(dst, uint32(p.col.Int32()[row]))
	case vector.I64:
		return binary.LittleEndian.AppendUint64(dst, uint64(p.col.Int64()[row]))
	case vector.F32:
		v := p.col.Float32()[row]
		switch {
		case v != v:
			v = float32(math.NaN())
		case p.zero && v == 0:
			v = 0
		}
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	case vector.F64:
		v := p.col.Float64()[row]
		switch {
		case v != v:
			v = math.NaN()
		case p.zero && v == 0:
			v = 0
		}
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	case vector.I128:
		v := p.col.Int128()[row]
		dst = binary.LittleEndian.AppendUint64(dst, v.LowBits())
		return binary.LittleEndian.AppendUint64(dst, uint64(v.HighBits()))
	case vector.Bytes:
		b := p.strings.At(row)
		dst = binary.AppendUvarint(dst, uint64(len(b)))
		return append(dst, b...)
	case vector.Struct:
		for _, f := range p.parts {
			dst = f.part(dst, row)
		}
		return dst
	case vector.List:
		from, to := int(p.offsets[row]), int(p.offsets[row+1])
		dst = binary.AppendUvarint(dst, uint64(to-from))
		for k := from; k < to; k++ {
			dst = p.parts[0].part(dst, k)
		}
		return dst
	}
	return p.pairs(dst, int(p.offsets[row]), int(p.offsets[row+1]))
}

// part appends a value within another, which may be NULL.
func (p *Packer) part(dst []byte, row int) []byte {
	if !p.valid.At(row) {
		return append(dst, 0)
	}
	return p.Append(append(dst, 1), row)
}

// pairs appends the entries of a map in an order that is always the same.
func (p *Packer) pairs(dst []byte, from, to int) []byte {
	p.room = p.room[:0]
	ends := make([]int, 0, to-from)
	for k := from; k < to; k++ {
		p.room = p.parts[1].part(p.parts[0].part(p.room, k), k)
		ends = append(ends, len(p.room))
	}
	p.entries = p.entries[:0]
	start := 0
	for _, end := range ends {
		p.entries = append(p.entries, p.room[start:end])
		start = end
	}
	slices.SortFunc(p.entries, bytes.Compare)
	dst = binary.AppendUvarint(dst, uint64(to-from))
	for _, e := range p.entries {
		dst = append(dst, e...)
	}
	return dst
}

// Pack returns the values of a column as a column of bytes.
func Pack(c vector.Column) vector.Column {
	p, v, n := NewPacker(c), c.Validity(), c.Len()
	offsets := make([]int32, n+1)
	var data []byte
	var valid vector.Bitmap
	if !v.All() {
		valid = vector.NewBitmap(n, false)
	}
	for i := range n {
		if v.At(i) {
			data = p.Append(data, i)
			if valid != nil {
				valid.Set(i)
			}
		}
		if len(data) > math.MaxInt32 {
			panic(fmt.Sprintf("kernel: the values of a batch take more than %d bytes", math.MaxInt32))
		}
		offsets[i+1] = int32(len(data))
	}
	return vector.NewBytes(offsets, data, valid, true)
}

// Unpack makes a column of type t of values that were packed; row i is data[offsets[i]:offsets[i+1]], NULL where valid
// says so.
func Unpack(t vector.Type, offsets []int32, data []byte, valid vector.Bitmap) vector.Column {
	u := newUnpacker(t)
	for i := range len(offsets) - 1 {
		if valid == nil || valid.At(i) {
			u.add(data[offsets[i]:offsets[i+1]])
		} else {
			u.null()
		}
	}
	return u.column()
}

// OrderPacked compares two packed values of type t as Order compares values.
func OrderPacked(t vector.Type, a, b []byte) int {
	c, _, _ := orderPacked(&t, a, b)
	return c
}

// orderPacked takes a value off the start of a and b; what is behind them is given back only where they are the same.
func orderPacked(t *vector.Type, a, b []byte) (c int, restA, restB []byte) {
	switch t.Physical() {
	case vector.Bool:
		return cmp.Compare(a[0], b[0]), a[1:], b[1:]
	case vector.I8:
		return cmp.Compare(int8(a[0]), int8(b[0])), a[1:], b[1:]
	case vector.I16:
		return cmp.Compare(int16(binary.LittleEndian.Uint16(a)), int16(binary.LittleEndian.Uint16(b))), a[2:], b[2:]
	case vector.I32:
		return cmp.Compare(int32(binary.LittleEndian.Uint32(a)), int32(binary.LittleEndian.Uint32(b))), a[4:], b[4:]
	case vector.I64:
		return cmp.Compare(int64(binary.LittleEndian.Uint64(a)), int64(binary.LittleEndian.Uint64(b))), a[8:], b[8:]
	case vector.F32:
		x, y := math.Float32frombits(binary.LittleEndian.Uint32(a)), math.Float32frombits(binary.LittleEndian.Uint32(b))
		return OrderDoubles(float64(x), float64(y)), a[4:], b[4:]
	case vector.F64:
		x, y := math.Float64frombits(binary.LittleEndian.Uint64(a)), math.Float64frombits(binary.LittleEndian.Uint64(b))
		return OrderDoubles(x, y), a[8:], b[8:]
	case vector.I128:
		x := cmp.Compare(int64(binary.LittleEndian.Uint64(a[8:])), int64(binary.LittleEndian.Uint64(b[8:])))
		return cmp.Or(x, cmp.Compare(binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(b))), a[16:], b[16:]
	case vector.Struct:
		for i := range t.Fields {
			if c, a, b = orderParts(&t.Fields[i].Type, a, b); c != 0 {
				return c, nil, nil
			}
		}
		return 0, a, b
	case vector.Pairs:
		// Their order is that of their bytes.
		restA, restB = behind(t, a), behind(t, b)
		return bytes.Compare(a[:len(a)-len(restA)], b[:len(b)-len(restB)]), restA, restB
	}
	n, size := binary.Uvarint(a)
	m, sizeB := binary.Uvarint(b)
	a, b = a[size:], b[sizeB:]
	if t.Physical() == vector.Bytes {
		return bytes.Compare(a[:n], b[:m]), a[n:], b[m:]
	}
	for range min(n, m) {
		if c, a, b = orderParts(t.Elem, a, b); c != 0 {
			return c, nil, nil
		}
	}
	return cmp.Compare(n, m), a, b
}

// orderParts is orderPacked of values within others, which may be NULL: that is the smallest.
func orderParts(t *vector.Type, a, b []byte) (int, []byte, []byte) {
	if c := cmp.Compare(a[0], b[0]); c != 0 || a[0] == 0 {
		return c, a[1:], b[1:]
	}
	return orderPacked(t, a[1:], b[1:])
}

// behind returns what follows a packed value.
func behind(t *vector.Type, b []byte) []byte {
	part := func(t *vector.Type) {
		if b[0] == 0 {
			b = b[1:]
		} else {
			b = behind(t, b[1:])
		}
	}
	switch t.Physical() {
	case vector.Bool, vector.I8:
		return b[1:]
	case vector.I16:
		return b[2:]
	case vector.I32, vector.F32:
		return b[4:]
	case vector.I64, vector.F64:
		return b[8:]
	case vector.I128:
		return b[16:]
	case vector.Struct:
		for i := range t.Fields {
			part(&t.Fields[i].Type)
		}
		return b
	}
	n, size := binary.Uvarint(b)
	b = b[size:]
	switch t.Physical() {
	case vector.Bytes:
		return b[n:]
	case vector.List:
		for range n {
			part(t.Elem)
		}
		return b
	}
	key, value := t.Entry()
	for range n {
		part(&key)
		part(&value)
	}
	return b
}

// unpacker puts a column together value by value.
type unpacker struct {
	typ      vector.Type
	physical vector.Physical
	rows     int
	valid    vector.Bitmap // nil until the first NULL

	vector.Values
	offsets []int32
	data    []byte
	names   []string
	parts   []*unpacker
}

func newUnpacker(t vector.Type) *unpacker {
	u := &unpacker{typ: t, physical: t.Physical(), offsets: []int32{0}}
	switch u.physical {
	case vector.List:
		u.parts = []*unpacker{newUnpacker(*t.Elem)}
	case vector.Pairs:
		key, value := t.Entry()
		u.parts = []*unpacker{newUnpacker(key), newUnpacker(value)}
	case vector.Struct:
		for _, f := range t.Fields {
			u.names, u.parts = append(u.names, f.Name), append(u.parts, newUnpacker(f.Type))
		}
	}
	return u
}

// grown counts another value, which is not NULL.
func (u *unpacker) grown() {
	if u.valid != nil {
		if u.rows%8 == 0 {
			u.valid = append(u.valid, 0)
		}
		u.valid.Set(u.rows)
	}
	u.rows++
}

func (u *unpacker) null() {
	if u.valid == nil {
		u.valid = vector.NewBitmap(u.rows, true)
		if u.rows%8 > 0 {
			u.valid[len(u.valid)-1] &= 1<<(u.rows%8) - 1
		}
	}
	u.grown()
	u.valid.Clear(u.rows - 1)
	switch u.physical {
	case vector.Bool:
		u.bit(false)
	case vector.I8:
		u.I8 = append(u.I8, 0)
	case vector.I16:
		u.I16 = append(u.I16, 0)
	case vector.I32:
		u.I32 = append(u.I32, 0)
	case vector.I64:
		u.I64 = append(u.I64, 0)
	case vector.F32:
		u.F32 = append(u.F32, 0)
	case vector.F64:
		u.F64 = append(u.F64, 0)
	case vector.I128:
		u.I128 = append(u.I128, vector.Num128{})
	case vector.Bytes:
		u.offsets = append(u.offsets, int32(len(u.data)))
	case vector.List, vector.Pairs:
		u.offsets = append(u.offsets, int32(u.parts[0].rows))
	case vector.Struct:
		for _, p := range u.parts {
			p.null()
		}
	}
}

// bit adds a BOOLEAN; it is counted already.
func (u *unpacker) bit(v bool) {
	at := u.rows - 1
	if at%8 == 0 {
		u.Bits = append(u.Bits, 0)
	}
	if v {
		u.Bits.Set(at)
	}
}

// add takes a value off the start of b and returns what is behind it.
func (u *unpacker) add(b []byte) []byte {
	u.grown()
	switch u.physical {
	case vector.Bool:
		u.bit(b[0] != 0)
		return b[1:]
	case vector.I8:
		u.I8 = append(u.I8, int8(b[0]))
		return b[1:]
	case vector.I16:
		u.I16 = append(u.I16, int16(binary.LittleEndian.Uint16(b)))
		return b[2:]
	case vector.I32:
		u.I32 = append(u.I32, int32(binary.LittleEndian.Uint32(b)))
		return b[4:]
	case vector.I64:
		u.I64 = append(u.I64, int64(binary.LittleEndian.Uint64(b)))
		return b[8:]
	case vector.F32:
		u.F32 = append(u.F32, math.Float32frombits(binary.LittleEndian.Uint32(b)))
		return b[4:]
	case vector.F64:
		u.F64 = append(u.F64, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		return b[8:]
	case vector.I128:
		u.I128 = append(u.I128, vector.NewInt128(int64(binary.LittleEndian.Uint64(b[8:])), binary.LittleEndian.Uint64(b)))
		return b[16:]
	case vector.Struct:
		for _, p := range u.parts {
			b = p.part(b)
		}
		return b
	}
	n, size := binary.Uvarint(b)
	b = b[size:]
	if u.physical == vector.Bytes {
		u.data = append(u.data, b[:n]...)
		u.offsets = append(u.offsets, int32(len(u.data)))
		return b[n:]
	}
	for range n {
		for _, p := range u.parts {
			b = p.part(b)
		}
	}
	u.offsets = append(u.offsets, int32(u.parts[0].rows))
	return b
}

func (u *unpacker) part(b []byte) []byte {
	if b[0] == 0 {
		u.null()
		return b[1:]
	}
	return u.add(b[1:])
}

func (u *unpacker) column() vector.Column {
	if c, ok := u.Column(u.physical, u.rows, u.valid); ok {
		return c
	}
	if u.physical == vector.Bytes {
		return vector.NewBytes(u.offsets, u.data, u.valid, u.typ.IsBytes())
	}
	parts := make([]vector.Column, len(u.parts))
	for i, p := range u.parts {
		parts[i] = p.column()
	}
	return vector.NewNested(u.physical, u.offsets, u.names, parts, u.rows, u.valid)
}
