package kernel

import (
	"strconv"
	"time"

	"weir/vector"
)

const hexDigits = "0123456789abcdef"

// AppendText appends the value of a row, which is not NULL, as Flink's client prints it. Instants are shown in zone;
// nil is UTC.
func AppendText(dst []byte, c vector.Column, t vector.Type, row int, zone *time.Location) []byte {
	switch t.Kind {
	case vector.Boolean:
		if c.Bool(row) {
			return append(dst, "TRUE"...)
		}
		return append(dst, "FALSE"...)
	case vector.TinyInt:
		return strconv.AppendInt(dst, int64(c.Int8()[row]), 10)
	case vector.SmallInt:
		return strconv.AppendInt(dst, int64(c.Int16()[row]), 10)
	case vector.Int:
		return strconv.AppendInt(dst, int64(c.Int32()[row]), 10)
	case vector.BigInt:
		return strconv.AppendInt(dst, c.Int64()[row], 10)
	case vector.Float:
		return AppendFloat(dst, c.Float32()[row])
	case vector.Double:
		return AppendDouble(dst, c.Float64()[row])
	case vector.Decimal:
		return AppendDecimal(dst, c.Int128()[row], t.Scale)
	case vector.Char, vector.Varchar:
		return append(dst, c.Strings().At(row)...)
	case vector.Binary, vector.Varbinary:
		dst = append(dst, 'x', '\'')
		for _, b := range c.Strings().At(row) {
			dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
		}
		return append(dst, '\'')
	case vector.Date:
		return AppendDate(dst, int64(c.Int32()[row]))
	case vector.TimeOfDay:
		return AppendTime(dst, int64(c.Int32()[row]), t.Precision)
	case vector.Timestamp:
		if t.Precision > 6 {
			return AppendTimestamp128(dst, c.Int128()[row], t.Precision)
		}
		return AppendTimestamp(dst, c.Int64()[row], t.Precision)
	case vector.TimestampLTZ:
		if t.Precision > 6 {
			v := c.Int128()[row]
			return AppendTimestamp128(dst, NewDecimal128(v.HighBits()+offset(v.HighBits(), MicrosPerSecond, zone), v.LowBits()), t.Precision)
		}
		v := c.Int64()[row]
		return AppendTimestamp(dst, v+offset(v, UnitsPerSecond(t.Precision), zone), t.Precision)
	case vector.IntervalMonth:
		return AppendMonths(dst, c.Int32()[row])
	case vector.IntervalSecond:
		return AppendMillis(dst, c.Int64()[row])
	case vector.Array:
		offsets, elems := c.List()
		dst = append(dst, '[')
		for k := offsets[row]; k < offsets[row+1]; k++ {
			if k > offsets[row] {
				dst = append(dst, ',', ' ')
			}
			dst = appendNullable(dst, elems, *t.Elem, int(k), zone)
		}
		return append(dst, ']')
	case vector.Map, vector.Multiset:
		offsets, keys, values := c.Pairs()
		key, value := t.Entry()
		dst = append(dst, '{')
		for k := offsets[row]; k < offsets[row+1]; k++ {
			if k > offsets[row] {
				dst = append(dst, ',', ' ')
			}
			dst = appendNullable(dst, keys, key, int(k), zone)
			dst = append(dst, '=')
			dst = appendNullable(dst, values, value, int(k), zone)
		}
		return append(dst, '}')
	case vector.Row:
		dst = append(dst, '(')
		for i, f := range t.Fields {
			if i > 0 {
				dst = append(dst, ',', ' ')
			}
			dst = appendNullable(dst, c.Field(i), f.Type, row, zone)
		}
		return append(dst, ')')
	}
	return append(dst, "NULL"...)
}

// offset returns how far local time is ahead of UTC at an instant, in its units.
func offset(instant, perSecond int64, zone *time.Location) int64 {
	if zone == nil || zone == time.UTC {
		return 0
	}
	_, seconds := time.Unix(FloorDiv(instant, perSecond), 0).In(zone).Zone()
	return int64(seconds) * perSecond
}

func appendNullable(dst []byte, c vector.Column, t vector.Type, row int, zone *time.Location) []byte {
	if c.IsNull(row) {
		return append(dst, "NULL"...)
	}
	return AppendText(dst, c, t, row, zone)
}
