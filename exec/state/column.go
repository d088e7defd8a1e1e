package state

import (
	"fmt"
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
	save(slots []Slot) Data
	load(d Data, rows []int32, slots []Slot)
}

// Column is a value by slot.
type Column[T Fixed] struct {
	values  []T
	initial T
	derived bool
}

// NewColumn registers a column of t; a new slot's value is initial. Only a table's setup calls it.
func NewColumn[T Fixed](t *Table, initial T) *Column[T] {
	c := &Column[T]{initial: initial}
	t.columns = append(t.columns, c)
	return c
}

// NewCache registers a column that is no state: a snapshot leaves it out, after a restore it has its initial value.
func NewCache[T Fixed](t *Table, initial T) *Column[T] {
	c := NewColumn(t, initial)
	c.derived = true
	return c
}

// Values returns the value of every slot: writable until the table's next Slots or the end of this call into the
// operator.
func (c *Column[T]) Values() []T { return c.values }

func (c *Column[T]) extend(n int) {
	old := len(c.values)
	if n <= old {
		return
	}
	c.values = slices.Grow(c.values, n-old)[:n]
	fresh := c.values[old:]
	for i := range fresh {
		fresh[i] = c.initial
	}
}

func (c *Column[T]) reset(s Slot) { c.values[s] = c.initial }
func (c *Column[T]) clear()       { c.values = c.values[:0] }

func (c *Column[T]) bytes() int64 { return int64(cap(c.values)) * int64(unsafe.Sizeof(c.initial)) }

func (c *Column[T]) save(slots []Slot) Data {
	if c.derived {
		return Data{}
	}
	values := make([]T, len(slots))
	for i, s := range slots {
		values[i] = c.values[s]
	}
	return Data{Width: int(unsafe.Sizeof(c.initial)), Fixed: bytesOf(values)}
}

func (c *Column[T]) load(d Data, rows []int32, slots []Slot) {
	if c.derived {
		return
	}
	from := valuesOf[T](d)
	for i, r := range rows {
		c.values[slots[i]] = from[r]
	}
}

// bytesOf returns the memory of values.
func bytesOf[T any](values []T) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(values[0])))
}

// valuesOf is the inverse of bytesOf.
func valuesOf[T any](d Data) []T {
	var zero T
	width := int(unsafe.Sizeof(zero))
	if d.Width != width {
		panic(fmt.Sprintf("state: a value of %d bytes was saved where one of %d is kept", d.Width, width))
	}
	if len(d.Fixed) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(d.Fixed))), len(d.Fixed)/width)
}

// Bytes is a byte string by slot.
type Bytes struct{ arena arena }

// NewBytes registers a column of byte strings; a new slot's value is empty. Only a table's setup calls it.
func NewBytes(t *Table) *Bytes {
	b := &Bytes{}
	t.columns = append(t.columns, b)
	return b
}

// Get returns the slot's value; valid until the next Set.
func (b *Bytes) Get(s Slot) []byte { return b.arena.get(int(s)) }

// Set copies value.
func (b *Bytes) Set(s Slot, value []byte) { b.arena.set(int(s), value) }

func (b *Bytes) extend(n int) { b.arena.extend(n) }
func (b *Bytes) reset(s Slot) { b.arena.drop(int(s)) }
func (b *Bytes) clear()       { b.arena.clear() }
func (b *Bytes) bytes() int64 { return b.arena.bytes() }

func (b *Bytes) save(slots []Slot) Data {
	d := Data{Offsets: make([]int64, 1, len(slots)+1)}
	for _, s := range slots {
		d.Bytes = append(d.Bytes, b.Get(s)...)
		d.Offsets = append(d.Offsets, int64(len(d.Bytes)))
	}
	return d
}

func (b *Bytes) load(d Data, rows []int32, slots []Slot) {
	for i, r := range rows {
		b.Set(slots[i], d.Bytes[d.Offsets[r]:d.Offsets[r+1]])
	}
}
