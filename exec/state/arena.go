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

	lent      loans
	lentSpans int   // how many of the spans are lent
	lentData  int64 // how much of the data is
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
	if i < a.lentSpans {
		a.ownSpans()
	}
	s := &a.spans[i]
	if len(b) <= int(s.cap) && a.writable(s.at) {
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
	if i < a.lentSpans {
		a.ownSpans()
	}
	a.waste += int64(a.spans[i].cap)
	a.spans[i] = span{}
	a.compact()
}

// lend returns an arena to read what a holds now.
func (a *arena) lend(l loans) arena {
	a.lent, a.lentSpans, a.lentData = a.lent.and(l), len(a.spans), int64(len(a.data))
	return arena{data: a.data, spans: a.spans}
}

// ownSpans makes the spans writable.
func (a *arena) ownSpans() {
	if a.returned() {
		return
	}
	a.spans, a.lentSpans = copied(a.spans), 0
}

// writable reports whether the data there may be overwritten. Lent data is not copied for that: a new value goes behind
// it, and the next compaction leaves the old one where it is.
func (a *arena) writable(at int64) bool { return at >= a.lentData || a.returned() }

// returned reports whether nobody reads the arena's memory any more.
func (a *arena) returned() bool {
	if a.lent.out() {
		return false
	}
	a.lent, a.lentSpans, a.lentData = nil, 0, 0
	return true
}

// compact rewrites the data when more than half of it is unused; so the cost stays in proportion to what was written.
func (a *arena) compact() {
	if a.waste < 1<<12 || a.waste < int64(len(a.data))/2 {
		return
	}
	data, spans := make([]byte, 0, int64(len(a.data))-a.waste), a.spans
	if a.lentSpans > 0 {
		spans = make([]span, len(a.spans), cap(a.spans))
	}
	for i, s := range a.spans {
		spans[i] = span{at: int64(len(data)), len: s.len, cap: s.len}
		data = append(data, a.data[s.at:s.at+int64(s.len)]...)
	}
	*a = arena{data: data, spans: spans}
}

// clear forgets all values and keeps the memory, unless it is lent.
func (a *arena) clear() {
	lent := a.lent.out()
	*a = arena{data: emptied(a.data, lent), spans: emptied(a.spans, lent)}
}

func (a *arena) bytes() int64 { return int64(cap(a.data)) + 16*int64(cap(a.spans)) }
