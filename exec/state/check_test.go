package state

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"weir/keygroup"
	"weir/vector"
)

// sample is a snapshot of tables of every shape with values of every kind.
func sample(seed uint64) *Snapshot {
	r := rand.New(rand.NewPCG(seed, 9))
	space := keygroup.Space{Max: 12}
	e := openEverything(NewStore(space, space.Range(0, 1)))
	for range 300 {
		e.step(r)
	}
	return e.store.Snapshot()
}

// own returns a snapshot whose parts can be changed without changing s.
func own(s *Snapshot) *Snapshot {
	var tables func(from []TableSnapshot) []TableSnapshot
	tables = func(from []TableSnapshot) []TableSnapshot {
		out := slices.Clone(from)
		for i := range out {
			x := &out[i]
			x.Groups, x.Slots, x.Owners, x.Hash, x.Home = slices.Clone(x.Groups), slices.Clone(x.Slots), slices.Clone(x.Owners), slices.Clone(x.Hash), slices.Clone(x.Home)
			x.KeyTypes, x.Keys, x.Values, x.Subs = slices.Clone(x.KeyTypes), slices.Clone(x.Keys), slices.Clone(x.Values), tables(x.Subs)
			for k := range x.Values {
				d := &x.Values[k]
				d.Fixed, d.Offsets, d.Bytes = slices.Clone(d.Fixed), slices.Clone(d.Offsets), slices.Clone(d.Bytes)
			}
		}
		return out
	}
	return &Snapshot{Max: s.Max, Tables: tables(s.Tables)}
}

// first returns a table of s that has keys, rows by slot and a sub with keys.
func first(s *Snapshot) *TableSnapshot {
	for i := range s.Tables {
		if x := &s.Tables[i]; len(x.Groups) > 2 && len(x.Subs[0].Slots) > 1 && x.Values[8].Rows.Rows > 0 {
			return x
		}
	}
	panic("no such table")
}

// pairsOf are n maps whose entries are numbers.
func pairsOf(n int) vector.Column {
	t := arrow.ListOfField(arrow.Field{Name: "entries", Type: arrow.PrimitiveTypes.Int64})
	entries := vector.NewColumn([]int64{1}, nil).Arrow().Data()
	offsets := memory.NewBufferBytes(make([]byte, 4*(n+1)))
	return vector.FromArrow(array.NewListData(array.NewData(t, n, []*memory.Buffer{nil, offsets}, []arrow.ArrayData{entries}, 0, 0)))
}

func TestCheckSaysWhatDoesNotFit(t *testing.T) {
	good := sample(1)
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want  string
		spoil func(s *Snapshot, x *TableSnapshot)
	}{
		{"0 key groups", func(s *Snapshot, x *TableSnapshot) { s.Max = 0 }},
		{"32769 key groups", func(s *Snapshot, x *TableSnapshot) { s.Max = keygroup.UpperBound + 1 }},
		{"is there twice", func(s *Snapshot, x *TableSnapshot) { s.Tables = append(s.Tables, *x) }},
		{"no table to own it", func(s *Snapshot, x *TableSnapshot) { x.Owners = make([]Slot, len(x.Slots)) }},
		{"where there is one key", func(s *Snapshot, x *TableSnapshot) { x.KeyTypes, x.Keys = nil, nil }},
		{"hashes", func(s *Snapshot, x *TableSnapshot) { x.Hash = x.Hash[1:] }},
		{"homes", func(s *Snapshot, x *TableSnapshot) { x.Home = nil }},
		{"types of", func(s *Snapshot, x *TableSnapshot) { x.KeyTypes = append(x.KeyTypes, vector.I8) }},
		{"no type of keys", func(s *Snapshot, x *TableSnapshot) { x.KeyTypes[0] = vector.NoPhysical }},
		{"of list", func(s *Snapshot, x *TableSnapshot) { x.KeyTypes[0] = vector.List }},
		{"of 128-bit integer", func(s *Snapshot, x *TableSnapshot) { x.KeyTypes[0] = vector.I128 }},
		{"key column 0: not", func(s *Snapshot, x *TableSnapshot) { x.Keys[0] = vector.Column{} }},
		{"key column 0: not", func(s *Snapshot, x *TableSnapshot) { x.Keys[0] = x.Keys[0].Slice(0, 1) }},
		{"key group 12 of 12", func(s *Snapshot, x *TableSnapshot) { x.Groups[len(x.Groups)-1].Group = 12 }},
		{"behind", func(s *Snapshot, x *TableSnapshot) { x.Groups[1].Group = x.Groups[0].Group }},
		{"has rows", func(s *Snapshot, x *TableSnapshot) { x.Groups[1].From-- }},
		{"has rows", func(s *Snapshot, x *TableSnapshot) { x.Groups[0].To = x.Groups[0].From }},
		{"has rows", func(s *Snapshot, x *TableSnapshot) { x.Groups[len(x.Groups)-1].To++ }},
		{"are in key groups", func(s *Snapshot, x *TableSnapshot) { x.Groups = x.Groups[:len(x.Groups)-1] }},
		{"of key group", func(s *Snapshot, x *TableSnapshot) { x.Home[0] = ^x.Home[0] }},
		{"has slot", func(s *Snapshot, x *TableSnapshot) { x.Slots[0] = NoSlot }},
		{"9 of values", func(s *Snapshot, x *TableSnapshot) { x.Values[0].Kind = 9 }},
		{"values of 3 bytes", func(s *Snapshot, x *TableSnapshot) { x.Values[0].Width = 3 }},
		{"bytes for", func(s *Snapshot, x *TableSnapshot) { x.Values[0].Fixed = x.Values[0].Fixed[1:] }},
		{"offsets of", func(s *Snapshot, x *TableSnapshot) { x.Values[7].Offsets = nil }},
		{"offsets from", func(s *Snapshot, x *TableSnapshot) { x.Values[7].Offsets[0]++ }},
		{"offsets from", func(s *Snapshot, x *TableSnapshot) { x.Values[7].Bytes = append(x.Values[7].Bytes, 0) }},
		{"has length", func(s *Snapshot, x *TableSnapshot) { x.Values[7].Offsets[1] = 1 << 40 }},
		{"offsets from", func(s *Snapshot, x *TableSnapshot) { x.Values[8].Rows.Rows++ }},
		{"column 8: column 0", func(s *Snapshot, x *TableSnapshot) {
			b := &x.Values[8].Rows
			b.Columns = []vector.Column{vector.NewColumn(make([]int64, b.Rows+1), nil)}
		}},
		{"is elements 0 to 7 of 1", func(s *Snapshot, x *TableSnapshot) {
			b := &x.Values[8].Rows
			offsets := make([]int32, b.Rows+1)
			offsets[b.Rows] = 7
			b.Columns = []vector.Column{vector.NewList(offsets, vector.NewColumn([]int64{1}, nil), nil)}
		}},
		{"is entry 7 of", func(s *Snapshot, x *TableSnapshot) {
			b := &x.Values[8].Rows
			d := vector.NewDict()
			d.Add([]byte("only"))
			b.Columns = []vector.Column{vector.NewDictColumn(slices.Repeat([]int32{7}, b.Rows), nil, d)}
		}},
		{"lies at", func(s *Snapshot, x *TableSnapshot) {
			b := &x.Values[8].Rows
			offsets := make([]int32, b.Rows+1)
			offsets[0], offsets[b.Rows] = 4, 4
			b.Columns = []vector.Column{vector.NewBytes(offsets, []byte("four"), nil, false)}
		}},
		{"that are no pairs", func(s *Snapshot, x *TableSnapshot) {
			x.KeyTypes[0], x.Keys[0] = vector.Pairs, pairsOf(len(x.Slots))
		}},
		{"that are no pairs", func(s *Snapshot, x *TableSnapshot) {
			x.Values[8].Rows.Columns = []vector.Column{pairsOf(x.Values[8].Rows.Rows)}
		}},
		{"kinds, watermarks", func(s *Snapshot, x *TableSnapshot) { x.Values[8].Rows.Kinds = []vector.RowKind{} }},
		{"of kind 4", func(s *Snapshot, x *TableSnapshot) {
			x.Values[8].Rows.Kinds = slices.Repeat([]vector.RowKind{4}, x.Values[8].Rows.Rows)
		}},
		{"sub 0: 1 owners", func(s *Snapshot, x *TableSnapshot) { x.Subs[0].Owners = x.Subs[0].Owners[:1] }},
		{"which is not there", func(s *Snapshot, x *TableSnapshot) { x.Subs[0].Owners[0] = 1 << 30 }},
		{"another home", func(s *Snapshot, x *TableSnapshot) { x.Subs[0].Home[0] ^= 1 }},
	} {
		s := own(good)
		c.spoil(s, first(s))
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want … %s …", err, c.want)
		}
	}
	if err := good.Check(); err != nil {
		t.Fatalf("the test has spoilt its sample: %v", err)
	}
}

// spoil changes one number somewhere in s, as instructions say.
func spoil(s *Snapshot, instructions []byte) {
	next := func(n int) int {
		if n <= 0 || len(instructions) < 2 {
			return 0
		}
		v := int(instructions[0])<<8 | int(instructions[1])
		instructions = instructions[2:]
		return v % n
	}
	// Neighbouring and extreme values find more than any ones.
	number := func(old uint64) uint64 {
		switch next(6) {
		case 0:
			return old + 1
		case 1:
			return old - 1
		case 2:
			return 0
		case 3:
			return ^uint64(0)
		case 4:
			return 1 << 31
		}
		return old ^ uint64(next(1<<16))<<next(56)
	}
	for len(instructions) >= 4 {
		if next(40) == 0 {
			s.Max = int(int32(number(uint64(s.Max))))
		}
		if len(s.Tables) == 0 {
			return
		}
		x := &s.Tables[next(len(s.Tables))]
		for len(x.Subs) > 0 && next(3) == 0 {
			x = &x.Subs[next(len(x.Subs))]
		}
		n := len(x.Slots)
		switch next(14) {
		case 0:
			if n > 0 {
				i := next(n)
				x.Slots[i] = Slot(number(uint64(x.Slots[i])))
			}
		case 1:
			if len(x.Owners) > 0 {
				i := next(len(x.Owners))
				x.Owners[i] = Slot(number(uint64(x.Owners[i])))
			}
		case 2:
			if n > 0 && len(x.Home) > 0 {
				i := next(len(x.Home))
				x.Home[i] = number(x.Home[i])
			}
		case 3:
			if n > 0 && len(x.Hash) > 0 {
				i := next(len(x.Hash))
				x.Hash[i] = number(x.Hash[i])
			}
		case 4:
			if len(x.Groups) > 0 {
				g := &x.Groups[next(len(x.Groups))]
				switch next(3) {
				case 0:
					g.Group = keygroup.Group(number(uint64(g.Group)))
				case 1:
					g.From = int(number(uint64(g.From)))
				case 2:
					g.To = int(number(uint64(g.To)))
				}
			}
		case 5:
			if len(x.Keys) > 0 {
				i := next(len(x.Keys))
				switch next(6) {
				case 0:
					x.KeyTypes[i] = vector.Physical(next(14))
				case 1:
					x.Keys[i] = vector.Column{}
				case 2:
					x.Keys[i] = x.Keys[next(len(x.Keys))]
				case 3:
					x.Keys[i] = vector.NewColumn(make([]int64, n), nil)
				case 4:
					offsets := make([]int32, n+1)
					offsets[next(n+1)] = int32(number(0))
					x.KeyTypes[i], x.Keys[i] = vector.List, vector.NewList(offsets, vector.NewColumn([]int64{1}, nil), nil)
				case 5:
					offsets := make([]int32, n+1)
					if n > 0 {
						offsets[next(n)] = int32(number(0)) // Arrow looks at the last one
					}
					text := vector.NewBytes(offsets, []byte("x"), nil, false)
					x.KeyTypes[i], x.Keys[i] = vector.Struct, vector.NewStruct([]string{"a", "b"}, []vector.Column{vector.NewColumn(make([]int64, n), nil), text}, n, nil)
				}
			}
		case 6:
			x.Hash, x.Home = x.Hash[:next(len(x.Hash)+1)], x.Home[:next(len(x.Home)+1)]
		case 7:
			x.Name, x.InFamily, x.ID = []string{"", "none", "windows"}[next(3)], next(2) == 0, int64(next(3))
		case 8:
			if len(x.Values) > 0 && next(2) == 0 {
				x.Values = x.Values[:next(len(x.Values))]
			} else if len(x.Subs) > 0 {
				x.Subs = x.Subs[:next(len(x.Subs))]
			}
		default:
			if len(x.Values) == 0 {
				continue
			}
			d := &x.Values[next(len(x.Values))]
			switch next(7) {
			case 0:
				d.Kind = DataKind(next(5))
			case 1:
				d.Width = int(number(uint64(d.Width)))
			case 2:
				d.Fixed = d.Fixed[:next(len(d.Fixed)+1)]
			case 3:
				if len(d.Offsets) > 0 {
					i := next(len(d.Offsets))
					d.Offsets[i] = int64(number(uint64(d.Offsets[i])))
				}
			case 4:
				d.Bytes = d.Bytes[:next(len(d.Bytes)+1)]
			case 5:
				d.Rows.Rows = int(number(uint64(d.Rows.Rows)))
			case 6:
				if len(d.Rows.Columns) > 0 {
					d.Rows.Columns = slices.Clone(d.Rows.Columns)
					d.Rows.Columns[next(len(d.Rows.Columns))] = vector.NewColumn(make([]int64, next(100)), nil)
				}
			}
		}
	}
}

// use does with a snapshot what the runtime does.
func use(s *Snapshot) {
	if s.Check() != nil {
		return
	}
	s.ByGroup()
	for _, max := range []int{s.Max, 5} {
		again := s.Rehash(max)
		space := keygroup.Space{Max: max}
		for i := range 2 {
			store := NewStore(space, space.Range(i, 2))
			Restore(store, []*Snapshot{again})
			e := openEverything(store)
			if store.Unclaimed(); store.Err() == nil && again.Max == 5 {
				e.store.Snapshot()
			}
		}
	}
}

// Whatever a file says, a snapshot that passes Check can be used.
func FuzzSpoiltSnapshot(f *testing.F) {
	good := sample(2)
	r := rand.New(rand.NewPCG(4, 4))
	for range 200 {
		b := make([]byte, 10+r.IntN(14))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, instructions []byte) {
		s := own(good)
		spoil(s, instructions)
		use(s)
	})
}
