package state

import (
	"weir/keygroup"
	"weir/vector"
)

// GroupSize is how much state a key group has: rows are keys of tables; bytes are of all that belongs to them, subs
// and rows by slot included.
type GroupSize struct {
	Group       keygroup.Group
	Rows, Bytes int64
}

// ByGroup returns the sizes of the key groups that have rows, ascending.
func (s *Snapshot) ByGroup() []GroupSize {
	all := make([]GroupSize, s.Max)
	for i := range s.Tables {
		x := &s.Tables[i]
		for _, g := range x.Groups {
			all[g.Group].Rows += int64(g.To - g.From)
		}
		x.addBytes(all)
	}
	used := all[:0]
	for g, size := range all {
		if size.Rows > 0 {
			size.Group = keygroup.Group(g)
			used = append(used, size)
		}
	}
	return used
}

// bytes is what all rows have, subs included.
func (x *TableSnapshot) bytes() int64 {
	n := x.measure(0, len(x.Slots))
	for i := range x.Subs {
		n += x.Subs[i].bytes()
	}
	return n
}

// addBytes adds the bytes of each key group to sizes.
func (x *TableSnapshot) addBytes(sizes []GroupSize) {
	for _, g := range x.Groups {
		sizes[g.Group].Bytes += x.measure(g.From, g.To)
	}
	for i := range x.Subs {
		x.Subs[i].addBytes(sizes)
	}
}

// keyBytes is how many bytes rows from..to-1 of a key column have.
func keyBytes(c vector.Column, from, to int) int64 {
	rows := int64(to - from)
	if rows == 0 {
		return 0
	}
	switch c.Physical() {
	case vector.I16:
		return rows * 2
	case vector.I32, vector.F32:
		return rows * 4
	case vector.I64, vector.F64:
		return rows * 8
	case vector.I128:
		return rows * 16
	case vector.Bytes:
		o := c.Strings().Offsets
		return rows*4 + int64(o[to]-o[from])
	case vector.List, vector.Pairs:
		o, elems := c.List()
		return rows*4 + keyBytes(elems, int(o[from]), int(o[to]))
	case vector.Struct:
		var n int64
		_, fields := c.Struct()
		for _, f := range fields {
			n += keyBytes(f, from, to)
		}
		return n
	}
	return rows
}

// measure is how many bytes rows from..to-1 have without subs. What follows from parts of rows adds up to the whole.
func (x *TableSnapshot) measure(from, to int) int64 {
	rows := int64(to - from)
	n := rows * (4 + 8 + 8) // slot, hash, home
	if x.Owners != nil {
		n += rows * 4
	}
	for _, c := range x.Keys {
		n += keyBytes(c, from, to)
	}
	for _, d := range x.Values {
		switch d.Kind {
		case FixedData:
			n += rows * int64(d.Width)
		case BytesData:
			n += rows*8 + d.Offsets[to] - d.Offsets[from]
		case RowsData:
			n += rows * 8
			if d.Rows.Rows > 0 { // each row counts for as much as the others
				size, all := float64(d.Rows.Size()), float64(d.Rows.Rows)
				n += int64(size*float64(d.Offsets[to])/all) - int64(size*float64(d.Offsets[from])/all)
			}
		}
	}
	return n
}
