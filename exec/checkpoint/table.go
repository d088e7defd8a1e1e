package checkpoint

import (
	"fmt"
	"math"

	"weir/exec/state"
	"weir/keygroup"
	"weir/vector"
)

// valueShape says how a column of values is stored.
type valueShape struct {
	kind  state.DataKind
	width int
	rows  batchShape // RowsData
}

// batchShape says what a batch of rows has.
type batchShape struct {
	columns                     []shape
	kinds, behind, origin, home bool
}

// tableShape is what a manifest says of a table: all but its rows.
type tableShape struct {
	name     string
	inFamily bool
	id       int64
	keys     []shape
	values   []valueShape
	sections []groupSection
	subs     []tableShape
}

// groupSection is a section with a key group's rows of a table.
type groupSection struct {
	group keygroup.Group
	rows  int
	section
}

// maxSubs is how deep tables may be nested: a sub has none yet.
const maxSubs = 8

// label names the table in messages.
func (t *tableShape) label(owner string, sub int) string {
	switch {
	case owner != "":
		return fmt.Sprintf("%s/sub %d", owner, sub)
	case t.inFamily:
		return fmt.Sprintf("%s %d", t.name, t.id)
	}
	return t.name
}

func shapeOfTable(x *state.TableSnapshot) tableShape {
	t := tableShape{name: x.Name, inFamily: x.InFamily, id: x.ID}
	for _, k := range x.Keys {
		t.keys = append(t.keys, shapeOf(k))
	}
	for i := range x.Values {
		t.values = append(t.values, shapeOfData(&x.Values[i]))
	}
	return t
}

func shapeOfData(v *state.Data) valueShape {
	s := valueShape{kind: v.Kind, width: v.Width}
	if v.Kind == state.RowsData {
		s.rows = batchShape{kinds: v.Rows.Kinds != nil, behind: v.Rows.Behind != nil, origin: v.Rows.Origin != nil, home: v.Rows.Home != nil}
		for _, c := range v.Rows.Columns {
			s.rows.columns = append(s.rows.columns, shapeOf(c))
		}
	}
	return s
}

// bits is the least that a row takes in a section.
func (t *tableShape) bits(sub bool) uint64 {
	n := uint64(32 + 64) // slot and hash
	if sub {
		n += 32
	}
	for i := range t.keys {
		n += t.keys[i].bits()
	}
	for _, v := range t.values {
		switch v.kind {
		case state.FixedData:
			n += 8 * uint64(v.width)
		case state.BytesData, state.RowsData:
			n += 32
		}
	}
	return n
}

func (b *batchShape) bits() uint64 {
	var n uint64
	for i := range b.columns {
		n += b.columns[i].bits()
	}
	for _, has := range []struct {
		it   bool
		bits uint64
	}{{b.kinds, 8}, {b.behind, 64}, {b.origin, 32 + 64}, {b.home, 64}} {
		if has.it {
			n += has.bits
		}
	}
	return n
}

// table writes all of a shape but where its sections are.
func (e *encoder) table(t *tableShape) {
	e.text(t.name)
	e.bool(t.inFamily)
	e.i64(t.id)
	e.count(len(t.keys))
	for _, k := range t.keys {
		e.shape(k)
	}
	e.count(len(t.values))
	for _, v := range t.values {
		e.u8(uint8(v.kind))
		e.u32(uint32(v.width))
		if v.kind != state.RowsData {
			continue
		}
		e.bool(v.rows.kinds)
		e.bool(v.rows.behind)
		e.bool(v.rows.origin)
		e.bool(v.rows.home)
		e.count(len(v.rows.columns))
		for _, c := range v.rows.columns {
			e.shape(c)
		}
	}
	e.count(len(t.sections))
	for _, g := range t.sections {
		e.u16(uint16(g.group))
		e.int(g.rows)
		e.section(g.section)
	}
	e.count(len(t.subs))
	for i := range t.subs {
		e.table(&t.subs[i])
	}
}

// widest is the size of the widest fixed value, vector.Num128.
const widest = 16

func (d *decoder) table(depth int) tableShape {
	t := tableShape{name: d.text(), inFamily: d.bool(), id: d.i64()}
	for range d.count(8) {
		t.keys = append(t.keys, d.shape(0))
	}
	for range d.count(8) {
		v := valueShape{kind: state.DataKind(d.u8()), width: int(d.u32())}
		switch {
		case v.kind < state.FixedData || v.kind > state.RowsData:
			d.fail("there is no kind %d of values", v.kind)
		case (v.kind == state.FixedData) != (v.width > 0) || v.width > widest:
			d.fail("a value of %d bytes", v.width)
		case v.kind == state.RowsData:
			v.rows = batchShape{kinds: d.bool(), behind: d.bool(), origin: d.bool(), home: d.bool()}
			for range d.count(8) {
				v.rows.columns = append(v.rows.columns, d.shape(0))
			}
		}
		t.values = append(t.values, v)
	}
	least := t.bits(depth > 0)
	for range d.count(8 * (2 + 8 + sectionBytes)) {
		g := groupSection{group: keygroup.Group(d.u16()), rows: d.int(), section: d.section()}
		if n := len(t.sections); n > 0 && t.sections[n-1].group >= g.group {
			d.fail("key group %d follows %d", g.group, t.sections[n-1].group)
		}
		if g.rows <= 0 || uint64(g.rows) > math.MaxInt32 || uint64(g.rows) > 8*g.length/least {
			d.fail("%d rows cannot be in %d bytes", g.rows, g.length)
		}
		t.sections = append(t.sections, g)
	}
	if depth > maxSubs {
		d.fail("tables are nested more than %d deep", maxSubs)
		return t
	}
	for range d.count(8 * (8 + 1 + 8 + 4*4)) {
		t.subs = append(t.subs, d.table(depth+1))
	}
	return t
}

// rows is the number of all rows.
func (t *tableShape) rows() int {
	n := 0
	for _, g := range t.sections {
		n += g.rows
	}
	return n
}

// group writes a key group's rows of a table.
func (e *encoder) group(t *tableShape, x *state.TableSnapshot, from, to int) {
	put32(e, x.Slots[from:to])
	if x.Owners != nil {
		put32(e, x.Owners[from:to])
	}
	put64(e, x.Hash[from:to])
	apart := false // some home is another than the hash
	for i := from; i < to && !apart; i++ {
		apart = x.Home[i] != x.Hash[i]
	}
	e.bool(apart)
	if apart {
		put64(e, x.Home[from:to])
	}
	for i, k := range x.Keys {
		e.column(&t.keys[i], k.Slice(from, to))
	}
	for i := range x.Values {
		v := &x.Values[i]
		switch s := &t.values[i]; s.kind {
		case state.FixedData:
			e.b = append(e.b, v.Fixed[from*s.width:to*s.width]...)
		case state.BytesData:
			e.wideLengths(v.Offsets[from : to+1])
			e.b = append(e.b, v.Bytes[v.Offsets[from]:v.Offsets[to]]...)
		case state.RowsData:
			e.wideLengths(v.Offsets[from : to+1])
			e.batch(&s.rows, v.Rows.Slice(int(v.Offsets[from]), int(v.Offsets[to])))
		}
	}
}

// wideLengths writes the differences of offsets.
func (e *encoder) wideLengths(offsets []int64) {
	for i := range offsets[1:] {
		e.u32(uint32(offsets[i+1] - offsets[i]))
	}
}

func (e *encoder) batch(s *batchShape, b vector.Batch) {
	for i, c := range b.Columns {
		e.column(&s.columns[i], c)
	}
	for _, k := range b.Kinds {
		e.u8(uint8(k))
	}
	put64(e, b.Behind)
	for _, o := range b.Origin {
		e.u32(uint32(o.Split))
		e.i64(o.Row)
	}
	put64(e, b.Home)
}

// tableBuilder puts the key groups of a table together again.
type tableBuilder struct {
	shape  *tableShape
	sub    bool
	out    state.TableSnapshot
	keys   []*columnBuilder
	values []valueBuilder
}

// valueBuilder puts a column of values together again.
type valueBuilder struct {
	data    state.Data
	columns []*columnBuilder // of Rows
}

func newTableBuilder(t *tableShape, sub bool) *tableBuilder {
	n := t.rows()
	b := &tableBuilder{shape: t, sub: sub, out: state.TableSnapshot{Name: t.name, InFamily: t.inFamily, ID: t.id}}
	if n > 0 {
		b.out.Slots, b.out.Hash, b.out.Home = make([]state.Slot, 0, n), make([]uint64, 0, n), make([]uint64, 0, n)
		if sub {
			b.out.Owners = make([]state.Slot, 0, n)
		}
	}
	for i := range t.keys {
		b.out.KeyTypes = append(b.out.KeyTypes, t.keys[i].physical)
		b.keys = append(b.keys, newColumnBuilder(&t.keys[i], n))
	}
	for i := range t.values {
		s := &t.values[i]
		v := valueBuilder{data: state.Data{Kind: s.kind, Width: s.width}}
		switch s.kind {
		case state.FixedData:
			v.data.Fixed = make([]byte, 0, n*s.width)
		case state.BytesData, state.RowsData:
			v.data.Offsets = make([]int64, 1, n+1)
		}
		for k := range s.rows.columns {
			v.columns = append(v.columns, newColumnBuilder(&s.rows.columns[k], 0))
		}
		b.values = append(b.values, v)
	}
	return b
}

// add reads a key group's rows.
func (b *tableBuilder) add(d *decoder, g groupSection) {
	x, n := &b.out, g.rows
	from := len(x.Slots)
	x.Groups = append(x.Groups, state.Section{Group: g.group, From: from, To: from + n})
	x.Slots = append32(d, x.Slots, n)
	if b.sub {
		x.Owners = append32(d, x.Owners, n)
	}
	x.Hash = append64(d, x.Hash, n)
	if d.bool() {
		x.Home = append64(d, x.Home, n)
	} else if d.err == nil {
		x.Home = append(x.Home, x.Hash[from:]...)
	}
	for _, k := range b.keys {
		k.add(d, n)
	}
	for i := range b.values {
		v := &b.values[i]
		switch s := &b.shape.values[i]; s.kind {
		case state.FixedData:
			v.data.Fixed = append(v.data.Fixed, d.take(uint64(n)*uint64(s.width))...)
		case state.BytesData:
			v.data.Bytes = append(v.data.Bytes, d.take(v.addLengths(d, n))...)
		case state.RowsData:
			if total := v.addLengths(d, n); total <= math.MaxInt32 && d.enough(total, s.rows.bits()) {
				v.addRows(d, &s.rows, int(total))
			} else {
				d.fail("%d rows cannot be here", total)
			}
		}
	}
}

func (v *valueBuilder) addLengths(d *decoder, n int) uint64 {
	lengths := append32[uint32](d, nil, n)
	at := v.data.Offsets[len(v.data.Offsets)-1]
	before := at
	for _, l := range lengths {
		at += int64(l)
		v.data.Offsets = append(v.data.Offsets, at)
	}
	return uint64(at - before)
}

func (v *valueBuilder) addRows(d *decoder, s *batchShape, n int) {
	for _, c := range v.columns {
		c.add(d, n)
	}
	b := &v.data.Rows
	if s.kinds {
		for _, k := range d.take(uint64(n)) {
			if k > uint8(vector.Delete) {
				d.fail("there is no kind %d of rows", k)
			}
			b.Kinds = append(b.Kinds, vector.RowKind(k))
		}
	}
	if s.behind {
		b.Behind = append64(d, b.Behind, n)
	}
	if s.origin && d.enough(uint64(n), 96) {
		for range n {
			b.Origin = append(b.Origin, vector.Origin{Split: int32(d.u32()), Row: d.i64()})
		}
	}
	if s.home {
		b.Home = append64(d, b.Home, n)
	}
	b.Rows += n
}

// table is what has been read, without subs.
func (b *tableBuilder) table() state.TableSnapshot {
	for _, k := range b.keys {
		b.out.Keys = append(b.out.Keys, k.column())
	}
	for i := range b.values {
		v := &b.values[i]
		for _, c := range v.columns {
			v.data.Rows.Columns = append(v.data.Rows.Columns, c.column())
		}
		b.out.Values = append(b.out.Values, v.data)
	}
	return b.out
}
