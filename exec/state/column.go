package state

import (
	"slices"
	"unsafe"

	"weir/vector"
)

// Fixed are the pointer-free types of a Column.
type Fixed interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64 | vector.Num128 | vector.Origin
}

// column is what a table knows of the columns that its setup registered.
type column interface {
	extend(slots int) // new slots get the initial value
	reset(s Slot)     // back to the initial value
	clear()           // no slots any more
	bytes() int64
	lend(l loans) column // one to read what this one holds now
	save(o order) Data
	// load gives slots the values of d's rows from row on. d has the column's shape.
	load(d Data, row int, slots []Slot)
	shape() (DataKind, int) // the Kind and Width of what save returns
}

// Column is a value by slot.
type Column[T Fixed] struct {
	values  []T
	initial T
	table   *Table
	lent    loans
}

// NewColumn registers a column of t; a new slot's value is initial. Only a table's setup calls it.
func NewColumn[T Fixed](t *Table, initial T) *Column[T] {
	c := &Column[T]{initial: initial, table: t}
	t.columns = append(t.columns, c)
	return c
}

// NewCache registers a column that is no state: a snapshot leaves it out, after a restore it has its initial value.
func NewCache[T Fixed](t *Table, initial T) *Column[T] {
	c := &Column[T]{initial: initial, table: t}
	t.caches = append(t.caches, c)
	return c
}

// Values returns the value of every slot: writable until the table's next Slots or the end of this call into the
// operator. It is the moment of copying: the first call after a Freeze copies the values if the snapshot is still to
// be made.
func (c *Column[T]) Values() []T {
	if c.lent != nil {
		c.own()
	}
	return c.values
}

func (c *Column[T]) own() {
	if c.lent.out() {
		c.values = copied(c.values)
	}
	c.lent = nil
	c.table.touch()
}

func (c *Column[T]) extend(n int) {
	old := len(c.values)
	if n <= old {
		return
	}
	if n > cap(c.values) {
		c.lent = nil // the values move to memory of their own
	}
	c.values = slices.Grow(c.values, n-old)[:n]
	fresh := c.values[old:]
	for i := range fresh {
		fresh[i] = c.initial
	}
}

func (c *Column[T]) reset(s Slot) { c.Values()[s] = c.initial }
func (c *Column[T]) clear()       { c.values, c.lent = emptied(c.values, c.lent.out()), nil }

func (c *Column[T]) bytes() int64 { return int64(cap(c.values)) * int64(unsafe.Sizeof(c.initial)) }

func (c *Column[T]) lend(l loans) column {
	c.lent = c.lent.and(l)
	return &Column[T]{values: c.values}
}

func (c *Column[T]) shape() (DataKind, int) { return FixedData, int(unsafe.Sizeof(c.initial)) }

func (c *Column[T]) save(o order) Data {
	values := make([]T, len(o.live))
	for i, s := range o.live {
		values[o.rows[i]] = c.values[s]
	}
	return Data{Kind: FixedData, Width: int(unsafe.Sizeof(c.initial)), Fixed: bytesOf(values)}
}

func (c *Column[T]) load(d Data, row int, slots []Slot) {
	from, to := valuesOf[T](d, row, len(slots)), c.Values()
	for i, s := range slots {
		to[s] = from[i]
	}
}

// bytesOf returns the memory of values.
func bytesOf[T any](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(values[0])))
}

// valuesOf returns n values of d from row on.
func valuesOf[T any](d Data, row, n int) []T {
	if n == 0 {
		return nil
	}
	memory := d.Fixed[row*d.Width : (row+n)*d.Width]
	at := unsafe.Pointer(unsafe.SliceData(memory))
	var zero T
	if uintptr(at)%unsafe.Alignof(zero) != 0 { // a part of a file lies anywhere
		values := make([]T, n)
		copy(bytesOf(values), memory)
		return values
	}
	return unsafe.Slice((*T)(at), n)
}

// Bytes is a byte string by slot.
type Bytes struct {
	arena arena
	table *Table
}

// NewBytes registers a column of byte strings; a new slot's value is empty. Only a table's setup calls it.
func NewBytes(t *Table) *Bytes {
	b := &Bytes{table: t}
	t.columns = append(t.columns, b)
	return b
}

// Get returns the slot's value; valid until the next Set.
func (b *Bytes) Get(s Slot) []byte { return b.arena.get(int(s)) }

// Set copies value.
func (b *Bytes) Set(s Slot, value []byte) {
	b.table.touch()
	b.arena.set(int(s), value)
}

func (b *Bytes) extend(n int) { b.arena.extend(n) }
func (b *Bytes) reset(s Slot) { b.arena.drop(int(s)) }
func (b *Bytes) clear()       { b.arena.clear() }
func (b *Bytes) bytes() int64 { return b.arena.bytes() }

func (b *Bytes) lend(l loans) column    { return &Bytes{arena: b.arena.lend(l)} }
func (b *Bytes) shape() (DataKind, int) { return BytesData, 0 }

func (b *Bytes) save(o order) Data {
	offsets, data := ordered[int64](&b.arena, o, func(s Slot) int { return int(s) })
	return Data{Kind: BytesData, Offsets: offsets, Bytes: data}
}

func (b *Bytes) load(d Data, row int, slots []Slot) {
	for i, s := range slots {
		b.Set(s, d.Bytes[d.Offsets[row+i]:d.Offsets[row+i+1]])
	}
}
