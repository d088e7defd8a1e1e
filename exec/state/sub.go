package state

import "weir/vector"

// Sub is a table whose keys belong to the slots of another one: (slot, values). Its slots share the key group of their
// owner and are freed with it. The slots of one owner are a list.
type Sub struct {
	*Table
	first      []Slot // by owner
	next, prev []Slot // by slot
}

// NewSub registers a table of keys of t's slots. Only a table's setup calls it; setup registers the sub's columns.
func NewSub(t *Table, keys []vector.Type, setup func(*Table)) *Sub {
	s := &Sub{Table: newTable(keys, t)}
	t.subs = append(t.subs, s)
	setup(s.Table)
	return s
}

// Slots writes the slot of each (owner, values) to dst and makes slots for new ones; hash is the rows' hash of values.
func (s *Sub) Slots(dst, owners []Slot, values vector.Batch, hash []uint64) []Slot {
	return s.slots(dst, owners, values, s.mixed(owners, hash))
}

// slots is Slots by the hash that the sub keeps.
func (s *Sub) slots(dst, owners []Slot, values vector.Batch, hash []uint64) []Slot {
	home := s.owner.Home()
	s.homes = sized(s.homes, values.Rows)
	for i, o := range owners {
		s.homes[i] = home[o]
	}
	s.fresh = s.fresh[:0]
	dst = s.lookup(dst, values, owners, hash, s.homes, true)
	s.link()
	return dst
}

// Find writes the slot of each (owner, values) to dst, NoSlot where there is none.
func (s *Sub) Find(dst, owners []Slot, values vector.Batch, hash []uint64) []Slot {
	return s.lookup(dst, values, owners, s.mixed(owners, hash), nil, false)
}

func (s *Sub) mixed(owners []Slot, hash []uint64) []uint64 {
	s.hashes = sized(s.hashes, len(owners))
	for i, o := range owners {
		s.hashes[i] = hash[i] ^ ofOwner(o)
	}
	return s.hashes
}

// ofOwner is an owner's part of a sub's hash, which can be taken out of it again.
func ofOwner(o Slot) uint64 {
	h := (uint64(o) + 1) * 0x9E3779B97F4A7C15
	return h ^ h>>29
}

// link puts the slots that the last lookup made into their owners' lists.
func (s *Sub) link() {
	for len(s.next) < len(s.hash) {
		s.next, s.prev = append(s.next, NoSlot), append(s.prev, NoSlot)
	}
	for _, x := range s.fresh {
		o := s.Owner(x)
		f := s.first[o]
		s.next[x], s.prev[x] = f, NoSlot
		if f != NoSlot {
			s.prev[f] = x
		}
		s.first[o] = x
	}
	s.fresh = s.fresh[:0]
}

// Owner returns the owner's slot.
func (s *Sub) Owner(x Slot) Slot { return Slot(s.words[int(x)*s.stride]) }

// First returns a slot of owner, NoSlot if it has none; Next the one after x.
func (s *Sub) First(owner Slot) Slot { return s.first[owner] }

// Next returns the slot of the same owner that follows x.
func (s *Sub) Next(x Slot) Slot { return s.next[x] }

// Free forgets keys; a slot may come only once.
func (s *Sub) Free(slots []Slot) {
	for _, x := range slots {
		n, p := s.next[x], s.prev[x]
		if p == NoSlot {
			s.first[s.Owner(x)] = n
		} else {
			s.next[p] = n
		}
		if n != NoSlot {
			s.prev[n] = p
		}
		s.freeOne(x)
	}
}

// freeOf forgets all keys of an owner.
func (s *Sub) freeOf(owner Slot) {
	for x := s.first[owner]; x != NoSlot; {
		next := s.next[x]
		s.freeOne(x)
		x = next
	}
	s.first[owner] = NoSlot
}

func (s *Sub) extend(owners int) {
	for len(s.first) < owners {
		s.first = append(s.first, NoSlot)
	}
}

func (s *Sub) clear() {
	s.Clear()
	s.first, s.next, s.prev = s.first[:0], s.next[:0], s.prev[:0]
}

func (s *Sub) bytes() int64 {
	return s.Bytes() + 4*int64(cap(s.first)+cap(s.next)+cap(s.prev))
}
