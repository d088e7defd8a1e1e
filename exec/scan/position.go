package scan

import (
	"cmp"
	"context"
	"slices"

	"weir/exec"
	"weir/vector"
)

// passage is what a barrier has left behind it in the hands of feeds. Feeds pass it one after the other: what one takes
// after it has passed is behind, as if it had not been touched.
type passage struct {
	barrier int64
	rest    []rest
	floor   vector.Time // lowest that a feed had announced
	last    bool        // the feeds end here: what they hold stays behind for good
	told    bool        // nobody asks for it any more
}

// rest is what is left of a chunk. open says that its mark was not known: it may have come since.
type rest struct {
	chunk *chunk
	exec.Remainder
	open bool
}

// untouched is a chunk as it was handed out.
func untouched(c *chunk) rest {
	return rest{c, exec.Remainder{Range: c.Range, Skip: c.skip, Held: c.held}, c.before != nil}
}

// passes notes that a barrier passes f, which holds the rest of a chunk, or nothing.
func (q *queue) passes(f *feed, barrier int64, last bool, held *rest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f.barrier = barrier
	if q.behind == nil || q.behind.barrier < barrier {
		q.behind = &passage{barrier: barrier, floor: vector.MaxTime}
	} else if q.behind.barrier > barrier {
		return // it was given up, and others have passed the next one
	}
	q.behind.last = q.behind.last || last
	q.behind.floor = min(q.behind.floor, f.announced)
	if held != nil {
		q.behind.rest = append(q.behind.rest, *held)
	}
}

// took notes that f has taken a chunk.
func (q *queue) took(f *feed, c *chunk) {
	if q.behind != nil && !q.behind.told && f.barrier == q.behind.barrier {
		q.behind.rest = append(q.behind.rest, untouched(c))
	}
}

// position is what is left to read behind a barrier that has passed all feeds.
func (q *queue) position(barrier int64) *exec.Position {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := &exec.Position{Splits: slices.Clone(q.splits), Floor: q.floor, Highest: q.highest, Complete: q.complete, Listed: q.listed}
	var taken []rest
	if b := q.behind; b != nil && (b.barrier == barrier || b.last) {
		taken = slices.Clone(b.rest)
		p.Floor = min(p.Floor, b.floor)
		if !b.last {
			b.told, b.rest = true, nil
		}
	}
	slices.SortStableFunc(taken, func(a, b rest) int {
		return cmp.Or(cmp.Compare(a.chunk.chain.number, b.chunk.chain.number), cmp.Compare(a.chunk.number, b.chunk.number))
	})
	var chains []*chain
	for _, r := range taken {
		if len(chains) == 0 || chains[len(chains)-1] != r.chunk.chain {
			chains = append(chains, r.chunk.chain)
		}
	}
	for _, h := range q.chains {
		if !slices.Contains(chains, h) {
			chains = append(chains, h)
		}
	}
	if q.whole != nil && len(chains) == 0 {
		chains = append(chains, q.whole)
	}
	slices.SortFunc(chains, func(a, b *chain) int { return cmp.Compare(a.number, b.number) })
	for _, h := range chains {
		c := exec.Chain{Number: h.number, Row: h.published.Row, Watermark: h.published.Watermark}
		for _, r := range taken {
			if r.chunk.chain != h {
				continue
			}
			if r.open {
				r.At = markBehind(r.chunk.before, r.chunk.fresh)
			}
			c.Ranges = append(c.Ranges, r.Remainder)
		}
		for i, r := range h.left {
			if i == 0 && h.cut || r.At.Next < 0 {
				// It begins where the chunk handed out last ends, or the range before it.
				r.At, r.Skip, r.Held = exec.Mark{Next: -1}, 0, false
				if i == 0 {
					r.At = markBehind(h.tail, r.From == 0)
				}
			}
			c.Ranges = append(c.Ranges, r)
		}
		p.Chains = append(p.Chains, c)
	}
	return p
}

// markBehind is the mark at the beginning of what follows m; At.Next < 0: it is not known yet. fresh: a file begins there.
func markBehind(m *mark, fresh bool) exec.Mark {
	select {
	case <-m.ready:
	default:
		return exec.Mark{Next: -1}
	}
	at := m.value
	if fresh {
		at.Next, at.Line = 0, 0
	}
	return at
}

// restore goes to a position, before any feed takes a chunk.
func (q *queue) restore(p *exec.Position) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.splits, q.floor, q.highest = slices.Clone(p.Splits), p.Floor, p.Highest
	q.complete, q.listed = p.Complete && q.monitor == 0, p.Listed
	q.last = q.clock.Now()
	for _, s := range p.Splits {
		q.unsized = q.unsized || s.Whole
	}
	for _, x := range p.Chains {
		h := &chain{number: x.Number, left: slices.Clone(x.Ranges), published: exec.Mark{Row: x.Row, Watermark: x.Watermark}}
		if len(h.left) > 0 {
			first := h.left[0]
			h.begun = first.From > 0 || first.Skip > 0 || first.Split.Number != x.Number
			if first.At.Next >= 0 {
				h.published = first.At
			}
			q.added++
			q.chains = append(q.chains, h)
		}
		if q.pathOrder {
			q.whole = h
		}
		// What a range goes on from whose mark is not known, if nothing of the chain is handed out before it.
		h.tail = &mark{ready: make(chan struct{}), value: exec.Mark{Row: x.Row, Watermark: x.Watermark}}
		close(h.tail.ready)
		for _, r := range x.Ranges {
			q.bytes += r.To - r.From
		}
	}
	for _, f := range q.feeds {
		f.announced, f.reached = q.floor, q.floor
	}
}

// head is the exec.Head of a scan.
type head struct {
	*definition
	feeds []exec.Feed
}

// Feeds returns the feeds.
func (h *head) Feeds() []exec.Feed { return h.feeds }

// Restore goes to a position.
func (h *head) Restore(ctx context.Context, p *exec.Position) error {
	if r, ok := h.source.(exec.Resumer); ok {
		var open []exec.Split
		for _, c := range p.Chains {
			for _, x := range c.Ranges {
				if len(open) == 0 || open[len(open)-1].Number != x.Split.Number {
					open = append(open, x.Split)
				}
			}
		}
		if err := r.Resume(ctx, p.State, p.Splits, open); err != nil {
			return err
		}
	}
	h.queue.restore(p)
	return nil
}

// Position is what is left to read behind a barrier.
func (h *head) Position(barrier int64) *exec.Position {
	p := h.queue.position(barrier)
	if r, ok := h.source.(exec.Resumer); ok {
		p.State = r.State()
	}
	return p
}
