package crashfs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// Mode says what survives a crash of what was not synced.
type Mode uint8

const (
	// KeepAll keeps everything, as when the process is killed and the machine goes on. What was not synced still is not:
	// a second crash may take it.
	KeepAll Mode = iota
	// DropUnsynced keeps what is durable and nothing else.
	DropUnsynced
	// TearLast keeps everything, but the last write of each file that was not synced ends somewhere; behind that are
	// nothing, zeros or garbage.
	TearLast
	// Random keeps some: of the writes of each file the first ones, and the next may be torn; of the operations on
	// directories any that do not need another one that is lost.
	Random
)

// Modes are all of them.
var Modes = []Mode{KeepAll, DropUnsynced, TearLast, Random}

func (m Mode) String() string {
	switch m {
	case KeepAll:
		return "all kept"
	case DropUnsynced:
		return "unsynced dropped"
	case TearLast:
		return "last write torn"
	case Random:
		return "random"
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// Crash ends this life of the file system, if CrashAt has not: all operations, also on open files, fail from now on.
// It returns what survives, without locks, with the same clock, and its operations counted anew; but for KeepAll, all of
// it is durable. Crash may be called several times, for other modes or, with those that draw, for another draw.
func (f *FS) Crash(mode Mode) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crash()
	return f.survivor(mode)
}

// survivor draws what survives.
func (f *FS) survivor(mode Mode) *FS {
	next := New(f.rand.Uint64())
	next.clock = f.clock
	s := survival{mode: mode, rand: f.rand, odds: 1, changed: map[*node]map[string]*node{}}
	switch mode {
	case KeepAll:
		c := copies{map[*node]*node{}, map[*dirOp]*dirOp{}}
		next.root, next.pending = c.node(f.root), c.ops(f.pending)
		return next
	case DropUnsynced:
		s.odds = 0
	case Random:
		s.odds = f.rand.Float64() // so that all but one and all but none come up as well
	}
	s.choose(f.pending)
	next.root = s.node(f.root)
	return next
}

// SyncAll makes everything durable. It is not counted, nor does it fail: tests begin with it.
func (f *FS) SyncAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.pending {
		o.unsynced = nil
	}
	f.settle(nil)
	var sync func(n *node)
	sync = func(n *node) {
		for _, below := range n.entries {
			sync(below)
		}
		n.synced, n.writes = slices.Clone(n.data), nil
	}
	sync(f.root)
}

// copies are those of nodes and operations, made once of each.
type copies struct {
	nodes map[*node]*node
	done  map[*dirOp]*dirOp
}

func (c copies) node(n *node) *node {
	if n == nil || c.nodes[n] != nil {
		return c.nodes[n]
	}
	d := &node{modified: n.modified, data: slices.Clone(n.data), synced: slices.Clone(n.synced), writes: slices.Clone(n.writes)}
	c.nodes[n] = d
	d.entries, d.durable = c.entries(n.entries), c.entries(n.durable)
	return d
}

func (c copies) entries(entries map[string]*node) map[string]*node {
	entries = maps.Clone(entries)
	for name, n := range entries {
		entries[name] = c.node(n)
	}
	return entries
}

// ops copies operations that are not durable, each after those it needs; what is durable nobody needs.
func (c copies) ops(ops []*dirOp) []*dirOp {
	var all []*dirOp
	for _, o := range ops {
		if o.durable {
			continue
		}
		if c.done[o] == nil {
			d := &dirOp{before: c.ops(o.before), way: c.ops(o.way)}
			for _, x := range o.changes {
				d.changes = append(d.changes, change{entry{c.node(x.dir), x.name}, c.node(x.to)})
			}
			for _, dir := range o.unsynced {
				d.unsynced = append(d.unsynced, c.node(dir))
			}
			c.done[o] = d
		}
		all = append(all, c.done[o])
	}
	return all
}

// survival is one draw of what survives.
type survival struct {
	mode    Mode
	rand    *rand.Rand
	odds    float64                    // that an operation survives
	changed map[*node]map[string]*node // what directories hold whose durable entries are not all
}

// choose draws the operations on directories that survive.
func (s *survival) choose(pending []*dirOp) {
	lost := map[*dirOp]bool{}
	for _, o := range pending {
		needs := func(e *dirOp) bool { return lost[e] }
		if s.rand.Float64() >= s.odds || slices.ContainsFunc(o.before, needs) || slices.ContainsFunc(o.way, needs) {
			lost[o] = true
			continue
		}
		for _, c := range o.changes {
			if s.changed[c.dir] == nil {
				s.changed[c.dir] = maps.Clone(c.dir.durable)
			}
			set(s.changed[c.dir], c.name, c.to)
		}
	}
}

// node copies what survives of a node.
func (s *survival) node(n *node) *node {
	if !n.isDir() {
		content := s.content(n)
		return &node{modified: n.modified, data: content, synced: slices.Clone(content)}
	}
	entries, ok := s.changed[n]
	if !ok {
		entries = n.durable
	}
	d := newDir()
	d.modified = n.modified
	for _, name := range slices.Sorted(maps.Keys(entries)) { // in order, for the draws' sake
		d.entries[name] = s.node(entries[name])
		d.durable[name] = d.entries[name]
	}
	return d
}

// content is what survives of a file.
func (s *survival) content(n *node) []byte {
	kept := 0
	switch s.mode {
	case TearLast:
		kept = len(n.writes) - 1
	case Random:
		for kept < len(n.writes) && s.rand.Float64() < s.odds {
			kept++
		}
	}
	content := slices.Clone(n.synced)
	for i, w := range n.writes {
		if i < kept {
			content = w.onto(content)
		} else if i == kept && (s.mode == TearLast || s.mode == Random && s.rand.IntN(2) == 0) {
			content = s.tear(w).onto(content)
		}
	}
	return content
}

// tear returns what a write leaves that was under way.
func (s *survival) tear(w write) write {
	if w.truncate {
		return write{}
	}
	data := slices.Clone(w.data)
	cut := s.rand.IntN(len(data))
	switch s.rand.IntN(3) {
	case 0:
		data = data[:cut]
	case 1:
		clear(data[cut:])
	case 2:
		for i := cut; i < len(data); i++ {
			data[i] = byte(s.rand.Uint32())
		}
	}
	return write{at: w.at, data: data}
}
