package scan_test

import (
	"bytes"
	"context"
	stdcsv "encoding/csv"
	stdjson "encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"weir/catalog"
	"weir/exec"
	"weir/exec/format"
	"weir/exec/format/csv"
	"weir/exec/format/json"
	"weir/exec/scan"
	"weir/planner/plan"
	"weir/vector"
)

// memory is a source of one split in memory.
type memory struct {
	text      []byte
	newReader func(open format.OpenFunc) (exec.RangeReader, error)
}

func (m *memory) Splits(context.Context) ([]exec.Split, error) {
	return []exec.Split{{Path: "memory", Size: int64(len(m.text))}}, io.EOF
}

func (m *memory) Open(ctx context.Context, r exec.Range) (exec.Reader, error) {
	reader, err := m.newReader(func(context.Context, exec.Split) (format.Bytes, error) {
		return memoryBytes{bytes.NewReader(m.text)}, nil
	})
	if err != nil {
		return nil, err
	}
	return reader, reader.Reopen(ctx, r)
}

type memoryBytes struct{ *bytes.Reader }

func (b memoryBytes) ReadAt(_ context.Context, p []byte, off int64) (int, error) {
	return b.Reader.ReadAt(p, off)
}
func (memoryBytes) Close() error { return nil }

// read runs a scan of text in memory.
func (d table) readText(t testing.TB, w world, text []byte) outcome {
	t.Helper()
	g, n := d.node(w)
	c := config(w)
	spec := n.Spec.(*plan.Scan)
	head, err := scan.NewHead(g, n, &memory{text, func(open format.OpenFunc) (exec.RangeReader, error) {
		if spec.Options["format"] == "json" {
			return json.NewReader(spec, w.batchRows, false, open)
		}
		return csv.NewReader(spec, w.batchRows, false, open)
	}}, c)
	if err != nil {
		t.Fatal(err)
	}
	return drive(t, g, n, c, head.Feeds())
}

// same fails if the text does not read the same in chunks as it does whole.
func same(t *testing.T, d table, text []byte, chunk uint16) outcome {
	t.Helper()
	whole := d.readText(t, world{1, 8192, 1 << 40, 0}, text)
	w := world{1 + int(chunk)%3, 1 + int(chunk)%5, 1 + int64(chunk)%int64(len(text)+1), uint64(chunk)}
	parts := d.readText(t, w, text)
	if whole.err != parts.err || whole.skipped != parts.skipped || !slices.Equal(whole.rows, parts.rows) {
		t.Fatalf("%v: error %q, %d skipped; whole: error %q, %d skipped; %s", w, parts.err, parts.skipped, whole.err, whole.skipped, difference(parts.rows, whole.rows))
	}
	return whole
}

// texts is a table of n STRING columns.
func texts(n int, format string) table {
	d := table{options: map[string]string{"format": format}, rowtime: -1}
	for i := range n {
		d.columns = append(d.columns, catalog.Column{Name: string(rune('a' + i)), Type: vector.StringType})
		d.read = append(d.read, i)
	}
	return d
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("1,a\n2,\"b\n\"\"c\"\n"), uint16(3), uint8(0))
	f.Add([]byte("\ufeffx,\"y\"\r\n,\n\"\",z"), uint16(1), uint8(1))
	f.Add([]byte("a,b,c\n\"open\n1,2\n"), uint16(5), uint8(2))
	f.Add([]byte("#,\n\"a\" ,b\n\"a\"x,\\\"\\n\n"), uint16(2), uint8(12))
	f.Fuzz(func(t *testing.T, text []byte, chunk uint16, choice uint8) {
		if len(text) > 2000 {
			return
		}
		d := texts(2, "csv")
		for i, option := range []string{"csv.header", "csv.ignore-parse-errors", "csv.allow-comments"} {
			if choice>>i&1 == 1 {
				d.options[option] = "true"
			}
		}
		if choice>>3&1 == 1 {
			d.options["csv.escape-character"] = `\`
		}
		got := same(t, d, text, chunk)
		// What encoding/csv reads, we read alike; it drops blank lines and turns \r\n in quotes into \n.
		if choice&15 != 0 || bytes.HasPrefix(text, []byte("\ufeff")) || bytes.ContainsRune(text, '\r') || bytes.Contains(text, []byte("\n\n")) || bytes.HasPrefix(text, []byte("\n")) {
			return
		}
		r := stdcsv.NewReader(bytes.NewReader(text))
		r.FieldsPerRecord = 2
		records, err := r.ReadAll()
		if err != nil {
			return
		}
		if got.err != "" || len(got.rows) != len(records) {
			t.Fatalf("%d rows, error %q; encoding/csv reads %q", len(got.rows), got.err, records)
		}
		for i, r := range records {
			if want := strings.Join(r, "|"); got.rows[i].text != want {
				t.Fatalf("row %d is %q, encoding/csv reads %q", i, got.rows[i].text, want)
			}
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":"x","b":"\u00e9\ud83d\ude00"}`+"\n\n"+`{"b":"1","c":[{"a":1}]}`), uint16(3), false)
	f.Add([]byte(`[{"a":"x"},{"b":"y"}]`+"\n[]\n{\"a\":null}\nnope\n"), uint16(1), true)
	f.Add([]byte(`{"a":"1","a":"2","\u0062":"z"} {`), uint16(9), false)
	f.Fuzz(func(t *testing.T, text []byte, chunk uint16, lenient bool) {
		if len(text) > 2000 {
			return
		}
		d := texts(2, "json")
		if lenient {
			d.options["json.ignore-parse-errors"] = "true"
		}
		got := same(t, d, text, chunk)
		// One object of strings that encoding/json reads, we read alike; of equal keys it takes the last one and
		// any case.
		line := bytes.TrimSuffix(text, []byte("\n"))
		var want map[string]string
		if bytes.ContainsRune(line, '\n') || !utf8.Valid(line) || bytes.HasPrefix(line, []byte("\ufeff")) || stdjson.Unmarshal(line, &want) != nil || want == nil {
			return
		}
		if bytes.Contains(line, []byte("null")) || bytes.Count(line, []byte(":")) != len(want) {
			return
		}
		if got.err != "" || len(got.rows) != 1 {
			t.Fatalf("%d rows, error %q; encoding/json reads %q", len(got.rows), got.err, want)
		}
		var fields []string
		for _, k := range []string{"a", "b"} {
			if v, ok := want[k]; ok {
				fields = append(fields, v)
			} else {
				fields = append(fields, "∅")
			}
		}
		if text := strings.Join(fields, "|"); got.rows[0].text != text {
			t.Fatalf("row %q, encoding/json reads %q", got.rows[0].text, text)
		}
	})
}
