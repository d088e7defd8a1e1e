package infer

import (
	"slices"
	"strings"

	"weir/exec"
	"weir/exec/connector/filesystem"
)

// partitions are the columns that the directories of files have, with the types of their values. All files have the same
// ones.
func partitions(path string, files []exec.Split) ([]Column, error) {
	var columns []Column
	for i, f := range files {
		of := filesystem.Partitions(path, f.Path)
		if i == 0 {
			for _, p := range of {
				columns = append(columns, Column{Name: p.Column})
			}
		}
		same := func(p filesystem.Partition) int {
			return slices.IndexFunc(columns, func(c Column) bool { return c.Name == p.Column })
		}
		if len(of) != len(columns) || slices.ContainsFunc(of, func(p filesystem.Partition) bool { return same(p) < 0 }) {
			return nil, disagree(files[0].Path, f.Path, "their directories k=v name different columns")
		}
		for _, p := range of {
			if c := &columns[same(p)]; p.Null {
				c.nulls = true
			} else {
				c.evidence.text([]byte(p.Value))
			}
		}
	}
	for i := range columns {
		c := &columns[i]
		c.Type = c.evidence.typ(false)
		c.evidence.rise = rise{} // the order of directories is no order of rows
	}
	return columns, nil
}

// partition adds the columns of directories. Where the files name a column of that name themselves the directory counts, as
// everywhere; unless they are read by position: then theirs has to stay.
func (t *Table) partition(columns []Column) {
	byPosition := t.Format == "csv" && !strings.EqualFold(t.Options["csv.header"], "true")
	for _, c := range columns {
		named := func(x Column) bool { return x.Name == c.Name }
		if slices.ContainsFunc(t.Columns, named) {
			if byPosition || len(t.Columns) == 1 {
				continue
			}
			t.Columns = slices.DeleteFunc(t.Columns, named)
		}
		t.Columns = append(t.Columns, c)
		t.Partitions = append(t.Partitions, c.Name)
	}
}
