package state

import (
	"errors"
	"fmt"
	"math"

	"weir/keygroup"
	"weir/vector"
)

// Check reports whether the parts of s fit together, so that nothing that is done with it afterwards reads beyond what
// is there. Whoever has decoded a snapshot calls it first. The error names the table; the caller adds the file.
func (s *Snapshot) Check() error {
	if s.Max < 1 || s.Max > keygroup.UpperBound {
		return fmt.Errorf("%d key groups, not 1 to %d", s.Max, keygroup.UpperBound)
	}
	type name struct {
		name     string
		inFamily bool
		id       int64
	}
	seen := map[name]bool{}
	for i := range s.Tables {
		x := &s.Tables[i]
		n := name{x.Name, x.InFamily, x.ID}
		if seen[n] {
			return fmt.Errorf("table %q is there twice", x.Name)
		}
		seen[n] = true
		if len(x.Owners) > 0 {
			return fmt.Errorf("table %q: %d owners where there is no table to own it", x.Name, len(x.Owners))
		}
		if len(x.KeyTypes) == 0 && len(x.Slots) > 1 {
			return fmt.Errorf("table %q: %d rows where there is one key", x.Name, len(x.Slots))
		}
		if err := x.check(keygroup.Space{Max: s.Max}); err != nil {
			return fmt.Errorf("table %q: %w", x.Name, err)
		}
	}
	return nil
}

func (x *TableSnapshot) check(space keygroup.Space) error {
	rows := len(x.Slots)
	if rows > math.MaxInt32 {
		return fmt.Errorf("%d rows", rows)
	}
	if len(x.Hash) != rows || len(x.Home) != rows {
		return fmt.Errorf("%d hashes and %d homes of %d rows", len(x.Hash), len(x.Home), rows)
	}
	if len(x.KeyTypes) != len(x.Keys) {
		return fmt.Errorf("%d types of %d key columns", len(x.KeyTypes), len(x.Keys))
	}
	for i, c := range x.Keys {
		if err := checkKey(c, x.KeyTypes[i], rows); err != nil {
			return fmt.Errorf("key column %d: %w", i, err)
		}
	}
	if err := x.checkGroups(space); err != nil {
		return err
	}
	for i := range x.Values {
		if err := x.Values[i].check(rows); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	for i := range x.Subs {
		if err := x.checkSub(&x.Subs[i], space); err != nil {
			return fmt.Errorf("sub %d: %w", i, err)
		}
	}
	return nil
}

// checkGroups: the sections are ascending, cover all rows without a gap and hold what belongs to their key group.
func (x *TableSnapshot) checkGroups(space keygroup.Space) error {
	at := 0
	for i, g := range x.Groups {
		switch {
		case int(g.Group) >= space.Max:
			return fmt.Errorf("key group %d of %d", g.Group, space.Max)
		case i > 0 && g.Group <= x.Groups[i-1].Group:
			return fmt.Errorf("key group %d behind %d", g.Group, x.Groups[i-1].Group)
		case g.From != at || g.To <= g.From || g.To > len(x.Slots):
			return fmt.Errorf("key group %d has rows %d to %d, of %d", g.Group, g.From, g.To, len(x.Slots))
		}
		for r := g.From; r < g.To; r++ {
			if home := space.Of(x.Home[r]); home != g.Group {
				return fmt.Errorf("row %d is of key group %d, not %d", r, home, g.Group)
			}
			if x.Slots[r] == NoSlot || r > g.From && x.Slots[r] <= x.Slots[r-1] {
				return fmt.Errorf("row %d has slot %d behind another", r, x.Slots[r])
			}
		}
		at = g.To
	}
	if at != len(x.Slots) {
		return fmt.Errorf("%d of %d rows are in key groups", at, len(x.Slots))
	}
	return nil
}

// checkSub: every row of y belongs to a row of x with the same home.
func (x *TableSnapshot) checkSub(y *TableSnapshot, space keygroup.Space) error {
	if err := y.check(space); err != nil {
		return err
	}
	if len(y.Owners) != len(y.Slots) {
		return fmt.Errorf("%d owners of %d rows", len(y.Owners), len(y.Slots))
	}
	for _, g := range y.Groups {
		in := x.section(g.Group)
		for i := g.From; i < g.To; i++ {
			row := x.rowOf(in, y.Owners[i])
			if row < 0 {
				return fmt.Errorf("row %d belongs to slot %d, which is not there", i, y.Owners[i])
			}
			if x.Home[row] != y.Home[i] {
				return fmt.Errorf("row %d has another home than its owner", i)
			}
		}
	}
	return nil
}

func (d *Data) check(rows int) error {
	switch d.Kind {
	case FixedData:
		switch d.Width {
		case 1, 2, 4, 8, 16:
		default:
			return fmt.Errorf("values of %d bytes", d.Width)
		}
		if len(d.Fixed) != rows*d.Width {
			return fmt.Errorf("%d bytes for %d values of %d", len(d.Fixed), rows, d.Width)
		}
		return nil
	case BytesData:
		return checkOffsets(d.Offsets, rows, len(d.Bytes), math.MaxInt32) // an arena's span has 32 bits
	case RowsData:
		if d.Rows.Rows < 0 || d.Rows.Rows > math.MaxInt32 {
			return fmt.Errorf("%d rows", d.Rows.Rows)
		}
		if err := checkOffsets(d.Offsets, rows, d.Rows.Rows, math.MaxInt32); err != nil {
			return err
		}
		return checkBatch(d.Rows)
	}
	return fmt.Errorf("no kind %d of values", d.Kind)
}

// checkOffsets: they ascend from 0 to end, one more than values, no further than longest at once.
func checkOffsets[T int32 | int64](offsets []T, values, end int, longest int64) error {
	if len(offsets) != values+1 {
		return fmt.Errorf("%d offsets of %d values", len(offsets), values)
	}
	if offsets[0] != 0 || int64(offsets[values]) != int64(end) {
		return fmt.Errorf("offsets from %d to %d, not from 0 to %d", offsets[0], offsets[values], end)
	}
	for i := range values {
		if n := int64(offsets[i+1]) - int64(offsets[i]); n < 0 || n > longest {
			return fmt.Errorf("value %d has length %d", i, n)
		}
	}
	return nil
}

func checkKey(c vector.Column, p vector.Physical, rows int) error {
	if p == vector.NoPhysical || p > vector.Pairs {
		return errors.New("no type of keys")
	}
	if !readable(func() {
		if c.Len() != rows {
			panic("another length")
		}
		if c.Validity(); rows == 0 {
			return
		}
		switch p {
		case vector.Bool:
			c.Bool(0)
		case vector.I8:
			_ = c.Int8()[:rows]
		case vector.I16:
			_ = c.Int16()[:rows]
		case vector.I32:
			_ = c.Int32()[:rows]
		case vector.I64:
			_ = c.Int64()[:rows]
		case vector.F32:
			_ = c.Float32()[:rows]
		case vector.F64:
			_ = c.Float64()[:rows]
		case vector.I128:
			_ = c.Int128()[:rows]
		case vector.Bytes:
			if s := c.Strings(); s.Codes != nil {
				panic("a dictionary")
			}
		default:
			if c.Physical() != p {
				panic("others")
			}
		}
	}) {
		return fmt.Errorf("not %d values of %s", rows, physicalName(p))
	}
	switch {
	case p >= vector.List:
		return checkInside(c)
	case p == vector.Bytes && rows > 0:
		return checkStrings(c.Strings(), rows)
	}
	return nil
}

// checkStrings: every value lies inside the data.
func checkStrings(s vector.Strings, rows int) error {
	if s.Codes != nil {
		if len(s.Codes) != rows {
			return fmt.Errorf("%d codes of %d values", len(s.Codes), rows)
		}
		entries := max(0, len(s.Offsets)-1)
		for i, code := range s.Codes {
			if code < 0 || int(code) >= entries {
				return fmt.Errorf("value %d is entry %d of %d", i, code, entries)
			}
		}
		rows = entries
	}
	if rows == 0 {
		return nil
	}
	if len(s.Offsets) != rows+1 {
		return fmt.Errorf("%d offsets of %d values", len(s.Offsets), rows)
	}
	for i := range rows {
		if from, to := s.Offsets[i], s.Offsets[i+1]; from < 0 || to < from || int(to) > len(s.Data) {
			return fmt.Errorf("value %d lies at %d to %d of %d bytes", i, from, to, len(s.Data))
		}
	}
	return nil
}

// checkBatch: all columns have the batch's rows, and what else a row has is there for all or none.
func checkBatch(b vector.Batch) error {
	if b.Kinds != nil && len(b.Kinds) != b.Rows || b.Behind != nil && len(b.Behind) != b.Rows ||
		b.Origin != nil && len(b.Origin) != b.Rows || b.Home != nil && len(b.Home) != b.Rows {
		return fmt.Errorf("kinds, watermarks, origins or homes of other than %d rows", b.Rows)
	}
	for i, k := range b.Kinds {
		if k > vector.Delete {
			return fmt.Errorf("row %d is of kind %d", i, k)
		}
	}
	for i, c := range b.Columns {
		if !readable(func() {
			if c.Validity(); c.Len() != b.Rows {
				panic("another length")
			}
		}) {
			return fmt.Errorf("column %d has not %d rows", i, b.Rows)
		}
		if err := checkInside(c); err != nil {
			return fmt.Errorf("column %d: %w", i, err)
		}
	}
	return nil
}

// checkInside: what the values of a column refer to is there.
func checkInside(c vector.Column) error {
	var p vector.Physical
	if !readable(func() { p = c.Physical() }) {
		return errors.New("no type of values")
	}
	switch p {
	case vector.Bytes:
		return checkStrings(c.Strings(), c.Len())
	case vector.Struct:
		_, fields := c.Struct()
		for i, f := range fields {
			if f.Len() != c.Len() {
				return fmt.Errorf("field %d has %d values of %d rows", i, f.Len(), c.Len())
			}
			if err := checkInside(f); err != nil {
				return fmt.Errorf("field %d: %w", i, err)
			}
		}
	case vector.List, vector.Pairs:
		offsets, elems := c.List()
		for i := 1; i < len(offsets); i++ {
			if from, to := offsets[i-1], offsets[i]; from < 0 || to < from || int(to) > elems.Len() {
				return fmt.Errorf("array %d is elements %d to %d of %d", i-1, from, to, elems.Len())
			}
		}
		if p == vector.Pairs {
			if !readable(func() { c.Pairs() }) {
				return errors.New("entries of a map that are no pairs")
			}
			if _, fields := elems.Struct(); len(fields) != 2 {
				return fmt.Errorf("entries of a map have %d parts", len(fields))
			}
		}
		return checkInside(elems)
	}
	return nil
}

// readable reports whether read does not panic: a vector.Column says in no other way that it is not of the kind it is
// read as.
func readable(read func()) (ok bool) {
	defer func() { ok = recover() == nil }()
	read()
	return true
}
