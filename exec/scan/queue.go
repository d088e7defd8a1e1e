// Package scan stands between a source and the stage that reads it: one queue per scan cuts splits into chunks and
// hands them to the subtasks, chunk by chunk the marks pass on where records and watermarks stand, and rows leave with
// what they are late for. See docs/design.md, "Same answer at every parallelism".
package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"weir/exec"
	"weir/vector"
)

// firstChunkBytes are in the first chunk of each split: its mark comes soon, and with it the frontier rises.
const firstChunkBytes = 64 << 10

// waitLimit is how long a feed's Next may block.
const waitLimit = 100 * time.Millisecond

// errStopped is what waiters get when a subtask has stopped whose mark they need: it has told its own error, or nobody
// wants more.
var errStopped = fmt.Errorf("another subtask of the scan has stopped: %w", context.Canceled)

// queue is shared by the feeds of one scan. Its fields are guarded by mu, which is never held across a wait.
type queue struct {
	source     exec.Source
	clock      exec.Clock
	chunkBytes int64
	monitor    time.Duration // between listings; 0: one listing
	pathOrder  bool          // the whole source is one chain
	rand       *rand.Rand    // permutes hand-out; nil: lowest watermark first

	mu       sync.Mutex
	changed  chan struct{} // closed, and replaced, when there may be work or news
	listing  bool          // a feed is listing
	complete bool          // no more splits will come
	listed   bool          // the first listing is done
	next     time.Time     // of the next listing
	chains   []*chain      // with chunks to hand out, by number
	whole    *chain        // pathOrder: the only one
	stopped  bool
	highest  vector.Time // of all marks published
	floor    vector.Time // what frontier returned last
	lowest   *string     // path of the split whose mark the frontier is; nil: it waits for none
	added    int         // chains so far
	feeds    []*feed
	last     time.Time // when a row or a chunk came
	bytes    int64     // of all splits
	unsized  bool      // a split's size says nothing of how much there is to read
}

// chain is a split, or all splits of the source where they are read in path order: what has one watermark.
type chain struct {
	number    int
	left      []exec.Split // the first one is being cut
	offset    int64        // in it
	begun     bool
	tail      *mark       // that the chunk handed out last will publish; nil: none handed out yet
	published exec.Mark   // the latest
	blocked   bool        // until its mark is published: the chunk handed out last is a whole split
	watermark vector.Time // at the beginning
}

// mark is one that is published once.
type mark struct {
	ready chan struct{}
	value exec.Mark // valid once ready is closed
}

// chunk is a part of a split in the hands of a feed.
type chunk struct {
	exec.Range
	chain  *chain
	before *mark // nil: At is known
	fresh  bool  // it begins its file: of the mark before, only rows and watermark count
	after  *mark
}

func newQueue(s exec.Source, clock exec.Clock, chunkBytes int64) *queue {
	return &queue{source: s, clock: clock, chunkBytes: max(1, chunkBytes), changed: make(chan struct{}), highest: vector.MinTime, floor: vector.MinTime}
}

// wake tells all waiters to look again.
func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// take hands out a chunk to the feed f. Nil: there is none now, try again when changed is closed, or in a moment.
// io.EOF: there will be none.
func (q *queue) take(ctx context.Context, f *feed) (c *chunk, changed <-chan struct{}, err error) {
	if err := q.list(ctx); err != nil {
		return nil, nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return nil, nil, errStopped
	}
	var best *chain
	choices := 0
	for _, h := range q.chains {
		if h.blocked {
			continue
		}
		choices++
		if best == nil || q.rand == nil && h.published.Watermark < best.published.Watermark || q.rand != nil && q.rand.IntN(choices) == 0 {
			best = h
		}
	}
	if best != nil {
		c = q.cut(best)
		f.busy = true
		q.last = q.clock.Now()
		return c, nil, nil
	}
	if q.complete && len(q.chains) == 0 {
		return nil, nil, io.EOF
	}
	return nil, q.changed, nil
}

// cut takes the next chunk off a chain that has one.
func (q *queue) cut(h *chain) *chunk {
	s := h.left[0]
	c := &chunk{chain: h, before: h.tail, fresh: h.offset == 0, after: &mark{ready: make(chan struct{})}}
	c.Split, c.From, c.To = s, h.offset, s.Size
	c.At = exec.Mark{Next: -1}
	switch {
	case h.tail == nil:
		c.At = exec.Mark{Watermark: h.watermark}
	case c.fresh:
		c.At.Next = 0
	}
	size := q.chunkBytes
	if !h.begun {
		size = min(size, firstChunkBytes)
	}
	if !s.Whole && size < s.Size-h.offset {
		c.To = h.offset + size
	}
	h.begun, h.blocked, h.tail = true, s.Whole, c.after
	if h.offset = c.To; s.Whole || c.To >= s.Size {
		h.left, h.offset = h.left[1:], 0
	}
	if len(h.left) == 0 {
		for i, o := range q.chains {
			if o == h {
				q.chains = append(q.chains[:i:i], q.chains[i+1:]...)
			}
		}
	}
	return c
}

// list asks the source for splits, if it is time to and no other feed does.
func (q *queue) list(ctx context.Context) error {
	q.mu.Lock()
	due := !q.complete && !q.listing && !q.stopped && (!q.listed || !q.clock.Now().Before(q.next))
	q.listing = q.listing || due
	q.mu.Unlock()
	if !due {
		return nil
	}
	splits, err := q.source.Splits(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.wake()
	q.listing = false
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	watermark := vector.MinTime
	if q.listed {
		watermark = q.frontier()
	}
	for _, s := range splits {
		q.add(s, watermark)
	}
	q.listed = true
	q.complete = err != nil || q.monitor == 0
	q.next = q.clock.Now().Add(q.monitor)
	return nil
}

// add puts a split behind the others. It starts at the watermark, unless it lengthens a chain.
func (q *queue) add(s exec.Split, watermark vector.Time) {
	if s.Size == 0 && !s.Whole {
		return
	}
	q.bytes += s.Size
	q.unsized = q.unsized || s.Whole
	if q.pathOrder {
		if q.whole == nil {
			q.whole = &chain{number: s.Number, watermark: watermark, published: exec.Mark{Watermark: watermark}}
		}
		q.whole.left = append(q.whole.left, s)
		if len(q.chains) == 0 {
			q.chains = append(q.chains, q.whole)
		}
		return
	}
	q.added++
	q.chains = append(q.chains, &chain{number: s.Number, left: []exec.Split{s}, watermark: watermark, published: exec.Mark{Watermark: watermark}})
}

// size is how many bytes there are to read; 0: that is not known.
func (q *queue) size() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.complete || q.unsized {
		return 0
	}
	return q.bytes
}

// publish tells the chunk behind c, and the queue, how far c has come.
func (q *queue) publish(c *chunk, m exec.Mark) {
	c.after.value = m
	close(c.after.ready)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = q.clock.Now()
	c.chain.published = m
	c.chain.blocked = false
	q.highest = max(q.highest, m.Watermark)
	q.wake()
}

// progress tells the queue how far the whole split c has come, whose mark is published at its end only.
func (q *queue) progress(c *chunk, wm vector.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.chain.published.Watermark = wm
	q.highest = max(q.highest, wm)
}

// frontier is the lowest mark of the splits that have chunks to hand out, or the highest of all. It never falls.
func (q *queue) frontier() vector.Time {
	if !q.listed {
		return q.floor
	}
	low := q.highest
	q.lowest = nil
	for i, h := range q.chains {
		if i == 0 || h.published.Watermark < low {
			low, q.lowest = h.published.Watermark, &h.left[0].Path
		}
	}
	q.floor = max(q.floor, low)
	return q.floor
}

// announce returns what the subtask of f has reached: reached is the watermark inside its chunk, valid if it holds one
// and knows its mark. idle says that no feed has had work for so long that the scan holds nobody back.
func (q *queue) announce(f *feed, reached vector.Time, idleAfter time.Duration) (wm vector.Time, idle bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	front := q.frontier()
	held := q.lowest
	switch {
	case f.busy:
		if reached < front && f.chunk != nil {
			held = &f.chunk.Split.Path
		}
		f.announced = max(f.announced, min(reached, front))
	default:
		low := front
		for _, o := range q.feeds {
			if o.busy && o.announced < low {
				low, held = o.announced, o.held
			}
		}
		f.announced = max(f.announced, low)
	}
	if q.added > 1 {
		f.held = held
	}
	if idleAfter <= 0 || q.clock.Now().Sub(q.last) < idleAfter {
		return f.announced, false
	}
	for _, o := range q.feeds {
		if o.busy && !o.starving {
			return f.announced, false
		}
	}
	return f.announced, true
}

// setState notes whether f holds a chunk, and whether its reader waits for somebody to write.
func (q *queue) setState(f *feed, busy, starving bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f.busy, f.starving = busy, starving
	if busy && !starving {
		q.last = q.clock.Now()
	}
	if !busy {
		q.wake()
	}
}

// stop ends the waiting of all feeds: a mark will never come.
func (q *queue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.stopped {
		q.stopped = true
		q.wake()
	}
}

// news returns what is closed at the next change, and whether the queue has been stopped.
func (q *queue) news() (<-chan struct{}, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.changed, q.stopped
}
