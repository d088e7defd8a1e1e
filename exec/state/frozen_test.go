package state

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"weir/keygroup"
	"weir/vector"
	"weir/vector/kernel"
)

// parts are columns of every kind.
type parts struct {
	i8      *Column[int8]
	i16     *Column[int16]
	i32     *Column[int32]
	i64     *Column[int64]
	f64     *Column[float64]
	wide    *Column[vector.Num128]
	origin  *Column[vector.Origin]
	cache   *Column[int64]
	text    *Bytes
	rows    *Rows
	sub     *Sub
	times   *Column[int64]
	note    *Bytes
	held    *Rows
	deep    *Sub
	deepest *Column[uint16]
}

func setupParts(t *Table) {
	p := &parts{i8: NewColumn[int8](t, 1), i16: NewColumn[int16](t, 2), cache: NewCache[int64](t, 7), i32: NewColumn[int32](t, 3),
		i64: NewColumn[int64](t, 4), f64: NewColumn[float64](t, 5), wide: NewColumn(t, vector.NewInt128(1, 2)),
		origin: NewColumn(t, vector.Origin{Split: 1}), text: NewBytes(t), rows: NewRows(t)}
	p.sub = NewSub(t, []vector.Type{vector.StringType}, func(t *Table) {
		p.times, p.note, p.held = NewColumn[int64](t, 0), NewBytes(t), NewRows(t)
		p.deep = NewSub(t, []vector.Type{vector.BigIntType}, func(t *Table) { p.deepest = NewColumn[uint16](t, 9) })
	})
	t.Attached = p
}

// everything is a store with a table of each shape of keys and a family.
type everything struct {
	store  *Store
	tables []*Table
	family *Family
}

var familyShape = shapes[5] // string

func openEverything(s *Store) *everything {
	e := &everything{store: s}
	for _, shape := range shapes {
		e.tables = append(e.tables, s.Table(shape.name, shape.types, setupParts))
	}
	e.family = s.Family("windows", familyShape.types, setupParts)
	return e
}

// step does something random.
func (e *everything) step(r *rand.Rand) {
	if r.IntN(3) == 0 {
		id := int64(r.IntN(6))
		if r.IntN(4) == 0 {
			e.family.Drop(id)
			return
		}
		change(r, e.family.Open(id), familyShape, false)
		return
	}
	i := r.IntN(len(shapes))
	change(r, e.tables[i], shapes[i], i%2 == 1)
}

// change does something random to a table. apart gives slots another home than their hash.
func change(r *rand.Rand, t *Table, shape keyShape, apart bool) {
	p := t.Attached.(*parts)
	live := t.Live(nil)
	some := func(of []Slot) []Slot {
		var out []Slot
		for _, s := range of {
			if r.IntN(4) == 0 {
				out = append(out, s)
			}
		}
		return out
	}
	label := func() []byte { return []byte(strings.Repeat("x", r.IntN(300)) + fmt.Sprint(r.IntN(1000))) }
	batch := func(n int) vector.Batch {
		b := vector.Batch{Rows: n, Columns: []vector.Column{randomInts(r, n, 1000), randomStrings(r, n, r.IntN(2) == 0)}}
		if r.IntN(2) == 0 {
			b.Behind = make([]vector.Time, n)
			for i := range b.Behind {
				b.Behind[i] = vector.Time(r.IntN(9))
			}
		}
		return b
	}
	switch r.IntN(12) {
	case 0, 1, 2:
		n := 1 + r.IntN(60)
		cols := shape.make(r, n)
		hash := hashes(shape, cols, n, false)
		home := slices.Clone(hash)
		if apart {
			for i := range home {
				home[i] *= 0x9E3779B97F4A7C15
			}
		}
		t.Slots(nil, vector.Batch{Columns: cols, Rows: n}, hash, home)
	case 3:
		t.Free(some(live))
	case 4:
		for _, s := range some(live) {
			p.i8.Values()[s], p.i16.Values()[s], p.origin.Values()[s] = int8(r.IntN(99)), int16(r.IntN(99)), vector.Origin{Row: int64(r.IntN(99))}
		}
	case 5:
		for _, s := range some(live) {
			p.i32.Values()[s], p.i64.Values()[s], p.cache.Values()[s] = int32(r.IntN(99)), int64(r.IntN(99)), 8
		}
	case 6:
		for _, s := range some(live) {
			p.f64.Values()[s], p.wide.Values()[s] = float64(r.IntN(99)), vector.NewInt128(int64(r.IntN(9)), uint64(r.IntN(99)))
		}
	case 7:
		for _, s := range some(live) {
			p.text.Set(s, label())
		}
	case 8:
		if to := some(live); len(to) > 0 {
			p.rows.Add(nil, to, batch(len(to)))
		}
	case 9:
		for _, s := range some(live) {
			for _, id := range p.rows.Of(nil, s) {
				if r.IntN(2) == 0 {
					p.rows.Remove(id)
				}
			}
		}
	case 10:
		if to := some(live); len(to) > 0 {
			value := randomStrings(r, len(to), false)
			hash := make([]uint64, len(to))
			kernel.HashColumn(hash, value, vector.StringType)
			slots := p.sub.Slots(nil, to, vector.Batch{Rows: len(to), Columns: []vector.Column{value}}, hash)
			for _, s := range slots {
				p.times.Values()[s]++
				p.note.Set(s, label())
			}
			p.held.Add(nil, slots, batch(len(slots)))
			deep := randomInts(r, len(slots), 3)
			kernel.HashColumn(hash, deep, vector.BigIntType)
			for _, s := range p.deep.Slots(nil, slots, vector.Batch{Rows: len(slots), Columns: []vector.Column{deep}}, hash) {
				p.deepest.Values()[s]++
			}
		}
	case 11:
		p.deep.Free(some(p.deep.Live(nil)))
		p.sub.Free(some(p.sub.Live(nil)))
	}
}

func rowsText(rows *Rows, s Slot) string {
	b := rows.Take(rows.Of(nil, s))
	out := ""
	for i := range b.Rows {
		out += " <" + text(b.Columns, []vector.Type{vector.BigIntType, vector.StringType}, i)
		if b.Behind != nil && b.Behind[i] != vector.MinTime {
			out += fmt.Sprint(" ", b.Behind[i])
		}
		out += ">"
	}
	return out
}

// dumpTable spells a table key by key. It reads beside Values, so as not to make the table copy anything.
func dumpTable(name string, t *Table, types []vector.Type) []string {
	p := t.Attached.(*parts)
	var out []string
	live := t.Live(nil)
	keys := t.Keys(live)
	for i, s := range live {
		line := fmt.Sprintf("%s %s home=%x %d %d %d %d %v %v %v %q%s", name, text(keys, types, i), t.Home()[s], p.i8.values[s], p.i16.values[s], p.i32.values[s],
			p.i64.values[s], p.f64.values[s], p.wide.values[s], p.origin.values[s], p.text.Get(s), rowsText(p.rows, s))
		var subs []string
		for v := p.sub.First(s); v != NoSlot; v = p.sub.Next(v) {
			x := fmt.Sprintf(" (%s %x %d %q%s", text(p.sub.Keys([]Slot{v}), []vector.Type{vector.StringType}, 0), p.sub.Home()[v], p.times.values[v], p.note.Get(v), rowsText(p.held, v))
			var deep []string
			for d := p.deep.First(v); d != NoSlot; d = p.deep.Next(d) {
				deep = append(deep, fmt.Sprintf(" [%s %d]", text(p.deep.Keys([]Slot{d}), []vector.Type{vector.BigIntType}, 0), p.deepest.values[d]))
			}
			slices.Sort(deep)
			subs = append(subs, x+strings.Join(deep, "")+")")
		}
		slices.Sort(subs)
		out = append(out, line+strings.Join(subs, ""))
	}
	return out
}

func (e *everything) dump() []string {
	var out []string
	for i, shape := range shapes {
		out = append(out, dumpTable(shape.name, e.tables[i], shape.types)...)
	}
	for _, id := range e.family.IDs() {
		out = append(out, dumpTable(fmt.Sprint("window ", id), e.family.Get(id), familyShape.types)...)
	}
	slices.Sort(out)
	return out
}

// restored spells what parallelism many subtasks have together that begin with parts.
func restored(t testing.TB, space keygroup.Space, parallelism int, parts ...*Snapshot) []string {
	t.Helper()
	var out []string
	for i := range parallelism {
		s := NewStore(space, space.Range(i, parallelism))
		Restore(s, parts)
		e := openEverything(s)
		if err := s.Err(); err != nil || s.Unclaimed() != nil {
			t.Fatal(err, s.Unclaimed())
		}
		out = append(out, e.dump()...)
	}
	slices.Sort(out)
	return out
}

// A snapshot that another goroutine makes at some later time is what the store was at the Freeze.
func TestSnapshotIsTheMomentOfTheFreeze(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 7))
		space := keygroup.Space{Max: 1 + r.IntN(150)}
		e := openEverything(NewStore(space, space.Range(0, 1)))
		type taken struct {
			want []string
			got  chan *Snapshot
		}
		var pending []taken
		settle := func(one taken) {
			snap := <-one.got
			if snap == nil {
				return
			}
			if err := snap.Check(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if got := restored(t, space, 1, snap); !slices.Equal(got, one.want) {
				t.Fatalf("seed %d: the snapshot has\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(one.want, "\n"))
			}
			checkSizes(t, snap)
			max := 1 + r.IntN(200)
			again := snap.Rehash(max)
			if err := again.Check(); err != nil {
				t.Fatalf("seed %d: rehashed: %v", seed, err)
			}
			if got := restored(t, keygroup.Space{Max: max}, 1+r.IntN(3), again); !slices.Equal(got, one.want) {
				t.Fatalf("seed %d: rehashed the snapshot has\n%s\nwant\n%s", seed, strings.Join(got, "\n"), strings.Join(one.want, "\n"))
			}
		}
		for range 500 {
			e.step(r)
			if r.IntN(25) == 0 {
				one := taken{e.dump(), make(chan *Snapshot, 1)}
				f := e.store.Freeze()
				discard, wait := r.IntN(5) == 0, r.IntN(40)
				go func() {
					for range wait {
						runtime.Gosched()
						time.Sleep(50 * time.Microsecond)
					}
					if discard {
						f.Discard()
						one.got <- nil
						return
					}
					one.got <- f.Snapshot()
				}()
				pending = append(pending, one)
			}
			if len(pending) > 3 {
				settle(pending[0])
				pending = pending[1:]
			}
		}
		for _, one := range pending {
			settle(one)
		}
	}
}

// checkSizes: the sizes of key groups add up, and are of those that have rows.
func checkSizes(t *testing.T, s *Snapshot) {
	t.Helper()
	var rows, bytes int64
	last := -1
	for _, g := range s.ByGroup() {
		if int(g.Group) <= last || g.Rows == 0 || g.Bytes < g.Rows*20 {
			t.Fatalf("sizes %v", s.ByGroup())
		}
		last = int(g.Group)
		rows, bytes = rows+g.Rows, bytes+g.Bytes
	}
	if rows != snapshotRows(s) || bytes != snapshotBytes(s) {
		t.Fatalf("groups have %d rows and %d bytes, all %d and %d", rows, bytes, snapshotRows(s), snapshotBytes(s))
	}
}

// snapshotRows is the number of keys of all tables.
func snapshotRows(s *Snapshot) int64 {
	var n int64
	for i := range s.Tables {
		n += int64(len(s.Tables[i].Slots))
	}
	return n
}

// snapshotBytes is what all tables have.
func snapshotBytes(s *Snapshot) int64 {
	var n int64
	for i := range s.Tables {
		n += s.Tables[i].bytes()
	}
	return n
}

// windows opens a family of tables with one count each.
func windows(s *Store) *Family {
	return s.Family("windows", []vector.Type{vector.BigIntType}, func(t *Table) { t.Attached = NewColumn[int64](t, 0) })
}

func fillWindow(t *Table, keys int) {
	values, hash := make([]int64, keys), make([]uint64, keys)
	for i := range values {
		values[i] = int64(i)
	}
	c := vector.NewColumn(values, nil)
	kernel.HashColumn(hash, c, vector.BigIntType)
	t.Slots(nil, vector.Batch{Rows: keys, Columns: []vector.Column{c}}, hash, nil)
}

// same reports whether two snapshots of a table are the same memory.
func same(a, b TableSnapshot) bool {
	return a.ID == b.ID && unsafe.SliceData(a.Slots) == unsafe.SliceData(b.Slots) && unsafe.SliceData(a.Values[0].Fixed) == unsafe.SliceData(b.Values[0].Fixed)
}

func TestUntouchedTablesAreShared(t *testing.T) {
	space := keygroup.Space{Max: 16}
	s := NewStore(space, space.Range(0, 1))
	f := windows(s)
	for id := range int64(4) {
		fillWindow(f.Open(id), 100)
	}
	count := func(id int64) *Column[int64] { return f.Get(id).Attached.(*Column[int64]) }
	first := s.Snapshot()
	f.Open(1).Find(nil, vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewColumn([]int64{3}, nil)}}, []uint64{3})
	count(2).Values()[0]++
	f.Get(3).Free([]Slot{5})
	second := s.Freeze()
	third := s.Freeze() // of the same images as the second, which is not made yet
	f.Drop(0)
	fillWindow(f.Open(9), 50) // in the memory that 0 had, if it were not lent
	two := second.Snapshot()
	three := third.Snapshot()
	four := s.Snapshot()
	for i, want := range []bool{true, true, false, false} {
		if got := same(first.Tables[i], two.Tables[i]); got != want {
			t.Errorf("table %d is shared: %v", i, got)
		}
		if !same(two.Tables[i], three.Tables[i]) {
			t.Errorf("table %d is not shared between two snapshots of one moment", i)
		}
	}
	if len(two.Tables[0].Slots) != 100 || len(two.Tables[3].Slots) != 99 {
		t.Errorf("%d and %d keys", len(two.Tables[0].Slots), len(two.Tables[3].Slots))
	}
	if len(four.Tables) != 4 || !same(four.Tables[0], first.Tables[1]) || !same(four.Tables[1], two.Tables[2]) || four.Tables[3].ID != 9 {
		t.Error("the last snapshot does not share the untouched tables")
	}
}

func TestValuesCopiesOnlyWhatIsLent(t *testing.T) {
	space := keygroup.Space{Max: 16}
	s := NewStore(space, space.Range(0, 1))
	f := windows(s)
	fillWindow(f.Open(0), 100)
	c := f.Get(0).Attached.(*Column[int64])
	memory := func() *int64 { return unsafe.SliceData(c.Values()) }
	before := memory()
	s.Snapshot()
	if memory() != before {
		t.Error("values were copied although the snapshot was made")
	}
	s.Freeze().Discard()
	if memory() != before {
		t.Error("values were copied although the frozen content was discarded")
	}
	used := s.Freeze()
	used.Snapshot()
	used.Discard()
	if !f.Get(0).image.join() {
		t.Error("Discard behind Snapshot gives the snapshot up")
	}
	again := s.Freeze() // of the image that has its snapshot: nothing is lent
	if memory() != before {
		t.Error("values were copied although there is a snapshot of them")
	}
	if n := snapshotRows(again.Snapshot()); n != 100 {
		t.Errorf("%d rows", n)
	}
	frozen := s.Freeze()
	after := memory()
	if after == before {
		t.Error("values were not copied although they are lent")
	}
	if memory() != after {
		t.Error("values were copied twice")
	}
	frozen.Snapshot()
	fillWindow(f.Get(0), 101)
	if s.Freeze().Discard(); f.Get(0).image == nil || f.Get(0).image.join() {
		t.Error("a discarded image would be used again")
	}
	if n := snapshotRows(s.Snapshot()); n != 101 {
		t.Errorf("%d rows behind a discarded freeze", n)
	}
}

func TestFreezeLetsDroppedMemoryBe(t *testing.T) {
	space := keygroup.Space{Max: 16}
	s := NewStore(space, space.Range(0, 1))
	f := windows(s)
	fillWindow(f.Open(0), 1000)
	frozen := s.Freeze()
	f.Drop(0)
	fillWindow(f.Open(1), 500)
	for i := range f.Get(1).Attached.(*Column[int64]).Values() {
		f.Get(1).Attached.(*Column[int64]).Values()[i] = 77
	}
	snap := frozen.Snapshot()
	if len(snap.Tables) != 1 || snapshotRows(snap) != 1000 || slices.Contains(snap.Tables[0].Values[0].Fixed, 77) {
		t.Errorf("%d rows", snapshotRows(snap))
	}
}

// A table of nothing but keys changes too.
func TestKeysAreContent(t *testing.T) {
	space := keygroup.Space{Max: 16}
	s := NewStore(space, space.Range(0, 1))
	table := s.Table("keys", []vector.Type{vector.BigIntType}, func(t *Table) { NewCache[int8](t, 0) })
	for n, change := range []func(){func() {}, func() { fillWindow(table, 10) }, func() { table.Free([]Slot{4}) }, func() {}} {
		change()
		if got, want := snapshotRows(s.Snapshot()), []int64{0, 10, 9, 9}[n]; got != want {
			t.Errorf("%d keys, want %d", got, want)
		}
	}
}
