package parquet

import (
	"errors"
	"io"

	"weir/vector"
)

// shape is what a node of a column's type is in the file.
type shape uint8

const (
	absent  shape = iota // the file has no such column or field: NULL
	flat                 // a value, in no group
	value                // a value within a group
	listed               // ARRAY
	mapped               // MAP
	grouped              // ROW
)

// node builds the values of one node of a column's type from the levels of the leaves below it.
type node struct {
	typ   vector.Type
	shape shape
	leaf  *leaf // flat, value
	parts []*node

	// An entry of a leaf below is a value of this node where its definition level is at least slot and, for it begins
	// one, its repetition level at most rep. The value is not NULL from the definition level def on.
	slot, rep, def int
	// elem is the definition level from which an entry is an element of a list, of which further ones have the
	// repetition level elemRep.
	elem, elemRep int
}

// leaves adds the leaves below.
func (n *node) leaves(all []*leaf) []*leaf {
	if n.leaf != nil {
		all = append(all, n.leaf)
	}
	for _, p := range n.parts {
		all = p.leaves(all)
	}
	return all
}

// first is a leaf below whose levels tell of this node; nil: none is in the file.
func (n *node) first() *leaf {
	if n.leaf != nil {
		return n.leaf
	}
	for _, p := range n.parts {
		if l := p.first(); l != nil {
			return l
		}
	}
	return nil
}

// begin goes to a row group.
func (n *node) begin(src io.ReaderAt, size int64, g *group) error {
	for _, l := range n.leaves(nil) {
		c, err := g.chunk(l.column, size)
		if err == nil && l.maxRep == 0 && c.values != g.rows {
			err = errors.New("it has another number of values than the row group has rows")
		}
		if err == nil {
			err = l.begin(src, c)
		}
		if err != nil {
			return &columnError{l.path, err}
		}
	}
	return nil
}

// read reads the next rows.
func (n *node) read(rows int) (vector.Column, error) {
	switch n.shape {
	case absent:
		return vector.Nulls(n.typ, rows), nil
	case flat:
		valid, err := n.leaf.readFlat(rows)
		if err != nil {
			return vector.Column{}, &columnError{n.leaf.path, err}
		}
		c, err := n.leaf.values.column(valid, rows)
		if err != nil {
			return vector.Column{}, &columnError{n.leaf.path, err}
		}
		return c, nil
	}
	for _, l := range n.leaves(nil) {
		if err := l.readRows(rows); err != nil {
			return vector.Column{}, &columnError{l.path, err}
		}
	}
	c, err := n.build()
	if err != nil {
		return vector.Column{}, err
	}
	if c.Len() != rows {
		return vector.Column{}, &columnError{n.first().path, errLevels}
	}
	return c, nil
}

// finish looks whether the row group ends here.
func (n *node) finish() error {
	for _, l := range n.leaves(nil) {
		if err := l.finish(); err != nil {
			return &columnError{l.path, err}
		}
	}
	return nil
}

// slots are the values of the node among the entries of a leaf below: how many there are, and which are not NULL; nil: all.
func (n *node) slots(l *leaf) (int, vector.Bitmap) {
	count := 0
	var valid vector.Bitmap
	for i, d := range l.defs {
		if int(d) < n.slot || int(l.reps[i]) > n.rep {
			continue
		}
		if int(d) < n.def {
			if valid == nil {
				valid = vector.NewBitmap(len(l.defs), true)
			}
			valid.Clear(count)
		}
		count++
	}
	return count, valid
}

// offsets are those of the lists of the node.
func (n *node) offsets(l *leaf) []int32 {
	out := make([]int32, 0, len(l.defs)+1)
	at := int32(0)
	for i, d := range l.defs {
		if int(d) >= n.slot && int(l.reps[i]) <= n.rep {
			out = append(out, at)
		}
		if int(d) >= n.elem && int(l.reps[i]) <= n.elemRep {
			at++
		}
	}
	return append(out, at)
}

var errParts = errors.New("its fields have different numbers of values: the file is damaged")

// build makes the column of the values that all leaves below have read.
func (n *node) build() (vector.Column, error) {
	l := n.first()
	count, valid := n.slots(l)
	if n.shape == value {
		c, err := l.values.column(valid, count)
		if err != nil {
			return c, &columnError{l.path, err}
		}
		return c, nil
	}
	inner := count // values of the parts
	var offsets []int32
	if n.shape != grouped {
		offsets = n.offsets(l)
		inner = int(offsets[len(offsets)-1])
	}
	columns := make([]vector.Column, len(n.parts))
	for i, p := range n.parts {
		if p.first() == nil {
			columns[i] = vector.Nulls(p.typ, inner)
			continue
		}
		var err error
		if columns[i], err = p.build(); err != nil {
			return vector.Column{}, err
		}
		if columns[i].Len() != inner {
			return vector.Column{}, &columnError{p.first().path, errParts}
		}
	}
	switch n.shape {
	case listed:
		return vector.NewList(offsets, columns[0], valid), nil
	case mapped:
		if columns[0].NullCount() > 0 {
			return vector.Column{}, &columnError{l.path, errors.New("a key of a MAP is NULL")}
		}
		return vector.NewPairs(offsets, columns[0], columns[1], valid), nil
	}
	names := make([]string, len(n.typ.Fields))
	for i, f := range n.typ.Fields {
		names[i] = f.Name
	}
	return vector.NewStruct(names, columns, count, valid), nil
}
