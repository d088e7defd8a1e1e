package optest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/vector"
	"weir/vector/kernel"
)

// Batch reads rows, one a line: values divided by |, NULL for none; perhaps a row kind (+I, -U, +U, -D) and a space in
// front, and behind a semicolon what else a row carries: behind=1000 origin=0:17. Times may be written as milliseconds,
// or as 2024-01-01 00:00:00.000; values with parts as Text prints them: [1, NULL], (1, a), {k=v}.
func Batch(schema []vector.Field, text string) vector.Batch {
	var rows []row
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			rows = append(rows, parseRow(schema, line))
		}
	}
	return build(schema, rows, false)
}

// row is one row in a form that tests can cut, change and build again.
type row struct {
	kind    vector.RowKind
	values  []any // int64, float64, bool, string, vector.Num128, []any (of ARRAY, ROW, and of MAP keys and values in turn), nil
	behind  vector.Time
	origin  vector.Origin
	ordered bool // has an origin
}

func parseRow(schema []vector.Field, line string) row {
	r := row{behind: vector.MinTime}
	line, notes, _ := strings.Cut(line, ";")
	for k, name := range []string{"+I", "-U", "+U", "-D"} {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			r.kind, line = vector.RowKind(k), rest
		}
	}
	for _, note := range strings.Fields(notes) {
		name, value, _ := strings.Cut(note, "=")
		switch name {
		case "behind":
			r.behind = vector.Time(integer(value))
		case "origin":
			split, at, _ := strings.Cut(value, ":")
			r.origin, r.ordered = vector.Origin{Split: int32(integer(split)), Row: integer(at)}, true
		default:
			panic("optest: a row carries no " + name)
		}
	}
	cells := strings.Split(line, "|")
	if len(cells) != len(schema) {
		panic(fmt.Sprintf("optest: %d values for %d columns: %q", len(cells), len(schema), line))
	}
	for i, c := range cells {
		r.values = append(r.values, parseValue(schema[i].Type, strings.TrimSpace(c)))
	}
	return r
}

func integer(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic("optest: " + err.Error())
	}
	return v
}

func parseValue(t vector.Type, s string) any {
	if s == "NULL" {
		return nil
	}
	switch t.Physical() {
	case vector.Bool:
		return s == "TRUE" || s == "true"
	case vector.F32, vector.F64:
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			panic("optest: " + err.Error())
		}
		return v
	case vector.Bytes:
		return s
	case vector.I128:
		return decimal(t, s)
	case vector.List, vector.Struct, vector.Pairs:
		return parseParts(t, s)
	}
	if t.IsTimestamp() && strings.Contains(s, ":") {
		at, err := time.Parse("2006-01-02 15:04:05.999999", s)
		if err != nil {
			panic("optest: " + err.Error())
		}
		if t.Precision > 3 {
			return at.UnixMicro()
		}
		return at.UnixMilli()
	}
	return integer(s)
}

// decimal reads a decimal with as many digits behind the point as its type's scale.
func decimal(t vector.Type, s string) vector.Num128 {
	whole, rest, _ := strings.Cut(s, ".")
	v := integer(whole + rest + strings.Repeat("0", t.Scale-len(rest)))
	return vector.Int128(v)
}

// build makes a batch of rows. Where coded is set, string columns are dictionary coded.
func build(schema []vector.Field, rows []row, coded bool) vector.Batch {
	b := vector.Batch{Rows: len(rows), Columns: make([]vector.Column, len(schema))}
	for c, f := range schema {
		values := make([]any, len(rows))
		for i, r := range rows {
			values[i] = r.values[c]
		}
		b.Columns[c] = column(f.Type, values, coded)
	}
	for i, r := range rows {
		if r.kind != vector.Insert && b.Kinds == nil {
			b.Kinds = make([]vector.RowKind, len(rows))
		}
		if b.Kinds != nil {
			b.Kinds[i] = r.kind
		}
		if r.behind != vector.MinTime && b.Behind == nil {
			b.Behind = slices.Repeat([]vector.Time{vector.MinTime}, len(rows))
		}
		if b.Behind != nil {
			b.Behind[i] = r.behind
		}
		if r.ordered && b.Origin == nil {
			b.Origin = make([]vector.Origin, len(rows))
		}
		if b.Origin != nil {
			b.Origin[i] = r.origin
		}
	}
	return b
}

func column(t vector.Type, from []any, coded bool) vector.Column {
	n := len(from)
	valid := vector.NewBitmap(n, true)
	for i, v := range from {
		if v == nil {
			valid.Clear(i)
		}
	}
	switch t.Physical() {
	case vector.Bool:
		bits := vector.NewBitmap(n, false)
		for i, v := range from {
			if v == true {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, n, valid)
	case vector.I8:
		return vector.NewColumn(fixed[int8](from), valid)
	case vector.I16:
		return vector.NewColumn(fixed[int16](from), valid)
	case vector.I32:
		return vector.NewColumn(fixed[int32](from), valid)
	case vector.I64:
		return vector.NewColumn(fixed[int64](from), valid)
	case vector.F32:
		return vector.NewColumn(fixed[float32](from), valid)
	case vector.F64:
		return vector.NewColumn(fixed[float64](from), valid)
	case vector.I128:
		values := make([]vector.Num128, n)
		for i, v := range from {
			values[i], _ = v.(vector.Num128)
		}
		return vector.NewColumn(values, valid)
	case vector.Bytes:
		if coded && n > 0 && t.IsString() {
			return dictionary(from, valid)
		}
		offsets, data := make([]int32, 1, n+1), []byte(nil)
		for _, v := range from {
			s, _ := v.(string)
			data = append(data, s...)
			offsets = append(offsets, int32(len(data)))
		}
		return vector.NewBytes(offsets, data, valid, t.IsBytes())
	}
	return nested(t, from, valid)
}

func fixed[T int8 | int16 | int32 | int64 | float32 | float64](from []any) []T {
	out := make([]T, len(from))
	for i, v := range from {
		switch v := v.(type) {
		case int64:
			out[i] = T(v)
		case float64:
			out[i] = T(v)
		}
	}
	return out
}

func dictionary(from []any, valid vector.Bitmap) vector.Column {
	d, known := vector.NewDict(), map[string]int32{}
	codes := make([]int32, len(from))
	for i, v := range from {
		s, _ := v.(string)
		code, ok := known[s]
		if !ok {
			code = d.Add([]byte(s))
			known[s] = code
		}
		codes[i] = code
	}
	return vector.NewDictColumn(codes, valid, d)
}

// Text prints the rows of a batch as the print connector does: +I[1, a].
func Text(schema []vector.Field, b vector.Batch) []string {
	out := make([]string, b.Rows)
	var buf []byte
	for i := range out {
		buf = append(append(buf[:0], b.Kind(i).String()...), '[')
		for c, f := range schema {
			if c > 0 {
				buf = append(buf, ", "...)
			}
			if b.Columns[c].IsNull(i) {
				buf = append(buf, "NULL"...)
				continue
			}
			buf = kernel.AppendText(buf, b.Columns[c], f.Type, i, time.UTC)
		}
		out[i] = string(append(buf, ']'))
	}
	return out
}

// withNulls sets some values of nullable columns to NULL, event times apart.
func withNulls(schema []vector.Field, rows []row, r *rand.Rand) []row {
	out := make([]row, len(rows))
	for i, x := range rows {
		out[i] = x
		out[i].values = slices.Clone(x.values)
		for c, f := range schema {
			if f.Type.Nullable && !f.Type.Rowtime && r.IntN(4) == 0 {
				out[i].values[c] = nil
			}
		}
	}
	return out
}
