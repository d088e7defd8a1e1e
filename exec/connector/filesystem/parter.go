package filesystem

import (
	"fmt"
	"slices"
	"strings"

	"weir/exec/format"
	"weir/parser/diag"
	"weir/vector"
)

// parter parts the rows of a table by its partition columns, which are in the names of directories and in no file.
type parter struct {
	columns     []int // of the rows
	columnNames []string
	names       []string // the same, as they are written
	types       []vector.Type
	keep        []int // the other columns
	null        string
}

// newParter makes a parter, nil if there are no partitions, and the schema of what is in the files.
func newParter(schema []vector.Field, partitions []string, options map[string]string) (*parter, []vector.Field, error) {
	if len(partitions) == 0 {
		return nil, schema, nil
	}
	p := &parter{null: nullPartition(options)}
	for _, name := range partitions {
		i := slices.IndexFunc(schema, func(f vector.Field) bool { return f.Name == name })
		if i < 0 {
			return nil, nil, diag.New(codePartition, diag.Span{}, "the table is partitioned by %s, which is no column of what is written", name)
		}
		if err := partitionable(name, schema[i].Type); err != nil {
			return nil, nil, err
		}
		p.columns, p.columnNames = append(p.columns, i), append(p.columnNames, name)
		p.names, p.types = append(p.names, escapeName(name)), append(p.types, schema[i].Type)
	}
	var inside []vector.Field
	for i, f := range schema {
		if !slices.Contains(p.columns, i) {
			p.keep, inside = append(p.keep, i), append(inside, f)
		}
	}
	if len(inside) == 0 {
		return nil, nil, diag.New(codePartition, diag.Span{}, "the table is partitioned by all of its columns: nothing is left for its files")
	}
	return p, inside, nil
}

// rawStyle is the text of values as it is.
var rawStyle = format.CellStyle{String: func(dst, value []byte) []byte { return append(dst, value...) }}

// each calls write with the rows of each partition, in the order in which the partitions first come, and the directory of
// the partition.
func (p *parter) each(b vector.Batch, write func(dir string, b vector.Batch) error) error {
	cells := make([]format.Cells, len(p.columns))
	for i, c := range p.columns {
		cells[i].Encode(b.Columns[c], p.types[i], &rawStyle)
	}
	var dirs []string
	rows := map[string][]int32{}
	var key []byte
	last, lastDir := []byte(nil), ""
	for row := range b.Rows {
		key = key[:0]
		for i, c := range p.columns {
			// A NULL is as good as the empty string: both have the name for NULL.
			if !b.Columns[c].IsNull(row) {
				key = append(key, cells[i].At(row)...)
			}
			key = append(key, 0)
		}
		if last == nil || string(key) != string(last) {
			last = append(last[:0], key...)
			lastDir = p.dir(cells, b, row)
		}
		if rows[lastDir] == nil {
			dirs = append(dirs, lastDir)
		}
		rows[lastDir] = append(rows[lastDir], int32(row))
	}
	columns := make([]vector.Column, len(p.keep))
	for i, c := range p.keep {
		columns[i] = b.Columns[c]
	}
	b = b.WithColumns(columns)
	for _, dir := range dirs {
		part := b
		if len(dirs) > 1 {
			part = b.Take(rows[dir])
		}
		if err := write(dir, part); err != nil {
			return err
		}
	}
	return nil
}

// dir is the directory of a row.
func (p *parter) dir(cells []format.Cells, b vector.Batch, row int) string {
	var dir strings.Builder
	for i, c := range p.columns {
		if i > 0 {
			dir.WriteByte('/')
		}
		value := p.null
		if text := cells[i].At(row); !b.Columns[c].IsNull(row) && len(text) > 0 {
			value = escapeName(string(text))
		}
		dir.WriteString(p.names[i] + "=" + value)
	}
	return dir.String()
}

// escapeName writes characters that mean something in paths as %XX; they are Hive's.
func escapeName(s string) string {
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c == 0x7f || strings.IndexByte(`"#%'*/:=?\{}[]^`, c) >= 0 {
			fmt.Fprintf(&out, "%%%02X", c)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}
