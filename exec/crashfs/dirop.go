package crashfs

import "slices"

// entry is a name in a directory.
type entry struct {
	dir  *node
	name string
}

// dirOp is an operation on directories that is not durable yet. It becomes so, and survives a crash, as a whole.
type dirOp struct {
	changes []change // one, or the two of a rename
	// unsynced are the directories that were not synced since.
	unsynced []*node
	// before are operations that this one brings with it: the ones that its entries had before, and, if it removes a
	// directory, what was done in that, as nobody can sync it any more.
	before []*dirOp
	// way are operations that a rename waits for: those that made the directories on the way to its new name. Without
	// them what is renamed would have neither name.
	way     []*dirOp
	durable bool
}

// change is what an entry is now.
type change struct {
	entry
	to *node // nil: there is none
}

func (o *dirOp) touches(e entry) bool {
	return slices.ContainsFunc(o.changes, func(c change) bool { return c.entry == e })
}

// link makes an entry lead to a node, or to none.
func (f *FS) link(p place, to *node) {
	o := &dirOp{changes: []change{{p.entry, to}}, unsynced: []*node{p.dir}}
	if removed := p.node; removed != nil {
		for _, earlier := range f.pending {
			if slices.ContainsFunc(earlier.changes, func(c change) bool { return c.dir == removed }) {
				o.before = append(o.before, earlier)
			}
		}
	}
	f.do(o)
}

// move makes one entry lead to what another one has led to.
func (f *FS) move(source, target place) {
	o := &dirOp{changes: []change{{source.entry, nil}, {target.entry, source.node}}, unsynced: []*node{source.dir}}
	if target.dir != source.dir {
		o.unsynced = append(o.unsynced, target.dir)
	}
	for _, e := range target.above {
		if earlier := f.last(e); earlier != nil {
			o.way = append(o.way, earlier)
		}
	}
	f.do(o)
}

// last is the latest operation on an entry that is not durable; nil: none.
func (f *FS) last(e entry) *dirOp {
	for _, o := range slices.Backward(f.pending) {
		if o.touches(e) {
			return o
		}
	}
	return nil
}

func (f *FS) do(o *dirOp) {
	now := f.clock()
	for _, c := range o.changes {
		if earlier := f.last(c.entry); earlier != nil {
			o.before = append(o.before, earlier)
		}
		c.dir.modified = now
		set(c.dir.entries, c.name, c.to)
		if c.to != nil && c.to.modified.IsZero() {
			c.to.modified = now
		}
	}
	f.pending = append(f.pending, o)
}

func set(entries map[string]*node, name string, n *node) {
	if n == nil {
		delete(entries, name)
	} else {
		entries[name] = n
	}
}

// settle makes durable what the sync of a directory promises to be.
func (f *FS) settle(dir *node) {
	for _, o := range f.pending {
		o.unsynced = slices.DeleteFunc(o.unsynced, func(d *node) bool { return d == dir })
	}
	// An operation that is brought along by a later one may be what another waited for: again until nothing changes.
	for again := true; again; {
		again = false
		for _, o := range f.pending {
			if !o.durable && len(o.unsynced) == 0 && !slices.ContainsFunc(o.way, func(w *dirOp) bool { return !w.durable }) {
				o.keep()
				again = true
			}
		}
	}
	f.pending = slices.DeleteFunc(f.pending, func(o *dirOp) bool {
		if o.durable {
			for _, c := range o.changes {
				set(c.dir.durable, c.name, c.to)
			}
			o.before, o.way = nil, nil // let the collector have them
		}
		return o.durable
	})
}

// keep marks an operation durable with all that it cannot do without.
func (o *dirOp) keep() {
	if o.durable {
		return
	}
	o.durable = true
	for _, b := range o.before {
		b.keep()
	}
	for _, w := range o.way {
		w.keep()
	}
}
