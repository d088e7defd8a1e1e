package state

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"unsafe"

	"weir/vector"
	"weir/vector/kernel"
)

// Slot is the dense number of a key in a Table.
type Slot uint32

// NoSlot is the slot of a key that is not there.
const NoSlot Slot = math.MaxUint32

// firstCells is the size of a new table's index.
const firstCells = 64

// Table gives every key a dense slot, by which columns hold values. A hash finds a key, the key decides. A slot keeps
// its key's hash, and the hash of the exchange's key (its home), which says whose key group the slot is.
type Table struct {
	// Attached is for the operator: what its setup made of the columns.
	Attached any

	types  []vector.Type
	layout []keyColumn
	// stride is the number of words of a key. A key of one column of one word has no word for NULLs: the slot of NULL
	// is null. Other keys end with words that have a bit for each NULL.
	stride int
	nulls  int  // where those words begin, one for 64 columns
	lone   bool // one column of one word
	owned  bool // the first word is a slot of owner
	owner  *Table
	top    *Table // the owner's owner, and so on; the table itself if it has none
	image  *image // top only: of the last Freeze, if nothing was touched since

	words []uint64 // stride by slot
	hash  []uint64
	home  []uint64 // where apart
	apart bool     // some home is another than the hash
	cells []uint32 // open addressing by the low bits of the hash: slot+1, 0 empty
	null  Slot
	live  int
	free  []Slot
	dead  vector.Bitmap // of freed slots; nil if there never was one

	lent     loans // of words, hash and home
	deadLent loans // of dead

	columns []column
	caches  []column // those that a snapshot leaves out
	subs    []*Sub
	byText  []Slot // single string key: slot by interned id

	coded  []uint64 // scratch: the keys of a batch
	ids    []uint32
	fresh  []Slot
	hashes []uint64
	homes  []uint64
}

// keyColumn says how a column of the key is kept.
type keyColumn struct {
	physical vector.Physical
	at       int       // first word
	text     *interner // strings, and values with parts as kernel.Pack writes them
}

// packed reports whether the values have parts.
func (k keyColumn) packed() bool { return k.physical >= vector.List }

// NewTable makes a table that belongs to no store: nothing of it is snapshotted. keys may be empty: then all rows have
// one slot.
func NewTable(keys []vector.Type, setup func(*Table)) *Table {
	t := newTable(keys, nil)
	setup(t)
	return t
}

func newTable(keys []vector.Type, owner *Table) *Table {
	t := &Table{types: keys, null: NoSlot, owner: owner, owned: owner != nil}
	t.top = t
	if t.owned {
		t.top, t.stride = owner.top, 1
	}
	for _, k := range keys {
		c := keyColumn{physical: k.Physical(), at: t.stride}
		t.stride++
		switch c.physical {
		case vector.I128:
			t.stride++
		case vector.Bytes, vector.List, vector.Struct, vector.Pairs:
			c.text = &interner{}
		case vector.NoPhysical:
			panic("state: a key of type " + k.String())
		}
		t.layout = append(t.layout, c)
	}
	t.lone = len(keys) == 1 && t.stride == 1 && !t.owned
	t.nulls = t.stride
	if !t.lone {
		t.stride += (len(keys) + 63) / 64
	}
	return t
}

// Len is the number of keys.
func (t *Table) Len() int { return t.live }

// Size is one more than the greatest slot; every column is as long.
func (t *Table) Size() int { return len(t.hash) }

// Live appends the slots that have keys, ascending.
func (t *Table) Live(dst []Slot) []Slot {
	for s := range len(t.hash) {
		if t.dead == nil || !t.dead.At(s) {
			dst = append(dst, Slot(s))
		}
	}
	return dst
}

// Home returns the hash of the exchange's key of every slot; read only, valid until the next Slots.
func (t *Table) Home() []uint64 {
	if !t.apart {
		return t.hash
	}
	return t.home
}

// Slots writes the slot of each row's key to dst and makes slots for new keys. keys.Columns are the key's columns; hash
// is the rows' hash of them, home the hash of the last exchange's key (nil: the same as hash). The slots are valid until
// they are freed. Without key columns all rows have slot 0, and hash may be nil.
func (t *Table) Slots(dst []Slot, keys vector.Batch, hash, home []uint64) []Slot {
	return t.lookup(dst, keys, nil, hash, home, true)
}

// Find writes the slot of each row's key to dst, NoSlot where there is none.
func (t *Table) Find(dst []Slot, keys vector.Batch, hash []uint64) []Slot {
	return t.lookup(dst, keys, nil, hash, nil, false)
}

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func (t *Table) lookup(dst []Slot, keys vector.Batch, owners []Slot, hash, home []uint64, create bool) []Slot {
	n := keys.Rows
	dst = sized(dst, n)
	before := len(t.hash)
	if n > 0 {
		keys = t.pack(keys)
	}
	switch {
	case n == 0:
		return dst
	case len(t.types) == 0 && !t.owned:
		t.only(dst, home, create)
	case t.lone && t.layout[0].text != nil:
		t.loneText(dst, keys.Columns[0], hash, home, create)
	case t.lone:
		t.loneWord(dst, keys.Columns[0], hash, home, create)
	default:
		t.general(dst, keys, owners, hash, home, create)
	}
	if len(t.hash) != before {
		for _, c := range t.columns {
			c.extend(len(t.hash))
		}
		for _, c := range t.caches {
			c.extend(len(t.hash))
		}
		for _, s := range t.subs {
			s.extend(len(t.hash))
		}
	}
	return dst
}

// pack makes bytes of key columns whose values have parts.
func (t *Table) pack(keys vector.Batch) vector.Batch {
	own := false
	for i, l := range t.layout {
		if !l.packed() {
			continue
		}
		if !own {
			keys.Columns, own = slices.Clone(keys.Columns), true
		}
		keys.Columns[i] = kernel.Pack(keys.Columns[i])
	}
	return keys
}

// only is the lookup of a table without key: one slot for all.
func (t *Table) only(dst []Slot, home []uint64, create bool) {
	if t.live == 0 && create {
		var h uint64
		if home != nil {
			h = home[0]
		}
		t.add(0, h)
	}
	slot := Slot(0)
	if t.live == 0 {
		slot = NoSlot
	}
	for i := range dst {
		dst[i] = slot
	}
}

// add makes a slot, without its key's words and its entry in the index.
func (t *Table) add(hash, home uint64) Slot {
	t.touch()
	t.live++
	if n := len(t.free); n > 0 {
		if t.lent != nil {
			t.ownKeys()
		}
		if t.deadLent != nil {
			t.ownDead()
		}
		s := t.free[n-1]
		t.free = t.free[:n-1]
		t.dead.Clear(int(s))
		t.hash[s] = hash
		t.setHome(s, hash, home)
		return s
	}
	s := Slot(len(t.hash))
	t.hash = append(t.hash, hash)
	for range t.stride {
		t.words = append(t.words, 0)
	}
	if t.apart {
		t.home = append(t.home, 0)
	}
	t.setHome(s, hash, home)
	if t.dead != nil && int(s) >= 8*len(t.dead) {
		t.dead = append(t.dead, 0)
	}
	return s
}

func (t *Table) setHome(s Slot, hash, home uint64) {
	if !t.apart && home != hash {
		t.home, t.apart = append(t.home[:0], t.hash...), true
	}
	if t.apart {
		t.home[s] = home
	}
}

// enter puts a new slot into the index at an empty cell.
func (t *Table) enter(cell uint64, s Slot) {
	t.cells[cell] = uint32(s) + 1
	t.cells = withRoom(t.cells, t.hash, t.live, 5)
}

// reserve makes room for n more keys.
func (t *Table) reserve(n int) {
	t.words, t.hash = slices.Grow(t.words, n*t.stride), slices.Grow(t.hash, n)
	switch {
	case t.lone && t.layout[0].text != nil:
		t.layout[0].text.reserve(n)
	case len(t.types) > 0 || t.owned:
		t.cells = withRoom(t.cells, t.hash, t.live+n, 5)
	}
}

func homeOf(home, hash []uint64, i int) uint64 {
	if home == nil {
		return hash[i]
	}
	return home[i]
}

// ofNull returns the slot of a lone NULL.
func (t *Table) ofNull(hash, home []uint64, i int, create bool) Slot {
	if t.null == NoSlot && create {
		t.null = t.add(hash[i], homeOf(home, hash, i))
	}
	return t.null
}

// loneWord looks up keys of one fixed-width column.
func (t *Table) loneWord(dst []Slot, c vector.Column, hash, home []uint64, create bool) {
	if len(t.cells) == 0 {
		t.cells = make([]uint32, firstCells)
	}
	words := t.wordsOf(c)
	valid := c.Validity()
	all := valid.All()
	hash = hash[:len(dst)]
	cells, mask, kept := t.cells, uint64(len(t.cells)-1), t.words
	for i, k := range words[:len(dst)] {
		if !all && !valid.At(i) {
			dst[i] = t.ofNull(hash, home, i, create)
			kept = t.words
			continue
		}
		p := hash[i] & mask
		slot := NoSlot
		for e := cells[p&uint64(len(cells)-1)]; e != 0; e = cells[p&uint64(len(cells)-1)] {
			if kept[e-1] == k {
				slot = Slot(e - 1)
				break
			}
			p = (p + 1) & mask
		}
		// The word of the NULL slot is 0 but it is not in the index.
		if slot == NoSlot && create {
			slot = t.add(hash[i], homeOf(home, hash, i))
			t.words[slot] = k
			t.enter(p, slot)
			cells, mask, kept = t.cells, uint64(len(t.cells)-1), t.words
		}
		dst[i] = slot
	}
}

// wordsOf returns the values of a fixed-width column of at most 64 bits as words; valid until the next call.
func (t *Table) wordsOf(c vector.Column) []uint64 {
	if t.layout[0].physical == vector.I64 {
		v := c.Int64()
		return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(v))), len(v))
	}
	t.coded = sized(t.coded, c.Len())
	encode(t.coded, 1, 0, c, t.layout[0].physical)
	return t.coded
}

// encode writes the words of a fixed-width column, one key every stride words.
func encode(dst []uint64, stride, at int, c vector.Column, p vector.Physical) {
	switch p {
	case vector.Bool:
		v := c.Bools()
		for i, k := 0, at; k < len(dst); i, k = i+1, k+stride {
			dst[k] = 0
			if v.At(i) {
				dst[k] = 1
			}
		}
	case vector.I8:
		for i, v := range c.Int8() {
			dst[i*stride+at] = uint64(v)
		}
	case vector.I16:
		for i, v := range c.Int16() {
			dst[i*stride+at] = uint64(v)
		}
	case vector.I32:
		for i, v := range c.Int32() {
			dst[i*stride+at] = uint64(v)
		}
	case vector.I64:
		for i, v := range c.Int64() {
			dst[i*stride+at] = uint64(v)
		}
	case vector.F32:
		for i, v := range c.Float32() {
			if v != v {
				v = float32(math.NaN())
			}
			dst[i*stride+at] = uint64(math.Float32bits(v))
		}
	case vector.F64:
		for i, v := range c.Float64() {
			if v != v {
				v = math.NaN()
			}
			dst[i*stride+at] = math.Float64bits(v)
		}
	case vector.I128:
		for i, v := range c.Int128() {
			dst[i*stride+at] = v.LowBits()
			dst[i*stride+at+1] = uint64(v.HighBits())
		}
	}
}

// loneText looks up keys of one string column: strings have numbers, numbers have slots.
func (t *Table) loneText(dst []Slot, c vector.Column, hash, home []uint64, create bool) {
	text := t.layout[0].text
	t.ids = sized(t.ids, len(dst))
	text.column(t.ids, c, hash, create)
	valid := c.Validity()
	all := valid.All()
	for len(t.byText) < len(text.hash) {
		t.byText = append(t.byText, NoSlot)
	}
	byText := t.byText
	for i, id := range t.ids {
		if !all && !valid.At(i) {
			dst[i] = t.ofNull(hash, home, i, create)
			continue
		}
		if id == noID {
			dst[i] = NoSlot
			continue
		}
		slot := byText[id]
		if slot == NoSlot && create {
			slot = t.add(hash[i], homeOf(home, hash, i))
			t.words[slot] = uint64(id)
			text.refs[id]++
			byText[id] = slot
		}
		dst[i] = slot
	}
}

// general looks up keys of several words.
func (t *Table) general(dst []Slot, keys vector.Batch, owners []Slot, hash, home []uint64, create bool) {
	if len(t.cells) == 0 {
		t.cells = make([]uint32, firstCells)
	}
	t.encodeAll(keys, owners, len(dst), create)
	stride := t.stride
	for i := range dst {
		key := t.coded[i*stride : (i+1)*stride]
		mask := uint64(len(t.cells) - 1)
		p := hash[i] & mask
		slot := NoSlot
	probe:
		for e := t.cells[p]; e != 0; e = t.cells[p] {
			if t.hash[e-1] == hash[i] {
				kept := t.words[int(e-1)*stride : int(e)*stride]
				for k := range key {
					if key[k] != kept[k] {
						p = (p + 1) & mask
						continue probe
					}
				}
				slot = Slot(e - 1)
				break
			}
			p = (p + 1) & mask
		}
		if slot == NoSlot && create {
			slot = t.add(hash[i], homeOf(home, hash, i))
			copy(t.words[int(slot)*stride:], key)
			t.enter(p, slot)
			t.countText(slot)
			if t.owned {
				t.fresh = append(t.fresh, slot)
			}
		}
		dst[i] = slot
	}
}

// IsNull reports whether column c of a slot's key is NULL.
func (t *Table) IsNull(c int, s Slot) bool {
	if t.lone {
		return s == t.null
	}
	return t.words[int(s)*t.stride+t.nulls+c/64]>>(c%64)&1 != 0
}

// countText counts a new slot's strings.
func (t *Table) countText(s Slot) {
	for c, l := range t.layout {
		if l.text != nil && !t.IsNull(c, s) {
			l.text.refs[t.words[int(s)*t.stride+l.at]]++
		}
	}
}

// encodeAll writes the keys of a batch as words to t.coded.
func (t *Table) encodeAll(keys vector.Batch, owners []Slot, n int, create bool) {
	stride := t.stride
	t.coded = sized(t.coded, n*stride)
	coded := t.coded
	if t.owned {
		for i, s := range owners {
			coded[i*stride] = uint64(s)
		}
	}
	for at := t.nulls; at < stride; at++ {
		for k := at; k < len(coded); k += stride {
			coded[k] = 0
		}
	}
	for c, l := range t.layout {
		col := keys.Columns[c]
		if l.text != nil {
			t.ids = sized(t.ids, n)
			l.text.column(t.ids, col, nil, create)
			for i, id := range t.ids {
				if id == noID {
					coded[i*stride+l.at] = math.MaxUint64
					continue
				}
				coded[i*stride+l.at] = uint64(id)
			}
		} else {
			encode(coded, stride, l.at, col, l.physical)
		}
		valid := col.Validity()
		if valid.All() {
			continue
		}
		for i := range n {
			if !valid.At(i) {
				coded[i*stride+l.at] = 0
				if l.physical == vector.I128 {
					coded[i*stride+l.at+1] = 0
				}
				coded[i*stride+t.nulls+c/64] |= 1 << (c % 64)
			}
		}
	}
}

// Free forgets keys and their columns' values; their slots will be used again. A slot may come only once.
func (t *Table) Free(slots []Slot) {
	for _, s := range slots {
		t.freeOne(s)
	}
}

func (t *Table) freeOne(s Slot) {
	t.touch()
	if t.deadLent != nil {
		t.ownDead()
	}
	for _, sub := range t.subs {
		sub.freeOf(s)
	}
	at := int(s) * t.stride
	switch {
	case t.stride == 0 && !t.owned:
	case t.lone && s == t.null:
		t.null = NoSlot
	case t.lone && t.layout[0].text != nil:
		id := uint32(t.words[at])
		t.byText[id] = NoSlot
		t.layout[0].text.release(id)
	default:
		remove(t.cells, t.hash, uint32(s))
		for c, l := range t.layout {
			if l.text != nil && !t.IsNull(c, s) {
				l.text.release(uint32(t.words[at+l.at]))
			}
		}
	}
	for _, c := range t.columns {
		c.reset(s)
	}
	for _, c := range t.caches {
		c.reset(s)
	}
	for len(t.dead) < (len(t.hash)+7)/8 {
		t.dead = append(t.dead, 0)
	}
	t.dead.Set(int(s))
	t.free = append(t.free, s)
	t.live--
}

// Keys returns the key columns of slots.
func (t *Table) Keys(slots []Slot) []vector.Column {
	out := make([]vector.Column, len(t.layout))
	for c, l := range t.layout {
		out[c] = t.keyColumn(c, l, slots)
	}
	return out
}

// validKeys says where column c of the keys of slots is not NULL.
func (t *Table) validKeys(c int, slots []Slot) vector.Bitmap {
	if t.lone && t.null == NoSlot {
		return nil
	}
	var valid vector.Bitmap
	for i, s := range slots {
		if t.IsNull(c, s) {
			if valid == nil {
				valid = vector.NewBitmap(len(slots), true)
			}
			valid.Clear(i)
		}
	}
	return valid
}

func (t *Table) keyColumn(c int, l keyColumn, slots []Slot) vector.Column {
	valid := t.validKeys(c, slots)
	word := func(s Slot) uint64 { return t.words[int(s)*t.stride+l.at] }
	switch l.physical {
	case vector.Bool:
		bits := vector.NewBitmap(len(slots), false)
		for i, s := range slots {
			if word(s) != 0 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, len(slots), valid)
	case vector.I8:
		return vector.NewColumn(gather[int8](t, l.at, slots), valid)
	case vector.I16:
		return vector.NewColumn(gather[int16](t, l.at, slots), valid)
	case vector.I32:
		return vector.NewColumn(gather[int32](t, l.at, slots), valid)
	case vector.I64:
		return vector.NewColumn(gather[int64](t, l.at, slots), valid)
	case vector.F32:
		values := make([]float32, len(slots))
		for i, s := range slots {
			values[i] = math.Float32frombits(uint32(word(s)))
		}
		return vector.NewColumn(values, valid)
	case vector.F64:
		values := make([]float64, len(slots))
		for i, s := range slots {
			values[i] = math.Float64frombits(word(s))
		}
		return vector.NewColumn(values, valid)
	case vector.I128:
		values := make([]vector.Num128, len(slots))
		for i, s := range slots {
			at := int(s)*t.stride + l.at
			values[i] = vector.NewInt128(int64(t.words[at+1]), t.words[at])
		}
		return vector.NewColumn(values, valid)
	}
	offsets := make([]int32, 1, len(slots)+1)
	var data []byte
	for i, s := range slots {
		if valid == nil || valid.At(i) {
			data = append(data, l.text.text.get(int(word(s)))...)
		}
		offsets = append(offsets, int32(len(data)))
	}
	return t.textKeys(c, offsets, data, valid)
}

// textKeys makes column c of keys of what is interned for it.
func (t *Table) textKeys(c int, offsets []int32, data []byte, valid vector.Bitmap) vector.Column {
	if t.layout[c].packed() {
		return kernel.Unpack(t.types[c], offsets, data, valid)
	}
	return vector.NewBytes(offsets, data, valid, t.types[c].IsBytes())
}

// CompareKey orders the values of key column c of two slots, which are not NULL: −1, 0 or 1, as kernel.Order does.
func (t *Table) CompareKey(c int, a, b Slot) int {
	l := t.layout[c]
	x, y := t.words[int(a)*t.stride+l.at:], t.words[int(b)*t.stride+l.at:]
	switch l.physical {
	case vector.F32:
		return kernel.OrderDoubles(float64(math.Float32frombits(uint32(x[0]))), float64(math.Float32frombits(uint32(y[0]))))
	case vector.F64:
		return kernel.OrderDoubles(math.Float64frombits(x[0]), math.Float64frombits(y[0]))
	case vector.I128:
		return cmp.Or(cmp.Compare(int64(x[1]), int64(y[1])), cmp.Compare(x[0], y[0]))
	case vector.Bytes:
		return bytes.Compare(l.text.text.get(int(x[0])), l.text.text.get(int(y[0])))
	case vector.List, vector.Struct, vector.Pairs:
		return kernel.OrderPacked(t.types[c], l.text.text.get(int(x[0])), l.text.text.get(int(y[0])))
	}
	return cmp.Compare(int64(x[0]), int64(y[0]))
}

func gather[T int8 | int16 | int32 | int64](t *Table, at int, slots []Slot) []T {
	values := make([]T, len(slots))
	for i, s := range slots {
		values[i] = T(t.words[int(s)*t.stride+at])
	}
	return values
}

// Clear forgets all keys and keeps the memory, but for what a Frozen still reads.
func (t *Table) Clear() {
	t.touch()
	lent := t.lent.out()
	t.words, t.hash, t.home = emptied(t.words, lent), emptied(t.hash, lent), emptied(t.home, lent)
	t.apart, t.dead, t.free = false, nil, t.free[:0]
	t.lent, t.deadLent = nil, nil
	clear(t.cells)
	clear(t.byText)
	t.byText = t.byText[:0]
	t.null, t.live = NoSlot, 0
	for _, l := range t.layout {
		if l.text != nil {
			l.text.clear()
		}
	}
	for _, c := range t.columns {
		c.clear()
	}
	for _, c := range t.caches {
		c.clear()
	}
	for _, s := range t.subs {
		s.clear()
	}
}

// Bytes is how much memory the table holds, the snapshot included that it keeps for the next one.
func (t *Table) Bytes() int64 {
	n := 8*int64(cap(t.words)+cap(t.hash)+cap(t.home)+cap(t.coded)+cap(t.hashes)+cap(t.homes)) +
		4*int64(cap(t.cells)+cap(t.free)+cap(t.byText)+cap(t.ids)+cap(t.fresh)) + int64(cap(t.dead))
	for _, l := range t.layout {
		if l.text != nil {
			n += l.text.bytes()
		}
	}
	for _, c := range t.columns {
		n += c.bytes()
	}
	for _, c := range t.caches {
		n += c.bytes()
	}
	for _, s := range t.subs {
		n += s.bytes()
	}
	return n + t.image.kept()
}
