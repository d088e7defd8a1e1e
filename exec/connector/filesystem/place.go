package filesystem

import (
	"context"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"weir/catalog"
	"weir/exec"
	"weir/exec/format"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// place is a read column that is in no file: a file's place gives its value, the same in all rows. A column of PARTITIONED
// BY has it from the name of a directory, k=value, a metadata column from what the file system knows.
type place struct {
	at     int // among the read columns
	column catalog.Column
	null   string // the value that stands for NULL in names of directories
}

// catalog.DefaultPartition is the value of NULL in names of directories, unless an option says otherwise.

// nullPartition is the value of NULL in names of directories.
func nullPartition(options map[string]string) string {
	if v := options["partition.default-name"]; v != "" {
		return v
	}
	return catalog.DefaultPartition
}

// metadata are the keys of metadata columns with the types that they may have.
var metadata = map[string]struct {
	name string
	is   func(vector.Type) bool
}{
	"file.path":              {"STRING", vector.Type.IsString},
	"file.name":              {"STRING", vector.Type.IsString},
	"file.size":              {"BIGINT", func(t vector.Type) bool { return t.Kind == vector.BigInt }},
	"file.modification-time": {"TIMESTAMP_LTZ(3)", func(t vector.Type) bool { return t.Kind == vector.TimestampLTZ && t.Precision == 3 }},
}

// places parts a scan into that of what is in the files, and the columns that are not.
func places(scan *plan.Scan) (*plan.Scan, []place, error) {
	inside, table := *scan, *scan.Table
	inside.Table, inside.Read, table.Columns = &table, nil, nil
	var placed []place
	to := make([]int, len(scan.Read)) // where the read columns are inside; -1: not there
	for i, c := range scan.Table.Columns {
		at := slices.Index(scan.Read, i)
		if c.Metadata == "" && !slices.Contains(scan.Table.Partitions, c.Name) {
			if at >= 0 {
				to[at] = len(inside.Read)
				inside.Read = append(inside.Read, len(table.Columns))
			}
			table.Columns = append(table.Columns, c)
			continue
		}
		if c.Metadata != "" {
			m, ok := metadata[c.Metadata]
			if !ok {
				d := diag.New(codeMetadata, diag.Span{}, "column %s: the connector filesystem has no metadata '%s'", c.Name, c.Metadata)
				if near, ok := diag.Nearest(c.Metadata, []string{"file.path", "file.name", "file.size", "file.modification-time"}); ok {
					d.WithHint("did you mean '%s'?", near)
				}
				return nil, nil, d
			}
			if !m.is(c.Type) {
				return nil, nil, diag.New(codeMetadata, diag.Span{}, "column %s: metadata '%s' is %s and not %s", c.Name, c.Metadata, m.name, c.Type.Name())
			}
		} else if err := partitionable(c.Name, c.Type); err != nil {
			return nil, nil, err
		}
		if at >= 0 {
			to[at] = -1
			placed = append(placed, place{at, c, nullPartition(scan.Options)})
		}
	}
	if len(table.Columns) == len(scan.Table.Columns) {
		return scan, nil, nil
	}
	inside.Pushed = pushedInside(scan.Pushed, to)
	return &inside, placed, nil
}

// pushedInside is what is asked of the rows of a file, by one who does not know its place. to says where the read
// columns are inside, -1: not there.
func pushedInside(p *plan.Pushed, to []int) *plan.Pushed {
	if p == nil || p.Time >= 0 && to[p.Time] < 0 {
		return nil
	}
	inside := *p
	inside.Columns = make([]int, len(p.Columns))
	for i, c := range p.Columns {
		inside.Columns[i] = to[c]
	}
	if p.Time >= 0 {
		inside.Time = to[p.Time]
	}
	return &inside
}

// partitionable refuses types whose values are no names.
func partitionable(column string, t vector.Type) error {
	if t.Physical() >= vector.List || t.IsBytes() || t.IsInterval() {
		return diag.New(codePartition, diag.Span{}, "column %s: tables are not partitioned by columns of type %s", column, t.Name())
	}
	return nil
}

// placedReader adds the columns of a file's place to its batches.
type placedReader struct {
	exec.RangeReader
	places   []place
	builders []*format.Builder
	values   []vector.Column // of the split, one row each
	path     string

	pushed *plan.Pushed // nil: all splits are read
	pruner *format.Pruner
	passed bool       // no row of the split is wanted: the reader inside is not asked
	at     exec.Range // the range of it
}

var (
	_ exec.Stretcher = (*placedReader)(nil)
	_ exec.Passer    = (*placedReader)(nil)
)

// newPlacedReader adds the columns of places to a reader. pushed, which may be nil, is what is asked of the rows.
func newPlacedReader(inside exec.RangeReader, places []place, pushed *plan.Pushed) (exec.RangeReader, error) {
	r := &placedReader{RangeReader: inside, places: places, values: make([]vector.Column, len(places))}
	if pushed != nil && pushed.Splits {
		r.pushed, r.pruner = pushed, format.NewPruner(pushed.Filter)
	}
	for _, p := range places {
		b, err := format.NewBuilder(p.column.Type, format.TimeFormat{}, nil, false)
		if err != nil {
			return nil, err
		}
		r.builders = append(r.builders, b)
	}
	return r, nil
}

// Reopen goes to another range.
func (r *placedReader) Reopen(ctx context.Context, g exec.Range) error {
	if r.path != g.Split.Path {
		for i, p := range r.places {
			var err error
			if r.values[i], err = p.value(r.builders[i], g.Split); err != nil {
				return err
			}
		}
		r.path = g.Split.Path
		r.passed = r.pushed != nil && !r.pruner.MayPass(r.bounds)
	}
	if r.at = g; r.passed {
		return nil
	}
	return r.RangeReader.Reopen(ctx, g)
}

// bounds is what is known of a column of the filter in the split.
func (r *placedReader) bounds(column int) format.Bounds {
	for i, p := range r.places {
		if p.at == r.pushed.Columns[column] {
			return format.BoundsOf(r.values[i], p.column.Type)
		}
	}
	return format.Bounds{}
}

// value is the column's value of a file, as a column of one row.
func (p place) value(b *format.Builder, s exec.Split) (vector.Column, error) {
	var text string
	switch p.column.Metadata {
	case "file.size":
		return vector.NewColumn([]int64{s.Size}, nil), nil
	case "file.modification-time":
		return vector.NewColumn([]int64{s.ModTime}, nil), nil
	case "file.name":
		text = filepath.Base(s.Path)
	case "file.path":
		var err error
		if text, err = filepath.Abs(s.Path); err != nil {
			return vector.Column{}, diag.New(diag.Unreadable, diag.Span{}, "%s can't be read: %s", s.Path, err)
		}
	default:
		var ok bool
		if text, ok = partitionOf(s.Path, p.column.Name); !ok {
			return vector.Column{}, diag.New(codeNoPartition, diag.Span{}, "%s lies in no directory '%s=…', and the table is partitioned by %s", s.Path, p.column.Name, p.column.Name)
		}
		if text == p.null {
			return vector.Nulls(p.column.Type, 1), nil
		}
	}
	b.Reset(1)
	if b.Append([]byte(text), []format.Span{{To: int32(len(text))}}) != 1 {
		return vector.Column{}, diag.New(codeNoPartition, diag.Span{}, "%s: the directory '%s=%s' names no value of type %s", s.Path, p.column.Name, text, p.column.Type.Name())
	}
	return b.Column(), nil
}

// partitionOf is the value of a partition column in the directories of a path; the innermost counts.
func partitionOf(path, column string) (string, bool) {
	parts := strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")
	for _, dir := range slices.Backward(parts) {
		key, value, ok := strings.Cut(dir, "=")
		if !ok || unescapeName(key) != column {
			continue
		}
		return unescapeName(value), true
	}
	return "", false
}

// unescapeName undoes %XX in the name of a directory; what is no such escape stays.
func unescapeName(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// Stretch is that of the reader inside; 0, which lengthens nothing, if it has none. A split that nobody wants is done at
// once.
func (r *placedReader) Stretch() int64 {
	if r.passed {
		return r.at.Split.Size
	}
	if s, ok := r.RangeReader.(exec.Stretcher); ok {
		return s.Stretch()
	}
	return 0
}

// Start is where the range's first record began.
func (r *placedReader) Start() int64 {
	switch {
	case !r.passed:
		return r.RangeReader.Start()
	case r.at.At.Next >= 0:
		return r.at.At.Next
	}
	return r.at.From
}

// Position is just behind the last batch; behind all others, where nobody wants the split.
func (r *placedReader) Position() int64 {
	if r.passed {
		return r.at.Split.Size
	}
	return r.RangeReader.Position()
}

// Lines is the number of lines between Start and Position.
func (r *placedReader) Lines() int64 {
	if r.passed {
		return 0
	}
	return r.RangeReader.Lines()
}

// Skipped is what the reader inside could not read.
func (r *placedReader) Skipped() (int64, *exec.RowError) {
	if r.passed {
		return 0, nil
	}
	return r.RangeReader.Skipped()
}

// Passed is what the reader inside has passed over.
func (r *placedReader) Passed() (rows, latest int64) {
	if p, ok := r.RangeReader.(exec.Passer); ok && !r.passed {
		return p.Passed()
	}
	return 0, 0
}

// Records are those of the reader inside.
func (r *placedReader) Records() (all, passed int64) {
	if p, ok := r.RangeReader.(exec.Passer); ok && !r.passed {
		return p.Records()
	}
	return 0, 0
}

// PassedSplit says whether the split's place was asked, and whether none of its rows is wanted.
func (r *placedReader) PassedSplit() (asked, passed bool) { return r.pushed != nil, r.passed }

// Next returns the next batch.
func (r *placedReader) Next(ctx context.Context) (vector.Batch, error) {
	if r.passed {
		return vector.Batch{}, io.EOF
	}
	b, err := r.RangeReader.Next(ctx)
	if err != nil || b.Rows == 0 {
		return b, err
	}
	first := make([]int32, b.Rows)
	columns := slices.Clone(b.Columns)
	for i, p := range r.places {
		columns = slices.Insert(columns, p.at, r.values[i].Take(first))
	}
	return b.WithColumns(columns), nil
}
