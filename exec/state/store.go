package state

import (
	"slices"

	"weir/keygroup"
	"weir/parser/diag"
	"weir/vector"
)

// Store is the keyed state of one operator in one subtask: named tables, and families of tables.
type Store struct {
	space    keygroup.Space
	groups   keygroup.Range
	tables   []*Table
	names    []string
	families []*Family
	restored []*Snapshot      // what Restore gave, for tables that are made later
	misfit   *diag.Diagnostic // the first of what was restored that did not fit
}

// NewStore makes an empty store. space are the operator's key groups, groups those that the subtask owns.
func NewStore(space keygroup.Space, groups keygroup.Range) *Store {
	return &Store{space: space, groups: groups}
}

// Table makes the table of that name, with the content that was restored, if any. The operator calls it once, in Open.
// setup registers the table's columns and subs.
func (s *Store) Table(name string, keys []vector.Type, setup func(*Table)) *Table {
	t := NewTable(keys, setup)
	s.tables, s.names = append(s.tables, t), append(s.names, name)
	for _, part := range s.restored {
		for i := range part.Tables {
			if x := &part.Tables[i]; x.Name == name && !x.InFamily && s.fits(t, x) {
				t.load(x, s.groups)
			}
		}
	}
	return t
}

// Family makes the family of that name, with the tables that were restored. The operator calls it once, in Open. setup
// is called once for each table.
func (s *Store) Family(name string, keys []vector.Type, setup func(*Table)) *Family {
	f := &Family{name: name, keys: keys, setup: setup}
	s.families = append(s.families, f)
	for _, part := range s.restored {
		for i := range part.Tables {
			x := &part.Tables[i]
			if x.Name != name || !x.InFamily {
				continue
			}
			if from, to := x.run(s.groups); from == to {
				continue
			}
			if t := f.Open(x.ID); s.fits(t, x) {
				t.load(x, s.groups)
			}
		}
	}
	return f
}

// Bytes is how much memory the store holds.
func (s *Store) Bytes() int64 {
	var n int64
	for _, t := range s.tables {
		n += t.Bytes()
	}
	for _, f := range s.families {
		n += f.bytes()
	}
	return n
}

// spares is how many dropped tables a family keeps for their memory.
const spares = 2

// Family is tables of one shape by number, such as one for each open window.
type Family struct {
	name   string
	keys   []vector.Type
	setup  func(*Table)
	ids    []int64 // ascending
	tables []*Table
	spare  []*Table
}

// NewFamily makes a family that belongs to no store: nothing of it is snapshotted.
func NewFamily(keys []vector.Type, setup func(*Table)) *Family {
	return &Family{keys: keys, setup: setup}
}

// Open returns the table of that number and makes it if there is none.
func (f *Family) Open(id int64) *Table {
	at, ok := slices.BinarySearch(f.ids, id)
	if ok {
		return f.tables[at]
	}
	var t *Table
	if n := len(f.spare); n > 0 {
		t = f.spare[n-1]
		f.spare = f.spare[:n-1]
	} else {
		t = NewTable(f.keys, f.setup)
	}
	f.ids, f.tables = slices.Insert(f.ids, at, id), slices.Insert(f.tables, at, t)
	return t
}

// Get returns the table of that number, or nil.
func (f *Family) Get(id int64) *Table {
	if at, ok := slices.BinarySearch(f.ids, id); ok {
		return f.tables[at]
	}
	return nil
}

// Drop forgets a table. Its memory serves a later one: nobody may refer to what it holds.
func (f *Family) Drop(id int64) {
	at, ok := slices.BinarySearch(f.ids, id)
	if !ok {
		return
	}
	t := f.tables[at]
	if at == 0 { // windows leave in order: nothing needs to move
		f.tables[0] = nil
		f.ids, f.tables = f.ids[1:], f.tables[1:]
	} else {
		f.ids, f.tables = slices.Delete(f.ids, at, at+1), slices.Delete(f.tables, at, at+1)
	}
	if len(f.spare) < spares {
		t.Clear()
		f.spare = append(f.spare, t)
	}
}

// IDs returns the numbers of all tables, ascending; valid until the next Open or Drop.
func (f *Family) IDs() []int64 { return f.ids }

func (f *Family) bytes() int64 {
	var n int64
	for _, t := range f.tables {
		n += t.Bytes()
	}
	for _, t := range f.spare {
		n += t.Bytes()
	}
	return n
}
