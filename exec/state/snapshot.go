package state

import (
	"slices"

	"weir/keygroup"
	"weir/vector"
)

// Snapshot is a copy of a Store's content, key group by key group, in a form that can be written as it is.
type Snapshot struct {
	Max    int // key groups of the operator
	Tables []TableSnapshot
}

// TableSnapshot is a table's content: row by row a key, its hashes and its columns' values; rows of a key group lie
// together.
type TableSnapshot struct {
	Name     string
	InFamily bool
	ID       int64 // in its family

	Groups []Section
	Slots  []Slot // the keys' slots when the snapshot was taken
	Owners []Slot // Sub: the owners' slots then
	Hash   []uint64
	Home   []uint64
	Keys   []vector.Column
	Values []Data          // by column
	Subs   []TableSnapshot // by sub
}

// Section says which rows belong to a key group: From inclusive, To exclusive.
type Section struct {
	Group    keygroup.Group
	From, To int
}

// Data is a column's values, row by row. Fixed holds Width bytes each; Offsets cut Bytes, or Rows, where a row has any
// number of either.
type Data struct {
	Width   int
	Fixed   []byte
	Offsets []int64
	Bytes   []byte
	Rows    vector.Batch
}

// Snapshot copies the store's content.
func (s *Store) Snapshot() *Snapshot {
	out := &Snapshot{Max: s.space.Max}
	for i, t := range s.tables {
		out.Tables = append(out.Tables, t.save(s.names[i], s.space))
	}
	for _, f := range s.families {
		for i, t := range f.tables {
			x := t.save(f.name, s.space)
			x.InFamily, x.ID = true, f.ids[i]
			out.Tables = append(out.Tables, x)
		}
	}
	return out
}

// Restore gives s the content of those key groups that it owns, from the snapshots of any number of former subtasks.
// It is called before the operator's Open; the tables that Open makes find their content.
func Restore(s *Store, parts []*Snapshot) { s.restored = parts }

func (t *Table) save(name string, space keygroup.Space) TableSnapshot {
	slots := t.Live(make([]Slot, 0, t.live))
	home := t.Home()
	group := func(s Slot) keygroup.Group { return space.Of(home[s]) }
	slices.SortStableFunc(slots, func(a, b Slot) int { return int(group(a)) - int(group(b)) })
	x := TableSnapshot{Name: name, Slots: slots, Keys: t.Keys(slots), Hash: make([]uint64, len(slots)), Home: make([]uint64, len(slots))}
	for i, s := range slots {
		x.Hash[i], x.Home[i] = t.hash[s], home[s]
		if g := group(s); i == 0 || g != x.Groups[len(x.Groups)-1].Group {
			x.Groups = append(x.Groups, Section{Group: g, From: i})
		}
		x.Groups[len(x.Groups)-1].To = i + 1
	}
	for _, c := range t.columns {
		x.Values = append(x.Values, c.save(slots))
	}
	for _, sub := range t.subs {
		y := sub.save("", space)
		for _, s := range y.Slots {
			y.Owners = append(y.Owners, sub.Owner(s))
		}
		x.Subs = append(x.Subs, y)
	}
	return x
}

// rows lists the rows of key groups that a subtask owns.
func (x *TableSnapshot) rows(groups keygroup.Range) []int32 {
	var rows []int32
	for _, g := range x.Groups {
		if groups.Contains(g.Group) {
			for i := g.From; i < g.To; i++ {
				rows = append(rows, int32(i))
			}
		}
	}
	return rows
}

// load adds the rows of x that belong to groups.
func (t *Table) load(x *TableSnapshot, groups keygroup.Range) {
	rows := x.rows(groups)
	if len(rows) == 0 {
		return
	}
	hash, home := pick(x.Hash, rows), pick(x.Home, rows)
	keys := vector.Batch{Rows: len(rows)}
	for _, c := range x.Keys {
		keys.Columns = append(keys.Columns, c.Take(rows))
	}
	t.fill(x, rows, t.Slots(nil, keys, hash, home), groups)
}

// fill gives slots the values of rows, and what belongs to them.
func (t *Table) fill(x *TableSnapshot, rows []int32, slots []Slot, groups keygroup.Range) {
	for i, c := range t.columns {
		c.load(x.Values[i], rows, slots)
	}
	if len(t.subs) == 0 {
		return
	}
	var now []Slot // by former slot
	for i, r := range rows {
		for int(x.Slots[r]) >= len(now) {
			now = append(now, NoSlot)
		}
		now[x.Slots[r]] = slots[i]
	}
	for i, sub := range t.subs {
		y := &x.Subs[i]
		rows := y.rows(groups)
		if len(rows) == 0 {
			continue
		}
		owners := pick(y.Owners, rows)
		hash := pick(y.Hash, rows)
		for k, o := range owners {
			owners[k] = now[o]
			hash[k] ^= ofOwner(o) ^ ofOwner(owners[k])
		}
		keys := vector.Batch{Rows: len(rows)}
		for _, c := range y.Keys {
			keys.Columns = append(keys.Columns, c.Take(rows))
		}
		sub.fill(y, rows, sub.slots(nil, owners, keys, hash), groups)
	}
}

func pick[T any](from []T, rows []int32) []T {
	to := make([]T, len(rows))
	for i, r := range rows {
		to[i] = from[r]
	}
	return to
}
