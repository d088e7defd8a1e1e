package state

import (
	"math/rand/v2"
	"slices"
	"testing"

	"weir/vector"
	"weir/vector/kernel"
)

// TestFoundRows: of equal rows of a slot the one inserted first is found, also where all hashes are equal, before and
// after rows, slots and all of them are gone.
func TestFoundRows(t *testing.T) {
	for _, seven := range []bool{false, true} {
		r := rand.New(rand.NewPCG(7, 8))
		var rows *Rows
		types := []vector.Type{vector.BigIntType, vector.StringType}
		table := NewTable([]vector.Type{vector.BigIntType}, func(t *Table) { rows = NewFoundRows(t, types) })
		type kept struct {
			id    RowID
			value string
		}
		want := map[Slot][]kept{}
		hashed := func(b vector.Batch) []uint64 {
			hash := make([]uint64, b.Rows)
			if kernel.HashColumns(hash, b.Columns, types); seven {
				for i := range hash {
					hash[i] = 7
				}
				if rows.found.first == nil && rows.Len() > 0 {
					rows.search()
					rows.found.first = map[uint64]RowID{}
					for s := range rows.first {
						for id := rows.first[s]; id != NoRow; id = rows.next[id] {
							rows.found.hash[id] = 7 ^ ofOwner(Slot(s))
							rows.found.link(id)
						}
					}
				}
			}
			return hash
		}
		for step := range 3000 {
			n := 1 + r.IntN(4)
			keys := make([]int64, n)
			for i := range keys {
				keys[i] = int64(r.IntN(3))
			}
			slots := table.Slots(nil, vector.Batch{Columns: []vector.Column{vector.NewColumn(keys, nil)}, Rows: n}, make([]uint64, n), nil)
			b := vector.Batch{Columns: []vector.Column{randomInts(r, n, 3), randomStrings(r, n, step%2 == 0)}, Rows: n}
			values := make([]string, n)
			for i := range values {
				values[i] = text(b.Columns, types, i)
			}
			switch x := r.IntN(200); {
			case x == 0:
				table.Clear()
				clear(want)
			case x < 3:
				table.Free(slots[:1])
				delete(want, slots[0])
			case x < 100 && !seven:
				for i, id := range rows.Add(nil, slots, b) {
					want[slots[i]] = append(want[slots[i]], kept{id, values[i]})
				}
			case x < 100:
				// A forced hash is that of a search behind the rows.
				for i, id := range rows.Add(nil, slots, b) {
					want[slots[i]] = append(want[slots[i]], kept{id, values[i]})
				}
				rows.found = rows.found.emptied()
			default:
				hash := hashed(b)
				for i, s := range slots {
					at := slices.IndexFunc(want[s], func(k kept) bool { return k.value == values[i] })
					id := rows.Find(s, b, i, hash[i])
					if at < 0 {
						if id != NoRow {
							t.Fatalf("step %d: %s is found in slot %d", step, values[i], s)
						}
						continue
					}
					if id != want[s][at].id {
						t.Fatalf("step %d: %s of slot %d is row %d, want %d", step, values[i], s, id, want[s][at].id)
					}
					rows.Remove(id)
					want[s] = slices.Delete(want[s], at, at+1)
				}
			}
		}
	}
}
