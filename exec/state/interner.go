package state

import (
	"bytes"
	"hash/maphash"
	"slices"

	"weir/vector"
)

// seed makes the hashes of interned strings; they never leave the process.
var seed = maphash.MakeSeed()

// noID stands for a string that is not interned.
const noID = ^uint32(0)

// memos is how many dictionaries an interner remembers: one reader has one, a union of tables has several.
const memos = 4

// memo remembers the ids of a dictionary's codes: ids[code] is id+1, 0 where it is not known yet.
type memo struct {
	dict *vector.Dict
	ids  []uint32
}

// interner gives equal strings equal small numbers. The strings of a key column are interned, so that keys of any type
// compare as words. Strings are counted by the slots that use them and forgotten with the last.
type interner struct {
	text  arena
	hash  []uint64
	refs  []uint32
	cells []uint32 // open addressing: id+1, 0 empty
	live  int
	free  []uint32
	memo  [memos]memo
	next  int
	batch []uint32 // memo of a dictionary without identity, for one batch
}

// find returns the id of b, or noID. With create it makes one.
func (in *interner) find(b []byte, h uint64, create bool) uint32 {
	if len(in.cells) == 0 {
		if !create {
			return noID
		}
		in.cells = make([]uint32, 64)
	}
	mask := uint64(len(in.cells) - 1)
	p := h & mask
	for in.cells[p] != 0 {
		id := in.cells[p] - 1
		if in.hash[id] == h && bytes.Equal(in.text.get(int(id)), b) {
			return id
		}
		p = (p + 1) & mask
	}
	if !create {
		return noID
	}
	var id uint32
	if n := len(in.free); n > 0 {
		id = in.free[n-1]
		in.free = in.free[:n-1]
		in.hash[id] = h
	} else {
		id = uint32(len(in.hash))
		in.hash = append(in.hash, h)
		in.refs = append(in.refs, 0)
		in.text.extend(len(in.hash))
	}
	in.text.set(int(id), b)
	in.cells[p] = id + 1
	in.live++
	in.cells = withRoom(in.cells, in.hash, in.live, 6)
	return id
}

// reserve makes room for n more strings.
func (in *interner) reserve(n int) {
	in.hash, in.refs = slices.Grow(in.hash, n), slices.Grow(in.refs, n)
	in.text.spans = slices.Grow(in.text.spans, n)
	in.cells = withRoom(in.cells, in.hash, in.live+n, 6)
}

// withRoom returns an index that n entries fill to eighths of eight at most: cells if it has the room.
func withRoom(cells []uint32, hash []uint64, n, eighths int) []uint32 {
	size := max(len(cells), firstCells)
	for n > size*eighths/8 {
		size *= 2
	}
	if size == len(cells) {
		return cells
	}
	return rehash(make([]uint32, size), cells, hash)
}

// rehash moves the entries of an index into a larger one.
func rehash(to, from []uint32, hash []uint64) []uint32 {
	mask := uint64(len(to) - 1)
	for _, e := range from {
		if e == 0 {
			continue
		}
		p := hash[e-1] & mask
		for to[p] != 0 {
			p = (p + 1) & mask
		}
		to[p] = e
	}
	return to
}

// remove takes the entry for id out of an index without leaving a gap in a run.
func remove(cells []uint32, hash []uint64, id uint32) {
	mask := uint64(len(cells) - 1)
	p := hash[id] & mask
	for cells[p] != id+1 {
		p = (p + 1) & mask
	}
	for q := (p + 1) & mask; cells[q] != 0; q = (q + 1) & mask {
		// The entry at q may move to p unless its home lies behind p.
		if home := hash[cells[q]-1] & mask; (q-home)&mask >= (q-p)&mask {
			cells[p] = cells[q]
			p = q
		}
	}
	cells[p] = 0
}

// column writes the id of each row's string of c; those of NULL rows mean nothing. hash may be the strings' hashes.
func (in *interner) column(dst []uint32, c vector.Column, hash []uint64, create bool) {
	s, valid := c.Strings(), c.Validity()
	if s.Codes == nil {
		for i := range dst {
			if !valid.At(i) {
				continue
			}
			b := s.Data[s.Offsets[i]:s.Offsets[i+1]]
			h := uint64(0)
			if hash != nil {
				h = hash[i]
			} else {
				h = maphash.Bytes(seed, b)
			}
			dst[i] = in.find(b, h, create)
		}
		return
	}
	ids := in.remembered(s)
	all := valid.All()
	for i, code := range s.Codes {
		if !all && !valid.At(i) {
			continue
		}
		id := ids[code]
		if id == 0 {
			b := s.Entry(int(code))
			h := uint64(0)
			if hash != nil {
				h = hash[i]
			} else {
				h = maphash.Bytes(seed, b)
			}
			if id = in.find(b, h, create) + 1; id == 0 {
				dst[i] = noID
				continue
			}
			ids[code] = id
		}
		dst[i] = id - 1
	}
}

// remembered returns the memo of a dictionary, long enough for its entries.
func (in *interner) remembered(s vector.Strings) []uint32 {
	entries := len(s.Offsets) - 1
	if s.Dict == nil {
		if cap(in.batch) < entries {
			in.batch = make([]uint32, entries)
		}
		in.batch = in.batch[:entries]
		clear(in.batch)
		return in.batch
	}
	at := -1
	for i := range in.memo {
		if in.memo[i].dict == s.Dict {
			at = i
			break
		}
	}
	if at < 0 {
		at = in.next
		in.next = (in.next + 1) % memos
		in.memo[at].dict, in.memo[at].ids = s.Dict, in.memo[at].ids[:0]
	}
	m := &in.memo[at]
	for len(m.ids) < entries {
		m.ids = append(m.ids, 0)
	}
	return m.ids
}

// release says that one slot less uses the string.
func (in *interner) release(id uint32) {
	in.refs[id]--
	if in.refs[id] > 0 {
		return
	}
	remove(in.cells, in.hash, id)
	in.text.drop(int(id))
	in.free = append(in.free, id)
	in.live--
	in.forgetMemos()
}

// forgetMemos: ids may stand for other strings from now on.
func (in *interner) forgetMemos() {
	for i := range in.memo {
		in.memo[i].dict, in.memo[i].ids = nil, in.memo[i].ids[:0]
	}
}

func (in *interner) clear() {
	in.text.clear()
	in.hash, in.refs, in.free, in.live = in.hash[:0], in.refs[:0], in.free[:0], 0
	clear(in.cells)
	in.forgetMemos()
}

func (in *interner) bytes() int64 {
	n := in.text.bytes() + 8*int64(cap(in.hash)) + 4*int64(cap(in.refs)+cap(in.cells)+cap(in.free)+cap(in.batch))
	for i := range in.memo {
		n += 4 * int64(cap(in.memo[i].ids))
	}
	return n
}
