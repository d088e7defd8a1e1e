package state

import (
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

// save copies what t holds. counts is scratch: one more than key groups.
func (t *Table) save(space keygroup.Space, counts []int) TableSnapshot {
	slots, groups := t.byGroup(space, counts)
	home := t.Home()
	x := TableSnapshot{Groups: groups, Slots: slots, Keys: t.Keys(slots), Hash: make([]uint64, len(slots)), Home: make([]uint64, len(slots))}
	for i, s := range slots {
		x.Hash[i], x.Home[i] = t.hash[s], home[s]
	}
	for _, k := range t.layout {
		x.KeyTypes = append(x.KeyTypes, k.physical)
	}
	for _, c := range t.columns {
		x.Values = append(x.Values, c.save(slots))
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

// byGroup lists the slots that have keys, key group by key group, ascending in each, and says where the groups lie.
// counts is scratch: one more than key groups.
func (t *Table) byGroup(space keygroup.Space, counts []int) ([]Slot, []Section) {
	live, home := t.Live(make([]Slot, 0, t.live)), t.Home()
	slots := make([]Slot, len(live))
	groups := countGroups(counts, len(live), func(i int) keygroup.Group { return space.Of(home[live[i]]) },
		func(i, to int) { slots[to] = live[i] })
	return slots, groups
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
	for at := from; at < to; at += loadRows {
		end := min(at+loadRows, to)
		t.Slots(slots[at-from:at-from:end-from], x.keys(at, end), x.Hash[at:end], x.Home[at:end])
	}
	t.fill(x, from, slots, groups)
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
