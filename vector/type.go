// Package vector is the face that Arrow shows the rest of weir: types, immutable columns and batches of rows.
package vector

import (
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
)

// Kind is a SQL type without its parameters.
type Kind uint8

// The kinds of SQL types. Time is TIME, IntervalMonth is any year-month interval, IntervalSecond any day-time one.
const (
	Invalid Kind = iota
	Null         // the bare NULL literal, before it has met a type
	Boolean
	TinyInt
	SmallInt
	Int
	BigInt
	Float
	Double
	Decimal
	Char
	Varchar
	Binary
	Varbinary
	Date
	TimeOfDay
	Timestamp
	TimestampLTZ
	IntervalMonth
	IntervalSecond
	Array
	Map
	Row
	Multiset
)

// MaxLength is the length of STRING and BYTES, which are VARCHAR(MaxLength) and VARBINARY(MaxLength).
const MaxLength = 1<<31 - 1

// MaxDecimal is the largest precision of DECIMAL.
const MaxDecimal = 38

// Type is a SQL type. Compare with Equal; the zero value is Invalid.
type Type struct {
	Kind      Kind
	Nullable  bool
	Precision int     // DECIMAL: digits; CHAR, VARCHAR, BINARY, VARBINARY: length; TIME, TIMESTAMP…: fractional digits; intervals: leading digits
	Scale     int     // DECIMAL: digits behind the point; IntervalSecond: fractional digits
	Rowtime   bool    // an event-time attribute, printed *ROWTIME*
	Proctime  bool    // a processing-time attribute, printed *PROCTIME*
	Unit      string  // intervals: the SQL qualifier as printed, e.g. "DAY(2) TO SECOND(3)"; empty prints the default
	Elem      *Type   // ARRAY, MULTISET: element; MAP: value
	Key       *Type   // MAP: key
	Fields    []Field // ROW
}

// Field is a named type: a field of a ROW, a column of a schema.
type Field struct {
	Name    string
	Type    Type
	Comment string // of a field of a ROW; it makes no other type
}

// Constructors of the common types, all nullable; see NotNull.
var (
	BooleanType  = Type{Kind: Boolean, Nullable: true}
	TinyIntType  = Type{Kind: TinyInt, Nullable: true}
	SmallIntType = Type{Kind: SmallInt, Nullable: true}
	IntType      = Type{Kind: Int, Nullable: true}
	BigIntType   = Type{Kind: BigInt, Nullable: true}
	FloatType    = Type{Kind: Float, Nullable: true}
	DoubleType   = Type{Kind: Double, Nullable: true}
	StringType   = Type{Kind: Varchar, Precision: MaxLength, Nullable: true}
	BytesType    = Type{Kind: Varbinary, Precision: MaxLength, Nullable: true}
	DateType     = Type{Kind: Date, Nullable: true}
	TimeType     = Type{Kind: TimeOfDay, Nullable: true}
)

// DecimalType returns DECIMAL(precision, scale).
func DecimalType(precision, scale int) Type {
	return Type{Kind: Decimal, Precision: precision, Scale: scale, Nullable: true}
}

// TimestampType returns TIMESTAMP(precision).
func TimestampType(precision int) Type {
	return Type{Kind: Timestamp, Precision: precision, Nullable: true}
}

// TimestampLTZType returns TIMESTAMP_LTZ(precision).
func TimestampLTZType(precision int) Type {
	return Type{Kind: TimestampLTZ, Precision: precision, Nullable: true}
}

// ArrayType returns ARRAY<elem>.
func ArrayType(elem Type) Type { return Type{Kind: Array, Elem: &elem, Nullable: true} }

// MapType returns MAP<key, value>.
func MapType(key, value Type) Type { return Type{Kind: Map, Key: &key, Elem: &value, Nullable: true} }

// MultisetType returns MULTISET<elem>.
func MultisetType(elem Type) Type { return Type{Kind: Multiset, Elem: &elem, Nullable: true} }

// RowType returns ROW<fields>.
func RowType(fields ...Field) Type { return Type{Kind: Row, Fields: fields, Nullable: true} }

// Entry returns the types of the pairs of a MAP, its keys and values, or of a MULTISET: its elements and how often each
// is in it.
func (t Type) Entry() (key, value Type) {
	if t.Kind == Multiset {
		return *t.Elem, IntType.NotNull()
	}
	return *t.Key, *t.Elem
}

// HasPairs reports whether a type is a MAP or MULTISET or has one within: its values have no order, and Flink neither
// sorts nor groups by them.
func (t Type) HasPairs() bool {
	if t.Kind == Map || t.Kind == Multiset || t.Kind == Array && t.Elem.HasPairs() {
		return true
	}
	for _, f := range t.Fields {
		if f.Type.HasPairs() {
			return true
		}
	}
	return false
}

// Uncommented returns t without the comments of fields.
func (t Type) Uncommented() Type {
	inner := func(p *Type) *Type {
		if p == nil || p.Kind < Array {
			return p
		}
		x := p.Uncommented()
		return &x
	}
	t.Elem, t.Key = inner(t.Elem), inner(t.Key)
	if t.Fields != nil {
		fields := make([]Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = Field{Name: f.Name, Type: f.Type.Uncommented()}
		}
		t.Fields = fields
	}
	return t
}

// NotNull returns t without NULL.
func (t Type) NotNull() Type { t.Nullable = false; return t }

// AsNullable returns t with NULL.
func (t Type) AsNullable() Type { t.Nullable = true; return t }

// WithNullable returns t with its nullability set.
func (t Type) WithNullable(nullable bool) Type { t.Nullable = nullable; return t }

// Plain returns t without its time attribute.
func (t Type) Plain() Type { t.Rowtime, t.Proctime = false, false; return t }

// Equal reports whether t and o are the same type, nullability and time attribute included.
func (t Type) Equal(o Type) bool {
	return t.Nullable == o.Nullable && t.Rowtime == o.Rowtime && t.Proctime == o.Proctime && t.Same(o)
}

// Same reports whether t and o hold the same values: Equal but for the outermost nullability and time attribute.
func (t Type) Same(o Type) bool {
	if t.Kind != o.Kind || t.Precision != o.Precision || t.Scale != o.Scale || len(t.Fields) != len(o.Fields) {
		return t.Kind == o.Kind && (t.Kind == IntervalMonth || t.Kind == IntervalSecond)
	}
	if (t.Elem == nil) != (o.Elem == nil) || t.Elem != nil && !t.Elem.Equal(*o.Elem) {
		return false
	}
	if (t.Key == nil) != (o.Key == nil) || t.Key != nil && !t.Key.Equal(*o.Key) {
		return false
	}
	for i := range t.Fields {
		if t.Fields[i].Name != o.Fields[i].Name || !t.Fields[i].Type.Equal(o.Fields[i].Type) {
			return false
		}
	}
	return true
}

// IsInteger, IsNumeric, IsString, … classify kinds.
func (t Type) IsInteger() bool   { return t.Kind >= TinyInt && t.Kind <= BigInt }
func (t Type) IsExact() bool     { return t.IsInteger() || t.Kind == Decimal }
func (t Type) IsApprox() bool    { return t.Kind == Float || t.Kind == Double }
func (t Type) IsNumeric() bool   { return t.Kind >= TinyInt && t.Kind <= Decimal }
func (t Type) IsString() bool    { return t.Kind == Char || t.Kind == Varchar }
func (t Type) IsBytes() bool     { return t.Kind == Binary || t.Kind == Varbinary }
func (t Type) IsTimestamp() bool { return t.Kind == Timestamp || t.Kind == TimestampLTZ }
func (t Type) IsInterval() bool  { return t.Kind == IntervalMonth || t.Kind == IntervalSecond }

// IsPoint reports whether a type is a date or a time, a point that an interval can be added to.
func (t Type) IsPoint() bool { return t.Kind == Date || t.Kind == TimeOfDay || t.IsTimestamp() }

// Name prints the type as Flink does, without nullability and time attribute.
func (t Type) Name() string {
	switch t.Kind {
	case Null:
		return "NULL"
	case Boolean:
		return "BOOLEAN"
	case TinyInt:
		return "TINYINT"
	case SmallInt:
		return "SMALLINT"
	case Int:
		return "INT"
	case BigInt:
		return "BIGINT"
	case Float:
		return "FLOAT"
	case Double:
		return "DOUBLE"
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d, %d)", t.Precision, t.Scale)
	case Char:
		return fmt.Sprintf("CHAR(%d)", t.Precision)
	case Varchar:
		if t.Precision == MaxLength {
			return "STRING"
		}
		return fmt.Sprintf("VARCHAR(%d)", t.Precision)
	case Binary:
		return fmt.Sprintf("BINARY(%d)", t.Precision)
	case Varbinary:
		if t.Precision == MaxLength {
			return "BYTES"
		}
		return fmt.Sprintf("VARBINARY(%d)", t.Precision)
	case Date:
		return "DATE"
	case TimeOfDay:
		return fmt.Sprintf("TIME(%d)", t.Precision)
	case Timestamp:
		return fmt.Sprintf("TIMESTAMP(%d)", t.Precision)
	case TimestampLTZ:
		return fmt.Sprintf("TIMESTAMP_LTZ(%d)", t.Precision)
	case IntervalMonth:
		if t.Unit != "" {
			return "INTERVAL " + t.Unit
		}
		return "INTERVAL MONTH"
	case IntervalSecond:
		if t.Unit != "" {
			return "INTERVAL " + t.Unit
		}
		return "INTERVAL SECOND(3)"
	case Array:
		return "ARRAY<" + t.Elem.String() + ">"
	case Map:
		return "MAP<" + t.Key.String() + ", " + t.Elem.String() + ">"
	case Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = "`" + strings.ReplaceAll(f.Name, "`", "``") + "` " + f.Type.String()
			if f.Comment != "" {
				parts[i] += " '" + strings.ReplaceAll(f.Comment, "'", "''") + "'"
			}
		}
		return "ROW<" + strings.Join(parts, ", ") + ">"
	case Multiset:
		return "MULTISET<" + t.Elem.String() + ">"
	}
	return "INVALID"
}

// String prints the type as Flink's DESCRIBE does: "TIMESTAMP(3) NOT NULL *ROWTIME*".
func (t Type) String() string {
	s := t.Name()
	if !t.Nullable && t.Kind != Null {
		s += " NOT NULL"
	}
	if t.Rowtime {
		s += " *ROWTIME*"
	}
	if t.Proctime {
		s += " *PROCTIME*"
	}
	return s
}

// Physical is the storage of a type: what Go slice its values live in.
type Physical uint8

// The physical types. I128 stores DECIMAL's unscaled value, and TIMESTAMP(7..9) as microseconds in the high 64 bits
// and the remaining nanoseconds (0..999) in the low ones, so that int64's end in the year 2262 is no limit.
const (
	NoPhysical Physical = iota
	Bool
	I8
	I16
	I32
	I64
	F32
	F64
	I128
	Bytes
	List
	Struct
	Pairs // MAP, MULTISET
)

// Physical returns how t is stored: DATE is days and TIME is milliseconds in I32; TIMESTAMP(0..3) is milliseconds and
// TIMESTAMP(4..6) microseconds in I64; year-month intervals are months in I32, day-time intervals milliseconds in I64.
func (t Type) Physical() Physical {
	switch t.Kind {
	case Boolean, Null:
		return Bool
	case TinyInt:
		return I8
	case SmallInt:
		return I16
	case Int, Date, TimeOfDay, IntervalMonth:
		return I32
	case BigInt, IntervalSecond:
		return I64
	case Timestamp, TimestampLTZ:
		if t.Precision > 6 {
			return I128
		}
		return I64
	case Float:
		return F32
	case Double:
		return F64
	case Decimal:
		return I128
	case Char, Varchar, Binary, Varbinary:
		return Bytes
	case Array:
		return List
	case Map, Multiset:
		return Pairs
	case Row:
		return Struct
	}
	return NoPhysical
}

// Arrow returns the Arrow type of t's storage. Times are plain integers there: the SQL type says what they mean.
func (t Type) Arrow() arrow.DataType {
	switch t.Physical() {
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case I8:
		return arrow.PrimitiveTypes.Int8
	case I16:
		return arrow.PrimitiveTypes.Int16
	case I32:
		return arrow.PrimitiveTypes.Int32
	case I64:
		return arrow.PrimitiveTypes.Int64
	case F32:
		return arrow.PrimitiveTypes.Float32
	case F64:
		return arrow.PrimitiveTypes.Float64
	case I128:
		return &arrow.Decimal128Type{Precision: MaxDecimal, Scale: 0}
	case Bytes:
		if t.IsBytes() {
			return arrow.BinaryTypes.Binary
		}
		return arrow.BinaryTypes.String
	case List:
		return arrow.ListOf(t.Elem.Arrow())
	case Struct:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = arrow.Field{Name: f.Name, Type: f.Type.Arrow(), Nullable: true}
		}
		return arrow.StructOf(fields...)
	case Pairs:
		key, value := t.Entry()
		return pairsOf(key.Arrow(), value.Arrow())
	}
	panic("vector: no storage for type " + t.String())
}
