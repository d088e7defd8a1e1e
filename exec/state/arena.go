package state

// span is where a value lies in an arena, and how much room it has there.
type span struct {
	at       int64
	len, cap int32
}

// arena holds byte strings of changing length, by index, in one allocation.
type arena struct {
	data  []byte
	spans []span
	waste int64 // bytes of data that no span uses
}

func (a *arena) get(i int) []byte {
	s := a.spans[i]
	return a.data[s.at : s.at+int64(s.len)]
}

// extend gives the arena n values; the new ones are empty.
func (a *arena) extend(n int) {
	if n > len(a.spans) {
		a.spans = append(a.spans, make([]span, n-len(a.spans))...)
	}
}

func (a *arena) set(i int, b []byte) {
	s := &a.spans[i]
	if len(b) <= int(s.cap) {
		copy(a.data[s.at:], b)
		s.len = int32(len(b))
		return
	}
	a.waste += int64(s.cap)
	*s = span{at: int64(len(a.data)), len: int32(len(b)), cap: int32(len(b))}
	a.data = append(a.data, b...)
	a.compact()
}

// drop makes value i empty and gives its room back.
func (a *arena) drop(i int) {
	a.waste += int64(a.spans[i].cap)
	a.spans[i] = span{}
	a.compact()
}

// compact rewrites the data when more than half of it is unused; so the cost stays in proportion to what was written.
func (a *arena) compact() {
	if a.waste < 1<<12 || a.waste < int64(len(a.data))/2 {
		return
	}
	data := make([]byte, 0, int64(len(a.data))-a.waste)
	for i := range a.spans {
		s := &a.spans[i]
		at := int64(len(data))
		data = append(data, a.data[s.at:s.at+int64(s.len)]...)
		s.at, s.cap = at, s.len
	}
	a.data, a.waste = data, 0
}

// clear forgets all values and keeps the memory.
func (a *arena) clear() { a.data, a.spans, a.waste = a.data[:0], a.spans[:0], 0 }

func (a *arena) bytes() int64 { return int64(cap(a.data)) + 16*int64(cap(a.spans)) }
