package kernel

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"

	"weir/vector"
)

// hashVectors were computed with another implementation of xxhash64 from the definition in the design. They are part
// of the savepoint format: a change of the code that needs new vectors is wrong.
func hashVectors(t *testing.T) (v struct {
	Values []struct{ Type, Value, Hash string }
	Folds  []struct {
		BigInt *int64
		String *string
		Hash   string
	}
}) {
	data, err := os.ReadFile("testdata/hash.json")
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func one[T vector.Fixed](v T, null bool) vector.Column {
	if null {
		return vector.NewColumn([]T{v}, vector.NewBitmap(1, false))
	}
	return vector.NewColumn([]T{v}, nil)
}

func stringColumn(values ...*string) vector.Column {
	offsets, valid := []int32{0}, vector.NewBitmap(len(values), true)
	var data []byte
	for i, v := range values {
		if v == nil {
			valid.Clear(i)
		} else {
			data = append(data, *v...)
		}
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, valid, false)
}

func dictColumn(values ...*string) vector.Column {
	d := vector.NewDict()
	d.Add([]byte("unused"))
	codes, valid := make([]int32, len(values)), vector.NewBitmap(len(values), true)
	for i, v := range values {
		if v == nil {
			valid.Clear(i)
			continue
		}
		codes[i] = d.Add([]byte(*v))
	}
	return vector.NewDictColumn(codes, valid, d)
}

func TestHashVectors(t *testing.T) {
	types := map[string]vector.Type{
		"BOOLEAN": vector.BooleanType, "TINYINT": vector.TinyIntType, "SMALLINT": vector.SmallIntType, "INT": vector.IntType,
		"BIGINT": vector.BigIntType, "DATE": vector.DateType, "TIME(3)": {Kind: vector.TimeOfDay, Precision: 3},
		"TIMESTAMP(3)": vector.TimestampType(3), "TIMESTAMP_LTZ(6)": vector.TimestampLTZType(6), "TIMESTAMP(9)": vector.TimestampType(9),
		"DOUBLE": vector.DoubleType, "FLOAT": vector.FloatType, "DECIMAL(38, 2)": vector.DecimalType(38, 2), "STRING": vector.StringType,
		"CHAR(5)": {Kind: vector.Char, Precision: 5}, "CHAR(3)": {Kind: vector.Char, Precision: 3}, "CHAR(2)": {Kind: vector.Char, Precision: 2},
		"ARRAY<STRING>": vector.ArrayType(vector.StringType),
	}
	v := hashVectors(t)
	if len(v.Values) < 60 {
		t.Fatalf("only %d vectors", len(v.Values))
	}
	for _, x := range v.Values {
		typ, ok := types[x.Type]
		if !ok {
			t.Fatalf("no type %s", x.Type)
		}
		null := x.Value == "NULL"
		n, _ := strconv.ParseInt(x.Value, 10, 64)
		var columns []vector.Column
		switch typ.Physical() {
		case vector.Bool:
			bits := vector.NewBitmap(1, x.Value == "TRUE")
			columns = append(columns, vector.NewBools(bits, 1, nil))
		case vector.I8:
			columns = append(columns, one(int8(n), null))
		case vector.I16:
			columns = append(columns, one(int16(n), null))
		case vector.I32:
			columns = append(columns, one(int32(n), null))
		case vector.I64:
			columns = append(columns, one(n, null))
		case vector.F32:
			f, _ := strconv.ParseFloat(x.Value, 32)
			columns = append(columns, one(float32(f), null))
		case vector.F64:
			f, _ := strconv.ParseFloat(x.Value, 64)
			columns = append(columns, one(f, null))
		case vector.I128:
			if typ.IsTimestamp() {
				var micros int64
				var rest uint64
				fmt.Sscan(x.Value, &micros, &rest)
				columns = append(columns, one(NewDecimal128(micros, rest), false))
				break
			}
			d, err := ParseDecimal([]byte(x.Value), 38, 0)
			if err != nil {
				t.Fatal(err)
			}
			columns = append(columns, one(d, null))
		case vector.Bytes:
			s := &x.Value
			if null {
				s = nil
			}
			columns = append(columns, stringColumn(s), dictColumn(s))
		case vector.List:
			var elems []*string
			if err := json.Unmarshal([]byte(x.Value), &elems); err != nil {
				t.Fatal(err)
			}
			columns = append(columns, vector.NewList([]int32{0, int32(len(elems))}, stringColumn(elems...), nil))
		}
		for _, c := range columns {
			var got [1]uint64
			HashColumn(got[:], c, typ)
			if s := fmt.Sprintf("%016x", got[0]); s != x.Hash {
				t.Errorf("%s %q: %s, want %s", x.Type, x.Value, s, x.Hash)
			}
		}
	}
	for _, x := range v.Folds {
		var b int64
		if x.BigInt != nil {
			b = *x.BigInt
		}
		var got [1]uint64
		HashColumns(got[:], []vector.Column{one(b, x.BigInt == nil), dictColumn(x.String)}, []vector.Type{vector.BigIntType, vector.StringType})
		if s := fmt.Sprintf("%016x", got[0]); s != x.Hash {
			t.Errorf("%v, %v: %s, want %s", x.BigInt, x.String, s, x.Hash)
		}
	}
}

// A Hasher remembers entries of a dictionary that grows and of several dictionaries; a slice of a column hashes as
// the rows it holds.
func TestHasherRemembers(t *testing.T) {
	var h Hasher
	d := vector.NewDict()
	for round := range 50 {
		word := []byte(fmt.Sprintf("word-%d", round))
		code := d.Add(word)
		c := vector.NewDictColumn([]int32{0, code, code}, nil, d).Slice(1, 3)
		got := h.Hash(make([]uint64, 2), []vector.Column{c}, []vector.Type{vector.StringType})
		want := make([]uint64, 2)
		HashColumn(want, c.Decoded(), vector.StringType)
		if got[0] != want[0] || got[1] != want[1] {
			t.Fatalf("round %d: %x, want %x", round, got, want)
		}
		text := string(word)
		other := dictColumn(&text, nil)
		got = h.Hash(make([]uint64, 2), []vector.Column{other}, []vector.Type{vector.StringType})
		if got[0] != want[0] || got[1] != NullHash {
			t.Fatalf("round %d: %x, want %x and NULL's", round, got, want[0])
		}
	}
}

func BenchmarkHashBigInt(b *testing.B) {
	values := make([]int64, 4096)
	for i := range values {
		values[i] = int64(i) * 7919
	}
	c := vector.NewColumn(values, nil)
	dst := make([]uint64, len(values))
	var h Hasher
	for b.Loop() {
		h.Hash(dst, []vector.Column{c}, []vector.Type{vector.BigIntType})
	}
}
