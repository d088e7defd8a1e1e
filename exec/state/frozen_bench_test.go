package state

import (
	"encoding/binary"
	"testing"

	"weir/keygroup"
	"weir/vector"
	"weir/vector/kernel"
)

// million are the keys of the benchmarks of snapshots.
const million = 1 << 20

// big is a table of a million keys with three columns, as of COUNT, SUM and MAX.
type big struct {
	store  *Store
	table  *Table
	keys   vector.Batch
	hash   []uint64
	first  *Column[int64]
	second *Column[int64]
	third  *Column[vector.Num128]
	slots  []Slot
}

func openBig(s *Store, typ vector.Type) *big {
	x := &big{store: s}
	x.table = s.Table("groups", []vector.Type{typ}, func(t *Table) {
		x.first, x.second, x.third = NewColumn[int64](t, 0), NewColumn[int64](t, 0), NewColumn(t, vector.Num128{})
	})
	return x
}

func millionKeys(text bool) (vector.Column, vector.Type) {
	if !text {
		v := make([]int64, million)
		for i := range v {
			v[i] = int64(i) * 7
		}
		return vector.NewColumn(v, nil), vector.BigIntType
	}
	offsets, data := make([]int32, 1, million+1), []byte(nil)
	for i := range million {
		data = append(data, "customer-"...)
		data = binary.BigEndian.AppendUint64(data, uint64(i))
		offsets = append(offsets, int32(len(data)))
	}
	return vector.NewBytes(offsets, data, nil, false), vector.StringType
}

func fillBig(text bool) *big {
	c, typ := millionKeys(text)
	space := keygroup.Space{Max: 128}
	x := openBig(NewStore(space, space.Range(0, 1)), typ)
	x.keys, x.hash = vector.Batch{Rows: million, Columns: []vector.Column{c}}, make([]uint64, million)
	kernel.HashColumn(x.hash, c, typ)
	for at := 0; at < million; at += 8192 {
		x.slots = x.table.Slots(x.slots, x.keys.Slice(at, at+8192), x.hash[at:at+8192], nil)
		values := x.first.Values()
		for i, s := range x.slots {
			values[s] = int64(i)
		}
	}
	return x
}

func BenchmarkCheckpoint(b *testing.B) {
	for _, c := range []struct {
		name string
		text bool
	}{{"int", false}, {"string", true}} {
		x := fillBig(c.text)
		b.Run(c.name+"/freeze", func(b *testing.B) {
			for b.Loop() {
				x.first.Values()[0]++ // or the last image would do
				x.store.Freeze().Discard()
			}
		})
		b.Run(c.name+"/first touch", func(b *testing.B) { // of each column
			for b.Loop() {
				f := x.store.Freeze()
				x.first.Values()[0]++
				x.second.Values()[0]++
				x.third.Values()[0] = vector.Num128{}
				f.Discard()
			}
		})
		b.Run(c.name+"/snapshot", func(b *testing.B) {
			for b.Loop() {
				x.first.Values()[0]++
				x.store.Snapshot()
			}
		})
		snap := x.store.Snapshot()
		b.Run(c.name+"/check", func(b *testing.B) {
			for b.Loop() {
				if err := snap.Check(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/restore", func(b *testing.B) {
			_, typ := millionKeys(c.text)
			for b.Loop() {
				space := keygroup.Space{Max: 128}
				s := NewStore(space, space.Range(0, 1))
				Restore(s, []*Snapshot{snap})
				if y := openBig(s, typ); y.table.Len() != million {
					b.Fatal(y.table.Len())
				}
			}
		})
		b.Run(c.name+"/rehash", func(b *testing.B) {
			for b.Loop() {
				snap.Rehash(256)
			}
		})
	}
}

func BenchmarkValues(b *testing.B) {
	var c *Column[int64]
	NewTable(nil, func(t *Table) { c = NewColumn[int64](t, 0) })
	n := 0
	for b.Loop() {
		n += len(c.Values())
	}
}
