package state

import (
	"cmp"
	"fmt"
	"slices"

	"weir/keygroup"
	"weir/parser/diag"
	"weir/vector"
)

// Snapshot is a copy of a Store's content, key group by key group, in a form that can be written as it is. It is never
// changed: snapshots share what did not change between them.
type Snapshot struct {
	Max    int // key groups of the operator
	Tables []TableSnapshot
}

// TableSnapshot is a table's content: row by row a key, its hashes and its columns' values; rows of a key group lie
// together, in order of their slots.
type TableSnapshot struct {
	Name     string
	InFamily bool
	ID       int64 // in its family

	Groups   []Section // ascending; all rows
	Slots    []Slot    // the keys' slots when the snapshot was taken
	Owners   []Slot    // Sub: the owners' slots then
	Hash     []uint64
	Home     []uint64
	KeyTypes []vector.Physical
	Keys     []vector.Column // no dictionaries
	Values   []Data          // by column
	Subs     []TableSnapshot // by sub
}

// Section says which rows belong to a key group: From inclusive, To exclusive.
type Section struct {
	Group    keygroup.Group
	From, To int
}

// DataKind says how the values of a column are kept.
type DataKind uint8

// The kinds of columns: Column, Bytes and Rows.
const (
	FixedData DataKind = iota + 1
	BytesData
	RowsData
)

// Data is a column's values, row by row. Fixed holds Width bytes each; Offsets cut Bytes, or Rows, where a row has any
// number of either.
type Data struct {
	Kind    DataKind
	Width   int
	Fixed   []byte
	Offsets []int64
	Bytes   []byte
	Rows    vector.Batch // without columns where it has no rows
}

// order is how the slots that have keys become rows: key group by key group, ascending in each.
type order struct {
	slots []Slot  // by row
	live  []Slot  // ascending
	rows  []int32 // of live
}

// byGroup orders the slots that have keys, and says where the groups lie. counts is scratch: one more than key groups.
func (t *Table) byGroup(space keygroup.Space, counts []int) (order, []Section) {
	live, home := t.Live(make([]Slot, 0, t.live)), t.Home()
	o := order{slots: make([]Slot, len(live)), live: live, rows: make([]int32, len(live))}
	groups := countGroups(counts, len(live), func(i int) keygroup.Group { return space.Of(home[live[i]]) },
		func(i, to int) { o.slots[to], o.rows[i] = live[i], int32(to) })
	return o, groups
}

// save copies what t holds. counts is scratch: one more than key groups.
func (t *Table) save(space keygroup.Space, counts []int) TableSnapshot {
	o, groups := t.byGroup(space, counts)
	n, home := len(o.slots), t.Home()
	x := TableSnapshot{Groups: groups, Slots: o.slots, Hash: make([]uint64, n), Home: make([]uint64, n)}
	for i, s := range o.live {
		r := o.rows[i]
		x.Hash[r], x.Home[r] = t.hash[s], home[s]
	}
	for c, k := range t.layout {
		x.KeyTypes = append(x.KeyTypes, k.physical)
		x.Keys = append(x.Keys, t.saveKeys(c, k, o))
	}
	for _, c := range t.columns {
		x.Values = append(x.Values, c.save(o))
	}
	for _, sub := range t.subs {
		y := sub.save(space, counts)
		y.Owners = make([]Slot, len(y.Slots))
		for i, s := range y.Slots {
			y.Owners[i] = sub.Owner(s)
		}
		x.Subs = append(x.Subs, y)
	}
	return x
}

// saveKeys returns column c of the keys.
func (t *Table) saveKeys(c int, k keyColumn, o order) vector.Column {
	if k.text == nil {
		return t.keyColumn(c, k, o.slots)
	}
	offsets, data := ordered[int32](&k.text.text, o, func(s Slot) int {
		if t.IsNull(c, s) {
			return -1
		}
		return int(t.words[int(s)*t.stride+k.at])
	})
	return t.textKeys(c, offsets, data, t.validKeys(c, o.slots))
}

// ordered copies the values of a row by row: of tells a slot's, −1 for none. It reads them in order of slots, which is
// mostly that of the arena, and so waits less for memory than if it wrote in order of rows.
func ordered[T int32 | int64](a *arena, o order, of func(s Slot) int) (offsets []T, data []byte) {
	offsets = make([]T, len(o.slots)+1)
	size := int64(0)
	for i, s := range o.live {
		if v := of(s); v >= 0 {
			n := a.spans[v].len
			offsets[o.rows[i]+1] = T(n)
			size += int64(n)
		}
	}
	if size != int64(T(size)) { // better no snapshot than a wrong one
		panic(fmt.Sprintf("state: the keys of a table have %d bytes of text, more than a column holds", size))
	}
	for r := range o.slots {
		offsets[r+1] += offsets[r]
	}
	data = make([]byte, offsets[len(o.slots)])
	for i, s := range o.live {
		if v := of(s); v >= 0 {
			copy(data[offsets[o.rows[i]]:], a.get(v))
		}
	}
	return offsets, data
}

// countGroups sorts n things by key group, those of one group stay in order: group tells a thing's, put is told its
// place. counts is scratch: one more than key groups.
func countGroups(counts []int, n int, group func(i int) keygroup.Group, put func(i, to int)) []Section {
	clear(counts)
	for i := range n {
		counts[int(group(i))+1]++
	}
	var sections []Section
	for g := range counts[1:] {
		if from, to := counts[g], counts[g]+counts[g+1]; from < to {
			sections = append(sections, Section{Group: keygroup.Group(g), From: from, To: to})
		}
		counts[g+1] += counts[g]
	}
	for i := range n {
		g := group(i)
		put(i, counts[g])
		counts[g]++
	}
	return sections
}

// Restore gives s the content of those key groups that it owns, from the snapshots of any number of former subtasks; nil
// ones had none. They have as many key groups as s (else Rehash them), and have passed Check if they come from outside
// the process. It is called before the operator's Open; the tables that Open makes find their content. Afterwards Err
// and Unclaimed say whether all of it has found its place.
func Restore(s *Store, parts []*Snapshot) {
	for _, part := range parts {
		switch {
		case part == nil:
		case part.Max != s.space.Max:
			s.misfit = diag.New(codeMisfit, diag.Span{}, "the stored state has %d key groups, the operator that would continue with it %d", part.Max, s.space.Max).
				WithHint("a maximum parallelism that is not set is taken over from what was stored")
		default:
			s.restored = append(s.restored, part)
		}
	}
}

// run returns the rows of the key groups that a subtask owns; they lie together: from inclusive, to exclusive.
func (x *TableSnapshot) run(groups keygroup.Range) (from, to int) {
	first := true
	for _, g := range x.Groups {
		if groups.Contains(g.Group) {
			if first {
				from, first = g.From, false
			}
			to = g.To
		}
	}
	return from, to
}

// section returns the rows of a key group.
func (x *TableSnapshot) section(g keygroup.Group) Section {
	at, ok := slices.BinarySearchFunc(x.Groups, g, func(s Section, g keygroup.Group) int { return int(s.Group) - int(g) })
	if !ok {
		return Section{Group: g}
	}
	return x.Groups[at]
}

// rowOf returns the row in a section that was a slot, or −1.
func (x *TableSnapshot) rowOf(in Section, slot Slot) int {
	at, ok := slices.BinarySearch(x.Slots[in.From:in.To], slot)
	if !ok {
		return -1
	}
	return in.From + at
}

// loadRows is how many rows are looked up at once in a restore: a batch's worth keeps the scratch small.
const loadRows = 8192

// load adds the rows of x that belong to groups. x has the table's shape.
func (t *Table) load(x *TableSnapshot, groups keygroup.Range) {
	from, to := x.run(groups)
	if from == to {
		return
	}
	t.reserve(to - from)
	slots := make([]Slot, to-from)
	var some []Slot
	for rows := range slices.Chunk(x.bySlot(from, to), loadRows) {
		keys := vector.Batch{Rows: len(rows), Columns: make([]vector.Column, len(x.Keys))}
		for i, c := range x.Keys {
			keys.Columns[i] = c.Take(rows)
		}
		some = t.Slots(some, keys, pick(x.Hash, rows), pick(x.Home, rows))
		for i, r := range rows {
			slots[int(r)-from] = some[i]
		}
	}
	t.fill(x, from, slots, groups)
}

// bySlot lists rows from..to-1 in the order of the slots that they had: so what an operator emits slot by slot comes in
// the same order before and after a restore.
func (x *TableSnapshot) bySlot(from, to int) []int32 {
	rows := make([]int32, to-from)
	for i := range rows {
		rows[i] = int32(from + i)
	}
	if len(x.Groups) > 1 {
		slices.SortFunc(rows, func(a, b int32) int { return cmp.Compare(x.Slots[a], x.Slots[b]) })
	}
	return rows
}

// keys returns the keys of rows from..to-1.
func (x *TableSnapshot) keys(from, to int) vector.Batch {
	b := vector.Batch{Rows: to - from, Columns: make([]vector.Column, len(x.Keys))}
	for i, c := range x.Keys {
		b.Columns[i] = c.Slice(from, to)
	}
	return b
}

// fill gives slots the values of the rows from row on, and what belongs to them.
func (t *Table) fill(x *TableSnapshot, row int, slots []Slot, groups keygroup.Range) {
	for i, c := range t.columns {
		c.load(x.Values[i], row, slots)
	}
	for i, sub := range t.subs {
		sub.load(&x.Subs[i], x, row, slots, groups)
	}
}

// load adds the rows of y that belong to groups. slots are those that the rows of x, the owners' table, from row on
// have now.
func (s *Sub) load(y, x *TableSnapshot, row int, slots []Slot, groups keygroup.Range) {
	from, to := y.run(groups)
	if from == to {
		return
	}
	s.reserve(to - from)
	hash, owners, made := make([]uint64, to-from), make([]Slot, to-from), make([]Slot, to-from)
	for _, g := range y.Groups {
		if !groups.Contains(g.Group) {
			continue
		}
		in := x.section(g.Group)
		for i := g.From; i < g.To; i++ {
			was := y.Owners[i]
			is := slots[x.rowOf(in, was)-row]
			owners[i-from], hash[i-from] = is, y.Hash[i]^ofOwner(was)^ofOwner(is)
		}
	}
	for at := from; at < to; at += loadRows {
		end := min(at+loadRows, to)
		i, k := at-from, end-from
		s.slots(made[i:i:k], owners[i:k], y.keys(at, end), hash[i:k])
	}
	s.fill(y, from, made, groups)
}
