package infer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/exec/infer"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector/kernel"
)

// in writes files into a folder of their own and returns it.
func in(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// shown is a guess in one line: the columns, and the options that are not those of every CSV with a header.
func shown(g *infer.Table) string {
	var columns, options []string
	for _, c := range g.Columns {
		columns = append(columns, c.Name+" "+c.Type.String())
	}
	for _, k := range slices.Sorted(maps.Keys(g.Options)) {
		if k != "csv.null-literal" {
			options = append(options, strings.TrimPrefix(k, g.Format+".")+"="+g.Options[k])
		}
	}
	s := strings.Join(columns, ", ")
	if len(options) > 0 {
		s += " | " + strings.Join(options, " ")
	}
	return s
}

// readBack reads all rows of a guess as the filesystem connector does; NULL is <NULL>.
func readBack(t testing.TB, g *infer.Table) ([][]string, error) {
	t.Helper()
	table := &catalog.Table{Identifier: catalog.Default(g.Name), Options: maps.Clone(g.Options), Partitions: g.Partitions, Inferred: &catalog.Inferred{Widen: func(column string, value []byte) string { return column }}}
	scan := &plan.Scan{Table: table, Options: table.Options, Rowtime: -1}
	for i, c := range g.Columns {
		table.Columns = append(table.Columns, catalog.Column{Name: c.Name, Type: c.Type})
		scan.Read = append(scan.Read, i)
	}
	table.Options["connector"], table.Options["path"], table.Options["format"] = "filesystem", g.Path, g.Format
	src, err := filesystem.NewSource(nil, &plan.Node{Spec: scan}, &exec.Config{Seams: exec.Seams{FS: exec.OS{}}, BatchRows: 7})
	if err != nil {
		return nil, err
	}
	splits, err := src.Splits(t.Context())
	if err != nil && err != io.EOF {
		return nil, err
	}
	var rows [][]string
	for _, s := range splits {
		r, err := src.Open(t.Context(), exec.Range{Split: s, To: s.Size})
		if err != nil {
			return nil, err
		}
		for {
			b, err := r.Next(t.Context())
			for i := range b.Rows {
				row := make([]string, len(b.Columns))
				for j, c := range b.Columns {
					row[j] = "<NULL>"
					if !c.IsNull(i) {
						row[j] = string(kernel.AppendText(nil, c, g.Columns[j].Type, i, time.UTC))
					}
				}
				rows = append(rows, row)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return rows, errors.Join(err, r.Close())
			}
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// Each file is guessed, and read back with the guess.
func TestCSV(t *testing.T) {
	for _, c := range []struct{ name, text, want, rows string }{
		{"an INT", "n\n1\n-2\n2147483647\n", "n INT | header=true", "1;-2;2147483647"},
		{"a BIGINT", "n\n1\n-2147483649\n", "n BIGINT | header=true", "1;-2147483649"},
		{"integers beyond BIGINT", "n\n1\n9223372036854775808\n", "n DECIMAL(38, 0) | header=true", "1;9223372036854775808"},
		{"integers beyond DECIMAL", "n\n1\n" + strings.Repeat("9", 39) + "\n", "n STRING | header=true", "1;" + strings.Repeat("9", 39)},
		{"a DECIMAL", "n\n1\n-0.25\n1000.5\n", "n DECIMAL(18, 2) | header=true", "1.00;-0.25;1000.50"},
		{"points at both ends", "n\n.5\n5.\n", "n DECIMAL(18, 1) | header=true", "0.5;5.0"},
		{"printed DOUBLEs", "n\n0.30000000000000004\n12345.678901234567\n", "n DOUBLE | header=true", "0.30000000000000004;12345.678901234567"},
		{"digits that a DOUBLE loses", "n\n1234567890123456789.55\n1\n", "n DECIMAL(38, 2) | header=true", "1234567890123456789.55;1.00"},
		{"an exponent", "n\n1e5\n-2.5E-3\n7\n", "n DOUBLE | header=true", "100000.0;-0.0025;7.0"},
		{"NaN among numbers", "n\n1.5\nNaN\n-Infinity\n", "n DOUBLE | header=true", "1.5;NaN;-Infinity"},
		{"booleans in any case", "b\ntrue\nFALSE\nTrue\n", "b BOOLEAN | header=true", "TRUE;FALSE;TRUE"},
		{"words for booleans", "b,n\nyes,1\nno,2\n", "b STRING, n INT | header=true", "yes,1;no,2"},
		{"booleans and numbers", "b\ntrue\n1\n", "b STRING | header=true", "true;1"},
		{"leading zeros", "zip,n\n01067,1\n10115,2\n", "zip STRING, n INT | header=true", "01067,1;10115,2"},
		{"zeros", "a,b\n0,0.5\n-0,0\n", "a INT, b DECIMAL(18, 1) | header=true", "0,0.5;0,0.0"},
		{"a leading plus", "phone,n\n+4930123,1\n", "phone STRING, n INT | header=true", "+4930123,1"},
		{"thousands separators", "a,n\n\"1,234\",1\n\"5,678\",2\n", "a STRING, n INT | header=true", "1,234,1;5,678,2"},
		{"blanks around numbers", "a, b\n 1, 2.5\n3 ,4\n", "a INT, b DECIMAL(18, 1) | header=true", "1,2.5;3,4.0"},
		{"a blank is a text", "a,b\n1,x\n ,y\n", "a STRING, b STRING | header=true", "1,x; ,y"},

		{"dates", "d\n2020-02-29\n1969-12-31\n", "d DATE | header=true", "2020-02-29;1969-12-31"},
		{"no date", "d,n\n2021-02-29,1\n", "d STRING, n INT | header=true", "2021-02-29,1"},
		{"dates of several forms", "d,n\n2020-01-01,1\n01/02/2020,2\n2020-1-3,3\n", "d STRING, n INT | header=true", "2020-01-01,1;01/02/2020,2;2020-1-3,3"},
		{"dates and times", "d,n\n2020-01-01,1\n2020-01-01 10:00:00,2\n", "d STRING, n INT | header=true", "2020-01-01,1;2020-01-01 10:00:00,2"},
		{"timestamps", "t\n2020-01-01 10:00:00\n2020-01-01 10:00:00.5\n", "t TIMESTAMP(3) | header=true", "2020-01-01 10:00:00.000;2020-01-01 10:00:00.500"},
		{"microseconds", "t\n2020-01-01 10:00:00.123456\n", "t TIMESTAMP(6) | header=true", "2020-01-01 10:00:00.123456"},
		{"nanoseconds", "t\n2020-01-01 10:00:00.1234567\n", "t TIMESTAMP(9) | header=true", "2020-01-01 10:00:00.123456700"},
		{"T", "t\n2020-01-01T10:00:00\n2020-01-01T10:00\n", "t TIMESTAMP(3) | header=true timestamp-format.standard=ISO-8601", "2020-01-01 10:00:00.000;2020-01-01 10:00:00.000"},
		{"T and Z", "t\n2020-01-01T10:00:00Z\n2020-01-01T10:00:00.25Z\n", "t TIMESTAMP_LTZ(3) | header=true timestamp-format.standard=ISO-8601", "2020-01-01 10:00:00.000;2020-01-01 10:00:00.250"},
		{"Z now and then", "t,n\n2020-01-01T10:00:00Z,1\n2020-01-01T10:00:00,2\n", "t STRING, n INT | header=true", "2020-01-01T10:00:00Z,1;2020-01-01T10:00:00,2"},
		{"an offset", "t,n\n2020-01-01T10:00:00+02:00,1\n", "t STRING, n INT | header=true", "2020-01-01T10:00:00+02:00,1"},
		{"two forms of times in a table", "a,b\n2020-01-01T10:00:00,2020-01-01 10:00:00\n", "a TIMESTAMP(3), b STRING | header=true timestamp-format.standard=ISO-8601", "2020-01-01 10:00:00.000,2020-01-01 10:00:00"},
		{"a time of day", "t,n\n10:00:00,1\n", "t STRING, n INT | header=true", "10:00:00,1"},

		{"NULLs", "a,b,c\n1,,x\n,2.5,\n", "a INT, b DECIMAL(18, 1), c STRING | header=true", "1,<NULL>,x;<NULL>,2.5,<NULL>"},
		{"a column of NULLs", "a,b\n1,\n2,\n", "a INT, b STRING | header=true", "1,<NULL>;2,<NULL>"},
		{"an empty string in quotes", "a,b\n1,\"\"\n2,x\n", "a INT, b STRING | header=true", "1,<NULL>;2,x"},
		{"the word NULL", "a,n\nNULL,1\n5,2\n", "a STRING, n INT | header=true", "NULL,1;5,2"},

		{"no header", "1,x\n2,y\n", "f0 INT, f1 STRING", "1,x;2,y"},
		{"no header, texts", "x,y\na,b\nx,c\n", "f0 STRING, f1 STRING", "x,y;a,b;x,c"},
		{"a header above texts", "name,city\nBob,Paris\nEve,Rome\n", "name STRING, city STRING | header=true", "Bob,Paris;Eve,Rome"},
		{"years in the header", "id,2019,2020\n1,2,3\n", "id INT, 2019 INT, 2020 INT | header=true", "1,2,3"},
		{"only a header", "a,b\n", "a STRING, b STRING | header=true", ""},
		{"one row", "1,x,2020-01-01\n", "f0 INT, f1 STRING, f2 DATE", "1,x,2020-01-01"},
		{"one value", "7", "f0 INT", "7"},
		{"one column", "x\n1\n2\n", "x INT | header=true", "1;2"},
		{"one column of addresses", "a@x.org\nb@y.org\n", "f0 STRING", "a@x.org;b@y.org"},
		{"one column of names", "city\nBerlin\nRome\n", "city STRING | header=true", "Berlin;Rome"},
		{"one column of texts", "pear\napple\npear\n", "f0 STRING", "pear;apple;pear"},
		{"a column twice", "a,a,a_1\n1,2,3\n", "a INT, a_2 INT, a_1 INT | header=skip", "1,2,3"},
		{"columns without name", ",a,\n0,1,2\n", "f0 INT, a INT, f2 INT | header=skip", "0,1,2"},
		{"names of others for those without", ",f0,\n0,1,2\n", "f0_1 INT, f0 INT, f2 INT | header=skip", "0,1,2"},
		{"names in quotes", "\"a,b\",\"c\"\"d\"\n1,2\n", "a,b INT, c\"d INT | header=true", "1,2"},
		{"a name over two lines", "\"a\nb\",c\n1,2\n", "a\nb INT, c INT | header=true", "1,2"},

		{"semicolons", "a;b\n1,5;x,y\n2,5;z\n", "a STRING, b STRING | field-delimiter=; header=true", "1,5,x,y;2,5,z"},
		{"tabs", "a\tb\n1\tx\n2\ty\n", `a INT, b STRING | field-delimiter=\t header=true`, "1,x;2,y"},
		{"pipes", "a|b\n1|x\n2|y\n", "a INT, b STRING | field-delimiter=| header=true", "1,x;2,y"},
		{"lists in a column", "1,a|b\n2,c|d\n", "f0 INT, f1 STRING", "1,a|b;2,c|d"},
		{"prose with commas", "First\nWell, well, well\nYes, no\nno commas\nat all\nhere\n", "First STRING | field-delimiter=; header=true", "Well, well, well;Yes, no;no commas;at all;here"},
		{"a line break in quotes", "a,b\n1,\"x\ny\"\n2,z\n", "a INT, b STRING | header=true", "1,x\ny;2,z"},
		{"doubled quotes", "a,b\n1,\"x\"\"y\"\n", "a INT, b STRING | header=true", "1,x\"y"},
		{"delimiters in quotes", "a,b\n1,\"x,y,z\"\n2,\";;\"\n", "a INT, b STRING | header=true", "1,x,y,z;2,;;"},
		{"single quotes", "a,b\n'x,y',1\n'z',2\n", "a STRING, b INT | header=true quote-character='", "x,y,1;z,2"},
		{"a backslash before quotes", "a,b\n1,\"x \\\"y\\\" z\"\n", `a INT, b STRING | escape-character=\ header=true`, "1,x \"y\" z"},
		{"quotes that are none", "a\tb\n\"8 inch\t1\n\"9 inch\t2\n5 inch\t3\n", `a STRING, b INT | disable-quote-character=true field-delimiter=\t header=true`, "\"8 inch,1;\"9 inch,2;5 inch,3"},
		{"a byte order mark", "\xEF\xBB\xBFa,b\n1,2\n", "a INT, b INT | header=true", "1,2"},
		{"CRLF", "a,b\r\n1,2\r\n", "a INT, b INT | header=true", "1,2"},
		{"no line break at the end", "a,b\n1,2", "a INT, b INT | header=true", "1,2"},
		{"empty lines", "a,b\n1,2\n\n3,4\r\n\r\n\n", "a INT, b INT | header=true skip-empty-lines=true", "1,2;3,4"},
		{"an empty line in front", "\n\r\na,b\n1,2\n", "a INT, b INT | header=true skip-empty-lines=true", "1,2"},
		{"empty lines of one column", "a\n1\n\n2\n", "a INT | header=true", "1;<NULL>;2"},
		{"a comma at each end", "a,b,\n1,2,\n3,4,\n", "a INT, b INT, f2 STRING | header=skip", "1,2,<NULL>;3,4,<NULL>"},
		{"not UTF-8", "a,\xff\n1,2\n", "a INT, \uFFFD INT | header=skip", "1,2"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, "t.csv", c.text, c.want, c.rows) })
	}
}

func TestJSON(t *testing.T) {
	for _, c := range []struct{ name, text, want, rows string }{
		{"types", `{"i":1,"l":3000000000,"d":1.5,"f":1e3,"b":true,"s":"x","t":"2020-01-01 10:00:00","y":"2020-01-01"}` + "\n",
			"i INT, l BIGINT, d DECIMAL(18, 1), f DOUBLE, b BOOLEAN, s STRING, t TIMESTAMP(3), y DATE",
			"1,3000000000,1.5,1000.0,TRUE,x,2020-01-01 10:00:00.000,2020-01-01"},
		{"T and Z", `{"a":"2020-01-01T10:00:00.123456","b":"2020-01-01T10:00:00Z"}`, "a TIMESTAMP(6), b TIMESTAMP_LTZ(3) | timestamp-format.standard=ISO-8601", "2020-01-01 10:00:00.123456,2020-01-01 10:00:00.000"},
		{"keys in order of appearance", "{\"b\":1}\n{\"a\":\"x\",\"b\":2}\n{}\n{\"c\":null}\n", "b INT, a STRING, c STRING", "1,<NULL>,<NULL>;2,x,<NULL>;<NULL>,<NULL>,<NULL>;<NULL>,<NULL>,<NULL>"},
		{"numbers in strings", "{\"a\":\"1\"}\n{\"a\":\"2\"}\n", "a STRING", "1;2"},
		{"numbers and strings", "{\"a\":1}\n{\"a\":\"x\"}\n", "a STRING", "1;x"},
		{"booleans and strings", "{\"a\":true}\n{\"a\":\"x\"}\n", "a STRING", "true;x"},
		{"objects", "{\"a\":{\"x\": [1, 2]},\"b\":1}\n", "a STRING, b INT", `{"x":[1,2]},1`},
		{"arrays", "{\"a\":[1,2],\"s\":[\"x\",null]}\n{\"a\":[],\"s\":null}\n", "a ARRAY<INT>, s ARRAY<STRING>", "[1, 2],[x, NULL];[],<NULL>"},
		{"arrays of arrays", "{\"a\":[[1],[2]]}\n", "a ARRAY<STRING>", "[[1], [2]]"},
		{"arrays of objects", "{\"a\":[{\"x\": 1},{\"y\":[2, 3]}]}\n", "a ARRAY<STRING>", `[{"x":1}, {"y":[2,3]}]`},
		{"arrays and numbers", "{\"a\":[1]}\n{\"a\":2}\n", "a STRING", "[1];2"},
		{"an array of objects on a line", `[{"a":1},{"a":2}]`, "a INT", "1;2"},
		{"escapes", `{"a\u0062":"x\ty"}` + "\n", "ab STRING", "x\ty"},
		{"a key twice", `{"a":1,"a":"x"}` + "\n", "a INT", "1"},
		{"blank lines and CRLF", "\r\n{\"a\":1}\r\n\r\n{\"a\":2}\r\n", "a INT", "1;2"},
		{"a key without name", `{"":1,"a":2}` + "\n", "a INT", "2"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, "t.jsonl", c.text, c.want, c.rows) })
	}
}

func check(t *testing.T, name, text, want, rows string) {
	t.Helper()
	g, err := infer.File(t.Context(), exec.OS{}, filepath.Join(in(t, map[string]string{name: text}), name), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown(g); got != want {
		t.Errorf("%q is\n%s, want\n%s", text, got, want)
	}
	read, err := readBack(t, g)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range read {
		lines = append(lines, strings.Join(r, ","))
	}
	if got := strings.Join(lines, ";"); got != rows {
		t.Errorf("%q reads as\n%s, want\n%s", text, got, rows)
	}
}

// Formats are told by names, and by what is in files whose name tells nothing.
func TestFormats(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte("a,b\n1,2\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := in(t, map[string]string{
		"a.csv.gz": zipped.String(), "b": "{\"x\":1}\n", "c.log": "1,2\n", "d.NDJSON": "{\"x\":1}\n", "e.tsv": "a\tb\n1\t2\n",
		"f.json": "  [\n{\"x\":1}\n]\n", "g.csv": "PAR1........", "q.parquet": "a,b\n1,2\n", "h.csv": "\xff\xfea\x00", "i.csv": "a\x00b", "j.csv": "", "k.csv": "\n \n", "l.jsonl": "{}\n",
		"m.csv": "a,b\n1,2\n3\n4,5\n", "n.csv": "a,b\n1,\"x\n", "o.json": "{\"a\":}\n", "empty/.hidden": "1", "r.csv": "id,name\n1,x\n2\n3,z,w\n", "s.csv": "a,b\n1,2\n3\n4,5,6\n7\n8,9,10\n", "t.log": "a, b\nc\nd, e, f\ng, h, i, j\n", "u.csv": "text\na, b\nc, d, e\nf, g, h\n",
		"p.csv": "a,b,c\n1;2\n3\t4,5|6\n7|8|9|10\n",
	})
	for _, c := range [][2]string{
		{"a.csv.gz", "a INT, b INT | header=true"}, {"b", "x INT"}, {"c.log", "f0 INT, f1 INT"}, {"d.NDJSON", "x INT"},
		{"e.tsv", `a INT, b INT | field-delimiter=\t header=true`},
		{"f.json", "W5022 f.json:1: JSON that goes over several lines is not read"},
		{"r.csv", "W5022 r.csv:3: a record with 1 field among those with 2"}, {"s.csv", "W5022 s.csv:1: a record with 2 fields among those with 3"},
		{"t.log", "f0 STRING | field-delimiter=;"}, {"u.csv", "text STRING | field-delimiter=; header=true"},
		{"g.csv", "W4011 g.csv is no Parquet file that can be read: it does not end with PAR1: it is of another format, or was not written to its end"},
		{"q.parquet", "W4011 q.parquet is no Parquet file that can be read: it has 8 bytes"},
		{"h.csv", "W5021 h.csv is UTF-16; text is read as UTF-8"},
		{"i.csv", "W5021 i.csv is no text"},
		{"j.csv", "W5023 j.csv is empty: there is nothing to infer columns from"},
		{"k.csv", "W5023 k.csv is empty: there is nothing to infer columns from"},
		{"l.jsonl", "W5023 l.jsonl is empty: there is nothing to infer columns from"},
		{"m.csv", "W5022 m.csv:3: a record with 1 field among those with 2"},
		{"n.csv", "W5022 n.csv is no CSV: a quote is opened and never closed"},
		{"o.json", "W5022 o.json:1: no JSON line: a value is expected"},
		{"p.csv", "W5022 p.csv: its lines have no delimiter in common, of comma, semicolon, tab and |"},
		{"empty", "W5023 there is no file in empty"},
		{"mm.csv", "W5007 file mm.csv does not exist; did you mean 'm.csv'?"},
		{"x/y.csv", "W5007 file x/y.csv does not exist; there is no directory x either"},
		{"*.nope", "W5007 no file matches *.nope"},
	} {
		g, err := infer.File(t.Context(), exec.OS{}, filepath.Join(dir, c[0]), nil)
		got := ""
		if d, ok := errors.AsType[*diag.Diagnostic](err); ok {
			got = d.Code + " " + strings.ReplaceAll(d.Message, dir+"/", "")
			if d.Code == "W5007" && d.Hint != "" {
				got += "; " + strings.ReplaceAll(d.Hint, dir+"/", "")
			}
		} else if err != nil {
			t.Errorf("%s: an error that is no Diagnostic: %v", c[0], err)
		} else {
			got = shown(g)
		}
		if got != c[1] {
			t.Errorf("%s is\n%s, want\n%s", c[0], got, c[1])
		}
	}
}

// Files of one path are one table.
func TestFilesAgree(t *testing.T) {
	dir := in(t, map[string]string{
		"wide/1.csv": "a,b\n1,x\n", "wide/2.csv": "b,a\ny,2.5\n", "wide/sub/3.csv": "a,b\n3000000000,\n\n", "wide/_not": "z",
		"more/1.csv": "a,b\n1,x\n", "more/2.csv": "a,b,c\n1,x,y\n",
		"names/1.csv": "a,b\n1,x\n", "names/2.csv": "a,c\n1,x\n",
		"header/1.csv": "a,b\n1,x\n", "header/2.csv": "1,x\n",
		"delimiter/1.csv": "1,x\n", "delimiter/2.csv": "1;x\n",
		"formats/1.csv": "1,x\n", "formats/2.json": "{\"x\":1}\n",
		"keys/1.jsonl": "{\"a\":1}\n", "keys/2.jsonl": "{\"b\":2,\"a\":1.5}\n", "keys/3.jsonl": "",
	})
	for _, c := range [][2]string{
		{"wide", "a DECIMAL(18, 1), b STRING | header=true skip-empty-lines=true"},
		{"wide/*.csv", "a DECIMAL(18, 1), b STRING | header=true"},
		{"more", "more/1.csv and more/2.csv are not one table: they have 2 and 3 columns"},
		{"names", "names/1.csv and names/2.csv are not one table: only the second has a column 'c'"},
		{"header", "header/1.csv and header/2.csv are not one table: 'csv.header' would be 'true' and unset"},
		{"delimiter", "delimiter/1.csv and delimiter/2.csv are not one table: 'csv.field-delimiter' would be unset and ';'"},
		{"formats", "formats/1.csv and formats/2.json are not one table: one is csv, the other json"},
		{"keys", "a DECIMAL(18, 1), b INT"},
	} {
		g, err := infer.File(t.Context(), exec.OS{}, filepath.Join(dir, c[0]), nil)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), dir+"/", "")
		} else {
			got = shown(g)
			if _, err := readBack(t, g); err != nil {
				t.Errorf("%s: %v", c[0], err)
			}
		}
		if got != c[1] {
			t.Errorf("%s is\n%s, want\n%s", c[0], got, c[1])
		}
	}
}

func TestNames(t *testing.T) {
	dir := in(t, map[string]string{"bids.csv": "1\n", "bids.2020.csv.gz.csv": "1\n", "day-1.csv": "1\n", "day-2.csv": "1\n", "data/x.csv": "1\n", ".csv": "1\n"})
	for _, c := range [][2]string{
		{"bids.csv", "bids"}, {"bids.2020.csv.gz.csv", "bids.2020.csv.gz"}, {"day-*.csv", "day"}, {"data", "data"}, {"data/", "data"},
		{"data/*.csv", "data"}, {"[b]ids.csv", filepath.Base(dir)}, {".csv", ".csv"},
	} {
		g, err := infer.File(t.Context(), exec.OS{}, dir+"/"+c[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		if g.Name != c[1] {
			t.Errorf("%s is named %s, want %s", c[0], g.Name, c[1])
		}
	}
}

// What does not fit is found by the reader, and the type that would have fitted is told.
func TestLaterRows(t *testing.T) {
	for _, c := range []struct{ name, first, later, detail, wider string }{
		{"a wider integer", "1", "3000000000", `"3000000000" is not an INT`, "BIGINT"},
		{"a fraction", "1", "1.25", `"1.25" is not an INT`, "DECIMAL(18, 2)"},
		{"an exponent", "1.5", "1e9", `"1e9" is not a DECIMAL(18, 1)`, "DOUBLE"},
		{"one more digit behind the point", "1.5", "1.25", `"1.25" is not a DECIMAL(18, 1)`, "DECIMAL(18, 2)"},
		{"leading zeros", "10115", "01067", `"01067" is not an INT`, "STRING"},
		{"a plus", "10115", "+49", `"+49" is not an INT`, "STRING"},
		{"a word", "1", "n/a", `"n/a" is not an INT`, "STRING"},
		{"a word for a boolean", "true", "yes", `"yes" is not a BOOLEAN`, "STRING"},
		{"a date of another form", "2020-01-01", "2020-1-2", `"2020-1-2" is not a DATE`, "STRING"},
		{"a time for a date", "2020-01-01", "2020-01-01 00:00:00", `"2020-01-01 00:00:00" is not a DATE`, "STRING"},
		{"microseconds", "2020-01-01 00:00:00.5", "2020-01-01 00:00:00.123456", `"2020-01-01 00:00:00.123456" is not a TIMESTAMP(3)`, "TIMESTAMP(6)"},
		{"a time with T", "2020-01-01 00:00:00", "2020-01-01T00:00:00", `"2020-01-01T00:00:00" is not a TIMESTAMP(3)`, "STRING"},
		{"a hexadecimal number", "1e5", "0x1p3", `"0x1p3" is not a DOUBLE`, "STRING"},
	} {
		var text strings.Builder
		text.WriteString("a,b\n")
		for range 10_000 {
			fmt.Fprintf(&text, "1,%s\n", c.first)
		}
		fmt.Fprintf(&text, "1,%s\n", c.later)
		g, err := infer.File(t.Context(), exec.OS{}, filepath.Join(in(t, map[string]string{"t.csv": text.String()}), "t.csv"), nil)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := readBack(t, g)
		row, ok := errors.AsType[*exec.RowError](err)
		if !ok || row.Line != 10_001 || len(rows) != 10_000 || row.Detail != "column b: "+c.detail {
			t.Errorf("%s: %d rows and %v, want line 10001 and %s", c.name, len(rows), err, c.detail)
		}
		w := g.Widened("b", []byte(c.later))
		if got := w.Columns[1].Type.String(); got != c.wider {
			t.Errorf("%s makes it %s, want %s", c.name, got, c.wider)
		}
		if rows, err := readBack(t, w); err != nil || len(rows) != 10_001 {
			t.Errorf("%s: the wider table reads %d rows and %v", c.name, len(rows), err)
		}
	}
}

// No more is read than the sample needs.
func TestSampleIsSmall(t *testing.T) {
	dir := in(t, map[string]string{"t.csv": strings.Repeat("1,abc\n", 2_000_000)})
	fs := &counting{}
	if _, err := infer.File(t.Context(), fs, dir+"/t.csv", nil); err != nil {
		t.Fatal(err)
	}
	if fs.read > 256<<10 {
		t.Errorf("%d bytes of 12 MB were read for 10,000 rows of 6", fs.read)
	}
}

// counting counts the bytes that are read.
type counting struct {
	exec.OS
	read int
}

type counted struct {
	exec.File
	fs *counting
}

func (c *counting) Open(name string) (exec.File, error) {
	f, err := c.OS.Open(name)
	return &counted{f, c}, err
}

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.File.ReadAt(p, off)
	c.fs.read += n
	return n, err
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := infer.File(ctx, exec.OS{}, in(t, map[string]string{"t.csv": "1\n"})+"/t.csv", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt gives %v", err)
	}
}

// A watermark is proposed where times rise, and waits for the latest row.
func TestWatermark(t *testing.T) {
	at := func(seconds ...float64) string {
		var b strings.Builder
		b.WriteString("n,t\n")
		for _, s := range seconds {
			fmt.Fprintf(&b, "1,%s\n", time.UnixMilli(int64(s*1000)).UTC().Format("2006-01-02 15:04:05.000"))
		}
		return b.String()
	}
	for _, c := range []struct {
		name, text string
		delay      time.Duration
		ok         bool
	}{
		{"rising", at(1, 2, 2, 7), 0, true},
		{"a second behind", at(1, 5, 4, 60), 2 * time.Second, true},
		{"half a second behind", at(1, 5, 4.5, 60), time.Second, true},
		{"minutes behind", at(1, 500, 300, 6000), 5 * time.Minute, true},
		{"falling", at(9, 8, 7), 0, false},
		{"any order", at(1, 90, 30, 100, 5, 50), 0, false},
		{"one time", at(1, 1), 0, false},
		{"NULL now and then", at(1, 2, 3) + "1,\n", 0, false},
		{"no time", "n\n1\n", 0, false},
	} {
		g, err := infer.File(t.Context(), exec.OS{}, in(t, map[string]string{"t.csv": c.text})+"/t.csv", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, delay, ok := g.Watermark(); delay != c.delay || ok != c.ok {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, delay, ok, c.delay, c.ok)
		}
	}
	dir := in(t, map[string]string{"1.csv": at(100, 101, 102), "2.csv": at(1, 2, 3)})
	g, err := infer.File(t.Context(), exec.OS{}, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if column, delay, ok := g.Watermark(); column != 1 || delay != 0 || !ok {
		t.Errorf("files that rise each by itself: %v, %v, %v", column, delay, ok)
	}
}

// Options that a user gives are no matter of guessing; wrong ones are told where options are checked.
func TestGivenOptions(t *testing.T) {
	for _, c := range []struct {
		name, text string
		options    map[string]string
		want, rows string
	}{
		{"pipe.csv", "a|b,c\nx|1,2\ny|3,4\n", map[string]string{"csv.field-delimiter": ","}, "a|b STRING, c INT | field-delimiter=, header=true", "x|1,2;y|3,4"},
		{"t.csv", "a,b\nx,y\n", map[string]string{"csv.header": "false"}, "f0 STRING, f1 STRING | header=false", "a,b;x,y"},
		{"t.csv", "u,v\nx,y\nu,v\n", map[string]string{"csv.header": "true"}, "u STRING, v STRING | header=true", "x,y;u,v"},
		{"t.csv", "a,b\n-,1\n2,-\n", map[string]string{"csv.null-literal": "-"}, "a INT, b INT | header=true", "<NULL>,1;2,<NULL>"},
		{"t.csv", "# of 2020\na,b\n#,\n1,2", map[string]string{"csv.allow-comments": "true"}, "a INT, b INT | allow-comments=true header=true", "1,2"},
		{"t.csv", "a,b\n1,2\n3\n", map[string]string{"csv.ignore-parse-errors": "true"}, "a INT, b INT | header=true ignore-parse-errors=true", "1,2;3,<NULL>"},
		{"t.csv", "a,b\n'1,2',3\n", map[string]string{"csv.quote-character": "'"}, "a STRING, b INT | header=true quote-character='", "1,2,3"},
		{"t.csv", "a,b\n1,2\n", map[string]string{"csv.field-delimiter": "||", "json.nothing": "x"}, "a INT, b INT | header=true", "1,2"},
		{"t.json", "{\"a\":1}\n{\n", map[string]string{"json.ignore-parse-errors": "true"}, "a INT | ignore-parse-errors=true", "1"},
		{"t.json", "{\"a\":\"2020-01-01T00:00:00\"}\n", map[string]string{"json.timestamp-format.standard": "SQL"}, "a STRING | timestamp-format.standard=SQL", "2020-01-01T00:00:00"},
	} {
		g, err := infer.File(t.Context(), exec.OS{}, filepath.Join(in(t, map[string]string{c.name: c.text}), c.name), c.options)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := shown(g); got != c.want {
			t.Errorf("%q with %v is\n%s, want\n%s", c.text, c.options, got, c.want)
		}
		read, err := readBack(t, g)
		var lines []string
		for _, r := range read {
			lines = append(lines, strings.Join(r, ","))
		}
		if got := strings.Join(lines, ";"); err != nil || got != c.rows {
			t.Errorf("%q with %v reads as\n%s, %v, want\n%s", c.text, c.options, got, err, c.rows)
		}
	}
}

// Directories k=v below the path are columns, with types from all their values.
func TestPartitions(t *testing.T) {
	dir := in(t, map[string]string{
		"d/day=2020-01-01/m=01/a.csv": "id,day\n1,x\n", "d/day=2020-01-02/m=__DEFAULT_PARTITION__/b.csv": "id,day\n2,y\n",
		"n/k=1/a.jsonl": "{\"x\":1}\n", "n/k=2/b.jsonl": "{\"x\":2}\n", "n/k=a%2Fb/c.jsonl": "{\"x\":3,\"k\":9}\n",
		"uneven/k=1/a.csv": "a,b\n1,2\n", "uneven/b.csv": "a,b\n1,2\n",
	})
	t.Chdir(dir)
	for _, c := range [][3]string{
		{"d", "id INT, day DATE, m STRING | header=true", "1,2020-01-01,01;2,2020-01-02,<NULL>"},
		{"d/day=*/m=01", "id INT, day DATE, m STRING | header=true", "1,2020-01-01,01"},
		{"d/day=2020-01-01/m=01/a.csv", "id INT, day STRING | header=true", "1,x"},
		{"n", "x INT, k STRING", "1,1;2,2;3,a/b"},
		{"uneven", "W5024 uneven/b.csv and uneven/k=1/a.csv are not one table: their directories k=v name different columns", ""},
	} {
		g, err := infer.File(t.Context(), exec.OS{}, c[0], nil)
		if err != nil {
			d, ok := errors.AsType[*diag.Diagnostic](err)
			if !ok || d.Code+" "+d.Message != c[1] {
				t.Errorf("%s: %v", c[0], err)
			}
			continue
		}
		if got := shown(g); got != c[1] {
			t.Errorf("%s is\n%s, want\n%s", c[0], got, c[1])
		}
		read, err := readBack(t, g)
		var lines []string
		for _, r := range read {
			lines = append(lines, strings.Join(r, ","))
		}
		slices.Sort(lines)
		if got := strings.Join(lines, ";"); err != nil || got != c[2] {
			t.Errorf("%s reads as %s, %v, want %s", c[0], got, err, c[2])
		}
	}
}
