package state

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"weir/keygroup"
	"weir/vector"
	"weir/vector/kernel"
)

// keyShape makes key columns of random values for a test: few enough that they meet again.
type keyShape struct {
	name  string
	types []vector.Type
	make  func(r *rand.Rand, n int) []vector.Column
}

func randomValid(r *rand.Rand, n int) vector.Bitmap {
	v := vector.NewBitmap(n, true)
	for i := range n {
		if r.IntN(10) == 0 {
			v.Clear(i)
		}
	}
	return v
}

func randomInts(r *rand.Rand, n, distinct int) vector.Column {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(r.IntN(distinct)) - int64(distinct/2)
	}
	return vector.NewColumn(v, randomValid(r, n))
}

var testDict = func() *vector.Dict {
	d := vector.NewDict()
	for i := range 50 {
		d.Add([]byte(fmt.Sprintf("s%d", i)))
	}
	return d
}()

func randomStrings(r *rand.Rand, n int, dict bool) vector.Column {
	codes := make([]int32, n)
	for i := range codes {
		codes[i] = int32(r.IntN(50))
	}
	c := vector.NewDictColumn(codes, randomValid(r, n), testDict)
	if dict {
		return c
	}
	return c.Decoded()
}

var shapes = []keyShape{
	{"none", nil, func(*rand.Rand, int) []vector.Column { return nil }},
	{"bigint", []vector.Type{vector.BigIntType}, func(r *rand.Rand, n int) []vector.Column {
		return []vector.Column{randomInts(r, n, 200)}
	}},
	{"smallint", []vector.Type{vector.SmallIntType}, func(r *rand.Rand, n int) []vector.Column {
		v := make([]int16, n)
		for i := range v {
			v[i] = int16(r.IntN(60) - 30)
		}
		return []vector.Column{vector.NewColumn(v, randomValid(r, n))}
	}},
	{"decimal", []vector.Type{vector.DecimalType(38, 0)}, func(r *rand.Rand, n int) []vector.Column {
		v := make([]vector.Num128, n)
		for i := range v {
			v[i] = vector.NewInt128(int64(r.IntN(5)), uint64(r.IntN(5)))
		}
		return []vector.Column{vector.NewColumn(v, randomValid(r, n))}
	}},
	{"boolean", []vector.Type{vector.BooleanType}, func(r *rand.Rand, n int) []vector.Column {
		v := vector.NewBitmap(n, false)
		for i := range n {
			if r.IntN(2) == 0 {
				v.Set(i)
			}
		}
		return []vector.Column{vector.NewBools(v, n, randomValid(r, n))}
	}},
	{"string", []vector.Type{vector.StringType}, func(r *rand.Rand, n int) []vector.Column {
		return []vector.Column{randomStrings(r, n, r.IntN(2) == 0)}
	}},
	{"bigint, string, double", []vector.Type{vector.BigIntType, vector.StringType, vector.DoubleType}, func(r *rand.Rand, n int) []vector.Column {
		f := make([]float64, n)
		for i := range f {
			f[i] = float64(r.IntN(3)) / 2
		}
		return []vector.Column{randomInts(r, n, 5), randomStrings(r, n, r.IntN(2) == 0), vector.NewColumn(f, randomValid(r, n))}
	}},
	{"row", []vector.Type{rowKey}, func(r *rand.Rand, n int) []vector.Column {
		return []vector.Column{randomRows(r, n)}
	}},
	{"array of rows, bigint", []vector.Type{vector.ArrayType(rowKey), vector.BigIntType}, func(r *rand.Rand, n int) []vector.Column {
		return []vector.Column{vector.NewList(randomOffsets(r, n), randomRows(r, 2*n), randomValid(r, n)), randomInts(r, n, 3)}
	}},
	{"map", []vector.Type{vector.MapType(vector.StringType, vector.BigIntType)}, func(r *rand.Rand, n int) []vector.Column {
		offsets := make([]int32, n+1) // an entry at most: the text of more depends on their order
		for i := range n {
			offsets[i+1] = offsets[i] + int32(r.IntN(2))
		}
		return []vector.Column{vector.NewPairs(offsets, randomStrings(r, n, false), randomInts(r, n, 4), randomValid(r, n))}
	}},
}

var rowKey = vector.RowType(vector.Field{Name: "a", Type: vector.BigIntType}, vector.Field{Name: "b", Type: vector.StringType})

// randomRows are a slice of more: their fields do not begin at 0.
func randomRows(r *rand.Rand, n int) vector.Column {
	fields := []vector.Column{randomInts(r, n+3, 4), randomStrings(r, n+3, false)}
	return vector.NewStruct([]string{"a", "b"}, fields, n+3, randomValid(r, n+3)).Slice(3, n+3)
}

func randomOffsets(r *rand.Rand, n int) []int32 {
	offsets := make([]int32, n+1)
	for i := range n {
		offsets[i+1] = offsets[i] + int32(r.IntN(3))
	}
	return offsets
}

// text spells a row's key, for a map to find it by.
func text(cols []vector.Column, types []vector.Type, row int) string {
	s := ""
	for i, c := range cols {
		if c.IsNull(row) {
			s += "|NULL"
			continue
		}
		s += "|" + string(kernel.AppendText(nil, c, types[i], row, nil))
	}
	return s
}

func hashes(shape keyShape, cols []vector.Column, n int, seven bool) []uint64 {
	hash := make([]uint64, n)
	if seven {
		for i := range hash {
			hash[i] = 7
		}
		return hash
	}
	kernel.HashColumns(hash, cols, shape.types)
	return hash
}

// A table agrees with a map from the keys' text, whatever the hashes, and however often keys come and go.
func TestTableIsAMap(t *testing.T) {
	for _, shape := range shapes {
		for _, seven := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/seven=%v", shape.name, seven), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, uint64(len(shape.name))))
				var count *Column[int64]
				var label *Bytes
				table := NewTable(shape.types, func(t *Table) { count, label = NewColumn[int64](t, 100), NewBytes(t) })
				want := map[string]int64{}
				var slots []Slot
				for range 60 {
					n := 1 + r.IntN(100)
					cols := shape.make(r, n)
					hash := hashes(shape, cols, n, seven)
					keys := vector.Batch{Columns: cols, Rows: n}
					found := table.Find(nil, keys, hash)
					for i, s := range found {
						if _, ok := want[text(cols, shape.types, i)]; ok != (s != NoSlot) {
							t.Fatalf("Find gives %d for %q", s, text(cols, shape.types, i))
						}
					}
					slots = table.Slots(slots, keys, hash, nil)
					for i, s := range slots {
						k := text(cols, shape.types, i)
						if _, ok := want[k]; !ok {
							want[k] = 100
						}
						if label.Get(s) != nil && len(label.Get(s)) > 0 && string(label.Get(s)) != k {
							t.Fatalf("slot %d is %q and %q", s, label.Get(s), k)
						}
						label.Set(s, []byte(k))
						want[k]++
						count.Values()[s]++
					}
					if r.IntN(3) == 0 {
						for _, s := range table.Live(nil) {
							if r.IntN(2) == 0 {
								delete(want, string(label.Get(s)))
								table.Free([]Slot{s})
							}
						}
					}
					check(t, table, shape, count, want)
				}
				table.Clear()
				if table.Len() != 0 || len(table.Find(nil, vector.Batch{Columns: shape.make(r, 1), Rows: 1}, []uint64{7})) != 1 {
					t.Fatal("a cleared table has keys")
				}
			})
		}
	}
}

func check(t *testing.T, table *Table, shape keyShape, count *Column[int64], want map[string]int64) {
	t.Helper()
	live := table.Live(nil)
	if len(live) != len(want) || table.Len() != len(want) {
		t.Fatalf("%d live slots, Len %d, want %d", len(live), table.Len(), len(want))
	}
	keys := table.Keys(live)
	for i, s := range live {
		k := text(keys, shape.types, i)
		if got := count.Values()[s]; got != want[k] {
			t.Fatalf("%q counts %d, want %d", k, got, want[k])
		}
	}
}

func TestZerosDifferAndNaNsDoNot(t *testing.T) {
	types := []vector.Type{vector.DoubleType}
	table := NewTable(types, func(*Table) {})
	negative := math.Copysign(0, -1)
	otherNaN := math.Float64frombits(math.Float64bits(math.NaN()) ^ 1<<20)
	c := vector.NewColumn([]float64{0, 0, negative, math.NaN(), otherNaN}, nil)
	hash := make([]uint64, 5)
	kernel.HashColumns(hash, []vector.Column{c}, types)
	got := table.Slots(nil, vector.Batch{Columns: []vector.Column{c}, Rows: 5}, hash, nil)
	if !slices.Equal(got, []Slot{0, 0, 1, 2, 2}) {
		t.Errorf("slots %v", got)
	}
}

// state of a test operator: a count, rows, and distinct values with their count.
type testState struct {
	store  *Store
	table  *Table
	count  *Column[int64]
	rows   *Rows
	values *Sub
	times  *Column[int32]
}

func openTestState(store *Store, types []vector.Type) *testState {
	x := &testState{store: store}
	x.table = store.Table("groups", types, func(t *Table) {
		x.count, x.rows = NewColumn[int64](t, 0), NewRows(t)
		x.values = NewSub(t, []vector.Type{vector.StringType}, func(t *Table) { x.times = NewColumn[int32](t, 0) })
	})
	return x
}

func (x *testState) take(b vector.Batch, value vector.Column) {
	slots := x.table.Slots(nil, b, b.Home, b.Home)
	for _, s := range slots {
		x.count.Values()[s]++
	}
	hash := make([]uint64, b.Rows)
	kernel.HashColumn(hash, value, vector.StringType)
	subs := x.values.Slots(nil, slots, vector.Batch{Columns: []vector.Column{value}, Rows: b.Rows}, hash)
	for _, s := range subs {
		x.times.Values()[s]++
	}
	x.rows.Add(nil, slots, vector.Batch{Columns: []vector.Column{value}, Rows: b.Rows})
}

// dump spells everything, key by key.
func (x *testState) dump(types []vector.Type) []string {
	var out []string
	live := x.table.Live(nil)
	keys := x.table.Keys(live)
	for i, s := range live {
		line := fmt.Sprintf("%s n=%d", text(keys, types, i), x.count.Values()[s])
		var values []string
		for v := x.values.First(s); v != NoSlot; v = x.values.Next(v) {
			k := x.values.Keys([]Slot{v})
			values = append(values, fmt.Sprintf("%s*%d", text(k, []vector.Type{vector.StringType}, 0), x.times.Values()[v]))
		}
		slices.Sort(values)
		line += fmt.Sprint(values)
		b := x.rows.Take(x.rows.Of(nil, s))
		for k := range b.Rows {
			line += text(b.Columns, []vector.Type{vector.StringType}, k)
		}
		out = append(out, line)
	}
	return out
}

// Stopped at p subtasks and gone on at q, the state is the same as if nothing had happened.
func TestSnapshotMovesByKeyGroup(t *testing.T) {
	for _, space := range []keygroup.Space{{Max: 128}, {Max: 13}} {
		for _, p := range []int{1, 2, 3, 8} {
			for _, q := range []int{1, 2, 3, 8} {
				for _, shape := range shapes {
					r := rand.New(rand.NewPCG(3, 4))
					run := func(ps []*testState, parallelism int, b vector.Batch, value vector.Column) {
						for i, x := range ps {
							var mine []int32
							for k, h := range b.Home {
								if space.Owner(space.Of(h), parallelism) == i {
									mine = append(mine, int32(k))
								}
							}
							if len(mine) > 0 {
								x.take(b.Take(mine), value.Take(mine))
							}
						}
					}
					open := func(parallelism int, parts []*Snapshot) []*testState {
						var out []*testState
						for i := range parallelism {
							s := NewStore(space, space.Range(i, parallelism))
							Restore(s, parts)
							out = append(out, openTestState(s, shape.types))
						}
						return out
					}
					whole, moving := open(1, nil), open(p, nil)
					for step := range 6 {
						n := 50
						cols := shape.make(r, n)
						value := randomStrings(r, n, step%2 == 0)
						b := vector.Batch{Columns: cols, Rows: n, Home: hashes(shape, cols, n, false)}
						if step == 3 {
							var parts []*Snapshot
							for _, x := range moving {
								parts = append(parts, x.store.Snapshot())
							}
							moving = open(q, parts)
						}
						run(whole, 1, b, value)
						if step < 3 {
							run(moving, p, b, value)
						} else {
							run(moving, q, b, value)
						}
					}
					want := whole[0].dump(shape.types)
					var got []string
					for _, x := range moving {
						got = append(got, x.dump(shape.types)...)
					}
					slices.Sort(want)
					slices.Sort(got)
					if !slices.Equal(got, want) {
						t.Fatalf("%s, %d → %d of %d:\n%q\nwant\n%q", shape.name, p, q, space.Max, got, want)
					}
				}
			}
		}
	}
}

// The keys of one subtask keep their order, whatever key groups they lie in: what an operator gives by slot comes in the
// order in which it would have come.
func TestRestoreKeepsTheOrderOfSlots(t *testing.T) {
	space := keygroup.Space{Max: 16}
	r := rand.New(rand.NewPCG(7, 8))
	n := loadRows + 100
	values, hash := make([]int64, n), make([]uint64, n)
	for i := range values {
		values[i], hash[i] = int64(i), r.Uint64()
	}
	setup := func(t *Table) { t.Attached = NewColumn[int64](t, 0) }
	types := []vector.Type{vector.BigIntType}
	s := NewStore(space, space.Range(0, 1))
	before := s.Table("t", types, setup)
	slots := before.Slots(nil, vector.Batch{Columns: []vector.Column{vector.NewColumn(values, nil)}, Rows: n}, hash, nil)
	for i, slot := range slots {
		before.Attached.(*Column[int64]).Values()[slot] = -values[i]
	}
	before.Free(slots[10:20])
	again := NewStore(space, space.Range(0, 1))
	Restore(again, []*Snapshot{s.Snapshot()})
	after := again.Table("t", types, setup)
	want, live := slices.Delete(slices.Clone(values), 10, 20), after.Live(nil)
	if got := after.Keys(live)[0].Int64(); !slices.Equal(got, want) {
		t.Error("the keys come in another order")
	}
	for i, slot := range live {
		if after.Attached.(*Column[int64]).Values()[slot] != -want[i] {
			t.Fatalf("key %d has the value of another", want[i])
		}
	}
}

func TestFamilyIsAscendingAndRestored(t *testing.T) {
	space := keygroup.Space{Max: 16}
	setup := func(t *Table) { t.Attached = NewColumn[int64](t, 0) }
	s := NewStore(space, space.Range(0, 1))
	f := s.Family("windows", []vector.Type{vector.BigIntType}, setup)
	keys := vector.Batch{Columns: []vector.Column{vector.NewColumn([]int64{1, 2, 3}, nil)}, Rows: 3}
	hash := []uint64{1 << 60, 5 << 60, 15 << 60} // groups 1, 5 and 15
	for _, id := range []int64{30, 10, 20, 10} {
		tab := f.Open(id)
		for _, slot := range tab.Slots(nil, keys, hash, nil) {
			tab.Attached.(*Column[int64]).Values()[slot] += id
		}
	}
	if !slices.Equal(f.IDs(), []int64{10, 20, 30}) {
		t.Fatalf("ids %v", f.IDs())
	}
	f.Drop(20)
	if f.Get(20) != nil || f.Open(40).Len() != 0 {
		t.Error("a dropped table lives on")
	}
	f.Drop(40)
	half := NewStore(space, space.Range(1, 2))
	Restore(half, []*Snapshot{s.Snapshot()})
	g := half.Family("windows", []vector.Type{vector.BigIntType}, setup)
	if !slices.Equal(g.IDs(), []int64{10, 30}) || g.Get(10).Len() != 1 || g.Get(10).Attached.(*Column[int64]).Values()[0] != 20 {
		t.Errorf("restored %v with %d keys", g.IDs(), g.Get(10).Len())
	}
}

// Rows keep their order and their neighbours through additions of any size and removals.
func TestRowsAreLists(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var rows *Rows
	table := NewTable([]vector.Type{vector.BigIntType}, func(t *Table) { rows = NewRows(t) })
	want := make([][]int64, 4)
	next := int64(0)
	for range 3000 {
		if r.IntN(3) > 0 {
			n := 1 + r.IntN(5)
			if r.IntN(100) == 0 {
				n = 1500
			}
			keys, values := make([]int64, n), make([]int64, n)
			hash := make([]uint64, n)
			for i := range n {
				keys[i], values[i] = int64(r.IntN(4)), next
				next++
			}
			slots := table.Slots(nil, vector.Batch{Columns: []vector.Column{vector.NewColumn(keys, nil)}, Rows: n}, hash, nil)
			rows.Add(nil, slots, vector.Batch{Columns: []vector.Column{vector.NewColumn(values, nil)}, Rows: n, Home: make([]uint64, n)})
			for i, s := range slots {
				want[s] = append(want[s], values[i])
			}
		} else if table.Len() > 0 {
			s := Slot(r.IntN(table.Len()))
			for range r.IntN(8) {
				if len(want[s]) == 0 {
					break
				}
				at := r.IntN(len(want[s]))
				rows.Remove(rows.Of(nil, s)[at])
				want[s] = slices.Delete(want[s], at, at+1)
			}
		}
	}
	for s := range want {
		b := rows.Take(rows.Of(nil, Slot(s)))
		if b.Rows != len(want[s]) || !slices.Equal(b.Columns[0].Int64(), want[s]) || len(b.Home) != b.Rows {
			t.Fatalf("slot %d has %d rows, want %d", s, b.Rows, len(want[s]))
		}
	}
}

func BenchmarkSlots(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 8192
	ints := make([]int64, n)
	for i := range ints {
		ints[i] = int64(r.IntN(20000))
	}
	codes := make([]int32, n)
	for i := range codes {
		codes[i] = int32(r.IntN(50))
	}
	dict := vector.NewDictColumn(codes, nil, testDict)
	for _, c := range []struct {
		name string
		col  vector.Column
		typ  vector.Type
	}{{"bigint", vector.NewColumn(ints, nil), vector.BigIntType}, {"dictionary", dict, vector.StringType}, {"string", dict.Decoded(), vector.StringType}} {
		b.Run(c.name, func(b *testing.B) {
			table := NewTable([]vector.Type{c.typ}, func(*Table) {})
			hash := make([]uint64, n)
			kernel.HashColumn(hash, c.col, c.typ)
			keys := vector.Batch{Columns: []vector.Column{c.col}, Rows: n}
			var slots []Slot
			b.ReportAllocs()
			for b.Loop() {
				slots = table.Slots(slots, keys, hash, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}

func TestRowsGiveTheirMemoryBack(t *testing.T) {
	var rows *Rows
	table := NewTable(nil, func(t *Table) { rows = NewRows(t) })
	var ids []RowID
	for range 500 {
		slots := table.Slots(nil, vector.Batch{Rows: 10}, nil, nil)
		ids = append(ids, rows.Add(nil, slots, vector.Batch{Rows: 10, Columns: []vector.Column{vector.NewColumn(make([]int64, 10), nil)}})...)
	}
	full := rows.size
	if full < 5000*12 || table.Bytes() < full {
		t.Errorf("5000 rows of 8 bytes are %d bytes, the table %d", full, table.Bytes())
	}
	for _, id := range ids[:4000] {
		rows.Remove(id)
	}
	if rows.size > full/2 {
		t.Errorf("1000 of 5000 rows are %d of %d bytes", rows.size, full)
	}
	for _, id := range ids[4000:] {
		rows.Remove(id)
	}
	if rows.size != 0 || rows.Len() != 0 {
		t.Errorf("no rows are %d bytes", rows.size)
	}
}

func TestCachesAreNotSaved(t *testing.T) {
	space := keygroup.Space{Max: 4}
	open := func(s *Store) (*Table, *Column[int64]) {
		var c *Column[int64]
		return s.Table("t", nil, func(t *Table) { c = NewCache[int64](t, -1); NewColumn[int32](t, 0) }), c
	}
	s := NewStore(space, space.Range(0, 1))
	table, c := open(s)
	table.Slots(nil, vector.Batch{Rows: 1}, nil, nil)
	c.Values()[0] = 7
	again := NewStore(space, space.Range(0, 1))
	Restore(again, []*Snapshot{s.Snapshot()})
	if table, c = open(again); table.Len() != 1 || c.Values()[0] != -1 {
		t.Errorf("%d slots, the cache holds %d", table.Len(), c.Values()[0])
	}
}

// Keys order as kernel.Order has them, whatever they are made of.
func TestKeysHaveAnOrder(t *testing.T) {
	for _, shape := range shapes {
		if shape.types == nil {
			continue
		}
		r := rand.New(rand.NewPCG(8, 9))
		table := NewTable(shape.types, func(*Table) {})
		cols := shape.make(r, 200)
		slots := table.Slots(nil, vector.Batch{Columns: cols, Rows: 200}, hashes(shape, cols, 200, false), nil)
		for range 2000 {
			i, j, c := r.IntN(200), r.IntN(200), r.IntN(len(cols))
			if null := cols[c].IsNull(i); null != table.IsNull(c, slots[i]) {
				t.Fatalf("%s: IsNull is %v", shape.name, !null)
			}
			if cols[c].IsNull(i) || cols[c].IsNull(j) {
				continue
			}
			if got, want := table.CompareKey(c, slots[i], slots[j]), kernel.Order(cols[c], i, cols[c], j); got != want {
				t.Fatalf("%s: %q and %q compare as %d, want %d", shape.name, text(cols, shape.types, i), text(cols, shape.types, j), got, want)
			}
		}
	}
}
