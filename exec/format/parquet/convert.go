package parquet

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"weir/vector"
	"weir/vector/kernel"
)

// newValues makes the collector of a leaf's values that reads them as type t; nil: they can't be read so. coded: it may
// be a dictionary column.
func newValues(n *schema.PrimitiveNode, t vector.Type, coded bool) values {
	switch t.Kind {
	case vector.Boolean:
		if n.PhysicalType() == parquet.Types.Boolean {
			return &bools{}
		}
	case vector.TinyInt:
		return integers[int8](n, t)
	case vector.SmallInt:
		return integers[int16](n, t)
	case vector.Int:
		return integers[int32](n, t)
	case vector.BigInt:
		return integers[int64](n, t)
	case vector.Float:
		if n.PhysicalType() == parquet.Types.Float {
			return kept(4, decodeFloats)
		}
	case vector.Double:
		switch n.PhysicalType() {
		case parquet.Types.Double:
			return kept(8, decodeDoubles)
		case parquet.Types.Float:
			return converted(4, decodeFloats, func(dst []float64, src []float32) error {
				for i, v := range src {
					dst[i] = float64(v)
				}
				return nil
			})
		}
	case vector.Decimal:
		return decimals(n, t)
	case vector.Char, vector.Varchar:
		if n.PhysicalType() == parquet.Types.ByteArray {
			return newTexts(false, coded, 0)
		}
	case vector.Binary, vector.Varbinary:
		switch n.PhysicalType() {
		case parquet.Types.ByteArray:
			return newTexts(true, false, 0)
		case parquet.Types.FixedLenByteArray:
			if n.TypeLength() > 0 {
				return newTexts(true, false, n.TypeLength())
			}
		}
	case vector.Date:
		if n.PhysicalType() == parquet.Types.Int32 {
			switch n.LogicalType().(type) {
			case schema.DateLogicalType, schema.NoLogicalType, schema.UnknownLogicalType, nil:
				return keptDelta(4, decodeInt32s)
			}
		}
	case vector.TimeOfDay:
		return timesOfDay(n, t)
	case vector.Timestamp, vector.TimestampLTZ:
		return timestamps(n, t)
	}
	return nil
}

// kept makes a collector whose values are the column's as they are.
func kept[F number](size int, decode func([]F, []byte)) *numbers[F] {
	return &numbers[F]{size: size, decode: decode, keeps: true, finish: func(out []F, valid vector.Bitmap, n int) (vector.Column, error) {
		return vector.NewColumn(spread(out, valid, n), valid), nil
	}}
}

func keptDelta[F number](size int, decode func([]F, []byte)) *numbers[F] {
	v := kept(size, decode)
	v.delta = true
	return v
}

// converted makes a collector whose values become others.
func converted[F number, T vector.Fixed](size int, decode func([]F, []byte), convert func(dst []T, src []F) error) *numbers[F] {
	return &numbers[F]{size: size, decode: decode, finish: func(out []F, valid vector.Bitmap, n int) (vector.Column, error) {
		dst := make([]T, len(out), n)
		if err := convert(dst, out); err != nil {
			return vector.Column{}, err
		}
		return vector.NewColumn(spread(dst, valid, n), valid), nil
	}}
}

func convertedDelta[F number, T vector.Fixed](size int, decode func([]F, []byte), convert func(dst []T, src []F) error) *numbers[F] {
	v := converted(size, decode, convert)
	v.delta = true
	return v
}

// The plain form of values, which is little-endian.

func decodeInt32s(dst []int32, data []byte) {
	data = data[:4*len(dst)]
	for i := range dst {
		dst[i] = int32(binary.LittleEndian.Uint32(data[4*i:]))
	}
}

func decodeInt64s(dst []int64, data []byte) {
	data = data[:8*len(dst)]
	for i := range dst {
		dst[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
	}
}

func decodeFloats(dst []float32, data []byte) {
	data = data[:4*len(dst)]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
}

func decodeDoubles(dst []float64, data []byte) {
	data = data[:8*len(dst)]
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
}

// decodeBig decodes big-endian integers of so many bytes, at most 16; 0: the one number is all of data.
func decodeBig(size int) func([]vector.Num128, []byte) {
	return func(dst []vector.Num128, data []byte) {
		size := size
		if size == 0 {
			size = len(data)
		}
		for i := range dst {
			value := data[i*size : (i+1)*size]
			var word [16]byte
			if size > 0 && value[0]&0x80 != 0 {
				for k := range word[:16-size] {
					word[k] = 0xff
				}
			}
			copy(word[16-size:], value)
			dst[i] = vector.NewInt128(int64(binary.BigEndian.Uint64(word[:])), binary.BigEndian.Uint64(word[8:]))
		}
	}
}

const (
	int96Bytes = 12
	julianDay  = 2440588 // of 1970-01-01
	dayMicros  = 86400 * 1_000_000
)

// decodeInt96s decodes times as Hive and Spark once wrote them: nanoseconds of the day, then the Julian day. They
// become what TIMESTAMP(9) is stored as.
func decodeInt96s(dst []vector.Num128, data []byte) {
	for i := range dst {
		nanos := int64(binary.LittleEndian.Uint64(data[int96Bytes*i:]))
		day := int64(int32(binary.LittleEndian.Uint32(data[int96Bytes*i+8:]))) - julianDay
		dst[i] = vector.NewInt128(day*dayMicros+kernel.FloorDiv(nanos, 1000), uint64(kernel.FloorMod(nanos, 1000)))
	}
}

// integers reads integers as a narrower, equal or wider type.
func integers[T int8 | int16 | int32 | int64](n *schema.PrimitiveNode, t vector.Type) values {
	unsigned := false
	switch l := n.LogicalType().(type) {
	case *schema.IntLogicalType:
		unsigned = !l.IsSigned()
	case *schema.DecimalLogicalType:
		if l.Scale() != 0 {
			return nil
		}
	}
	switch n.PhysicalType() {
	case parquet.Types.Int32:
		if _, same := any(T(0)).(int32); same && !unsigned {
			return keptDelta(4, decodeInt32s)
		}
		return convertedDelta(4, decodeInt32s, func(dst []T, src []int32) error {
			for i, x := range src {
				v := int64(x)
				if unsigned {
					v = int64(uint32(x))
				}
				if dst[i] = T(v); int64(dst[i]) != v {
					return notA(v, t)
				}
			}
			return nil
		})
	case parquet.Types.Int64:
		if _, same := any(T(0)).(int64); same && !unsigned {
			return keptDelta(8, decodeInt64s)
		}
		return convertedDelta(8, decodeInt64s, func(dst []T, src []int64) error {
			for i, v := range src {
				if unsigned && v < 0 {
					return notA(uint64(v), t)
				}
				if dst[i] = T(v); int64(dst[i]) != v {
					return notA(v, t)
				}
			}
			return nil
		})
	}
	return nil
}

func notA(v any, t vector.Type) error { return fmt.Errorf("%v is not a value of type %s", v, t.Name()) }

// decimals reads unscaled numbers at the type's scale, which must not be smaller than theirs.
func decimals(n *schema.PrimitiveNode, t vector.Type) values {
	scale, precision := 0, vector.MaxDecimal
	l, ok := n.LogicalType().(*schema.DecimalLogicalType)
	if ok {
		scale, precision = int(l.Scale()), int(l.Precision())
	}
	integer, _ := n.LogicalType().(*schema.IntLogicalType)
	unsigned := integer != nil && !integer.IsSigned()
	if scale > t.Scale || scale < 0 {
		return nil
	}
	same := scale == t.Scale && precision <= t.Precision
	rescale := func(v vector.Num128) (vector.Num128, error) {
		if same {
			return v, nil
		}
		out, ok := kernel.DecimalRescale(v, scale, t.Precision, t.Scale)
		if !ok {
			return out, notA(string(kernel.AppendDecimal(nil, v, scale)), t)
		}
		return out, nil
	}
	switch n.PhysicalType() {
	case parquet.Types.Int32:
		return convertedDelta(4, decodeInt32s, func(dst []vector.Num128, src []int32) (err error) {
			for i, v := range src {
				x := vector.Int128(int64(v))
				if unsigned {
					x = vector.Int128(int64(uint32(v)))
				}
				if dst[i], err = rescale(x); err != nil {
					return err
				}
			}
			return nil
		})
	case parquet.Types.Int64:
		return convertedDelta(8, decodeInt64s, func(dst []vector.Num128, src []int64) (err error) {
			for i, v := range src {
				x := vector.Int128(v)
				if unsigned {
					x = vector.NewInt128(0, uint64(v))
				}
				if dst[i], err = rescale(x); err != nil {
					return err
				}
			}
			return nil
		})
	case parquet.Types.FixedLenByteArray, parquet.Types.ByteArray:
		size := 0
		if n.PhysicalType() == parquet.Types.FixedLenByteArray {
			if size = n.TypeLength(); size < 1 || size > 16 {
				return nil
			}
		}
		if !ok {
			return nil
		}
		if same {
			return kept(size, decodeBig(size))
		}
		return converted(size, decodeBig(size), func(dst, src []vector.Num128) (err error) {
			for i, v := range src {
				if dst[i], err = rescale(v); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// timesOfDay reads TIME, cut to the type's precision.
func timesOfDay(n *schema.PrimitiveNode, t vector.Type) values {
	unit := int64(1) // of the file in a millisecond
	switch l := n.LogicalType().(type) {
	case *schema.TimeLogicalType:
		switch l.TimeUnit() {
		case schema.TimeUnitMicros:
			unit = 1000
		case schema.TimeUnitNanos:
			unit = 1_000_000
		}
	case schema.NoLogicalType, schema.UnknownLogicalType, nil:
	default:
		return nil
	}
	cut := powers[3-min(t.Precision, 3)]
	convert := func(v int64) (int32, error) {
		ms := kernel.FloorDiv(v, unit)
		if ms < 0 || ms >= dayMicros/1000 {
			return 0, notA(v, t)
		}
		return int32(ms - ms%cut), nil
	}
	switch n.PhysicalType() {
	case parquet.Types.Int32:
		return convertedDelta(4, decodeInt32s, func(dst []int32, src []int32) (err error) {
			for i, v := range src {
				if dst[i], err = convert(int64(v)); err != nil {
					return err
				}
			}
			return nil
		})
	case parquet.Types.Int64:
		return convertedDelta(8, decodeInt64s, func(dst []int32, src []int64) (err error) {
			for i, v := range src {
				if dst[i], err = convert(v); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

var powers = [...]int64{1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000}

// timestamps reads TIMESTAMP and TIMESTAMP_LTZ, cut to the type's precision. Local times are taken as they are, and so
// are instants: in UTC.
func timestamps(n *schema.PrimitiveNode, t vector.Type) values {
	if n.PhysicalType() == parquet.Types.Int96 {
		return int96s(t)
	}
	l, ok := n.LogicalType().(*schema.TimestampLogicalType)
	if !ok || n.PhysicalType() != parquet.Types.Int64 {
		return nil
	}
	digits := 3
	switch l.TimeUnit() {
	case schema.TimeUnitMicros:
		digits = 6
	case schema.TimeUnitNanos:
		digits = 9
	}
	if t.Precision > 6 {
		return convertedDelta(8, decodeInt64s, func(dst []vector.Num128, src []int64) error {
			nanos := powers[9-digits]
			cut := powers[9-t.Precision]
			for i, v := range src {
				micros, rest := v, int64(0)
				switch {
				case digits == 9:
					micros, rest = kernel.FloorDiv(v, 1000), kernel.FloorMod(v, 1000)
				case nanos > 1000:
					if micros = v * 1000; micros/1000 != v {
						return notA(v, t)
					}
				}
				dst[i] = vector.NewInt128(micros, uint64(rest-rest%cut))
			}
			return nil
		})
	}
	stored := 3
	if t.Precision > 3 {
		stored = 6
	}
	divide, multiply := int64(1), int64(1)
	if t.Precision >= digits {
		multiply = powers[stored-digits]
	} else {
		divide, multiply = powers[digits-t.Precision], powers[stored-t.Precision]
	}
	switch {
	case divide == 1 && multiply == 1:
		return keptDelta(8, decodeInt64s)
	case divide == 1000 && multiply == 1:
		return convertedDelta(8, decodeInt64s, func(dst, src []int64) error {
			for i, v := range src {
				q := v / 1000
				if v%1000 < 0 {
					q--
				}
				dst[i] = q
			}
			return nil
		})
	}
	return convertedDelta(8, decodeInt64s, func(dst, src []int64) error {
		for i, v := range src {
			q := kernel.FloorDiv(v, divide)
			if dst[i] = q * multiply; dst[i]/multiply != q {
				return notA(v, t)
			}
		}
		return nil
	})
}

// int96s reads times of the old form.
func int96s(t vector.Type) values {
	if t.Precision > 6 {
		cut := uint64(powers[9-t.Precision])
		return converted(int96Bytes, decodeInt96s, func(dst, src []vector.Num128) error {
			for i, v := range src {
				dst[i] = vector.NewInt128(v.HighBits(), v.LowBits()-v.LowBits()%cut)
			}
			return nil
		})
	}
	stored := 3
	if t.Precision > 3 {
		stored = 6
	}
	divide, multiply := powers[6-t.Precision], powers[stored-t.Precision]
	return converted(int96Bytes, decodeInt96s, func(dst []int64, src []vector.Num128) error {
		for i, v := range src {
			dst[i] = kernel.FloorDiv(v.HighBits(), divide) * multiply
		}
		return nil
	})
}
