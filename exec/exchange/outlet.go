package exchange

import (
	"context"
	"math/rand/v2"
	"slices"

	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// Outlet is the sending end of an edge in one producing subtask.
type Outlet struct {
	edge    plan.Edge
	space   keygroup.Space
	types   []vector.Type // of the keys
	targets []target
	next    int // Rebalance: whose turn it is
	rows    int // of a full batch
	hasher  kernel.Hasher
	hash    []uint64
	at      [][]int32 // rows by target, reused
	gone    int       // targets that want no more
	// Windows downstream end at multiples of window (ms); 0: there are none.
	window int64
}

type target struct {
	inbox   *Inbox
	channel int
	held    []vector.Batch
	rows    int
	gone    bool
}

// NewOutlet makes the outlet of an edge. inboxes are those that the subtask sends to, channels the numbers that it has
// there; schema is that of the producing node, space the key groups of the consuming one,
// window a divisor of all ends of windows.
func NewOutlet(edge plan.Edge, space keygroup.Space, schema []vector.Field, inboxes []*Inbox, channels []int, rows int, window int64, turn *rand.Rand) *Outlet {
	o := &Outlet{edge: edge, space: space, rows: rows, window: window, at: make([][]int32, len(inboxes))}
	for i, in := range inboxes {
		o.targets = append(o.targets, target{inbox: in, channel: channels[i]})
	}
	for _, k := range edge.Keys {
		o.types = append(o.types, schema[k].Type)
	}
	if turn != nil {
		o.next = turn.IntN(len(inboxes))
	}
	return o
}

// Send takes a batch. enough reports that no target wants more.
func (o *Outlet) Send(ctx context.Context, b vector.Batch) (enough bool, err error) {
	if b.Rows == 0 {
		return o.gone == len(o.targets), nil
	}
	switch o.edge.Kind {
	case plan.Broadcast:
		for i := range o.targets {
			if err := o.deliver(ctx, i, b); err != nil {
				return false, err
			}
		}
	case plan.Rebalance:
		if err := o.deliver(ctx, o.next, b); err != nil {
			return false, err
		}
		o.next = (o.next + 1) % len(o.targets)
	case plan.Hash:
		if err := o.scatter(ctx, b); err != nil {
			return false, err
		}
	default:
		if err := o.deliver(ctx, 0, b); err != nil {
			return false, err
		}
	}
	return o.gone == len(o.targets), nil
}

// Hash returns the hashes of the edge's keys; valid until the next call.
func (o *Outlet) Hash(b vector.Batch) []uint64 {
	columns := make([]vector.Column, len(o.edge.Keys))
	for i, k := range o.edge.Keys {
		columns[i] = b.Columns[k]
	}
	o.hash = o.hasher.Hash(slices.Grow(o.hash[:0], b.Rows)[:b.Rows], columns, o.types)
	return o.hash
}

// scatter cuts a batch by the owners of its rows' key groups. Small pieces wait until they make a full batch.
func (o *Outlet) scatter(ctx context.Context, b vector.Batch) error {
	b.Home = append([]uint64(nil), o.Hash(b)...)
	for i := range o.at {
		o.at[i] = o.at[i][:0]
	}
	p := len(o.targets)
	for i, h := range b.Home {
		t := o.space.Owner(o.space.Of(h), p)
		o.at[t] = append(o.at[t], int32(i))
	}
	for t, rows := range o.at {
		switch {
		case len(rows) == 0 || o.targets[t].gone:
			continue
		case len(rows) == b.Rows:
			if err := o.hold(ctx, t, b); err != nil {
				return err
			}
		default:
			if err := o.hold(ctx, t, b.Take(rows)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Outlet) hold(ctx context.Context, t int, b vector.Batch) error {
	x := &o.targets[t]
	x.held = append(x.held, b)
	x.rows += b.Rows
	if x.rows < o.rows {
		return nil
	}
	return o.flush(ctx, t)
}

func (o *Outlet) flush(ctx context.Context, t int) error {
	x := &o.targets[t]
	if x.rows == 0 {
		return nil
	}
	b := vector.Concat(x.held)
	clear(x.held)
	x.held, x.rows = x.held[:0], 0
	return o.deliver(ctx, t, b)
}

func (o *Outlet) deliver(ctx context.Context, t int, b vector.Batch) error {
	return o.message(ctx, t, Message{Kind: Rows, Batch: b})
}

func (o *Outlet) message(ctx context.Context, t int, m Message) error {
	x := &o.targets[t]
	if x.gone {
		return nil
	}
	m.Channel = x.channel
	open, err := x.inbox.send(ctx, m)
	if err == nil && !open {
		x.gone = true
		o.gone++
	}
	return err
}

// Flush sends what waits.
func (o *Outlet) Flush(ctx context.Context) error {
	for t := range o.targets {
		if err := o.flush(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// Held reports whether rows wait for a full batch.
func (o *Outlet) Held() bool {
	for i := range o.targets {
		if o.targets[i].rows > 0 {
			return true
		}
	}
	return false
}

// Tell sends a watermark, idleness or the end to all targets, behind the rows that wait.
func (o *Outlet) Tell(ctx context.Context, kind Kind, wm vector.Time) error {
	if err := o.Flush(ctx); err != nil {
		return err
	}
	for t := range o.targets {
		if err := o.message(ctx, t, Message{Kind: kind, Watermark: wm}); err != nil {
			return err
		}
	}
	return nil
}

// Crosses reports whether a window downstream may end between two watermarks.
func (o *Outlet) Crosses(before, after vector.Time) bool {
	if o.window <= 0 {
		return false
	}
	return before == vector.MinTime || floorDiv(int64(before)+1, o.window) != floorDiv(int64(after)+1, o.window)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
