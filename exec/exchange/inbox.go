// Package exchange moves batches between the subtasks of two operators: it hashes rows to the owners of their key
// groups, deals batches out, or sends them to one or all, and carries watermarks behind them. It is bounded in rows and
// bytes; every producer always has room for one batch in each consumer, so that none can starve another.
package exchange

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"weir/vector"
)

// ErrEnough is what Outlet's methods return when no consumer wants more.
var ErrEnough = errors.New("no consumer wants more rows")

// commonBytes is what an inbox holds beyond one batch for each channel: enough that a producer runs ahead while the
// consumer fires a window, little against the memory of a job.
const commonBytes = 4 << 20

// commonBatches is the same in full batches.
const commonBatches = 4

// message is what goes through a channel: perhaps rows, and what holds behind them.
type message struct {
	batch     vector.Batch
	size      int64
	watermark vector.Time // MinTime: no news
	idle, end bool
	barrier   int64 // that stands behind all this; 0: none
}

// channel leads from one producer to one consumer; guarded by the inbox's lock.
type channel struct {
	port      int
	queue     []message // the first is read next
	watermark vector.Time
	idle      bool
	ended     bool // the end was read
	blocked   bool // its barrier was read, and those of others are still to come
	waiting   bool // the producer waits for room
	room      chan struct{}
}

// Input is what a consumer reads: perhaps rows of Port, and what holds behind them.
type Input struct {
	Port      int
	Batch     vector.Batch
	Watermark vector.Time // what all channels that are neither idle nor ended have reached; it never falls
	Idle      bool        // there is no such channel, and not all have ended
	Ended     bool        // Port has no more rows
	Barrier   int64       // that all channels have reached: it stands behind all the rest; 0: none
}

// Inbox is where a subtask receives: the messages of all its channels, each channel's in their order. One goroutine
// calls Receive; the producers send through outlets.
type Inbox struct {
	rows  int // common budget
	meter *Meter
	ready chan struct{} // holds a token when there may be something to read
	turn  *rand.Rand    // nil: channels take turns

	mu        sync.Mutex // held for moments, never while waiting
	channels  []*channel
	usedRows  int
	usedBytes int64
	queued    int // messages
	next      int // channel whose turn it is
	open      int // channels that have not ended
	watermark vector.Time
	closed    bool
	outlets   []*Outlet // that send here
	aligning  int64     // the barrier that some channels have reached; 0: none
	passed    int64     // the last barrier that all have reached, or that was given up
}

// NewInbox makes the inbox of a subtask. batchRows is the size of a full batch; seed, where not 0, permutes the order
// in which channels are read; meter counts the bytes.
func NewInbox(batchRows int, seed uint64, meter *Meter) *Inbox {
	in := &Inbox{rows: commonBatches * batchRows, meter: meter, ready: make(chan struct{}, 1), watermark: vector.MinTime}
	if seed != 0 {
		in.turn = rand.New(rand.NewPCG(seed, 0))
	}
	return in
}

// connect adds a channel; before anything is sent.
func (in *Inbox) connect(port int, o *Outlet) *channel {
	c := &channel{port: port, watermark: vector.MinTime, room: make(chan struct{}, 1)}
	in.channels = append(in.channels, c)
	in.outlets = append(in.outlets, o)
	in.open++
	return c
}

// Receive returns what comes next; io.EOF when all channels have ended; ok is false when timeout fired first.
func (in *Inbox) Receive(ctx context.Context, timeout <-chan time.Time) (x Input, ok bool, err error) {
	for {
		if x, ok, err = in.TryReceive(); ok || err != nil {
			return x, ok, err
		}
		select {
		case <-in.ready:
		case <-timeout:
			return Input{}, false, nil
		case <-ctx.Done():
			return Input{}, false, context.Cause(ctx)
		}
	}
}

// TryReceive is Receive without waiting: ok is false when nothing is there.
func (in *Inbox) TryReceive() (x Input, ok bool, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.open == 0 {
		return Input{}, false, io.EOF
	}
	c := in.pick()
	if c == nil {
		return Input{}, false, nil
	}
	m := c.queue[0]
	c.queue = slices.Delete(c.queue, 0, 1)
	in.queued--
	in.usedRows -= m.batch.Rows
	in.usedBytes -= m.size
	in.meter.Add(-m.size)
	in.wake(c)
	x = Input{Port: c.port, Batch: m.batch}
	c.watermark = max(c.watermark, m.watermark)
	c.idle = m.idle
	if m.end {
		c.ended = true
		in.open--
		x.Ended = !slices.ContainsFunc(in.channels, func(o *channel) bool { return o.port == c.port && !o.ended })
	}
	x.Watermark, x.Idle = in.reached()
	x.Barrier = in.align(c, m.barrier)
	return x, true, nil
}

// pick chooses a channel with something to read; nil: there is none.
func (in *Inbox) pick() *channel {
	if in.queued == 0 {
		return nil
	}
	if in.turn != nil {
		in.next = in.turn.IntN(len(in.channels))
	}
	for range in.channels {
		c := in.channels[in.next]
		in.next = (in.next + 1) % len(in.channels)
		if len(c.queue) > 0 && !c.blocked {
			return c
		}
	}
	return nil
}

// align notes that c has reached a barrier (0: none), or its end. A channel that has waits until all others have, so
// that what the operator has seen then is what came before the barrier, and no more. It returns the barrier when all
// have reached it.
func (in *Inbox) align(c *channel, barrier int64) int64 {
	if barrier > max(in.passed, in.aligning) {
		// An earlier one that not all have reached was given up: its producers have gone on.
		in.unblock()
		in.aligning = barrier
	}
	if in.aligning == 0 {
		return 0
	}
	c.blocked = c.blocked || barrier == in.aligning
	for _, o := range in.channels {
		if !o.blocked && !o.ended {
			return 0
		}
	}
	reached := in.aligning
	in.aligning, in.passed = 0, reached
	in.unblock()
	return reached
}

// unblock lets all channels be read.
func (in *Inbox) unblock() {
	for _, o := range in.channels {
		if o.blocked {
			o.blocked = false
			if o.waiting {
				o.waiting = false
				o.room <- struct{}{} // has room, as in wake
			}
		}
	}
}

// GiveUp lets channels that wait for a barrier, or an earlier one, go on. Any goroutine may call it.
func (in *Inbox) GiveUp(barrier int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.passed = max(in.passed, barrier)
	if in.aligning == 0 || in.aligning > barrier {
		return
	}
	in.aligning = 0
	in.unblock()
	select {
	case in.ready <- struct{}{}:
	default:
	}
}

// reached is the minimum over the channels that count.
func (in *Inbox) reached() (wm vector.Time, idle bool) {
	lowest, live := vector.MaxTime, false
	for _, c := range in.channels {
		if !c.ended && !c.idle {
			lowest, live = min(lowest, c.watermark), true
		}
	}
	if live {
		in.watermark = max(in.watermark, lowest)
	}
	return in.watermark, !live && in.open > 0
}

// wake tells producers to look for room again: c's own place is free, and perhaps common room.
func (in *Inbox) wake(c *channel) {
	for _, o := range in.channels {
		if o.waiting && (o == c || !o.blocked && in.usedRows < in.rows && in.usedBytes < commonBytes) {
			o.waiting = false
			o.room <- struct{}{} // has room: a waiting producer has taken the last token
		}
	}
}

// send puts a message into a channel, when there is room for its rows. waits, if not nil, is told
// of times without. open is false when the consumer wants no more.
func (in *Inbox) send(ctx context.Context, c *channel, m message, waits func(begin bool)) (open bool, err error) {
	if m.batch.Rows > 0 {
		m.size = m.batch.Size()
	}
	for {
		admitted, open := in.admit(c, m)
		if admitted || !open {
			return open, nil
		}
		if err := c.await(ctx, waits); err != nil {
			return false, err
		}
	}
}

// await waits until the consumer has made room.
func (c *channel) await(ctx context.Context, waits func(begin bool)) error {
	if waits != nil {
		waits(true)
		defer waits(false)
	}
	select {
	case <-c.room:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (in *Inbox) admit(c *channel, m message) (admitted, open bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return false, false
	}
	if n := len(c.queue); n > 0 {
		last := &c.queue[n-1]
		switch {
		case m.batch.Rows > 0:
			// A channel that waits for others to reach a barrier has room for one batch, and leaves the rest to them.
			if c.blocked || in.usedRows+m.batch.Rows > in.rows || in.usedBytes+m.size > commonBytes {
				c.waiting = true
				return false, true
			}
		case last.barrier == 0:
			// What holds behind nothing new holds behind the last message: no room is needed.
			last.watermark, last.idle, last.end, last.barrier = max(last.watermark, m.watermark), m.idle, m.end, m.barrier
			return true, true
		}
	}
	c.queue = append(c.queue, m)
	in.queued++
	in.usedRows += m.batch.Rows
	in.usedBytes += m.size
	in.meter.Add(m.size)
	select {
	case in.ready <- struct{}{}:
	default:
	}
	return true, true
}

// Close says that the subtask wants no more: what is there is dropped, and producers are told.
func (in *Inbox) Close() {
	in.mu.Lock()
	if in.closed {
		in.mu.Unlock()
		return
	}
	in.closed = true
	for _, c := range in.channels {
		c.queue = nil
		if c.waiting {
			c.waiting = false
			c.room <- struct{}{}
		}
	}
	in.meter.Add(-in.usedBytes)
	in.usedRows, in.usedBytes, in.queued = 0, 0, 0
	in.mu.Unlock()
	for _, o := range in.outlets {
		o.consumerLeft()
	}
}

// Meter counts the bytes that the exchanges into one operator hold, and adds them to a total. A nil total is none.
type Meter struct {
	bytes atomic.Int64
	total *atomic.Int64
}

// NewMeter makes a meter that also counts into total.
func NewMeter(total *atomic.Int64) *Meter { return &Meter{total: total} }

// Add adds n bytes.
func (m *Meter) Add(n int64) {
	if n == 0 {
		return
	}
	m.bytes.Add(n)
	if m.total != nil {
		m.total.Add(n)
	}
}

// Bytes is what is held.
func (m *Meter) Bytes() int64 { return m.bytes.Load() }
