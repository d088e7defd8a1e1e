// Package infer guesses the table of files that nobody has described: it samples their first rows and finds a format,
// names and types with which the readers read what is there.
package infer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/exec/format/json"
	"weir/parser/diag"
	"weir/vector"
)

// Codes of the diagnostics of this package.
const (
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
	// Partitions are the last columns: directories k=v below the path have their values.
	Partitions []string
	Options    map[string]string // of the format

	given map[string]string // options of the format that the user has given: they are no matter of guessing
	withT bool              // times have a T
}

// Column is a column with what its values look like.
type Column struct {
	Name string
	Type vector.Type

	evidence evidence
	nulls    bool
}

// File guesses the table of a path: a file, all below a directory, or those that match a pattern. Of options, which a user
// has given, those of the format are taken as they are, unless they are wrong. Errors are *diag.Diagnostic without span, or a
// *RaggedError, but for one of ctx.
func File(ctx context.Context, files exec.FS, path string, options map[string]string) (*Table, error) {
	if path == "" {
		return nil, diag.New(diag.NoFile, diag.Span{}, "the name of the file is empty")
	}
	list, err := filesystem.Files(ctx, files, path)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, diag.New(codeNothing, diag.Span{}, "there is no file in %s", path)
	}
	placed, err := partitions(path, list)
	if err != nil {
		return nil, err
	}
	if len(list) > sampleFiles {
		list = list[:sampleFiles]
	}
	t := &Table{Name: tableName(path), Path: path, given: valid(options)}
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
	for k, v := range t.given {
		if strings.HasPrefix(k, t.Format+".") {
			t.Options[k] = v
		}
	}
	t.settle()
	t.partition(placed)
	return t, nil
}

// valid are those of options of formats that they accept; others are told to the user where the options of tables are checked.
func valid(options map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range options {
		name, key, _ := strings.Cut(k, ".")
		f, ok := catalog.LookupFormat(name)
		if !ok {
			continue
		}
		for _, o := range f.Options {
			if o.Key == key && (o.Check == nil || o.Check(v) == nil) {
				out[k] = v
			}
		}
	}
	return out
}

// settle decides on types, where the files don't. The first column of times says how they are written in the whole table.
func (t *Table) settle() {
	if t.Format == "parquet" {
		return
	}
	key := t.Format + ".timestamp-format.standard"
	standard, told := t.given[key]
	t.withT = strings.EqualFold(standard, "ISO-8601")
	for i := range t.Columns {
		if told {
			break
		}
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
	if !told {
		delete(t.Options, key)
	}
	if t.withT {
		t.Options[key] = "ISO-8601"
	}
}

// Widened is the table in which a column can hold one more value, as the reader found it; a STRING holds any. A column
// that is not there is one more, of JSON. Without a column it is the table that passes over records that are none.
func (t *Table) Widened(column string, value []byte) *Table {
	w := *t
	w.Columns, w.Options = slices.Clone(t.Columns), maps.Clone(t.Options)
	at := slices.IndexFunc(w.Columns, func(c Column) bool { return c.Name == column })
	if at < 0 && column != "" {
		late := Column{Name: column, nulls: true}
		json.Objects(fmt.Appendf(nil, `{"x":%s}`, value), func() {}, func(_ string, v json.Value) { late.evidence.value(v) })
		late.Type = late.evidence.typ(t.withT)
		w.Columns = append(w.Columns, late)
		return &w
	}
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
