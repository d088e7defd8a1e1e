package state

import (
	"weir/vector"
	"weir/vector/kernel"
)

// found finds rows by their slot and values. It is no state: the first search makes it of the rows, since most are never
// searched, and from then on it follows them.
type found struct {
	types  []vector.Type
	hasher kernel.Hasher

	// Rows of one hash are a ring in order of insertion: before the first is the last.
	first         map[uint64]RowID // by hash; nil: there was no search yet
	hash          []uint64         // by row: of its slot and values
	after, before []RowID          // by row
}

// NewFoundRows registers rows by slot that Find finds. Only a table's setup calls it.
func NewFoundRows(t *Table, types []vector.Type) *Rows {
	r := NewRows(t)
	r.found = &found{types: types}
	return r
}

// Find returns the row of a slot inserted first that has the values of row i of b, as kernel.Order has it, NoRow if there
// is none. hash is what kernel.HashColumns computes of row i.
func (r *Rows) Find(s Slot, b vector.Batch, i int, hash uint64) RowID {
	if r.live == 0 {
		return NoRow
	}
	if r.found.first == nil {
		r.search()
	}
	first, ok := r.found.first[hash^ofOwner(s)]
	if !ok {
		return NoRow
	}
	for id := first; ; {
		if r.slot[id] == s && r.same(id, b, i) {
			return id
		}
		if id = r.found.after[id]; id == first {
			return NoRow
		}
	}
}

func (r *Rows) same(id RowID, b vector.Batch, i int) bool {
	kept, row := r.At(id)
	for k, c := range kept.Columns {
		if kernel.Order(c, row, b.Columns[k], i) != 0 {
			return false
		}
	}
	return true
}

// search makes what finds the rows there are.
func (r *Rows) search() {
	f := r.found
	f.first = make(map[uint64]RowID, r.live)
	f.extend(len(r.at))
	var hash []uint64
	for _, k := range r.chunks {
		if k.live == 0 {
			continue
		}
		hash = f.hasher.Hash(sized(hash, k.batch.Rows), k.batch.Columns, f.types)
		for i, id := range k.ids {
			if id != NoRow {
				f.hash[id] = hash[i] ^ ofOwner(r.slot[id])
			}
		}
	}
	for s := range r.first {
		for id := r.first[s]; id != NoRow; id = r.next[id] {
			f.link(id)
		}
	}
}

func (f *found) extend(rows int) {
	for len(f.hash) < rows {
		f.hash, f.after, f.before = append(f.hash, 0), append(f.after, NoRow), append(f.before, NoRow)
	}
}

// add follows rows that were inserted.
func (f *found) add(ids []RowID, slots []Slot, b vector.Batch) {
	if f == nil || f.first == nil {
		return
	}
	hash := f.hasher.Hash(make([]uint64, b.Rows), b.Columns, f.types)
	for i, id := range ids {
		f.extend(int(id) + 1)
		f.hash[id] = hash[i] ^ ofOwner(slots[i])
		f.link(id)
	}
}

// link puts a row behind those of its hash.
func (f *found) link(id RowID) {
	first, ok := f.first[f.hash[id]]
	if !ok {
		f.first[f.hash[id]], f.after[id], f.before[id] = id, id, id
		return
	}
	last := f.before[first]
	f.after[last], f.before[id] = id, last
	f.after[id], f.before[first] = first, id
}

// remove follows a row that is removed.
func (f *found) remove(id RowID) {
	if f == nil || f.first == nil {
		return
	}
	after, before := f.after[id], f.before[id]
	switch {
	case after == id:
		delete(f.first, f.hash[id])
		return
	case f.first[f.hash[id]] == id:
		f.first[f.hash[id]] = after
	}
	f.after[before], f.before[after] = after, before
}

// emptied is what finds the rows of the same schema that come after all were removed.
func (f *found) emptied() *found {
	if f == nil {
		return nil
	}
	return &found{types: f.types}
}

func (f *found) bytes() int64 {
	if f == nil {
		return 0
	}
	const entry = 16 // of the map: a hash and a row, and room for more
	return 8*int64(cap(f.hash)+cap(f.after)) + entry*int64(len(f.first))
}
