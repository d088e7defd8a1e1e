package format

import (
	"encoding/base64"
	"math"
	"strconv"

	"weir/vector"
	"weir/vector/kernel"
)

// CellStyle is how a text format writes values. One writer owns it.
type CellStyle struct {
	Before, After string // around every value
	Null          string // the whole cell of a NULL: neither Before nor After
	Quote         string // around dates, times and binaries, and around NaN and Infinity
	ISO           bool   // T between date and time
	// String appends a string as the format writes it.
	String func(dst, value []byte) []byte
}

// Cells is the text of a column's values, row by row. Formatting column by column keeps the switch on the type out of
// the loop over rows; writing a row is then copying its cells.
type Cells struct {
	Text []byte
	Ends []int32
}

// At returns the cell of a row; valid until the next Encode.
func (c *Cells) At(row int) []byte {
	from := int32(0)
	if row > 0 {
		from = c.Ends[row-1]
	}
	return c.Text[from:c.Ends[row]]
}

// Between returns the cells of rows from..to-1, which lie one behind the other.
func (c *Cells) Between(from, to int) []byte {
	if from == to {
		return nil
	}
	begin := int32(0)
	if from > 0 {
		begin = c.Ends[from-1]
	}
	return c.Text[begin:c.Ends[to-1]]
}

// Reset empties the cells and makes room for rows.
func (c *Cells) Reset(rows int) {
	c.Text = c.Text[:0]
	if cap(c.Ends) < rows {
		c.Ends = make([]int32, 0, rows)
	}
	c.Ends = c.Ends[:0]
}

// End ends the cell that was appended to Text.
func (c *Cells) End() { c.Ends = append(c.Ends, int32(len(c.Text))) }

// Encode replaces the cells by those of a column of type t, which has no parts (no ARRAY, MAP, ROW). An interval is
// its number of months or milliseconds, an instant is shown in UTC with a Z, as Flink's formats do.
func (c *Cells) Encode(col vector.Column, t vector.Type, s *CellStyle) {
	c.Reset(col.Len())
	v := col.Validity()
	switch t.Kind {
	case vector.TinyInt:
		encodeInts(c, col.Int8(), v, s)
	case vector.SmallInt:
		encodeInts(c, col.Int16(), v, s)
	case vector.Int, vector.IntervalMonth:
		encodeInts(c, col.Int32(), v, s)
	case vector.BigInt, vector.IntervalSecond:
		encodeInts(c, col.Int64(), v, s)
	case vector.Boolean:
		c.bools(col, v, s)
	case vector.Float:
		c.floats(col.Float32(), v, s)
	case vector.Double:
		c.doubles(col.Float64(), v, s)
	case vector.Decimal:
		for i, x := range col.Int128() {
			if c.begin(v, i, s) {
				c.Text = kernel.AppendDecimal(c.Text, x, t.Scale)
				c.Text = append(c.Text, s.After...)
			}
			c.End()
		}
	case vector.Char, vector.Varchar:
		c.strings(col.Strings(), col.Len(), v, s)
	case vector.Binary, vector.Varbinary:
		b := col.Strings()
		for i := range col.Len() {
			if c.beginQuoted(v, i, s) {
				c.Text = base64.StdEncoding.AppendEncode(c.Text, b.At(i))
				c.endQuoted(s)
			}
			c.End()
		}
	case vector.Date:
		for i, x := range col.Int32() {
			if c.beginQuoted(v, i, s) {
				c.Text = kernel.AppendDate(c.Text, int64(x))
				c.endQuoted(s)
			}
			c.End()
		}
	case vector.TimeOfDay:
		for i, x := range col.Int32() {
			if c.beginQuoted(v, i, s) {
				c.Text = kernel.AppendTime(c.Text, int64(x), t.Precision)
				c.endQuoted(s)
			}
			c.End()
		}
	case vector.Timestamp, vector.TimestampLTZ:
		c.timestamps(col, t, v, s)
	default:
		panic("format: no text for type " + t.String())
	}
}

// begin appends what comes before a value; a NULL it appends whole, and returns false.
func (c *Cells) begin(v vector.Validity, row int, s *CellStyle) bool {
	if !v.At(row) {
		c.Text = append(c.Text, s.Null...)
		return false
	}
	c.Text = append(c.Text, s.Before...)
	return true
}

func (c *Cells) beginQuoted(v vector.Validity, row int, s *CellStyle) bool {
	if !c.begin(v, row, s) {
		return false
	}
	c.Text = append(c.Text, s.Quote...)
	return true
}

func (c *Cells) endQuoted(s *CellStyle) {
	c.Text = append(c.Text, s.Quote...)
	c.Text = append(c.Text, s.After...)
}

func encodeInts[T int8 | int16 | int32 | int64](c *Cells, values []T, v vector.Validity, s *CellStyle) {
	for i, x := range values {
		if c.begin(v, i, s) {
			c.Text = strconv.AppendInt(c.Text, int64(x), 10)
			c.Text = append(c.Text, s.After...)
		}
		c.End()
	}
}

func (c *Cells) bools(col vector.Column, v vector.Validity, s *CellStyle) {
	bits := col.Bools()
	for i := range col.Len() {
		if c.begin(v, i, s) {
			if bits.At(i) {
				c.Text = append(c.Text, "true"...)
			} else {
				c.Text = append(c.Text, "false"...)
			}
			c.Text = append(c.Text, s.After...)
		}
		c.End()
	}
}

func (c *Cells) doubles(values []float64, v vector.Validity, s *CellStyle) {
	for i, x := range values {
		if c.begin(v, i, s) {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				c.Text = append(c.Text, s.Quote...)
				c.Text = kernel.AppendDouble(c.Text, x)
				c.Text = append(c.Text, s.Quote...)
			} else {
				c.Text = kernel.AppendDouble(c.Text, x)
			}
			c.Text = append(c.Text, s.After...)
		}
		c.End()
	}
}

func (c *Cells) floats(values []float32, v vector.Validity, s *CellStyle) {
	for i, x := range values {
		if c.begin(v, i, s) {
			if d := float64(x); math.IsNaN(d) || math.IsInf(d, 0) {
				c.Text = append(c.Text, s.Quote...)
				c.Text = kernel.AppendFloat(c.Text, x)
				c.Text = append(c.Text, s.Quote...)
			} else {
				c.Text = kernel.AppendFloat(c.Text, x)
			}
			c.Text = append(c.Text, s.After...)
		}
		c.End()
	}
}

func (c *Cells) strings(b vector.Strings, n int, v vector.Validity, s *CellStyle) {
	for i := range n {
		if c.begin(v, i, s) {
			c.Text = s.String(c.Text, b.At(i))
			c.Text = append(c.Text, s.After...)
		}
		c.End()
	}
}

func (c *Cells) timestamps(col vector.Column, t vector.Type, v vector.Validity, s *CellStyle) {
	zone := ""
	if t.Kind == vector.TimestampLTZ {
		zone = "Z"
	}
	separator := byte(' ')
	if s.ISO {
		separator = 'T'
	}
	if t.Precision > 6 {
		for i, x := range col.Int128() {
			if c.beginQuoted(v, i, s) {
				from := len(c.Text)
				c.Text = kernel.AppendTimestamp128(c.Text, x, t.Precision)
				c.endMoment(from, separator, zone, s)
			}
			c.End()
		}
		return
	}
	// Rows come in about the order of time: most are of the second of the row before, and so is their text up to the point.
	var before []byte
	second := int64(0)
	for i, x := range col.Int64() {
		if c.beginQuoted(v, i, s) {
			from := len(c.Text)
			if ms := x - second*1000; before != nil && ms >= 0 && ms < 1000 {
				c.Text = append(c.Text, before...)
				c.Text = append(c.Text, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
			} else {
				c.Text = kernel.AppendTimestamp(c.Text, x, t.Precision)
				if t.Precision == 3 {
					second, before = kernel.FloorDiv(x, 1000), append(before[:0], c.Text[from:len(c.Text)-3]...)
				}
			}
			c.endMoment(from, separator, zone, s)
		}
		c.End()
	}
}

// endMoment puts the separator between date and time of the timestamp at Text[from:] and ends it.
func (c *Cells) endMoment(from int, separator byte, zone string, s *CellStyle) {
	if separator != ' ' {
		for k := from; k < len(c.Text); k++ {
			if c.Text[k] == ' ' {
				c.Text[k] = separator
				break
			}
		}
	}
	c.Text = append(c.Text, zone...)
	c.endQuoted(s)
}
