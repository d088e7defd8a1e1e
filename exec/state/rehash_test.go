package state

import (
	"testing"
	"unsafe"

	"weir/keygroup"
)

// What stays in order is shared, the rest is taken; the sizes do not change.
func TestRehashSharesWhatStaysInOrder(t *testing.T) {
	space := keygroup.Space{Max: 8}
	s := NewStore(space, space.Range(0, 1))
	f := windows(s)
	fillWindow(f.Open(0), 1)
	fillWindow(f.Open(1), 1000)
	a := s.Snapshot()
	b := a.Rehash(300)
	if err := b.Check(); err != nil {
		t.Fatal(err)
	}
	if !same(a.Tables[0], b.Tables[0]) || same(a.Tables[1], b.Tables[1]) || snapshotBytes(a) != snapshotBytes(b) || snapshotRows(b) != 1001 || len(b.ByGroup()) < 200 {
		t.Errorf("rehashed: %d rows in %d groups", snapshotRows(b), len(b.ByGroup()))
	}
	if c := b.Rehash(300); unsafe.SliceData(c.Tables[1].Slots) != unsafe.SliceData(b.Tables[1].Slots) {
		t.Error("the same number of key groups is no reason to copy")
	}
	if back := b.Rehash(1); back.Tables[1].Slots[999] != 999 || len(back.ByGroup()) != 1 {
		t.Error("one group is not in order of slots")
	}
}
