package vector

// Values are the values of a column that is being made: of these slices the one of its physical type.
type Values struct {
	Bits Bitmap
	I8   []int8
	I16  []int16
	I32  []int32
	I64  []int64
	F32  []float32
	F64  []float64
	I128 []Num128
}

// Column makes a column of the first rows values, which it keeps. ok is false for a physical type whose values are none
// of these: bytes, and those with parts.
func (v *Values) Column(p Physical, rows int, valid Bitmap) (c Column, ok bool) {
	switch p {
	case Bool:
		return NewBools(v.Bits, rows, valid), true
	case I8:
		return NewColumn(v.I8[:rows:rows], valid), true
	case I16:
		return NewColumn(v.I16[:rows:rows], valid), true
	case I32:
		return NewColumn(v.I32[:rows:rows], valid), true
	case I64:
		return NewColumn(v.I64[:rows:rows], valid), true
	case F32:
		return NewColumn(v.F32[:rows:rows], valid), true
	case F64:
		return NewColumn(v.F64[:rows:rows], valid), true
	case I128:
		return NewColumn(v.I128[:rows:rows], valid), true
	}
	return Column{}, false
}

// NewNested makes a column of values with parts: a List of its elements, Pairs of keys and values, a Struct of its
// fields, which have names. Only a Struct has no offsets.
func NewNested(p Physical, offsets []int32, names []string, parts []Column, rows int, valid Bitmap) Column {
	switch p {
	case List:
		return NewList(offsets, parts[0], valid)
	case Pairs:
		return NewPairs(offsets, parts[0], parts[1], valid)
	}
	return NewStruct(names, parts, rows, valid)
}
