package json

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"weir/catalog"
	"weir/exec"
	"weir/exec/format"
	"weir/planner/plan"
	"weir/vector"
)

// inMemory is the text of a split.
type inMemory string

func (m inMemory) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	if off >= int64(len(m)) {
		return 0, io.EOF
	}
	return copy(p, m[off:]), nil
}

func (m inMemory) Close() error { return nil }

// readBack reads JSON lines as a column x of a type.
func readBack(t vector.Type, options map[string]string, text string) (values []string, skipped int64, err error) {
	s := &plan.Scan{Table: &catalog.Table{Columns: []catalog.Column{{Name: "x", Type: t}}}, Options: options, Read: []int{0}}
	r, err := NewReader(s, 3, false, func(context.Context, exec.Split) (format.Bytes, error) { return inMemory(text), nil })
	if err != nil {
		return nil, 0, err
	}
	split := exec.Split{Path: "x.json", Size: int64(len(text))}
	if err := r.Reopen(context.Background(), exec.Range{Split: split, To: split.Size}); err != nil {
		return nil, 0, err
	}
	for {
		b, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			n, _ := r.Skipped()
			return values, n, nil
		}
		if err != nil {
			return values, 0, err
		}
		for i := range b.Rows {
			values = append(values, show(b.Columns[0], t, i))
		}
	}
}

// show is a value of strings, INTs and what is made of them.
func show(c vector.Column, t vector.Type, row int) string {
	if c.IsNull(row) {
		return "NULL"
	}
	var parts []string
	switch t.Kind {
	case vector.Int:
		return fmt.Sprint(c.Int32()[row])
	case vector.Varchar:
		return string(c.Strings().At(row))
	case vector.Array:
		offsets, elems := c.List()
		for i := offsets[row]; i < offsets[row+1]; i++ {
			parts = append(parts, show(elems, *t.Elem, int(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case vector.Map:
		offsets, keys, values := c.Pairs()
		for i := offsets[row]; i < offsets[row+1]; i++ {
			parts = append(parts, show(keys, *t.Key, int(i))+"="+show(values, *t.Elem, int(i)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	_, fields := c.Struct()
	for i, f := range fields {
		parts = append(parts, show(f, t.Fields[i].Type, row))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func rowOf(fields ...vector.Field) vector.Type {
	return vector.Type{Kind: vector.Row, Fields: fields, Nullable: true}
}

func named(name string, t vector.Type) vector.Field { return vector.Field{Name: name, Type: t} }

func mapTo(value vector.Type) vector.Type {
	key := vector.StringType
	return vector.Type{Kind: vector.Map, Key: &key, Elem: &value, Nullable: true}
}

func TestReaderOfNested(t *testing.T) {
	inner := rowOf(named("a", vector.IntType), named("b", rowOf(named("c", vector.StringType))))
	lenient, strict := map[string]string{"json.ignore-parse-errors": "true"}, map[string]string{"json.fail-on-missing-field": "true"}
	for _, c := range []struct {
		typ            vector.Type
		options        map[string]string
		text, want     string // of the value
		wrong, skipped bool
		part           string // where the error is to lie within
	}{
		{typ: inner, text: `{"a":5,"b":{"c":"x"}}`, want: "(5, (x))"},
		{typ: inner, text: `{ "b" : { "c" : null , "d" : [1, {"a": 2}] } , "a" : 5 }`, want: "(5, (NULL))"},
		{typ: inner, text: `null`, want: "NULL"},
		{typ: inner, text: `{"b":{}}`, want: "(NULL, (NULL))"},
		{typ: inner, text: `{}`, want: "(NULL, NULL)"},
		{typ: inner, text: `{"a":1,"a":2}`, want: "(1, NULL)"},
		{typ: inner, text: `{"\u0061":7,"b":{"c":"q\"{}\n"}}`, want: "(7, (q\"{}\n))"},
		{typ: inner, text: `[1,2]`, wrong: true},
		{typ: inner, text: `"{}"`, wrong: true},
		{typ: inner, text: `{"a":"z"}`, wrong: true, part: `.a: "z" is not an INT`},
		{typ: inner, options: lenient, text: `{"a":"z","b":{"c":"x"}}`, want: "(NULL, (x))", skipped: true},
		{typ: inner, options: lenient, text: `5`, want: "NULL", skipped: true},
		{typ: inner, options: strict, text: `{"a":5}`, wrong: true},
		{typ: inner, options: strict, text: `{"a":5,"b":{"c":null}}`, want: "(5, (NULL))"},
		{typ: mapTo(vector.IntType), text: `{"x":1,"y":null}`, want: "{x=1, y=NULL}"},
		{typ: mapTo(vector.IntType), text: `{}`, want: "{}"},
		{typ: mapTo(vector.IntType), text: `{"x":1,"y":2,"x":3}`, want: "{x=3, y=2}"},
		{typ: mapTo(vector.IntType), text: `{"x":1,"y":true}`, wrong: true, part: `['y']: "true" is not an INT`},
		{typ: mapTo(mapTo(vector.ArrayType(vector.IntType))), text: `{"k\t":{"l":[1, 2],"m":[]},"n":{}}`, want: "{k\t={l=[1, 2], m=[]}, n={}}"},
		{typ: vector.ArrayType(vector.ArrayType(vector.StringType)), text: `[["a", "b\\"], [], null, [null, "c"]]`, want: "[[a, b\\], [], NULL, [NULL, c]]"},
		{typ: vector.ArrayType(vector.ArrayType(vector.StringType)), text: `["[]"]`, wrong: true, part: `[1]: "[]" is not an ARRAY<STRING>`},
		{typ: vector.ArrayType(inner), text: `[{"a":1}, null, {"b":{"c":"x"},"a":[2]}]`, wrong: true, part: `[3].a: "[2]" is not an INT`},
		{typ: vector.ArrayType(inner), text: `[{"a":1}, null, {"b":{"c":"x"}}]`, want: "[(1, NULL), NULL, (NULL, (x))]"},
		{typ: vector.ArrayType(vector.ArrayType(vector.IntType)), options: lenient, text: `[[1, "z"], 7]`, want: "[[1, NULL], NULL]", skipped: true},
		{typ: vector.StringType, text: `{"a": [1, {"b": "c d"}]}`, want: `{"a":[1,{"b":"c d"}]}`},
	} {
		// A good row in front and behind, of what has been taken back nothing is left.
		line := `{"x":` + c.text + "}\n"
		got, skipped, err := readBack(c.typ, c.options, `{"x":null}`+"\n"+line+line+`{"x":null}`+"\n")
		if c.wrong {
			if err == nil || !strings.Contains(err.Error(), "+2: column x"+cmp.Or(c.part, ": ")) {
				t.Errorf("%s as %s: %v, %v", c.text, c.typ.Name(), got, err)
			}
			continue
		}
		if want := fmt.Sprint([]string{"NULL", c.want, c.want, "NULL"}); err != nil || fmt.Sprint(got) != want || (skipped == 2) != c.skipped {
			t.Errorf("%s as %s: got %v with %d skipped, %v; want %s", c.text, c.typ.Name(), got, skipped, err, want)
		}
	}
}

// Objects with many keys are maps, too.
func TestReaderOfLargeMap(t *testing.T) {
	var text, want []string
	for i := range 300 {
		text = append(text, fmt.Sprintf(`"k%d":%d`, i%150, i))
	}
	for i := range 150 {
		want = append(want, fmt.Sprintf("k%d=%d", i, i+150))
	}
	got, _, err := readBack(mapTo(vector.IntType), nil, `{"x":{`+strings.Join(text, ",")+"}}\n")
	if err != nil || len(got) != 1 || got[0] != "{"+strings.Join(want, ", ")+"}" {
		t.Fatalf("%v, %v", got, err)
	}
}

// random makes a type, and JSON of that type with what it is shown as.
func random(r *rand.Rand, depth int) (vector.Type, func() (text, want string)) {
	null := func(value func() (string, string)) func() (string, string) {
		return func() (string, string) {
			if r.IntN(5) == 0 {
				return "null", "NULL"
			}
			return value()
		}
	}
	kind := r.IntN(5)
	if depth == 0 {
		kind = r.IntN(2)
	}
	switch kind {
	case 0:
		return vector.IntType, null(func() (string, string) { v := fmt.Sprint(r.IntN(100)); return v, v })
	case 1:
		return vector.StringType, null(func() (string, string) {
			v := []string{"", "a", "{}", "[1]", "x,y", "q\"q", "ä😀"}[r.IntN(7)]
			return string(appendString(nil, []byte(v))), v
		})
	case 2:
		t, value := random(r, depth-1)
		return vector.ArrayType(t), null(func() (string, string) {
			var text, want []string
			for range r.IntN(4) {
				a, b := value()
				text, want = append(text, a), append(want, b)
			}
			return "[" + strings.Join(text, ",") + "]", "[" + strings.Join(want, ", ") + "]"
		})
	case 3:
		t, value := random(r, depth-1)
		return mapTo(t), null(func() (string, string) {
			var text, want []string
			for i := range r.IntN(4) {
				a, b := value()
				text, want = append(text, fmt.Sprintf(`"k%d":%s`, i, a)), append(want, fmt.Sprintf("k%d=%s", i, b))
			}
			return "{" + strings.Join(text, ",") + "}", "{" + strings.Join(want, ", ") + "}"
		})
	}
	var fields []vector.Field
	var values []func() (string, string)
	for i := range 1 + r.IntN(3) {
		t, value := random(r, depth-1)
		fields, values = append(fields, named(fmt.Sprintf("f%d", i), t)), append(values, value)
	}
	return rowOf(fields...), null(func() (string, string) {
		var text, want []string
		for i, value := range values {
			a, b := value()
			text, want = append(text, fmt.Sprintf(`"f%d":%s`, i, a)), append(want, b)
		}
		return "{" + strings.Join(text, ",") + "}", "(" + strings.Join(want, ", ") + ")"
	})
}

// Values of all shapes are read, and written again as they were.
func TestNestedRoundTrip(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		typ, value := random(r, 3)
		var text strings.Builder
		var want []string
		for range 1 + r.IntN(20) {
			a, b := value()
			text.WriteString(`{"x":` + a + "}\n")
			want = append(want, b)
		}
		got, _, err := readBack(typ, nil, text.String())
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("seed %d, %s:\n%s\ngot %v, %v\nwant %v", seed, typ.Name(), text.String(), got, err, want)
		}
		var again strings.Builder
		w, err := NewWriter(&again, field(typ), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := &plan.Scan{Table: &catalog.Table{Columns: []catalog.Column{{Name: "x", Type: typ}}}, Read: []int{0}}
		rd, err := NewReader(s, 1+r.IntN(8), false, func(context.Context, exec.Split) (format.Bytes, error) { return inMemory(text.String()), nil })
		if err != nil {
			t.Fatal(err)
		}
		split := exec.Split{Path: "x.json", Size: int64(text.Len())}
		if err := rd.Reopen(t.Context(), exec.Range{Split: split, To: split.Size}); err != nil {
			t.Fatal(err)
		}
		for {
			b, err := rd.Next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if from := r.IntN(b.Rows + 1); from > 0 {
				err = w.Write(b.Slice(0, from))
				b = b.Slice(from, b.Rows)
			}
			if err = errors.Join(err, w.Write(b)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil || again.String() != text.String() {
			t.Fatalf("seed %d, %s:\n%s\nwas written as\n%s, %v", seed, typ.Name(), text.String(), again.String(), err)
		}
	}
}

func FuzzNested(f *testing.F) {
	for _, line := range []string{`{"x":[{"a":{"k":[1,null]},"b":"s"},null]}`, `{"x":[]}`, `{"x":[{"\u0061":{"\n":[]}},{"b":"\"{}\""}]}`, `[{"x":[{"a":{}}]},{"x":null}]`} {
		f.Add(line, true)
		f.Add(line, false)
	}
	typ := vector.ArrayType(rowOf(named("a", mapTo(vector.ArrayType(vector.IntType))), named("b", vector.StringType)))
	f.Fuzz(func(t *testing.T, text string, lenient bool) {
		_, _, _ = readBack(typ, map[string]string{"json.ignore-parse-errors": fmt.Sprint(lenient)}, text) // no panic, and an end
	})
}

// TestReaderOfNotNull: a NULL where the table says that there is none is an error of that line.
func TestReaderOfNotNull(t *testing.T) {
	for _, text := range []string{"{\"x\":1}\n{\"x\":null}\n", "{\"x\":1}\n{}\n"} {
		got, _, err := readBack(vector.IntType.NotNull(), nil, text)
		if err == nil || !strings.Contains(err.Error(), "x.json:+2: column x: NULL is no value of type INT NOT NULL") || len(got) != 1 {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
