package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"weir/planner/plan"
	"weir/vector"
)

// A barrier comes out of an inbox behind all that each producer sent before it, and ahead of all that it sent after,
// with the watermark of all; whoever is early waits, but never keeps out the others.
func TestBarriersAlign(t *testing.T) {
	in := NewInbox(4, 0, NewMeter(nil))
	edge := Edge{Kind: plan.Forward, BatchRows: 4}
	a, b := edge.Connect(0, []*Inbox{in}, nil), edge.Connect(1, []*Inbox{in}, nil)
	ctx := t.Context()
	must(t, a.Send(ctx, numbers(1)))
	must(t, a.Advance(ctx, 5))
	must(t, a.Barrier(ctx, 1))
	must(t, a.Send(ctx, numbers(2)))
	must(t, a.Advance(ctx, 9))
	must(t, a.Flush(ctx))
	expect(t, in, "[1]") // a waits, with its watermark read and that of b still to come
	must(t, b.Send(ctx, numbers(7)))
	must(t, b.Advance(ctx, 6))
	must(t, b.Barrier(ctx, 1))
	x, ok, err := in.TryReceive()
	if err != nil || !ok || x.Batch.Rows != 1 || x.Watermark != 5 || x.Barrier != 1 {
		t.Fatalf("%+v, %t, %v", x, ok, err)
	}
	expect(t, in, "[2]", "wm 6")

	// One that has ended is not waited for.
	must(t, a.Barrier(ctx, 2))
	expect(t, in, "wm 6")
	must(t, b.End(ctx))
	x, ok, err = in.TryReceive()
	if err != nil || !ok || x.Barrier != 2 || x.Watermark != 9 {
		t.Fatalf("%+v, %t, %v", x, ok, err)
	}
}

// A barrier that was given up holds nobody, also where it comes later.
func TestBarriersThatAreGivenUp(t *testing.T) {
	in := NewInbox(4, 0, NewMeter(nil))
	edge := Edge{Kind: plan.Forward, BatchRows: 4}
	a, b := edge.Connect(0, []*Inbox{in}, nil), edge.Connect(1, []*Inbox{in}, nil)
	ctx := t.Context()
	must(t, a.Barrier(ctx, 1))
	must(t, a.Send(ctx, numbers(1, 2, 3, 4)))
	expect(t, in)
	in.GiveUp(1)
	expect(t, in, "[1 2 3 4]")
	must(t, b.Barrier(ctx, 1))
	must(t, b.Send(ctx, numbers(5, 6, 7, 8)))
	expect(t, in, "[5 6 7 8]")
	// The next one gives up what an inbox was not told of.
	must(t, a.Barrier(ctx, 2))
	expect(t, in)
	must(t, b.Barrier(ctx, 3))
	must(t, b.Send(ctx, numbers(9, 9, 9, 9)))
	must(t, a.Send(ctx, numbers(1, 1, 1, 1)))
	expect(t, in, "[1 1 1 1]")
	must(t, a.Barrier(ctx, 3))
	x, ok, err := in.TryReceive()
	if err != nil || !ok || x.Barrier != 3 {
		t.Fatalf("%+v, %t, %v", x, ok, err)
	}
	expect(t, in, "[9 9 9 9]")
}

// Many producers, consumers and barriers, some of which are given up at any moment: each barrier that an inbox lets
// through stands where each of its producers put it, and nobody hangs.
func TestBarriersAmongMany(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) { amongMany(t, seed) })
	}
}

func amongMany(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 3))
	producers, consumers, barriers := 1+r.IntN(4), 1+r.IntN(3), int64(1+r.IntN(6))
	var targets []*Inbox
	for i := range consumers {
		targets = append(targets, NewInbox(8, seed+uint64(i), NewMeter(nil)))
	}
	kind := []plan.EdgeKind{plan.Rebalance, plan.Broadcast, plan.Hash}[r.IntN(3)]
	edge := Edge{Kind: kind, BatchRows: 8, Keys: []int{0}, Types: []vector.Type{vector.BigIntType}}
	edge.Space.Max = 16
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	var wg sync.WaitGroup
	for p := range producers {
		o := edge.Connect(p, targets, nil)
		seed := r.Uint64()
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 0))
			for b := int64(1); b <= barriers; b++ {
				for range r.IntN(20) {
					values := make([]int64, 1+r.IntN(12))
					for i := range values {
						values[i] = int64(p)<<40 | b<<20 | int64(r.IntN(1000)) // who sent it, ahead of which barrier
					}
					if err := o.Send(ctx, numbers(values...)); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(time.Duration(r.IntN(3)) * time.Millisecond)
				}
				if err := o.Barrier(ctx, b); err != nil {
					t.Error(err)
					return
				}
			}
			if err := o.End(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	given := make([]bool, barriers+1)
	if r.IntN(2) == 0 {
		b := 1 + r.Int64N(barriers)
		for i := range b + 1 {
			given[i] = true
		}
		after := time.Duration(r.IntN(40)) * time.Millisecond
		wg.Go(func() {
			time.Sleep(after)
			for _, in := range targets {
				in.GiveUp(b)
			}
		})
	}
	for _, in := range targets {
		pause := time.Duration(r.IntN(3)) * time.Millisecond
		wg.Go(func() {
			reached := int64(0)
			for {
				x, _, err := in.Receive(ctx, nil)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Error(err)
					return
				}
				for i := range x.Batch.Rows {
					v := x.Batch.Columns[0].Int64()[i]
					ahead := v >> 20 & (1<<20 - 1)
					if ahead > reached+1 && ahead <= barriers && !given[reached+1] {
						t.Errorf("seed %d: a row of producer %d behind barrier %d comes ahead of it", seed, v>>40, reached+1)
					}
					if ahead <= reached {
						t.Errorf("seed %d: a row of producer %d ahead of barrier %d comes behind barrier %d", seed, v>>40, ahead, reached)
					}
				}
				if x.Barrier > 0 {
					if x.Barrier <= reached {
						t.Errorf("seed %d: barrier %d behind barrier %d", seed, x.Barrier, reached)
					}
					reached = x.Barrier
				}
				time.Sleep(pause)
			}
			for b := reached + 1; b <= barriers; b++ {
				if !given[b] {
					t.Errorf("seed %d: barrier %d has not come: %s", seed, b, fmt.Sprint(given))
				}
			}
		})
	}
	wg.Wait()
}
