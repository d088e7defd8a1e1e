package infer_test

import (
	stdcsv "encoding/csv"
	stdjson "encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/infer"
)

// maker makes the values of a column: the text as CSV has it, the value of JSON, and the text that is read back.
type maker struct {
	name string
	make func(r *rand.Rand) (csv string, json any, read func(typ string) string)
}

func same(s string) func(string) string { return func(string) string { return s } }

var makers = []maker{
	{"boolean", func(r *rand.Rand) (string, any, func(string) string) {
		b := r.IntN(2) == 0
		return fmt.Sprint(b), b, same(strings.ToUpper(fmt.Sprint(b)))
	}},
	{"int", func(r *rand.Rand) (string, any, func(string) string) {
		n := int32(r.Uint32()) >> r.IntN(31)
		return fmt.Sprint(n), n, same(fmt.Sprint(n))
	}},
	{"bigint", func(r *rand.Rand) (string, any, func(string) string) {
		n := int64(r.Uint64()) >> r.IntN(60)
		return fmt.Sprint(n), n, same(fmt.Sprint(n))
	}},
	{"decimal", func(r *rand.Rand) (string, any, func(string) string) {
		s := fmt.Sprintf("%d.%0*d", r.IntN(1_000_000), 1+r.IntN(5), r.IntN(10))
		return s, stdjson.Number(s), func(typ string) string { return scaled(s, typ) }
	}},
	{"double", func(r *rand.Rand) (string, any, func(string) string) {
		v := r.NormFloat64()
		s := strconv.FormatFloat(v, 'g', -1, 64)
		return s, v, func(typ string) string {
			if typ == "DOUBLE" {
				return fmt.Sprint(v)
			}
			return scaled(s, typ)
		}
	}},
	{"string", func(r *rand.Rand) (string, any, func(string) string) {
		const letters = "abc ,;|\"'\\\n\té漢:-"
		runes := []rune(letters)
		s := "x" // not empty, which is NULL in CSV, and no number
		for range r.IntN(6) {
			s += string(runes[r.IntN(len(runes))])
		}
		return s, s, same(s)
	}},
	{"date", func(r *rand.Rand) (string, any, func(string) string) {
		s := time.Unix(int64(r.Int32()), 0).UTC().Format("2006-01-02")
		return s, s, same(s)
	}},
	{"timestamp", func(r *rand.Rand) (string, any, func(string) string) {
		s := time.UnixMilli(r.Int64N(4e12)).UTC().Format("2006-01-02 15:04:05.000")
		return s, s, same(s)
	}},
}

// scaled fills a decimal up to the scale of its type.
func scaled(s, typ string) string {
	var precision, scale int
	if _, err := fmt.Sscanf(typ, "DECIMAL(%d, %d)", &precision, &scale); err != nil {
		return s
	}
	_, fraction, _ := strings.Cut(s, ".")
	return s + strings.Repeat("0", scale-len(fraction))
}

// TestRoundTrip writes tables of random types with other writers, and reads them back with the guess.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(7, seed))
		columns, rows := make([]maker, 1+r.IntN(6)), 1+r.IntN(40)
		header := []string{}
		for i := range columns {
			columns[i] = makers[r.IntN(len(makers))]
			header = append(header, fmt.Sprintf("%s %d", columns[i].name, i))
		}
		var csvText, jsonText strings.Builder
		w := stdcsv.NewWriter(&csvText)
		w.Comma = []rune(",;\t|")[r.IntN(4)]
		w.UseCRLF = r.IntN(2) == 0
		if err := w.Write(header); err != nil {
			t.Fatal(err)
		}
		var want [][]func(string) string
		for range rows {
			record, object, line := []string{}, map[string]any{}, []func(string) string{}
			for i, c := range columns {
				text, value, read := c.make(r)
				if r.IntN(8) == 0 && i > 0 {
					text, value, read = "", nil, same("<NULL>")
				}
				if strings.Contains(text, "\n") && w.UseCRLF {
					read = same(strings.ReplaceAll(text, "\n", "\r\n")) // the writer does so
					value = strings.ReplaceAll(text, "\n", "\r\n")
				}
				record, line = append(record, text), append(line, read)
				object[header[i]] = value
			}
			if err := w.Write(record); err != nil {
				t.Fatal(err)
			}
			b, err := stdjson.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&jsonText, "%s\n", b)
			want = append(want, line)
		}
		w.Flush()
		dir := in(t, map[string]string{"t.csv": csvText.String(), "t.jsonl": jsonText.String()})
		for _, name := range []string{"t.csv", "t.jsonl"} {
			text := map[string]string{"t.csv": csvText.String(), "t.jsonl": jsonText.String()}[name]
			g, err := infer.File(t.Context(), exec.OS{}, dir+"/"+name, nil)
			if err != nil {
				t.Fatalf("seed %d, %s: %v\n%s", seed, name, err, text)
			}
			got, err := readBack(t, g)
			if err != nil || len(got) != rows || len(g.Columns) != len(columns) {
				t.Fatalf("seed %d, %s as %s: %d rows of %d, %v\n%s", seed, name, shown(g), len(got), rows, err, text)
			}
			for i, row := range got {
				for j, value := range row {
					at := slices.Index(header, g.Columns[j].Name)
					if at < 0 {
						t.Fatalf("seed %d, %s: there is no column %s\n%s", seed, name, g.Columns[j].Name, text)
					}
					wanted := want[i][at](g.Columns[j].Type.String())
					if value != wanted && !equalDoubles(value, wanted) {
						t.Fatalf("seed %d, %s as %s: row %d column %s is %q, was %q\n%s", seed, name, shown(g), i, g.Columns[j].Name, value, wanted, text)
					}
				}
			}
		}
	}
}

// equalDoubles compares numbers in the forms of Go and of Java.
func equalDoubles(a, b string) bool {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && x == y
}

// FuzzFile checks that no text makes a guess that its readers don't read to its end, or a panic.
func FuzzFile(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "a;b\n1;\"x\ny\"\n", "{\"a\":1}\n{\"b\":[1,null]}\n", "\"a\",'b'\n\"1\\\"\",2\n", "x\n1.5\n1e3\n007\n", "\xEF\xBB\xBFa|b\r\n\r\n1|2\r\n",
		"t\n2020-01-01T00:00:00Z\n2020-01-01\n", "a\t\"b\n\"\t1\n", "[{\"a\":{}},{\"a\":\"\\u00e9\"}]", ",,\n,,\n", "'\n'", "\"\"\n", "a\n \n", "{\"\":0}", "{\"a\":\"\\ud800\"}",
		"n\n99999999999999999999999999999999999999\n.5\n", "1,true\nNaN,FALSE\n", "a,a,f1\n,,\n", "\t\n\"\"", "a,b\n1,2\n\r\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"t.csv", "t.json", "t"} {
			g, err := infer.File(t.Context(), exec.OS{}, in(t, map[string]string{name: text})+"/"+name, nil)
			if err != nil {
				continue
			}
			names := map[string]bool{}
			for _, c := range g.Columns {
				if c.Name == "" || names[c.Name] {
					t.Fatalf("%q: the columns are %s", text, shown(g))
				}
				names[c.Name] = true
			}
			if _, err := readBack(t, g); err != nil {
				t.Fatalf("%q as %s: %v", text, shown(g), err)
			}
		}
	})
}
