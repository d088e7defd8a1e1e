package infer

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"weir/exec"
	"weir/parser/diag"
)

// sample is what one file tells.
type sample struct {
	path    string
	columns []Column
	options map[string]string
}

// sample looks at the first rows of a file; nil if it has none.
func (t *Table) sample(ctx context.Context, files exec.FS, f exec.Split, rows int) (s *sample, format string, err error) {
	text, err := open(ctx, files, f)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = closed(text, err) }()
	if format, err = formatOf(text); err != nil {
		return nil, "", err
	}
	switch format {
	case "parquet":
		s, err = sampleParquet(ctx, files, f, rows)
	case "json":
		s, err = sampleJSON(text, rows, strings.EqualFold(t.given["json.ignore-parse-errors"], "true"))
	default:
		s, err = sampleCSV(t, text, rows)
	}
	if s != nil {
		s.path = f.Path
	}
	return s, format, err
}

// formatOf tells a file's format by the end of its name, else by how it begins.
func formatOf(text *text) (string, error) {
	path := text.path
	begin, err := text.peek(64)
	if err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(begin, []byte("PAR1")), extension(path) == ".parquet":
		return "parquet", nil
	case bytes.HasPrefix(begin, []byte{0xFF, 0xFE}), bytes.HasPrefix(begin, []byte{0xFE, 0xFF}):
		return "", diag.New(codeFormat, diag.Span{}, "%s is UTF-16; text is read as UTF-8", path).
			WithHint("iconv -f UTF-16 -t UTF-8 converts it")
	case bytes.IndexByte(begin, 0) >= 0:
		return "", diag.New(codeFormat, diag.Span{}, "%s is no text", path).WithHint("CSV, JSON lines and Parquet can be read without CREATE TABLE")
	}
	switch extension(path) {
	case ".json", ".jsonl", ".ndjson":
		return "json", nil
	case ".csv", ".tsv", ".psv", ".txt":
		return "csv", nil
	}
	if b := bytes.TrimLeft(begin, " \t\r\n"); len(b) > 0 && b[0] == '{' {
		return "json", nil
	}
	return "csv", nil
}

// compressions end names behind the one that tells the format.
var compressions = map[string]bool{".gz": true, ".gzip": true, ".bz2": true, ".deflate": true, ".xz": true, ".zst": true, ".zstd": true, ".snappy": true, ".lz4": true}

// stem is the last element of a path without the end of a compression.
func stem(path string) string {
	base := filepath.Base(path)
	if ext := filepath.Ext(base); compressions[strings.ToLower(ext)] {
		base = strings.TrimSuffix(base, ext)
	}
	return base
}

func extension(path string) string { return strings.ToLower(filepath.Ext(stem(path))) }

// join takes the columns of another file in.
func (s *sample) join(o *sample) error {
	if !maps.Equal(s.options, o.options) {
		for _, k := range slices.Sorted(maps.Keys(o.options)) {
			if x, ok := s.options[k]; k == "csv.skip-empty-lines" || ok && x == o.options[k] {
				continue
			}
			return disagree(s.path, o.path, "'%s' would be %s and %s", k, orUnset(s.options, k), orUnset(o.options, k))
		}
		for _, k := range slices.Sorted(maps.Keys(s.options)) {
			if _, ok := o.options[k]; !ok && k != "csv.skip-empty-lines" {
				return disagree(s.path, o.path, "'%s' would be %s and unset", k, orUnset(s.options, k))
			}
		}
		maps.Copy(s.options, o.options)
	}
	if _, csv := s.options["csv.null-literal"]; csv && len(s.columns) != len(o.columns) {
		return disagree(s.path, o.path, "they have %d and %d columns", len(s.columns), len(o.columns))
	}
	for i := range s.columns {
		c := &s.columns[i]
		c.nulls = c.nulls || !slices.ContainsFunc(o.columns, func(x Column) bool { return x.Name == c.Name })
	}
	for i := range o.columns {
		x := &o.columns[i]
		at := slices.IndexFunc(s.columns, func(c Column) bool { return c.Name == x.Name })
		switch {
		case at < 0 && s.options["csv.header"] != "":
			return disagree(s.path, o.path, "only the second has a column '%s'", x.Name)
		case at < 0:
			x.nulls = true
			s.columns = append(s.columns, *x)
			continue
		}
		if a, b := s.columns[at].Type, x.Type; !a.Equal(b) {
			return disagree(s.path, o.path, "column '%s' is %s in one, %s in the other", x.Name, a.Name(), b.Name())
		}
		s.columns[at].evidence.join(&x.evidence)
		s.columns[at].nulls = s.columns[at].nulls || x.nulls
	}
	return nil
}

func orUnset(options map[string]string, key string) string {
	if v, ok := options[key]; ok {
		return "'" + v + "'"
	}
	return "unset"
}

// disagree says that files are no one table.
func disagree(a, b, format string, args ...any) error {
	return diag.New(codeDisagree, diag.Span{}, "%s and %s are not one table: %s", a, b, fmt.Sprintf(format, args...)).
		WithHint("name files of one kind, with a pattern, or CREATE TABLE with the columns that they have in common")
}
