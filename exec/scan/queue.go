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
	last     time.Time    // when a row or a chunk came
	bytes    int64        // of all splits
	unsized  bool         // a split's size says nothing of how much there is to read
	splits   []exec.Split // all that were listed, by number
	behind   *passage     // of the latest barrier; nil: there was none
}

// chain is a split, or all splits of the source where they are read in path order: what has one watermark.
type chain struct {
	number int
	left   []exec.Remainder // the first one is being cut
	cut    bool             // the first one has been cut before
	begun  bool             // a chunk has been handed out
	tail   *mark            // that the chunk handed out last will publish; nil: none handed out yet
	// published is the latest mark on the way to what is handed out next. Marks of chunks in front of a gap, where a
	// restored chain was read already, do not lead there: they are of an earlier part.
	published exec.Mark
	part      int
	blocked   bool // until its mark is published: the chunk handed out last is a whole split
	chunks    int  // handed out
}

// known reports whether the mark at the beginning of what is handed out next does not come from the chunk before.
func (h *chain) known() bool { return !h.cut && h.left[0].At.Next >= 0 }

// mark is one that is published once.
type mark struct {
	ready chan struct{}
	value exec.Mark // valid once ready is closed
}

// chunk is a part of a split in the hands of a feed.
type chunk struct {
	exec.Range
	chain  *chain
	number int   // in its chain
	part   int   // of its chain
	skip   int64 // rows behind At that left in an earlier life of the job
	held   bool  // by a subtask then
	before *mark // nil: At is known
	fresh  bool  // it begins its file: of the mark before, only rows and watermark count
	after  *mark
}

func newQueue(s exec.Source, clock exec.Clock, chunkBytes int64) *queue {
	return &queue{source: s, clock: clock, last: clock.Now(), chunkBytes: max(1, chunkBytes), changed: make(chan struct{}), highest: vector.MinTime, floor: vector.MinTime}
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
		if best != nil && best.left[0].Held != h.left[0].Held {
			// What a subtask was at comes first: so chunks follow each other as if the job had never stopped.
			if h.left[0].Held {
				best, choices = h, 1
			}
			continue
		}
		choices++
		if best == nil || q.rand == nil && h.published.Watermark < best.published.Watermark || q.rand != nil && q.rand.IntN(choices) == 0 {
			best = h
		}
	}
	if best != nil {
		c = q.cut(best)
		q.took(f, c)
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
	r := &h.left[0]
	c := &chunk{Range: r.Range, chain: h, number: h.chunks, after: &mark{ready: make(chan struct{})}}
	if h.known() {
		c.skip, c.held = r.Skip, r.Held
	} else {
		c.before, c.fresh = h.tail, r.From == 0 && !h.cut
		c.At = exec.Mark{Next: -1}
		if c.fresh {
			c.At.Next = 0
		}
	}
	size := q.chunkBytes
	if !h.begun {
		size = min(size, firstChunkBytes)
	}
	// The rows to pass over may reach far into the range, which is the rest of one chunk.
	if !r.Split.Whole && c.skip == 0 && size < r.To-r.From {
		c.To = r.From + size
	}
	c.part = h.part
	h.begun, h.blocked, h.tail, h.cut = true, r.Split.Whole, c.after, true
	h.chunks++
	q.shorten(h, c.To)
	return c
}

// shorten takes what lies before to off the front of a chain.
func (q *queue) shorten(h *chain, to int64) {
	r := &h.left[0]
	if r.From = to; r.Split.Whole || to >= r.To {
		h.left, h.cut = h.left[1:], false
		if len(h.left) > 0 && h.known() {
			h.published, h.blocked = h.left[0].At, false
			h.part++
		}
	}
	if len(h.left) == 0 {
		for i, o := range q.chains {
			if o == h {
				q.chains = append(q.chains[:i:i], q.chains[i+1:]...)
			}
		}
	}
}

// stretch lets a chunk end at to, if it is the last one that was cut off its range. It reports whether it has.
func (q *queue) stretch(c *chunk, to int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	h := c.chain
	if h.tail != c.after || !h.cut || to <= c.To {
		return false
	}
	c.To = min(to, h.left[0].To)
	if q.behind != nil {
		for i := range q.behind.rest {
			if q.behind.rest[i].chunk == c {
				q.behind.rest[i].To = c.To // what the barrier has left of it goes as far
			}
		}
	}
	q.shorten(h, c.To)
	return true
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
		q.splits = append(q.splits, s)
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
	r := exec.Remainder{Range: exec.Range{Split: s, To: s.Size, At: exec.Mark{Watermark: watermark}}}
	if q.pathOrder && q.whole != nil {
		r.At = exec.Mark{Next: -1} // it goes on behind the split before it
		if len(q.whole.left) == 0 {
			q.chains = append(q.chains, q.whole)
		}
		q.whole.left = append(q.whole.left, r)
		return
	}
	q.added++
	h := &chain{number: s.Number, left: []exec.Remainder{r}, published: r.At}
	q.chains = append(q.chains, h)
	if q.pathOrder {
		q.whole = h
	}
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
	if c.part == c.chain.part {
		c.chain.published = m
		c.chain.blocked = false
	}
	q.highest = max(q.highest, m.Watermark)
	q.wake()
}

// progress tells the queue how far the whole split c has come, whose mark is published at its end only.
func (q *queue) progress(c *chunk, wm vector.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if c.part == c.chain.part {
		c.chain.published.Watermark = wm
	}
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
			low, q.lowest = h.published.Watermark, &h.left[0].Split.Path
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
