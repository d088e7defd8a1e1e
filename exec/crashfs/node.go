package crashfs

import (
	"io/fs"
	"maps"
	"slices"
	"time"
)

// node is a file or a directory, whatever its name.
type node struct {
	modified time.Time

	// Of a directory: what callers see, and what is durable. Both are nil in a file.
	entries, durable map[string]*node

	// Of a file: what callers see; what is durable; and what was written since, in order.
	data, synced []byte
	writes       []write
	holder       *lock // nil: nobody has locked it
}

// write is a change to a file.
type write struct {
	at       int
	data     []byte // at least one byte
	truncate bool   // to nothing; at and data are none
	// lost says that a Sync failed: the system has given the write up, and no later Sync makes it durable, though
	// readers see it until the crash.
	lost bool
}

func newDir() *node {
	return &node{entries: map[string]*node{}, durable: map[string]*node{}}
}

func (n *node) isDir() bool { return n.entries != nil }

// names are those of the entries, sorted.
func (n *node) names() []string { return slices.Sorted(maps.Keys(n.entries)) }

// apply changes what callers see of a file.
func (n *node) apply(w write, now time.Time) {
	n.modified = now
	w.data = slices.Clone(w.data)
	n.data = w.onto(n.data)
	n.writes = append(n.writes, w)
}

// onto returns content after the write, which may change content in place.
func (w write) onto(content []byte) []byte {
	if w.truncate {
		return content[:0]
	}
	if short := w.at + len(w.data) - len(content); short > 0 {
		content = append(content, make([]byte, short)...)
	}
	copy(content[w.at:], w.data)
	return content
}

// sync makes what was written durable, or gives it up.
func (n *node) sync(ok bool) {
	var lost []write
	for _, w := range n.writes {
		w.lost = w.lost || !ok
		if w.lost {
			lost = append(lost, w)
			continue
		}
		n.synced = w.onto(n.synced)
	}
	n.writes = lost
}

// info describes a node.
func (n *node) info(name string) fs.FileInfo {
	return info{name: name, size: int64(len(n.data)), dir: n.isDir(), modified: n.modified}
}

// info is what Stat found.
type info struct {
	name     string
	size     int64
	dir      bool
	modified time.Time
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return i.modified }
func (i info) IsDir() bool        { return i.dir }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
