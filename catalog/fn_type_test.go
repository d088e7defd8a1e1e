package catalog

import (
	"testing"

	"weir/vector"
)

func char(n int) vector.Type { return vector.Type{Kind: vector.Char, Precision: n, Nullable: true} }
func varchar(n int) vector.Type {
	return vector.Type{Kind: vector.Varchar, Precision: n, Nullable: true}
}

// Answers of Flink: the types of CASE, IF and VALUES.
func TestCommonType(t *testing.T) {
	null := vector.Type{Kind: vector.Null, Nullable: true}
	for _, c := range []struct {
		types []vector.Type
		want  string // empty: they do not mix
	}{
		{[]vector.Type{vector.IntType.NotNull(), vector.DecimalType(2, 1).NotNull()}, "DECIMAL(11, 1) NOT NULL"},
		{[]vector.Type{vector.TinyIntType, vector.BigIntType}, "BIGINT"},
		{[]vector.Type{vector.IntType.NotNull(), vector.FloatType.NotNull()}, "FLOAT NOT NULL"},
		{[]vector.Type{vector.FloatType, vector.DoubleType}, "FLOAT"},
		{[]vector.Type{vector.DoubleType, vector.FloatType}, "DOUBLE"},
		{[]vector.Type{vector.FloatType, vector.DecimalType(5, 2)}, "DOUBLE"},
		{[]vector.Type{vector.DecimalType(3, 2), vector.DecimalType(7, 1)}, "DECIMAL(8, 2)"},
		{[]vector.Type{vector.DecimalType(38, 0), vector.DecimalType(38, 10)}, "DECIMAL(38, 0)"},
		{[]vector.Type{char(1), char(3)}, "VARCHAR(3)"},
		{[]vector.Type{char(3), char(3)}, "CHAR(3)"},
		{[]vector.Type{varchar(5), vector.StringType}, "STRING"},
		{[]vector.Type{vector.TimestampType(1), vector.TimestampType(6)}, "TIMESTAMP(6)"},
		{[]vector.Type{vector.IntType.NotNull(), null}, "INT"},
		{[]vector.Type{null, null}, "NULL"},
		{[]vector.Type{vector.ArrayType(vector.IntType.NotNull()).NotNull(), vector.ArrayType(vector.DecimalType(2, 1).NotNull()).NotNull()}, "ARRAY<DECIMAL(11, 1) NOT NULL> NOT NULL"},
		{[]vector.Type{vector.IntType, char(1)}, ""},
		{[]vector.Type{vector.DateType, vector.TimestampType(0)}, ""},
		{[]vector.Type{vector.BooleanType, vector.IntType}, ""},
		{[]vector.Type{{Kind: vector.IntervalMonth}, {Kind: vector.IntervalSecond}}, ""},
	} {
		got, ok := CommonType(c.types)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%v: %v %v, want %s", c.types, got, ok, c.want)
		}
	}
	if got, _ := widestType([]vector.Type{vector.FloatType, vector.DoubleType}); got.Kind != vector.Double {
		t.Errorf("COALESCE of FLOAT and DOUBLE: %v", got)
	}
}

// Answers of Flink: the types of arithmetic on decimals.
func TestDecimalResults(t *testing.T) {
	for _, c := range []struct {
		op             string
		p1, s1, p2, s2 int
		want           string
	}{
		{"+", 5, 2, 5, 2, "DECIMAL(6, 2)"}, {"+", 38, 0, 38, 0, "DECIMAL(38, 0)"}, {"+", 20, 10, 18, 5, "DECIMAL(24, 10)"}, {"-", 38, 10, 38, 10, "DECIMAL(38, 9)"}, {"-", 38, 38, 38, 38, "DECIMAL(38, 37)"},
		{"*", 5, 2, 5, 2, "DECIMAL(11, 4)"}, {"*", 20, 10, 18, 5, "DECIMAL(38, 14)"}, {"*", 38, 10, 38, 10, "DECIMAL(38, 6)"}, {"/", 10, 2, 5, 4, "DECIMAL(20, 8)"}, {"/", 38, 38, 38, 38, "DECIMAL(38, 6)"},
		{"%", 20, 10, 18, 5, "DECIMAL(20, 10)"}, {"%", 3, 3, 1, 0, "DECIMAL(3, 3)"}, {"%", 18, 0, 18, 6, "DECIMAL(18, 6)"},
	} {
		f, ok := LookupFunction(c.op)
		if !ok {
			t.Fatal(c.op)
		}
		got, _, err := f.Infer([]Arg{{Type: vector.DecimalType(c.p1, c.s1)}, {Type: vector.DecimalType(c.p2, c.s2)}})
		if err != nil || got.String() != c.want {
			t.Errorf("(%d, %d) %s (%d, %d): %v %v, want %s", c.p1, c.s1, c.op, c.p2, c.s2, got, err, c.want)
		}
	}
}

func TestCastable(t *testing.T) {
	for _, c := range []struct {
		from, to           vector.Type
		explicit, implicit bool
	}{
		{vector.IntType, vector.BigIntType, true, true}, {vector.BigIntType, vector.IntType, true, false}, {vector.DoubleType, vector.FloatType, true, false}, {vector.IntType, vector.StringType, true, false},
		{vector.IntType, vector.DateType, false, false}, {vector.IntType, vector.TimestampType(3), false, false}, {vector.TimestampType(3), vector.BigIntType, false, false}, {vector.BooleanType, vector.IntType, true, false},
		{vector.BooleanType, vector.DateType, false, false}, {vector.StringType, vector.TimestampType(3), true, false}, {vector.TimestampType(3), vector.TimestampLTZType(3), true, true}, {vector.TimestampType(3), vector.DateType, true, true},
		{vector.DateType, vector.TimestampType(3), true, false}, {char(3), vector.StringType, true, true}, {vector.StringType, char(3), true, false}, {vector.StringType, vector.BytesType, true, false},
		{vector.BytesType, vector.DateType, false, false}, {vector.StringType, vector.Type{Kind: vector.IntervalSecond}, false, false}, {vector.StringType, vector.ArrayType(vector.IntType), false, false},
		{vector.ArrayType(vector.IntType), vector.ArrayType(vector.StringType), true, false}, {vector.ArrayType(vector.IntType), vector.StringType, true, false}, {vector.Type{Kind: vector.Null}, vector.DateType, true, true},
	} {
		if explicit, implicit := Castable(c.from, c.to); explicit != c.explicit || implicit != c.implicit {
			t.Errorf("%s to %s: %v %v, want %v %v", c.from, c.to, explicit, implicit, c.explicit, c.implicit)
		}
	}
}
