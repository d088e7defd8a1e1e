// Package infer guesses the table of files that nobody has described: it samples their first rows and finds a format,
// names and types with which the readers read what is there.
package infer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/parser/diag"
	"weir/vector"
)

// Codes of the diagnostics of this package.
const (
	codeNoFile   = "W5007" // the source's, too
	codeFormat   = "W5021" // a file whose format is not known or not read
	codeRagged   = "W5022" // no table can be made of the text
	codeNothing  = "W5023" // there is nothing to guess from
	codeDisagree = "W5024" // files of one path that are no one table
)

const (
	// sampleRows are looked at, of all files together: what a type is rarely shows only later, and they are read in
	// some milliseconds.
	sampleRows = 10_000
	// sampleFiles of a directory or pattern share them.
	sampleFiles = 10
	// sampleBytes of a file are read at most, however long its lines are.
	sampleBytes = 64 << 20
)

// Table is a guess.
type Table struct {
	Name    string
	Path    string // as the user wrote it
	Format  string
	Columns []Column
	Options map[string]string // of the format

	withT bool // times have a T
}

// Column is a column with what its values look like.
type Column struct {
	Name string
	Type vector.Type

	evidence evidence
	nulls    bool
}

// sample is what one file tells.
type sample struct {
	path    string
	columns []Column
	options map[string]string
}

// File guesses the table of a path: a file, all below a directory, or those that match a pattern. Errors are
// *diag.Diagnostic without span, but for one of ctx.
func File(ctx context.Context, files exec.FS, path string) (*Table, error) {
	if path == "" {
		return nil, diag.New(codeNoFile, diag.Span{}, "the name of the file is empty")
	}
	list, err := filesystem.Files(ctx, files, path)
	if err != nil {
		return nil, nearest(files, path, err)
	}
	if len(list) == 0 {
		return nil, diag.New(codeNothing, diag.Span{}, "there is no file in %s", path)
	}
	if len(list) > sampleFiles {
		list = list[:sampleFiles]
	}
	t := &Table{Name: tableName(path), Path: path}
	var first *sample
	for _, f := range list {
		s, format, err := t.sample(ctx, files, f, (sampleRows+len(list)-1)/len(list))
		if err == nil && first != nil && format != t.Format {
			err = disagree(first.path, f.Path, "one is %s, the other %s", t.Format, format)
		}
		if err != nil {
			return nil, err
		}
		switch {
		case s == nil: // an empty file
		case first == nil:
			t.Format, first = format, s
		default:
			if err := first.join(s); err != nil {
				return nil, err
			}
		}
	}
	if first == nil {
		return nil, diag.New(codeNothing, diag.Span{}, "%s is empty: there is nothing to infer columns from", path)
	}
	t.Columns, t.Options = first.columns, first.options
	t.settle()
	return t, nil
}

// nearest adds the name that was perhaps meant.
func nearest(files exec.FS, path string, err error) error {
	d, ok := err.(*diag.Diagnostic)
	if !ok || d.Code != codeNoFile {
		return err
	}
	dir, base := filepath.Split(path)
	if strings.ContainsAny(path, "*?[") || strings.HasPrefix(path, "file:") {
		return err
	}
	entries, e := files.ReadDir(filepath.Clean(dir))
	if e != nil {
		return d.WithHint("there is no directory %s either", filepath.Clean(dir))
	}
	names := make([]string, 0, len(entries))
	for _, x := range entries {
		names = append(names, x.Name())
	}
	if near, ok := diag.Nearest(base, names); ok {
		d.WithHint("did you mean '%s'?", dir+near)
	}
	return d
}

// closed closes a text behind what was done with it.
func closed(text *text, err error) error {
	if e := text.Close(); err == nil && e != nil {
		err = diag.New(codeNoFile, diag.Span{}, "%s can't be read: %s", text.path, e)
	}
	return err
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
		s, err = sampleJSON(text, rows)
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

// settle decides on types, where the files don't. The first column of times says how they are written in the whole table.
func (t *Table) settle() {
	if t.Format == "parquet" {
		return
	}
	t.withT = false
	for i := range t.Columns {
		if s := t.Columns[i].evidence.seen; s == local || s == zoned {
			break
		} else if s == localISO || s == zonedISO {
			t.withT = true
			break
		}
	}
	for i := range t.Columns {
		t.Columns[i].Type = t.Columns[i].evidence.typ(t.withT)
	}
	key := t.Format + ".timestamp-format.standard"
	delete(t.Options, key)
	if t.withT {
		t.Options[key] = "ISO-8601"
	}
}

// Widened is the table in which a column can hold one more value, as the reader found it; a STRING holds any. Without a
// column it is the table that passes over records that are none.
func (t *Table) Widened(column string, value []byte) *Table {
	w := *t
	w.Columns, w.Options = slices.Clone(t.Columns), maps.Clone(t.Options)
	at := slices.IndexFunc(w.Columns, func(c Column) bool { return c.Name == column })
	if at < 0 {
		w.Options[t.Format+".ignore-parse-errors"] = "true"
		return &w
	}
	c := &w.Columns[at]
	c.evidence.text(value)
	if wider := c.evidence.typ(t.withT); c.Type.Kind == vector.Array || wider.Equal(c.Type) {
		c.evidence.add(other)
	}
	c.Type = c.evidence.typ(t.withT)
	return &w
}

// Watermark proposes a watermark for the first column of times that rises and has no NULL: how far it stays behind.
func (t *Table) Watermark() (column int, delay time.Duration, ok bool) {
	for i := range t.Columns {
		c := &t.Columns[i]
		if !c.Type.IsTimestamp() || c.nulls {
			continue
		}
		if d, rises := c.evidence.rise.delay(); rises {
			return i, d, true
		}
	}
	return 0, 0, false
}

// text is the sample of a file's text. It is read block by block as more is wanted.
type text struct {
	path string
	io.ReadCloser
	data []byte
	eof  bool
}

// open opens a file behind its byte order mark.
func open(ctx context.Context, files exec.FS, f exec.Split) (*text, error) {
	r, err := filesystem.Text(ctx, files, f)
	if err != nil {
		return nil, err
	}
	t := &text{path: f.Path, ReadCloser: r}
	begin, err := t.peek(3)
	if err != nil {
		return nil, closed(t, err)
	}
	if bytes.HasPrefix(begin, []byte("\xEF\xBB\xBF")) {
		t.data = t.data[3:]
	}
	return t, nil
}

// blockBytes are read first: as many as some files have. Later as much as there is already.
const blockBytes = 64 << 10

// more reads on; it reports whether the text has grown.
func (t *text) more() (bool, error) {
	if t.eof || len(t.data) >= sampleBytes {
		return false, nil
	}
	have := len(t.data)
	t.data = slices.Grow(t.data, max(blockBytes, have))
	for !t.eof && len(t.data) < have+blockBytes {
		n, err := t.Read(t.data[len(t.data):cap(t.data)])
		t.data = t.data[:len(t.data)+n]
		if err == io.EOF {
			t.eof = true
		} else if err != nil {
			return false, unreadable(t.path, err)
		}
	}
	return true, nil
}

// unreadable is the error of reading a file.
func unreadable(path string, err error) error {
	if d, ok := err.(*diag.Diagnostic); ok {
		return d
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if p, ok := err.(*fs.PathError); ok {
		err = p.Err
	}
	return diag.New("W5008", diag.Span{}, "%s can't be read: %s", path, err)
}

// peek returns the first n bytes, or all if there are fewer.
func (t *text) peek(n int) ([]byte, error) {
	for len(t.data) < n && !t.eof {
		if _, err := t.more(); err != nil {
			return nil, err
		}
	}
	return t.data[:min(n, len(t.data))], nil
}

// line is the number of the line at an offset, from 1.
func (t *text) line(offset int) int { return 1 + bytes.Count(t.data[:offset], []byte("\n")) }
