package state

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"weir/keygroup"
	"weir/parser/diag"
	"weir/vector"
)

func TestWhatDoesNotFitIsReported(t *testing.T) {
	space := keygroup.Space{Max: 8}
	ints := []vector.Type{vector.BigIntType}
	stored := NewStore(space, space.Range(0, 1))
	fillWindow(stored.Table("counts", ints, func(t *Table) {
		NewColumn[int64](t, 0)
		NewCache[int8](t, 0)
		NewBytes(t)
		NewSub(t, []vector.Type{vector.StringType}, func(t *Table) { NewRows(t) })
	}), 10)
	fillWindow(windows(stored).Open(3), 10)
	parts := []*Snapshot{stored.Snapshot()}
	sub := func(t *Table) { NewSub(t, []vector.Type{vector.StringType}, func(t *Table) { NewRows(t) }) }
	for _, c := range []struct {
		name  string
		keys  []vector.Type
		setup func(t *Table)
		fits  bool
	}{
		{"as it was", ints, func(t *Table) { NewColumn[uint64](t, 0); NewBytes(t); sub(t) }, true},
		{"another cache", ints, func(t *Table) { NewColumn[int64](t, 0); NewBytes(t); NewCache[int32](t, 0); sub(t) }, true},
		{"another key", []vector.Type{vector.StringType}, func(t *Table) { NewColumn[int64](t, 0); NewBytes(t); sub(t) }, false},
		{"more keys", []vector.Type{vector.BigIntType, vector.BigIntType}, func(t *Table) { NewColumn[int64](t, 0); NewBytes(t); sub(t) }, false},
		{"another width", ints, func(t *Table) { NewColumn[int32](t, 0); NewBytes(t); sub(t) }, false},
		{"another kind", ints, func(t *Table) { NewColumn[int64](t, 0); NewRows(t); sub(t) }, false},
		{"a column less", ints, func(t *Table) { NewColumn[int64](t, 0); sub(t) }, false},
		{"no sub", ints, func(t *Table) { NewColumn[int64](t, 0); NewBytes(t) }, false},
		{"another sub", ints, func(t *Table) {
			NewColumn[int64](t, 0)
			NewBytes(t)
			NewSub(t, []vector.Type{vector.StringType}, func(t *Table) { NewBytes(t) })
		}, false},
		{"a key with parts", []vector.Type{vector.ArrayType(vector.BigIntType)}, func(t *Table) { NewColumn[int64](t, 0); NewBytes(t); sub(t) }, false},
	} {
		s := NewStore(space, space.Range(0, 1))
		Restore(s, parts)
		s.Table("counts", c.keys, c.setup)
		err := s.Err()
		if (err == nil) != c.fits {
			t.Errorf("%s: %v", c.name, err)
		}
		var d *diag.Diagnostic
		if !c.fits && (!errors.As(err, &d) || d.Code != "W6105" || !strings.Contains(d.Message, `"counts"`) || len(d.Notes) != 2 ||
			d.Notes[0] != "stored: key (64-bit integer) with values (8 bytes, string) and [key (string) with values (rows)]") {
			t.Errorf("%s: %+v", c.name, err)
		}
		if got := s.Unclaimed(); !slices.Equal(got, []string{"windows"}) {
			t.Errorf("%s: unclaimed %v", c.name, got)
		}
		windows(s)
		if got := s.Unclaimed(); got != nil {
			t.Errorf("%s: unclaimed %v", c.name, got)
		}
	}
	s := NewStore(space, space.Range(0, 1))
	Restore(s, parts)
	s.Family("windows", ints, func(t *Table) { NewColumn[int8](t, 0) })
	if s.Err() == nil || !slices.Equal(s.Unclaimed(), []string{"counts"}) {
		t.Errorf("%v, unclaimed %v", s.Err(), s.Unclaimed())
	}
	s = NewStore(keygroup.Space{Max: 9}, keygroup.Range{To: 9})
	Restore(s, append(parts, nil))
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "8 key groups") {
		t.Error(err)
	}
	Restore(NewStore(space, space.Range(0, 1)), []*Snapshot{nil})
}

// Of keys with parts all parts are looked at, but for what they are called.
func TestShapesOfKeysWithParts(t *testing.T) {
	space := keygroup.Space{Max: 8}
	list := func(c vector.Column) vector.Column { return vector.NewList([]int32{0, 2, 3}, c, nil) }
	row := func(t vector.Type, name string) vector.Type {
		return vector.ArrayType(vector.RowType(vector.Field{Name: name, Type: t}))
	}
	stored := NewStore(space, space.Range(0, 1))
	table := stored.Table("keys", []vector.Type{row(vector.BigIntType, "a")}, func(*Table) {})
	keys := list(vector.NewStruct([]string{"a"}, []vector.Column{vector.NewColumn([]int64{1, 2, 3}, nil)}, 3, nil))
	table.Slots(nil, vector.Batch{Columns: []vector.Column{keys}, Rows: 2}, []uint64{7, 9}, nil)
	parts := []*Snapshot{stored.Snapshot()}
	for _, c := range []struct {
		key  vector.Type
		want string
	}{
		{row(vector.BigIntType, "a"), ""},
		{row(vector.TimestampType(3), "b"), ""},
		{row(vector.IntType, "a"), "list of (row of (32-bit integer))"},
		{vector.ArrayType(vector.BigIntType), "list of (64-bit integer)"},
		{vector.MapType(vector.BigIntType, vector.BigIntType), "map of (64-bit integer, 64-bit integer)"},
	} {
		s := NewStore(space, space.Range(0, 1))
		Restore(s, parts)
		restored := s.Table("keys", []vector.Type{c.key}, func(*Table) {})
		err := s.Err()
		if (err == nil) != (c.want == "") || err == nil && restored.Len() != 2 {
			t.Errorf("%s: %d keys, %v", c.key, restored.Len(), err)
		}
		var d *diag.Diagnostic
		if err != nil && (!errors.As(err, &d) || d.Notes[0] != "stored: key (list of (row of (64-bit integer))) with values ()" || d.Notes[1] != "wanted: key ("+c.want+") with values ()") {
			t.Errorf("%s: %+v", c.key, err)
		}
	}
}
