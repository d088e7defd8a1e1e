package exec

import (
	"cmp"
	"fmt"
	"slices"

	"weir/exec/state"
	"weir/vector"
)

// hold keeps the rows of a Holder that wait for its clock to leave their Behind. They are state like any other: by the
// hash that says their key group.
type hold struct {
	operator Holder
	ports    []heldPort
	rows     []heldRow // what waits; in the order of release where sorted
	sorted   bool
	arrived  uint64

	waiting, rest []int32 // reused
	slots         []state.Slot
	ids           []state.RowID
}

// heldPort is the rows of one port.
type heldPort struct {
	table *state.Table
	rows  *state.Rows
}

// heldRow is one row that waits.
type heldRow struct {
	behind vector.Time
	origin vector.Origin
	order  uint64 // of arrival
	id     state.RowID
	port   int32
}

func newHold(h Holder) *hold { return &hold{operator: h} }

// open finds the rows that were restored. It is called once, before the operator's Open.
func (h *hold) open(t *Task) {
	for _, e := range t.Node.Inputs {
		for len(h.ports) <= e.Port {
			p := &heldPort{}
			p.table = t.State.Table(fmt.Sprintf("held rows %d", len(h.ports)), []vector.Type{vector.BigIntType},
				func(x *state.Table) { p.rows = state.NewRows(x) })
			port := len(h.ports)
			h.ports = append(h.ports, *p)
			for _, s := range p.table.Live(nil) {
				for id := p.rows.First(s); id != state.NoRow; id = p.rows.Next(id) {
					b, at := p.rows.At(id)
					h.note(port, b, at, id)
				}
			}
		}
	}
}

// note remembers row at of b, whose name is id.
func (h *hold) note(port int, b vector.Batch, at int, id state.RowID) {
	r := heldRow{behind: b.Behind[at], order: h.arrived, id: id, port: int32(port)}
	if b.Origin != nil {
		r.origin = b.Origin[at]
	}
	h.arrived++
	h.rows = append(h.rows, r)
	h.sorted = false
}

// keep takes the rows that must wait out of b: those that their split's watermark had reached within a millisecond,
// unless the clock has passed that.
func (h *hold) keep(port int, b vector.Batch, clock vector.Time) vector.Batch {
	rowtime := b.Columns[h.operator.HoldTime(port)]
	times, valid := rowtime.Int64(), rowtime.Validity()
	h.waiting, h.rest = h.waiting[:0], h.rest[:0]
	for i, behind := range b.Behind {
		if behind != vector.MinTime && behind >= clock && times[i] <= int64(behind)+1 && valid.At(i) {
			h.waiting = append(h.waiting, int32(i))
		} else {
			h.rest = append(h.rest, int32(i))
		}
	}
	if len(h.waiting) == 0 {
		return b
	}
	kept := b.Take(h.waiting)
	home := kept.Home
	if home == nil {
		home = make([]uint64, kept.Rows)
	}
	keys := make([]int64, kept.Rows)
	for i, x := range home {
		keys[i] = int64(x)
	}
	p := &h.ports[port]
	h.slots = p.table.Slots(h.slots, vector.Batch{Columns: []vector.Column{vector.NewColumn(keys, nil)}, Rows: kept.Rows}, home, home)
	h.ids = p.rows.Add(h.ids, h.slots, kept)
	for i, id := range h.ids {
		h.note(port, kept, i, id)
	}
	return b.Take(h.rest)
}

// next returns the lowest Behind of the rows that wait, if it is below wm.
func (h *hold) next(wm vector.Time) (vector.Time, bool) {
	if len(h.rows) == 0 {
		return 0, false
	}
	if !h.sorted {
		slices.SortFunc(h.rows, func(a, b heldRow) int {
			return cmp.Or(cmp.Compare(a.behind, b.behind), cmp.Compare(a.port, b.port), cmp.Compare(a.origin.Split, b.origin.Split),
				cmp.Compare(a.origin.Row, b.origin.Row), cmp.Compare(a.order, b.order))
		})
		h.sorted = true
	}
	return h.rows[0].behind, h.rows[0].behind < wm
}

// take removes the rows of the lowest Behind, as far as they are of one port, and returns them in order; ok is false
// when there are none of that Behind any more.
func (h *hold) take(behind vector.Time) (port int, b vector.Batch, ok bool) {
	if len(h.rows) == 0 || h.rows[0].behind != behind {
		return 0, vector.Batch{}, false
	}
	first := h.rows[0].port
	p := &h.ports[first]
	h.ids = h.ids[:0]
	for len(h.rows) > 0 && h.rows[0].behind == behind && h.rows[0].port == first {
		h.ids = append(h.ids, h.rows[0].id)
		h.rows = h.rows[1:]
	}
	b = p.rows.Take(h.ids)
	h.slots = h.slots[:0]
	for _, id := range h.ids {
		slot := p.rows.Slot(id)
		p.rows.Remove(id)
		if p.rows.First(slot) == state.NoRow {
			h.slots = append(h.slots, slot)
		}
	}
	p.table.Free(h.slots)
	return int(first), b, true
}

// holds reports whether rows of a port wait.
func (h *hold) holds(port int) bool {
	return slices.ContainsFunc(h.rows, func(r heldRow) bool { return int(r.port) == port })
}
