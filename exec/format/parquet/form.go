package parquet

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"weir/vector"
	"weir/vector/kernel"
)

// form is how values of a type are written.
type form struct {
	physical parquet.Type
	logical  schema.LogicalType // nil: none
	size     int                // of FIXED_LEN_BYTE_ARRAY
	write    leafWriter
}

// pick returns values[row] of each row that is not negative; rows nil: all, as they are.
func pick[T any](values []T, rows []int32) []T {
	if rows == nil {
		return values
	}
	out := make([]T, 0, len(rows))
	for _, r := range rows {
		if r >= 0 {
			out = append(out, values[r])
		}
	}
	return out
}

// writeInt32s is a leafWriter of values that become INT32.
func writeInt32s[T any](values func(vector.Column) []T, convert func(T) int32) leafWriter {
	return func(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
		picked := pick(values(col), rows)
		out := make([]int32, len(picked))
		for i, v := range picked {
			out[i] = convert(v)
		}
		_, err := w.(*file.Int32ColumnChunkWriter).WriteBatch(out, defs, reps)
		return err
	}
}

// writeInt64s is a leafWriter of values that become INT64, if they can.
func writeInt64s[T any](values func(vector.Column) []T, convert func(T) (int64, bool)) leafWriter {
	return func(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
		picked := pick(values(col), rows)
		out := make([]int64, len(picked))
		for i, v := range picked {
			var ok bool
			if out[i], ok = convert(v); !ok {
				return fmt.Errorf("a time is too far from 1970 for its unit; 'parquet.timestamp.time.unit' may be coarser")
			}
		}
		_, err := w.(*file.Int64ColumnChunkWriter).WriteBatch(out, defs, reps)
		return err
	}
}

// form returns how values of a type without parts are written.
func (s *shaper) form(t vector.Type) form {
	switch t.Kind {
	case vector.Boolean:
		return form{physical: parquet.Types.Boolean, write: writeBools}
	case vector.TinyInt:
		return form{parquet.Types.Int32, schema.NewIntLogicalType(8, true), 0, writeInt32s(vector.Column.Int8, func(v int8) int32 { return int32(v) })}
	case vector.SmallInt:
		return form{parquet.Types.Int32, schema.NewIntLogicalType(16, true), 0, writeInt32s(vector.Column.Int16, func(v int16) int32 { return int32(v) })}
	case vector.Int:
		return form{physical: parquet.Types.Int32, write: writeInt32s(vector.Column.Int32, func(v int32) int32 { return v })}
	case vector.Date:
		return form{parquet.Types.Int32, schema.DateLogicalType{}, 0, writeInt32s(vector.Column.Int32, func(v int32) int32 { return v })}
	case vector.TimeOfDay:
		return form{parquet.Types.Int32, schema.NewTimeLogicalType(true, schema.TimeUnitMillis), 0, writeInt32s(vector.Column.Int32, func(v int32) int32 { return v })}
	case vector.BigInt:
		return form{physical: parquet.Types.Int64, write: writeInt64s(vector.Column.Int64, func(v int64) (int64, bool) { return v, true })}
	case vector.Float:
		return form{physical: parquet.Types.Float, write: func(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
			_, err := w.(*file.Float32ColumnChunkWriter).WriteBatch(pick(col.Float32(), rows), defs, reps)
			return err
		}}
	case vector.Double:
		return form{physical: parquet.Types.Double, write: func(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
			_, err := w.(*file.Float64ColumnChunkWriter).WriteBatch(pick(col.Float64(), rows), defs, reps)
			return err
		}}
	case vector.Decimal:
		return decimalForm(t)
	case vector.Timestamp, vector.TimestampLTZ:
		return s.timeForm(t)
	case vector.Binary, vector.Varbinary:
		return form{physical: parquet.Types.ByteArray, write: writeBytes}
	}
	return form{parquet.Types.ByteArray, schema.StringLogicalType{}, 0, writeBytes}
}

func writeBools(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
	bits := col.Bools()
	out := make([]bool, col.Len())
	for i := range out {
		out[i] = bits.At(i)
	}
	_, err := w.(*file.BooleanColumnChunkWriter).WriteBatch(pick(out, rows), defs, reps)
	return err
}

func writeBytes(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
	s := col.Strings()
	var out []parquet.ByteArray
	if rows == nil {
		out = make([]parquet.ByteArray, col.Len())
		for i := range out {
			out[i] = s.At(i)
		}
	} else {
		out = make([]parquet.ByteArray, 0, len(rows))
		for _, r := range rows {
			if r >= 0 {
				out = append(out, s.At(int(r)))
			}
		}
	}
	_, err := w.(*file.ByteArrayColumnChunkWriter).WriteBatch(out, defs, reps)
	return err
}

// The digits that integers of 4 and 8 bytes hold.
const (
	digits32 = 9
	digits64 = 18
)

// decimalForm: unscaled, in the shortest form that holds the type's digits.
func decimalForm(t vector.Type) form {
	logical := schema.NewDecimalLogicalType(int32(t.Precision), int32(t.Scale))
	switch {
	case t.Precision <= digits32:
		return form{parquet.Types.Int32, logical, 0, writeInt32s(vector.Column.Int128, func(v vector.Num128) int32 { return int32(v.LowBits()) })}
	case t.Precision <= digits64:
		return form{parquet.Types.Int64, logical, 0, writeInt64s(vector.Column.Int128, func(v vector.Num128) (int64, bool) { return int64(v.LowBits()), true })}
	}
	size := decimalBytes(t.Precision)
	return form{parquet.Types.FixedLenByteArray, logical, size, func(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
		picked := pick(col.Int128(), rows)
		text := make([]byte, 0, 16*len(picked))
		out := make([]parquet.FixedLenByteArray, len(picked))
		for i, v := range picked {
			text = binary.BigEndian.AppendUint64(text, uint64(v.HighBits()))
			text = binary.BigEndian.AppendUint64(text, v.LowBits())
			out[i] = text[len(text)-size:]
		}
		_, err := w.(*file.FixedLenByteArrayColumnChunkWriter).WriteBatch(out, defs, reps)
		return err
	}}
}

// decimalBytes is how many bytes numbers of so many digits take with their sign.
func decimalBytes(precision int) int {
	most := vector.Int128(1)
	for range precision {
		most = most.Mul(vector.Int128(10))
	}
	return most.BigInt().BitLen()/8 + 1
}

// timeForm: integers in the unit that holds the type's digits, or another that was asked for, or INT96.
func (s *shaper) timeForm(t vector.Type) form {
	if s.int96 {
		return form{physical: parquet.Types.Int96, write: int96Writer(t)}
	}
	digits := s.digits
	if digits == 0 {
		digits = []int{3, 3, 3, 3, 6, 6, 6, 9, 9, 9}[t.Precision]
	}
	unit := map[int]schema.TimeUnitType{3: schema.TimeUnitMillis, 6: schema.TimeUnitMicros, 9: schema.TimeUnitNanos}[digits]
	// forced: so that readers who know nothing newer take local times for times, too.
	logical := schema.NewTimestampLogicalTypeForce(t.Kind == vector.TimestampLTZ, unit)
	if t.Precision > 6 {
		return form{parquet.Types.Int64, logical, 0, writeInt64s(vector.Column.Int128, func(v vector.Num128) (int64, bool) {
			if digits < 9 {
				return kernel.FloorDiv(v.HighBits(), powers[6-digits]), true
			}
			out := v.HighBits()*1000 + int64(v.LowBits())
			return out, kernel.FloorDiv(out, 1000) == v.HighBits()
		})}
	}
	stored := 3
	if t.Precision > 3 {
		stored = 6
	}
	return form{parquet.Types.Int64, logical, 0, writeInt64s(vector.Column.Int64, func(v int64) (int64, bool) {
		if digits <= stored {
			return kernel.FloorDiv(v, powers[stored-digits]), true
		}
		out := v * powers[digits-stored]
		return out, out/powers[digits-stored] == v
	})}
}

// int96Writer writes times as nanoseconds of the day and the Julian day.
func int96Writer(t vector.Type) leafWriter {
	return func(w file.ColumnChunkWriter, col vector.Column, rows []int32, defs, reps []int16) error {
		var out []parquet.Int96
		add := func(micros, nanos int64) {
			var v parquet.Int96
			binary.LittleEndian.PutUint64(v[:], uint64(kernel.FloorMod(micros, dayMicros)*1000+nanos))
			binary.LittleEndian.PutUint32(v[8:], uint32(kernel.FloorDiv(micros, dayMicros)+julianDay))
			out = append(out, v)
		}
		switch {
		case t.Precision > 6:
			for _, v := range pick(col.Int128(), rows) {
				add(v.HighBits(), int64(v.LowBits()))
			}
		case t.Precision > 3:
			for _, v := range pick(col.Int64(), rows) {
				add(v, 0)
			}
		default:
			for _, v := range pick(col.Int64(), rows) {
				add(v*1000, 0)
			}
		}
		_, err := w.(*file.Int96ColumnChunkWriter).WriteBatch(out, defs, reps)
		return err
	}
}
