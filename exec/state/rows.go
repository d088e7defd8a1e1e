package state

import (
	"math"
	"slices"

	"weir/vector"
)

// RowID names a row of Rows until it is removed.
type RowID uint32

// NoRow is no row.
const NoRow RowID = math.MaxUint32

// fewRows is how many rows a chunk should have: smaller ones are joined.
const fewRows = 1024

// Rows is rows of one schema by slot, in insertion order. It keeps the batches that it is given as they are; what is
// removed is given back when half of a chunk's rows are gone.
type Rows struct {
	chunks []chunk
	vacant []int32 // numbers of chunks that are free
	joins  []int32 // the last chunks that are smaller than fewRows, in order of insertion

	at         []place // by row
	next, prev []RowID
	slot       []Slot
	free       []RowID

	first, last []RowID // by slot
	live        int
	size        int64 // bytes of all chunks

	table *Table
	found *found // of NewFoundRows
	lent  loans  // of chunks, at, next and first
}

// fill puts a batch into a chunk.
func (r *Rows) fill(c int32, b vector.Batch, ids []RowID) {
	r.size -= r.chunks[c].size
	r.chunks[c] = chunk{batch: b, ids: ids, live: len(ids), size: b.Size() + 4*int64(cap(ids))}
	r.size += r.chunks[c].size
}

// place is where a row lies.
type place struct{ chunk, row int32 }

// chunk is some rows together; ids[i] is NoRow where row i was removed.
type chunk struct {
	batch vector.Batch
	ids   []RowID
	live  int
	size  int64
}

// NewRows registers rows by slot. Only a table's setup calls it.
func NewRows(t *Table) *Rows {
	r := &Rows{table: t}
	t.columns = append(t.columns, r)
	return r
}

// Len is the number of rows of all slots.
func (r *Rows) Len() int { return r.live }

// First returns the slot's row inserted first, NoRow if it has none; Last the one inserted last.
func (r *Rows) First(s Slot) RowID { return r.first[s] }

// Last returns the slot's row inserted last, NoRow if it has none.
func (r *Rows) Last(s Slot) RowID { return r.last[s] }

// Next returns the slot's row inserted after id, NoRow if it is the last.
func (r *Rows) Next(id RowID) RowID { return r.next[id] }

// Prev returns the slot's row inserted before id, NoRow if it is the first.
func (r *Rows) Prev(id RowID) RowID { return r.prev[id] }

// Slot returns the slot that a row belongs to.
func (r *Rows) Slot(id RowID) Slot { return r.slot[id] }

// At returns the batch that holds a row, and its number there; valid until the next Add or Remove.
func (r *Rows) At(id RowID) (vector.Batch, int) {
	p := r.at[id]
	return r.chunks[p.chunk].batch, int(p.row)
}

// Add appends each row of b to its slot's rows and returns the rows' names in dst.
func (r *Rows) Add(dst []RowID, slots []Slot, b vector.Batch) []RowID {
	dst = sized(dst, b.Rows)
	if b.Rows == 0 {
		return dst
	}
	r.own()
	b.Home = slices.Clone(b.Home) // the one part of a batch that may change
	c := r.newChunk()
	ids := make([]RowID, b.Rows)
	for i, s := range slots {
		ids[i] = r.insert(s, place{c, int32(i)})
	}
	copy(dst, ids)
	r.fill(c, b, ids)
	r.found.add(ids, slots, b)
	if b.Rows < fewRows {
		r.joins = append(r.joins, c)
		r.join()
	} else {
		r.joins = r.joins[:0]
	}
	return dst
}

// own makes what says which rows a slot has writable; the batches themselves nobody writes to.
func (r *Rows) own() {
	if r.lent != nil {
		if r.lent.out() {
			r.chunks, r.at, r.next, r.first = copied(r.chunks), copied(r.at), copied(r.next), copied(r.first)
		}
		r.lent = nil
	}
	r.table.touch()
}

func (r *Rows) newChunk() int32 {
	if n := len(r.vacant); n > 0 {
		c := r.vacant[n-1]
		r.vacant = r.vacant[:n-1]
		return c
	}
	r.chunks = append(r.chunks, chunk{})
	return int32(len(r.chunks) - 1)
}

func (r *Rows) insert(s Slot, p place) RowID {
	var id RowID
	if n := len(r.free); n > 0 {
		id = r.free[n-1]
		r.free = r.free[:n-1]
		r.at[id], r.slot[id] = p, s
	} else {
		id = RowID(len(r.at))
		r.at, r.slot = append(r.at, p), append(r.slot, s)
		r.next, r.prev = append(r.next, NoRow), append(r.prev, NoRow)
	}
	l := r.last[s]
	r.next[id], r.prev[id] = NoRow, l
	if l == NoRow {
		r.first[s] = id
	} else {
		r.next[l] = id
	}
	r.last[s] = id
	r.live++
	return id
}

// join puts the last small chunks together as long as one is not much smaller than the one before it, so that every
// row is copied a logarithmic number of times.
func (r *Rows) join() {
	k := len(r.joins)
	rows := r.chunks[r.joins[k-1]].batch.Rows
	first := k - 1
	for first > 0 && r.chunks[r.joins[first-1]].batch.Rows <= 2*rows {
		first--
		rows += r.chunks[r.joins[first]].batch.Rows
	}
	if k-first < 4 {
		return
	}
	parts := make([]vector.Batch, 0, k-first)
	ids := make([]RowID, 0, rows)
	for _, c := range r.joins[first:] {
		b, kept := r.alive(c)
		if b.Rows > 0 {
			parts = append(parts, b)
		}
		ids = append(ids, kept...)
		r.drop(c)
	}
	r.joins = r.joins[:first]
	if len(ids) == 0 {
		return
	}
	c := r.put(vector.Concat(parts), ids)
	if len(ids) < fewRows {
		r.joins = append(r.joins, c)
	}
}

// alive returns the rows of a chunk that were not removed.
func (r *Rows) alive(c int32) (vector.Batch, []RowID) {
	k := &r.chunks[c]
	if k.live == len(k.ids) {
		return k.batch, k.ids
	}
	take := make([]int32, 0, k.live)
	ids := make([]RowID, 0, k.live)
	for i, id := range k.ids {
		if id != NoRow {
			take, ids = append(take, int32(i)), append(ids, id)
		}
	}
	return k.batch.Take(take), ids
}

func (r *Rows) drop(c int32) {
	r.size -= r.chunks[c].size
	r.chunks[c] = chunk{}
	r.vacant = append(r.vacant, c)
}

func (r *Rows) put(b vector.Batch, ids []RowID) int32 {
	c := r.newChunk()
	r.fill(c, b, ids)
	for i, id := range ids {
		r.at[id] = place{c, int32(i)}
	}
	return c
}

// Remove forgets a row.
func (r *Rows) Remove(id RowID) {
	r.own()
	r.found.remove(id)
	s, n, p := r.slot[id], r.next[id], r.prev[id]
	if p == NoRow {
		r.first[s] = n
	} else {
		r.next[p] = n
	}
	if n == NoRow {
		r.last[s] = p
	} else {
		r.prev[n] = p
	}
	at := r.at[id]
	k := &r.chunks[at.chunk]
	k.ids[at.row] = NoRow
	k.live--
	r.free = append(r.free, id)
	r.live--
	switch {
	case k.live == 0:
		r.forget(at.chunk)
		r.drop(at.chunk)
	case len(k.ids) >= 64 && k.live < len(k.ids)/2:
		b, ids := r.alive(at.chunk)
		r.fill(at.chunk, b, ids)
		for i, id := range ids {
			r.at[id] = place{at.chunk, int32(i)}
		}
	}
}

// forget takes a chunk off the list of those to be joined.
func (r *Rows) forget(c int32) {
	for i, x := range r.joins {
		if x == c {
			r.joins = append(r.joins[:i], r.joins[i+1:]...)
			return
		}
	}
}

// Take returns the rows of these names, in that order, as a batch; they stay.
func (r *Rows) Take(ids []RowID) vector.Batch {
	if len(ids) == 0 {
		return vector.Batch{}
	}
	one := r.at[ids[0]].chunk
	for _, id := range ids {
		if r.at[id].chunk != one {
			return r.takeMany(ids)
		}
	}
	k := &r.chunks[one]
	indices := make([]int32, len(ids))
	whole := len(ids) == k.batch.Rows
	for i, id := range ids {
		indices[i] = r.at[id].row
		whole = whole && indices[i] == int32(i)
	}
	if whole {
		return k.batch
	}
	return k.batch.Take(indices)
}

func (r *Rows) takeMany(ids []RowID) vector.Batch {
	// Rows are taken chunk by chunk, then put in order.
	count := make([]int32, len(r.chunks)+1)
	for _, id := range ids {
		count[r.at[id].chunk+1]++
	}
	for c := range r.chunks {
		count[c+1] += count[c]
	}
	start := append([]int32(nil), count...)
	taken := make([]int32, len(ids))
	order := make([]int32, len(ids))
	for i, id := range ids {
		p := r.at[id]
		taken[start[p.chunk]] = p.row
		order[i] = start[p.chunk]
		start[p.chunk]++
	}
	var parts []vector.Batch
	for c := range r.chunks {
		if from, to := count[c], count[c+1]; from < to {
			parts = append(parts, r.chunks[c].batch.Take(taken[from:to]))
		}
	}
	return vector.Concat(parts).Take(order)
}

// Of appends the names of the slot's rows in insertion order.
func (r *Rows) Of(dst []RowID, s Slot) []RowID {
	for id := r.first[s]; id != NoRow; id = r.next[id] {
		dst = append(dst, id)
	}
	return dst
}

// All returns all rows, slot by slot, each in insertion order; they stay.
func (r *Rows) All() vector.Batch {
	ids := make([]RowID, 0, r.live)
	for s := range r.first {
		ids = r.Of(ids, Slot(s))
	}
	return r.Take(ids)
}

func (r *Rows) extend(n int) {
	for len(r.first) < n {
		r.first, r.last = append(r.first, NoRow), append(r.last, NoRow)
	}
}

func (r *Rows) reset(s Slot) {
	for r.first[s] != NoRow {
		r.Remove(r.first[s])
	}
}

func (r *Rows) clear() {
	if r.lent.out() {
		*r = Rows{table: r.table, found: r.found.emptied()}
		return
	}
	clear(r.chunks) // lets go of the batches
	*r = Rows{chunks: r.chunks[:0], vacant: r.vacant[:0], joins: r.joins[:0], at: r.at[:0], next: r.next[:0], prev: r.prev[:0],
		slot: r.slot[:0], free: r.free[:0], first: r.first[:0], last: r.last[:0], table: r.table, found: r.found.emptied()}
}

func (r *Rows) bytes() int64 {
	return r.size + 20*int64(cap(r.at)) + 8*int64(cap(r.first)) + r.found.bytes()
}

func (r *Rows) lend(l loans) column {
	r.lent = r.lent.and(l)
	return &Rows{chunks: r.chunks, at: r.at, next: r.next, first: r.first, live: r.live}
}

func (r *Rows) shape() (DataKind, int) { return RowsData, 0 }

func (r *Rows) save(o order) Data {
	d := Data{Kind: RowsData, Offsets: make([]int64, 1, len(o.slots)+1)}
	ids := make([]RowID, 0, r.live)
	for _, s := range o.slots {
		ids = r.Of(ids, s)
		d.Offsets = append(d.Offsets, int64(len(ids)))
	}
	d.Rows = r.Take(ids)
	return d
}

func (r *Rows) load(d Data, row int, slots []Slot) {
	from, to := d.Offsets[row], d.Offsets[row+len(slots)]
	if from == to {
		return
	}
	of := make([]Slot, 0, to-from)
	for i, s := range slots {
		for range d.Offsets[row+i+1] - d.Offsets[row+i] {
			of = append(of, s)
		}
	}
	if int(to-from) == d.Rows.Rows {
		r.Add(nil, of, d.Rows)
		return
	}
	take := make([]int32, to-from) // a part that was only cut out would hold on to the whole
	for i := range take {
		take[i] = int32(from) + int32(i)
	}
	r.Add(nil, of, d.Rows.Take(take))
}
