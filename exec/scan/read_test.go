package scan_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	"weir/vector"
)

// The cases of the kinds csv-read and json-read that a real Flink 2.2.1 answered, by their names; "ours" are those
// where docs/flink.md says that weir differs, and cases of our own options.
var readCases = []struct {
	name, format string
	types        []vector.Type
	text         string
	options      map[string]string
	rows         []string
	err          string // ends the error
}{
	{name: "crlf", types: intTextInt, text: "1,a,10\r\n2,b,20\r\n", rows: []string{"1|a|10", "2|b|20"}},
	{name: "too-few", types: intTextInt, text: "1,a,10\n2,b\n", err: ":2: row length mismatch: 3 fields expected but was 2", rows: []string{"1|a|10"}},
	{name: "too-few-ignore", types: intTextInt, text: "1,a,10\n2,b\n3,c,30\n", options: ignore, rows: []string{"1|a|10", "2|b|∅", "3|c|30"}},
	{name: "bad-int", types: intTextInt, text: "1,a,x\n", err: `:1: column c2: "x" is not an INT`},
	{name: "empty-fields", types: intTextInt, text: "1,,10\n2,b,\n", err: `:2: column c2: "" is not an INT`, rows: []string{"1||10"}},
	{name: "empty-date", types: []vector.Type{vector.IntType, vector.DateType}, text: "1,\n", err: `:1: column c1: "" is not a DATE`},
	{name: "null-literal", types: intTextInt, text: "1,NULL,10\n2,b,NULL\n3,\"NULL\",1\n", options: map[string]string{"csv.null-literal": "NULL"}, rows: []string{"1|∅|10", "2|b|∅", "3|∅|1"}},
	{name: "spaces", types: []vector.Type{vector.IntType, vector.StringType, vector.DoubleType}, text: " 1 , a b , 2.5 \n", rows: []string{"1| a b |2.5"}},
	{name: "quote-char", types: intTextInt, text: "1,'a,b',10\n2,\"x\",20\n", options: map[string]string{"csv.quote-character": "'"}, rows: []string{"1|a,b|10", `2|"x"|20`}},
	{name: "field-delim", types: intTextInt, text: "1;a,b;10\n", options: map[string]string{"csv.field-delimiter": ";"}, rows: []string{"1|a,b|10"}},
	{name: "no-escape", types: intTextInt, text: "1,a\\b,10\n", rows: []string{`1|a\b|10`}},
	{name: "comments-off", types: intTextInt, text: "#head\n1,a,10\n", err: ":1: row length mismatch: 3 fields expected but was 1"},
	{name: "header", types: intTextInt, text: "id,s,v\n1,a,10\n", err: `:1: column c0: "id" is not an INT`},
	{name: "ours: bool", types: []vector.Type{vector.BooleanType, vector.IntType}, text: "true,1\nTRUE,2\nfalse,3\n1,4\n", err: `:4: column c0: "1" is not a BOOLEAN`, rows: []string{"true|1", "true|2", "false|3"}},
	{name: "int-overflow", types: []vector.Type{vector.IntType}, text: "2147483648\n", err: `:1: column c0: "2147483648" is not an INT`},
	{name: "tinyint", types: []vector.Type{vector.TinyIntType, vector.SmallIntType}, text: "127,-32768\n128,32768\n", err: `:2: column c0: "128" is not a TINYINT`, rows: []string{"127|-32768"}},
	{name: "decimal-round", types: []vector.Type{vector.DecimalType(5, 2), vector.StringType}, text: "1.005,1\n-2.345,2\n7,3\n", rows: []string{"101|1", "-235|2", "700|3"}},
	{name: "ours: decimal-overflow", types: []vector.Type{vector.DecimalType(4, 2)}, text: "99.99\n99.995\n", err: `:2: column c0: "99.995" is not a DECIMAL(4, 2)`, rows: []string{"9999"}},
	{name: "date-forms", types: []vector.Type{vector.DateType, vector.StringType}, text: "2020-01-05,1\n1969-12-31,2\n0001-01-01,3\n2020-1-5,4\n", rows: []string{"18266|1", "-1|2", "-719162|3", "18266|4"}},
	{name: "time-forms", types: []vector.Type{{Kind: vector.TimeOfDay, Nullable: true}}, text: "12:34:56\n23:59:59.999\n", rows: []string{"45296000", "86399000"}},
	{name: "ts-t", types: timestamp, text: "2020-01-01T00:00:00\n", err: `:1: column c0: "2020-01-01T00:00:00" is not a TIMESTAMP(3)`},
	{name: "ts-date", types: timestamp, text: "2020-01-01\n", err: `:1: column c0: "2020-01-01" is not a TIMESTAMP(3)`},
	{name: "ours: timestamps", types: timestamp, text: "2020-01-01 00:00:00.1239\n2020-01-01 00:00:00\n1969-12-31 23:59:59.999\n2020-01-01 00:00:59.5\n", rows: []string{"1577836800123", "1577836800000", "-1", "1577836859500"}},
	{name: "ours: no such day", types: timestamp, text: "2021-02-29 00:00:00\n", err: `"2021-02-29 00:00:00" is not a TIMESTAMP(3)`},
	{name: "ours: no point", types: timestamp, text: "2020-01-01 00:00:00.000\n2020-01-01 00:00:01;500\n", err: `"2020-01-01 00:00:01;500" is not a TIMESTAMP(3)`, rows: []string{"1577836800000"}},
	{name: "ours: no such second", types: timestamp, text: "2020-01-01 00:00:00.000\n2020-01-01 00:00:60.000\n", err: `"2020-01-01 00:00:60.000" is not a TIMESTAMP(3)`, rows: []string{"1577836800000"}},
	{name: "ltz", types: []vector.Type{vector.TimestampLTZType(3)}, text: "2020-01-01 00:00:00Z\n2020-01-01 00:00:00\n", rows: []string{"1577836800000"}, err: `"2020-01-01 00:00:00" is not a TIMESTAMP_LTZ(3)`},
	{name: "array", types: []vector.Type{vector.IntType, vector.ArrayType(vector.IntType)}, text: "1,1;2;3\n2,5\n3,\n", rows: []string{"1|[1,2,3]", "2|[5]", "3|[]"}},
	{name: "bytes", types: []vector.Type{vector.IntType, vector.BytesType}, text: "1,aGVsbG8=\n2,\n", rows: []string{"1|aGVsbG8=", "2|"}},
	{name: "bom", types: []vector.Type{vector.StringType, vector.IntType}, text: "\ufeffx,1\n", rows: []string{"x|1"}},
	{name: "quote-in-middle", types: intTextInt, text: "1,a\"b,3\n", rows: []string{`1|a"b|3`}},
	{name: "unclosed-quote-ignore", types: intTextInt, text: "1,\"abc,3\n2,b,4\n", options: ignore},
	{name: "ours: unclosed-quote", types: intTextInt, text: "0,x,1\n1,\"abc,3\n2,b,4\n", rows: []string{"0|x|1"}, err: ":2: a quote is opened and never closed"},
	{name: "ours: text behind quote", types: intTextInt, text: "1,\"abc\"d,3\n", err: ":1: there is text between a closing quote and the end of its field"},
	{name: "literal-true", types: []vector.Type{vector.BooleanType}, text: " true\n", rows: []string{"true"}},
	{name: "blank line", types: intTextInt, text: "1,a,10\n\n2,b,20\n", rows: []string{"1|a|10"}, err: ":2: row length mismatch: 3 fields expected but was 1"},
	{name: "ours: too many ignored", types: intTextInt, text: "1,a,10\n2,b,20,c\n3,c,30\n", options: ignore, rows: []string{"1|a|10", "3|c|30"}},
	{name: "ours: comments", types: intTextInt, text: "#a,\"b\n1,a,10\n# c\n2,x\n", options: map[string]string{"csv.allow-comments": "true"}, rows: []string{"1|a|10"}, err: ":4: row length mismatch: 3 fields expected but was 2"},
	{name: "ours: escape", types: intTextInt, text: "1,a\\,b\\tc,10\n2,\"d\\\"e\",20\n", options: map[string]string{"csv.escape-character": `\`}, rows: []string{"1|a,b\tc|10", `2|d"e|20`}},
	{name: "ours: tab", types: intTextInt, text: "1\ta,\t10\n", options: map[string]string{"csv.field-delimiter": `\t`}, rows: []string{"1|a,|10"}},
	{name: "ours: no quotes", types: intTextInt, text: "1,\"a\",10\n", options: map[string]string{"csv.disable-quote-character": "true"}, rows: []string{`1|"a"|10`}},
	{name: "ours: header", types: intTextInt, text: "\ufeff\"c2\",more,c0,c1\n10,,1,a\n20,,2,\"b\nc\"\nx,,2,b\n", options: header, rows: []string{"1|a|10", "2|b\nc|20"}, err: `:5: column c2: "x" is not an INT`},
	{name: "ours: header without column", types: intTextInt, text: "c0,c1,C2\n1,a,10\n", options: header, err: "the header has no column 'c2'"},
	{name: "ours: header alone", types: intTextInt, text: "c0,c1,c2", options: header},

	{name: "fail-missing", format: "json", types: intTextInt, text: `{"c0":1,"c1":"a"}`, options: map[string]string{"json.fail-on-missing-field": "true"}, err: "the field 'c2' is missing"},
	{name: "missing", format: "json", types: intTextInt, text: `{"c0":1,"c1":"a"}` + "\n{}\n", rows: []string{"1|a|∅", "∅|∅|∅"}},
	{name: "bad-json", format: "json", types: intTextInt, text: `{"c0":1` + "\n", err: ":1: broken JSON at byte 8 of the line: a comma or } is expected"},
	{name: "type-mismatch", format: "json", types: intTextInt, text: `{"c0":"x","c1":"a","c2":1}`, err: `:1: column c0: "x" is not an INT`},
	{name: "ours: coerce", format: "json", types: intTextInt, text: `{"c0":"5","c1":12,"c2":"7"}` + "\n" + `{"c0":1,"c1":true,"c2":2.0}` + "\n" + `{"c0":1.9}`, rows: []string{"5|12|7", "1|true|2"}, err: `:3: column c0: "1.9" is not an INT`},
	{name: "ours: bool", format: "json", types: []vector.Type{vector.BooleanType}, text: `{"c0":true}` + "\n" + `{"c0":"TRUE"}` + "\n" + `{"c0":1}`, rows: []string{"true", "true"}, err: `:3: column c0: "1" is not a BOOLEAN`},
	{name: "int-overflow", format: "json", types: []vector.Type{vector.IntType}, text: `{"c0":2147483648}`, err: `column c0: "2147483648" is not an INT`},
	{name: "ours: decimal-overflow", format: "json", types: []vector.Type{vector.DecimalType(4, 2)}, text: `{"c0":12.345}` + "\n" + `{"c0":123.45}`, rows: []string{"1235"}, err: `column c0: "123.45" is not a DECIMAL(4, 2)`},
	{name: "array", format: "json", types: []vector.Type{vector.IntType, vector.ArrayType(vector.IntType)}, text: `{"c0":1,"c1":[1,null,3]}` + "\n" + `{"c0":2,"c1":[]}` + "\n" + `{"c0":3,"c1":null}`, rows: []string{"1|[1,null,3]", "2|[]", "3|∅"}},
	{name: "array-bad-ignore", format: "json", types: []vector.Type{vector.IntType, vector.ArrayType(vector.IntType)}, text: `{"c0":1,"c1":[1,"x"]}` + "\n" + `{"c0":2,"c1":5}`, options: map[string]string{"json.ignore-parse-errors": "true"}, rows: []string{"1|[1,null]", "2|∅"}},
	{name: "ours: array of text", format: "json", types: []vector.Type{vector.ArrayType(vector.StringType)}, text: `{"c0":["a\"b", "\u00e9", {"x": 1}, 5]}`, rows: []string{`["a\"b","é","{\"x\":1}","5"]`}},
	{name: "ours: text is no array", format: "json", types: []vector.Type{vector.ArrayType(vector.StringType)}, text: `{"c0":"[1]"}`, err: `column c0: "[1]" is not an ARRAY<STRING>`},
	{name: "ts-sql-t", format: "json", types: timestamp, text: `{"c0":"2020-01-01T00:00:01"}`, err: "is not a TIMESTAMP(3)"},
	{name: "ts-iso-space", format: "json", types: timestamp, text: `{"c0":"2020-01-01 00:00:01"}`, options: map[string]string{"json.timestamp-format.standard": "ISO-8601"}, err: "is not a TIMESTAMP(3)"},
	{name: "ours: ts-iso", format: "json", types: []vector.Type{vector.TimestampType(6), vector.TimestampLTZType(3)}, text: `{"c0":"2020-01-01T00:00:01.1234567","c1":"2020-01-01T00:00Z"}`, options: map[string]string{"json.timestamp-format.standard": "ISO-8601"}, rows: []string{"1577836801123456|1577836800000"}},
	{name: "bytes", format: "json", types: []vector.Type{vector.BytesType}, text: `{"c0":"aGVsbG8="}`, rows: []string{"aGVsbG8="}},
	{name: "dup-keys", format: "json", types: []vector.Type{vector.IntType}, text: `{"c0":1,"c0":2}`, rows: []string{"1"}},
	{name: "array-top", format: "json", types: []vector.Type{vector.IntType}, text: `[{"c0":1},{"c0":2}]` + "\n[]\n" + `{"c0":3}` + "\n" + `{"c0":"x"}`, rows: []string{"1", "2", "3"}, err: `:4: column c0: "x" is not an INT`},
	{name: "null-line", format: "json", types: []vector.Type{vector.IntType}, text: "null\n{\"c0\":2}\n", err: ":1: broken JSON at byte 1 of the line: an object is expected"},
	{name: "char", format: "json", types: []vector.Type{{Kind: vector.Char, Precision: 3}, {Kind: vector.Varchar, Precision: 2}}, text: `{"c0":"x","c1":"abcdef"}`, rows: []string{"x|abcdef"}},
	{name: "nested for text", format: "json", types: []vector.Type{vector.StringType}, text: `{"c0":{"a" : [1, "x y"], "b": null}}`, rows: []string{`{"a":[1,"x y"],"b":null}`}},
	{name: "ours: escapes", format: "json", types: []vector.Type{vector.StringType}, text: `{"c0":"a\\\"\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\ud83d"}`, rows: []string{"a\\\"/\b\f\n\r\tAé😀\ufffd"}},
	{name: "ours: bad escape", format: "json", types: []vector.Type{vector.StringType}, text: `{"c0":"\x"}`, err: "an escape that JSON does not know"},
	{name: "ours: orders", format: "json", types: intTextInt, text: `{"c0":1,"c1":"a","c2":2}` + "\n" + `{ "c2" : 3 , "c\u0031" : "b" , "zz": {"c0": [1, {}]}, "c0" : 4 }` + "\r\n \n" + `{"c0":5,"c1":null,"c2":6}`, rows: []string{"1|a|2", "4|b|3", "5|∅|6"}},
	{name: "ours: ignored", format: "json", types: intTextInt, text: `{"c0":"x","c1":"a","c2":"y"}` + "\nnope\n[{\"c0\":1},5]\n" + `{"c0":1}`, options: map[string]string{"json.ignore-parse-errors": "true"}, rows: []string{"∅|a|∅", "1|∅|∅"}},
	{name: "ours: two objects", format: "json", types: []vector.Type{vector.IntType}, text: `{"c0":1} {"c0":2}`, err: "one object a line is expected, and there is more behind it"},
	{name: "ours: numbers", format: "json", types: []vector.Type{vector.DoubleType}, text: `{"c0":1e3}` + "\n" + `{"c0":"-Infinity"}` + "\n" + `{"c0":01}`, rows: []string{"1000", "-Inf"}, err: "broken JSON at byte 7 of the line: a value is expected"},
}

var (
	intTextInt = []vector.Type{vector.IntType, vector.StringType, vector.IntType}
	timestamp  = []vector.Type{vector.TimestampType(3)}
	ignore     = map[string]string{"csv.ignore-parse-errors": "true"}
	header     = map[string]string{"csv.header": "true"}
)

func TestReading(t *testing.T) {
	for _, c := range readCases {
		if c.format == "" {
			c.format = "csv"
		}
		t.Run(c.format+"/"+c.name, func(t *testing.T) {
			dir := write(t, map[string]string{"a": c.text})
			d := table{options: map[string]string{"path": filepath.Join(dir, "a"), "format": c.format}, rowtime: -1}
			for i, typ := range c.types {
				d.columns = append(d.columns, column("c"+string(rune('0'+i)), typ))
				d.read = append(d.read, i)
			}
			for k, v := range c.options {
				d.options[k] = v
			}
			for _, chunk := range []int64{1, 5, 1 << 20} {
				for _, rows := range []int{1, 8192} {
					w := world{2, rows, chunk, uint64(chunk)}
					out := d.run(t, w)
					var got []string
					for _, r := range out.rows {
						got = append(got, r.text)
					}
					if !slices.Equal(got, c.rows) {
						t.Errorf("%v: rows %q, want %q", w, got, c.rows)
					}
					if !strings.HasSuffix(out.err, c.err) || c.err == "" && out.err != "" {
						t.Errorf("%v: error %q, want …%q", w, out.err, c.err)
					}
				}
			}
		})
	}
}

// An error of a row names the option that helps: the one for the very value, or the one for all.
func TestReadingAdvises(t *testing.T) {
	for _, c := range []struct {
		format, text, hint string
		typ                vector.Type
	}{
		{"csv", "7\nseven\n", "'csv.ignore-parse-errors' = 'true'", vector.IntType},
		{"csv", "7\n\"\"\n", "'csv.null-literal' = ''", vector.IntType},
		{"csv", "C\n7\n", "'csv.header' = 'true'", vector.IntType},
		{"csv", "7\n7,8\n", "'csv.ignore-parse-errors' = 'true'", vector.IntType},
		{"json", `{"c":"2026-01-01T12:00:00"}` + "\n", "'json.timestamp-format.standard' = 'ISO-8601'", vector.TimestampType(3)},
		{"json", `{"c":"noon"}` + "\n", "'json.ignore-parse-errors' = 'true'", vector.TimestampType(3)},
		{"json", `{"c":1` + "\n", "'json.ignore-parse-errors' = 'true'", vector.IntType},
	} {
		dir := write(t, map[string]string{"a": c.text})
		d := table{columns: []catalog.Column{column("c", c.typ)}, options: map[string]string{"path": filepath.Join(dir, "a"), "format": c.format}, read: []int{0}, rowtime: -1}
		if out := d.run(t, world{1, 8192, 1 << 20, 0}); out.err == "" || !strings.HasPrefix(out.hint, c.hint) {
			t.Errorf("%q: error %q with hint %q, want %q", c.text, out.err, out.hint, c.hint)
		}
	}
}

func TestRefusedTypes(t *testing.T) {
	row := vector.Type{Kind: vector.Row, Fields: []vector.Field{{Name: "a", Type: vector.ArrayType(vector.IntType)}}}
	for _, c := range []struct {
		format string
		typ    vector.Type
		want   string
	}{
		{"csv", vector.Type{Kind: vector.Map, Key: &vector.StringType, Elem: &vector.IntType}, "not supported by the format csv"},
		{"csv", vector.ArrayType(vector.ArrayType(vector.IntType)), "not supported by the format csv"},
		{"csv", row, "not supported by the format csv"},
		{"json", vector.Type{Kind: vector.Map, Key: &vector.IntType, Elem: &vector.IntType}, "doesn't support non-string as key type of map"},
		{"json", vector.ArrayType(vector.Type{Kind: vector.IntervalMonth}), "not supported"},
		{"parquet", vector.Type{Kind: vector.IntervalMonth}, "not supported by the format parquet"},
	} {
		d := table{columns: []catalog.Column{column("x", c.typ)}, options: map[string]string{"path": "a", "format": c.format}, read: []int{0}, rowtime: -1}
		if out := d.run(t, world{1, 1, 1, 0}); !strings.Contains(out.err, c.want) {
			t.Errorf("%s of %s: %q", c.typ, c.format, out.err)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := write(t, map[string]string{"x.csv": "1\n", "_y.csv": "2\n", ".z.csv": "3\n", "sub/w.csv": "4\n", "sub/_no/v.csv": "5\n", "empty.csv": "", "y.txt": "6\n"})
	for path, want := range map[string][]string{
		dir:                              {"4", "1", "6"},
		filepath.Join(dir, "*.csv"):      {"1"},
		filepath.Join(dir, "s*"):         {"4"},
		"file://" + dir + "/x.csv":       {"1"},
		filepath.Join(dir, "_y.csv"):     {"2"},
		filepath.Join(dir, "nothing"):    nil,
		filepath.Join(dir, "nothing*.?"): nil,
	} {
		d := table{columns: []catalog.Column{column("x", vector.IntType)}, options: map[string]string{"path": path, "format": "csv"}, read: []int{0}, rowtime: -1}
		out := d.run(t, world{2, 8192, 1, 0})
		var got []string
		for _, r := range out.rows {
			got = append(got, r.text)
		}
		if !slices.Equal(got, want) || (want == nil) != (out.err != "") {
			t.Errorf("%s: rows %q, error %q, want %q", path, got, out.err, want)
		}
	}
}
