package exchange

import (
	"context"
	"sync/atomic"
	"time"

	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// watermarkAfter is how long a watermark may lag behind where nothing else sends it.
const watermarkAfter = 100 * time.Millisecond

// Clock is the seam that tells time.
type Clock interface{ Now() time.Time }

// Edge says how the outlets of an edge send.
type Edge struct {
	Kind  plan.EdgeKind
	Port  int
	Keys  []int         // Hash: columns
	Types []vector.Type // of the keys
	Space keygroup.Space
	// Window divides the ends of all windows downstream (ms); a watermark that passes a multiple of it is sent at once.
	// 0: there are none.
	Window    int64
	BatchRows int // of a full batch
	Clock     Clock
	// Waits, if not nil, is called by the producer when it begins and ends to wait for room.
	Waits func(begin bool)
}

// Outlet is the sending end of an edge in one producing subtask, whose goroutine calls its methods. They block while
// the consumers are full, and return ErrEnough when no consumer wants more, or the context's cause.
type Outlet struct {
	edge    Edge
	targets []target
	turn    int // Rebalance: whose turn it is
	direct  int // pieces of so many rows are not worth being joined
	home    Home
	owner   []uint16 // by key group
	to      []uint16 // by row: target
	rows    []int32  // in order of targets
	from    []int32  // by target: its first place in rows
	wm      vector.Time
	told    vector.Time // the least that some target has been told
	toldAt  time.Time
	idle    bool

	left   atomic.Int32 // consumers that want no more
	onDone func()
}

// target is a consumer, with the rows that wait for a full batch.
type target struct {
	inbox   *Inbox
	channel *channel
	held    []vector.Batch
	rows    int
	bytes   int64
	told    vector.Time
	gone    bool
}

// Connect makes the outlet of one producing subtask to the inboxes that it sends to. onDone is called once, by any
// goroutine, when all their subtasks have closed them.
func (e Edge) Connect(producer int, inboxes []*Inbox, onDone func()) *Outlet {
	o := &Outlet{edge: e, turn: producer % len(inboxes), wm: vector.MinTime, told: vector.MinTime, onDone: onDone,
		direct: max(1, e.BatchRows/8), home: Home{Keys: e.Keys, Types: e.Types}, from: make([]int32, len(inboxes)+1)}
	for _, in := range inboxes {
		o.targets = append(o.targets, target{inbox: in, channel: in.connect(e.Port, o), told: vector.MinTime})
	}
	if e.Kind == plan.Hash {
		o.owner = make([]uint16, e.Space.Max)
		for g := range o.owner {
			o.owner[g] = uint16(e.Space.Owner(keygroup.Group(g), len(inboxes)))
		}
	}
	if e.Clock != nil {
		o.toldAt = e.Clock.Now()
	}
	return o
}

// consumerLeft is called by the inboxes, once each.
func (o *Outlet) consumerLeft() {
	if int(o.left.Add(1)) == len(o.targets) && o.onDone != nil {
		o.onDone()
	}
}

// Send takes a batch.
func (o *Outlet) Send(ctx context.Context, b vector.Batch) error {
	if b.Rows > 0 {
		if err := o.route(ctx, b); err != nil {
			return err
		}
	}
	if int(o.left.Load()) == len(o.targets) {
		return ErrEnough
	}
	return nil
}

func (o *Outlet) route(ctx context.Context, b vector.Batch) error {
	if o.edge.Kind == plan.Hash && len(o.targets) > 1 {
		return o.scatter(ctx, b)
	}
	// Home is the producer's to use again (see Home.Of), and the key group behind another exchange is not that of the
	// key before it.
	b.Home = nil
	switch o.edge.Kind {
	case plan.Hash:
		b.Home = append([]uint64(nil), o.home.Of(b)...)
		return o.hold(ctx, &o.targets[0], b)
	case plan.Broadcast:
		for i := range o.targets {
			if err := o.hold(ctx, &o.targets[i], b); err != nil {
				return err
			}
		}
		return nil
	case plan.Rebalance:
		t := &o.targets[o.turn]
		err := o.hold(ctx, t, b)
		if t.rows == 0 { // it has gone: the next one's turn
			o.turn = (o.turn + 1) % len(o.targets)
		}
		return err
	}
	return o.hold(ctx, &o.targets[0], b)
}

// scatter cuts a batch by the owners of its rows' key groups. Rows of one target keep their order.
func (o *Outlet) scatter(ctx context.Context, b vector.Batch) error {
	hash := o.home.Of(b)
	if cap(o.to) < b.Rows {
		o.to, o.rows = make([]uint16, b.Rows), make([]int32, b.Rows)
	}
	to, rows, from := o.to[:b.Rows], o.rows[:b.Rows], o.from
	clear(from)
	space, owner := o.edge.Space, o.owner
	for i, h := range hash {
		t := owner[space.Of(h)]
		to[i] = t
		from[t+1]++
	}
	for t := range o.targets {
		if int(from[t+1]) == b.Rows {
			b.Home = append([]uint64(nil), hash...)
			return o.hold(ctx, &o.targets[t], b)
		}
		from[t+1] += from[t]
	}
	for i, t := range to {
		rows[from[t]] = int32(i)
		from[t]++ // ends where the next one began
	}
	b.Home = hash // Take copies it
	begin := int32(0)
	for t := range o.targets {
		end := from[t]
		if x := &o.targets[t]; end > begin && !x.gone {
			if err := o.hold(ctx, x, b.Take(rows[begin:end])); err != nil {
				return err
			}
		}
		begin = end
	}
	return nil
}

// hold sends a batch that is large enough, and keeps a small one until there are more.
func (o *Outlet) hold(ctx context.Context, t *target, b vector.Batch) error {
	if t.gone {
		return nil
	}
	if b.Rows >= o.direct {
		if err := o.flush(ctx, t); err != nil {
			return err
		}
		return o.message(ctx, t, message{batch: b})
	}
	size := b.Size()
	t.held = append(t.held, b)
	t.rows += b.Rows
	t.bytes += size
	t.inbox.meter.Add(size)
	if t.rows < o.edge.BatchRows {
		return nil
	}
	return o.flush(ctx, t)
}

// flush sends the rows that wait.
func (o *Outlet) flush(ctx context.Context, t *target) error {
	if t.rows == 0 {
		return nil
	}
	b := vector.Concat(t.held)
	clear(t.held)
	t.inbox.meter.Add(-t.bytes)
	t.held, t.rows, t.bytes = t.held[:0], 0, 0
	return o.message(ctx, t, message{batch: b})
}

// message sends m with the watermark that holds behind it; no row waits in front of it.
func (o *Outlet) message(ctx context.Context, t *target, m message) error {
	if t.gone {
		return nil
	}
	m.watermark, m.idle = o.wm, o.idle
	open, err := t.inbox.send(ctx, t.channel, m, o.edge.Waits)
	if err != nil {
		return err
	}
	t.gone = !open
	t.told = o.wm
	return nil
}

// Advance says what the rows sent so far have reached. It is passed on with the next full batch, when a window may end,
// or 100 ms after the last one.
func (o *Outlet) Advance(ctx context.Context, wm vector.Time) error {
	if wm <= o.wm {
		return nil
	}
	before := o.told
	o.wm = wm
	if o.crosses(before, wm) || o.edge.Clock != nil && o.edge.Clock.Now().Sub(o.toldAt) >= watermarkAfter {
		return o.Flush(ctx)
	}
	return nil
}

// crosses reports whether a window downstream may end between two watermarks.
func (o *Outlet) crosses(before, after vector.Time) bool {
	if o.edge.Window <= 0 {
		return false
	}
	return before == vector.MinTime || floorDiv(int64(before)+1, o.edge.Window) != floorDiv(int64(after)+1, o.edge.Window)
}

// Idle says whether the producer has nothing to read and is not to hold back watermarks.
func (o *Outlet) Idle(ctx context.Context, idle bool) error {
	if idle == o.idle {
		return nil
	}
	if err := o.Flush(ctx); err != nil {
		return err
	}
	o.idle = idle
	return o.tell(ctx, false)
}

// Flush sends the rows that wait and the watermark behind them.
func (o *Outlet) Flush(ctx context.Context) error {
	for i := range o.targets {
		t := &o.targets[i]
		if err := o.flush(ctx, t); err != nil {
			return err
		}
		if o.wm > t.told {
			if err := o.message(ctx, t, message{}); err != nil {
				return err
			}
		}
	}
	o.told = o.wm
	if o.edge.Clock != nil {
		o.toldAt = o.edge.Clock.Now()
	}
	return nil
}

// Barrier sends the rows that wait, the watermark behind them, and a barrier, which is positive.
func (o *Outlet) Barrier(ctx context.Context, barrier int64) error {
	if err := o.Flush(ctx); err != nil {
		return err
	}
	for i := range o.targets {
		if err := o.message(ctx, &o.targets[i], message{barrier: barrier}); err != nil {
			return err
		}
	}
	if int(o.left.Load()) == len(o.targets) {
		return ErrEnough
	}
	return nil
}

// Waiting reports whether rows or a watermark wait to be sent.
func (o *Outlet) Waiting() bool {
	if o.told < o.wm {
		return true
	}
	for i := range o.targets {
		if o.targets[i].rows > 0 {
			return true
		}
	}
	return false
}

// End sends the rows that wait, and that there will be no more.
func (o *Outlet) End(ctx context.Context) error {
	if err := o.Flush(ctx); err != nil {
		return err
	}
	return o.tell(ctx, true)
}

// tell sends a message without rows to all.
func (o *Outlet) tell(ctx context.Context, end bool) error {
	for i := range o.targets {
		if err := o.message(ctx, &o.targets[i], message{end: end}); err != nil {
			return err
		}
	}
	return nil
}

// Home computes the hashes of a HASH edge's keys.
type Home struct {
	Keys    []int
	Types   []vector.Type
	hasher  kernel.Hasher
	columns []vector.Column
	hash    []uint64
}

// Of returns the hash of each row's key; valid until the next call.
func (h *Home) Of(b vector.Batch) []uint64 {
	h.columns = h.columns[:0]
	for _, k := range h.Keys {
		h.columns = append(h.columns, b.Columns[k])
	}
	if cap(h.hash) < b.Rows {
		h.hash = make([]uint64, b.Rows)
	}
	return h.hasher.Hash(h.hash[:b.Rows], h.columns, h.Types)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
