package csv

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/exec/format"
	"weir/vector"
)

// TestWriterRefusesWhatReadsAsAnother writes ARRAYs and ROWs that the reader would take for others.
func TestWriterRefusesWhatReadsAsAnother(t *testing.T) {
	array := func(values ...string) vector.Column {
		return vector.NewList([]int32{0, int32(len(values))}, text(values...), nil)
	}
	row := func(values ...string) vector.Column {
		fields, names := []vector.Column{}, []string{"x", "y"}
		for _, v := range values {
			fields = append(fields, text(v))
		}
		return vector.NewStruct(names[:len(values)], fields, 1, nil)
	}
	none := vector.NewList([]int32{0, 0}, text(), vector.NewBitmap(1, false))
	strings1 := vector.ArrayType(vector.StringType)
	one := vector.Type{Kind: vector.Row, Nullable: true, Fields: []vector.Field{{Name: "x", Type: vector.StringType}}}
	two := vector.Type{Kind: vector.Row, Nullable: true, Fields: []vector.Field{{Name: "x", Type: vector.StringType}, {Name: "y", Type: vector.StringType}}}
	for _, c := range []struct {
		t       vector.Type
		null    string // "none": no null literal
		column  vector.Column
		written string // "": refused
		problem string
	}{
		{strings1, "NULL", array("\x00"), "", "nothing but one NULL"},
		{strings1, "NULL", array("NULL"), "", `the element "NULL" is the null literal`},
		{strings1, "NULL", array("NULL", "x"), "", `the element "NULL" is the null literal`},
		{strings1, "NULL", array("\x00", "x"), "NULL;x\n", ""},
		{strings1, "NULL", array(""), "", "one empty element"},
		{strings1, "NULL", array("", ""), ";\n", ""},
		{strings1, "NULL", array(), "\n", ""},
		{strings1, "NULL", none, "NULL\n", ""},
		{strings1, "", array("", "x"), "", `the element "" is the null literal`},
		{strings1, "", array("\x00", "x"), ";x\n", ""},
		{strings1, "", array(), "", "an empty ARRAY"},
		{strings1, ";", array("\x00", "x"), "", "holds the delimiter"},
		{strings1, "none", array("\x00", "x"), "", "without a null literal"},
		{strings1, "none", none, "\n", ""},
		{strings1, "none", array(), "\n", ""},
		{one, "NULL", row(""), "", "one empty element"},
		{one, "NULL", row("\x00"), "", "nothing but one NULL"},
		{two, "NULL", row("\x00", ""), "NULL;\n", ""},
		{two, "none", row("a", "\x00"), "", "without a null literal"},
	} {
		options := map[string]string{"csv.null-literal": c.null}
		if c.null == "none" {
			options = nil
		}
		got, err := written(t, field(c.t), options, c.column)
		if c.problem == "" && (err != nil || got != c.written) || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
			t.Errorf("a %s, null literal %s: %q, %v; want %q or %s", c.t.Name(), c.null, got, err, c.written, c.problem)
		}
	}
	moments := vector.NewList([]int32{0, 1}, vector.NewColumn([]int64{0}, nil), nil)
	if _, err := written(t, field(vector.ArrayType(vector.TimestampType(3))), map[string]string{"csv.array-element-delimiter": ":"}, moments); err == nil {
		t.Error("a time holds the delimiter of elements, and was written")
	}
}

// TestNestedReadsBack writes random ARRAYs: what is not refused is read back as it was.
func TestNestedReadsBack(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 8))
	values := []string{"", "a", "aa", "ab", "b", "n", ";", ",", "\"", "\x00"}
	kept := 0
	for range 3000 {
		options := map[string]string{"csv.array-element-delimiter": []string{";", "aa", "aba"}[random.IntN(3)]}
		if literal := []string{"-", "", "n", "a"}[random.IntN(4)]; literal != "-" {
			options["csv.null-literal"] = literal
		}
		elems := []string{}
		for range random.IntN(4) {
			elems = append(elems, values[random.IntN(len(values))])
		}
		out, err := written(t, field(vector.ArrayType(vector.StringType)), options, vector.NewList([]int32{0, int32(len(elems))}, text(elems...), nil))
		if err != nil {
			continue
		}
		kept++
		o := NewOptions(options)
		fields, _, _ := NewRecords(o).Next([]byte(out), 0, true)
		back := []string{}
		if o.HasNull && string(fields[0]) == o.Null {
			back = append(back, "NULL")
		} else {
			spans, _ := splitter{o}.Elements(nil, fields[0], format.Span{To: int32(len(fields[0]))})
			for _, s := range spans {
				if s == format.Null {
					back = append(back, "\x00")
				} else {
					back = append(back, string(fields[0][s.From:s.To]))
				}
			}
		}
		if !slices.Equal(back, elems) {
			t.Fatalf("%q with %v is written %q and read %q", elems, options, out, back)
		}
	}
	if kept < 500 {
		t.Errorf("only %d of 3000 were written", kept)
	}
}
