package state

import (
	"sync"
	"sync/atomic"

	"weir/keygroup"
)

// Frozen is the content of a Store at the moment of a Freeze.
type Frozen struct {
	max    int
	images []*image
	done   bool
}

// Freeze holds on to the store's content without copying it. The operator's goroutine calls it, between two calls into
// the operator, and goes on using the store. Whoever gets the Frozen calls Snapshot or Discard: until then the store
// copies what it is about to overwrite.
func (s *Store) Freeze() *Frozen {
	f := &Frozen{max: s.space.Max}
	for i, t := range s.tables {
		f.images = append(f.images, t.freeze(s.space, TableSnapshot{Name: s.names[i]}))
	}
	for _, x := range s.families {
		for i, t := range x.tables {
			f.images = append(f.images, t.freeze(s.space, TableSnapshot{Name: x.name, InFamily: true, ID: x.ids[i]}))
		}
	}
	return f
}

// Snapshot copies the content, key group by key group. Any goroutine may call it, once.
func (f *Frozen) Snapshot() *Snapshot {
	if f.done {
		panic("state: the frozen content is gone")
	}
	out := &Snapshot{Max: f.max, Tables: make([]TableSnapshot, len(f.images))}
	counts := make([]int, f.max+1)
	for i, im := range f.images {
		out.Tables[i] = im.snapshot(counts)
	}
	f.images, f.done = nil, true
	return out
}

// Discard gives the content up, where no snapshot of it is wanted any more; behind Snapshot it does nothing. Any
// goroutine may call it.
func (f *Frozen) Discard() {
	for _, im := range f.images {
		im.discard()
	}
	f.images, f.done = nil, true
}

// Snapshot copies the store's content.
func (s *Store) Snapshot() *Snapshot { return s.Freeze().Snapshot() }

// image is a table as it was at a Freeze; several Frozens have the same one where nobody touched the table in between.
type image struct {
	space keygroup.Space
	table *Table // reads the memory of the live one; nil when it is not needed any more
	loan  *loan  // of that memory

	users atomic.Int32 // Frozens that have not been discarded; 0: there will be no snapshot
	once  sync.Once
	saved TableSnapshot // first only what says which table it is
	size  int64         // of saved; both may be read once the loan was returned
}

// freeze returns an image of t, of which head says which table it is.
func (t *Table) freeze(space keygroup.Space, head TableSnapshot) *image {
	if t.image != nil && t.image.join() {
		return t.image
	}
	im := &image{space: space, loan: &loan{}, saved: head}
	im.users.Store(1)
	im.table = t.lend(loans{im.loan})
	t.image = im
	return im
}

// join makes one more Frozen a user of im, unless all have discarded it.
func (im *image) join() bool {
	for {
		n := im.users.Load()
		if n == 0 {
			return false
		}
		if im.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// snapshot returns the table's content and copies it if nobody has yet. counts is scratch: one more than key groups.
func (im *image) snapshot(counts []int) TableSnapshot {
	im.once.Do(func() {
		head := im.saved
		im.saved = im.table.save(im.space, counts)
		im.saved.Name, im.saved.InFamily, im.saved.ID = head.Name, head.InFamily, head.ID
		im.size = im.saved.bytes()
		im.table = nil
		im.loan.returned.Store(true)
	})
	return im.saved
}

func (im *image) discard() {
	if im.users.Add(-1) == 0 {
		im.table = nil
		im.loan.returned.Store(true)
	}
}

// kept is how much memory of a snapshot the image keeps.
func (im *image) kept() int64 {
	if im == nil || !im.loan.returned.Load() {
		return 0
	}
	return im.size
}

// lend returns a table to read what t holds now, and lets t know that its memory is lent. Appending to a slice writes
// behind what the other one sees, so only what overwrites has to look at the loans.
func (t *Table) lend(l loans) *Table {
	v := &Table{types: t.types, layout: append([]keyColumn(nil), t.layout...), stride: t.stride, nulls: t.nulls, lone: t.lone, owned: t.owned,
		words: t.words, hash: t.hash, home: t.home, apart: t.apart, null: t.null, live: t.live, dead: t.dead}
	for i, k := range t.layout {
		if k.text != nil {
			v.layout[i].text = &interner{text: k.text.text.lend(l)}
		}
	}
	t.lent = t.lent.and(l)
	t.deadLent = t.deadLent.and(l)
	for _, c := range t.columns {
		v.columns = append(v.columns, c.lend(l))
	}
	for _, s := range t.subs {
		v.subs = append(v.subs, &Sub{Table: s.Table.lend(l)})
	}
	return v
}

// touch says that the content changes: the next Freeze needs another image. The snapshot of the last one is let go.
func (t *Table) touch() { t.top.image = nil }

// ownKeys makes the memory of keys and hashes writable.
func (t *Table) ownKeys() {
	if t.lent.out() {
		t.words, t.hash, t.home = copied(t.words), copied(t.hash), copied(t.home)
	}
	t.lent = nil
}

// ownDead makes the memory of the bitmap of freed slots writable.
func (t *Table) ownDead() {
	if t.deadLent.out() {
		t.dead = copied(t.dead)
	}
	t.deadLent = nil
}
