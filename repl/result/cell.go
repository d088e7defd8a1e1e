package result

import (
	"strconv"
	"time"

	"weir/vector"
	"weir/vector/kernel"
)

// cell gives the text of one column of a batch, as the tableau shows values.
type cell struct {
	valid vector.Validity
	// text appends the value of a row that is not NULL.
	text func(dst []byte, row int) []byte
	// plain says that no text has a quote, a comma, a control character or a space at its ends.
	plain bool
	typ   vector.Type
	col   vector.Column
}

// cells prepares the columns of a batch: the switch on the type happens here, once per batch.
func cells(dst []cell, b vector.Batch, columns []vector.Field, zone *time.Location) []cell {
	dst = dst[:0]
	for i, c := range b.Columns {
		dst = append(dst, newCell(c, columns[i].Type, zone))
	}
	return dst
}

func newCell(c vector.Column, t vector.Type, zone *time.Location) cell {
	k := cell{valid: c.Validity(), typ: t, col: c}
	switch {
	case t.Kind == vector.TinyInt:
		k.plain, k.text = true, integers(c.Int8())
	case t.Kind == vector.SmallInt:
		k.plain, k.text = true, integers(c.Int16())
	case t.Kind == vector.Int:
		k.plain, k.text = true, integers(c.Int32())
	case t.Kind == vector.BigInt:
		k.plain, k.text = true, integers(c.Int64())
	case t.IsString():
		s := c.Strings()
		k.text = func(dst []byte, row int) []byte { return append(dst, s.At(row)...) }
	default:
		k.plain = t.Physical() < vector.Bytes
		k.text = func(dst []byte, row int) []byte { return kernel.AppendText(dst, c, t, row, zone) }
	}
	return k
}

func integers[T int8 | int16 | int32 | int64](values []T) func([]byte, int) []byte {
	return func(dst []byte, row int) []byte { return strconv.AppendInt(dst, int64(values[row]), 10) }
}
