package format

import (
	"fmt"
	"testing"

	"weir/vector"
)

// batch builds one column of values; an empty value is NULL.
func batch(b *Builder, values []string) vector.Column {
	b.Reset(len(values))
	data := make([]byte, Margin)
	var spans []Span
	for _, v := range values {
		if v == "" {
			spans = append(spans, Null)
			continue
		}
		data = append(data, v...)
		spans = append(spans, Span{int32(len(data) - len(v)), int32(len(data))})
	}
	if n := b.Append(data, spans); n != len(spans) {
		panic(fmt.Sprint("only ", n, " values"))
	}
	return b.Column()
}

func check(t *testing.T, c vector.Column, values []string, dict bool) {
	t.Helper()
	if c.IsDict() != dict || c.Len() != len(values) {
		t.Fatalf("dictionary %v, %d rows, want %v, %d", c.IsDict(), c.Len(), dict, len(values))
	}
	for i, v := range values {
		if c.IsNull(i) != (v == "") || v != "" && string(c.Strings().At(i)) != v {
			t.Fatalf("row %d is %q, want %q", i, c.Strings().At(i), v)
		}
	}
}

func TestDictionaryLivesOn(t *testing.T) {
	b, err := NewBuilder(vector.StringType, TimeFormat{}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	check(t, batch(b, []string{"", ""}), []string{"", ""}, true)
	first := batch(b, []string{"x", "y", "x"})
	var more []string
	for i := range 3000 { // the table grows
		more = append(more, fmt.Sprint("v", i), "y")
	}
	second := batch(b, more)
	check(t, second, more, true)
	check(t, first, []string{"x", "y", "x"}, true)
	a, z := first.Strings(), second.Strings()
	if a.Dict != z.Dict || a.Codes[0] != a.Codes[2] || a.Codes[1] != z.Codes[1] {
		t.Errorf("codes %v and %v… of dictionaries %p and %p", a.Codes, z.Codes[:4], a.Dict, z.Dict)
	}
}

func TestDistinctStringsGoPlain(t *testing.T) {
	b, err := NewBuilder(vector.StringType, TimeFormat{}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	next := func() (values []string) {
		for range 5000 {
			values = append(values, fmt.Sprint("value ", b.text.seen+len(values)))
		}
		values[7] = ""
		return values
	}
	values := next()
	check(t, batch(b, values), values, true)
	values = next()
	check(t, batch(b, values), values, false)
}

func TestCut(t *testing.T) {
	for _, typ := range []vector.Type{vector.StringType, vector.IntType, vector.BooleanType, vector.BytesType} {
		b, err := NewBuilder(typ, TimeFormat{}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		text := map[vector.Kind]string{vector.Varchar: "a", vector.Int: "1", vector.Boolean: "true", vector.Varbinary: "AAAA"}[typ.Kind]
		data := append(make([]byte, Margin), text...)
		span := Span{Margin, int32(Margin + len(text))}
		b.Reset(1)
		b.Append(data, []Span{span, Null, span, Null})
		b.Cut(1)
		b.Append(data, []Span{span, span, Null})
		c := b.Column()
		if c.Len() != 4 || c.NullCount() != 1 || !c.IsNull(3) {
			t.Errorf("%s: %d rows, %d NULL", typ, c.Len(), c.NullCount())
		}
	}
}
