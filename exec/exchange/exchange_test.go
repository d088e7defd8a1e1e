package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

type clock struct{}

func (clock) Now() time.Time { return time.Now() }

func numbers(values ...int64) vector.Batch {
	return vector.Batch{Columns: []vector.Column{vector.NewColumn(values, nil)}, Rows: len(values)}
}

func sequence(from, n int) vector.Batch {
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(from + i)
	}
	return numbers(values...)
}

func inboxes(n, batchRows int) []*Inbox {
	var out []*Inbox
	for range n {
		out = append(out, NewInbox(batchRows, 0, NewMeter(nil)))
	}
	return out
}

// contents reads all that is in an inbox: rows, then "wm" where the watermark rose, "idle", "end".
func contents(t *testing.T, in *Inbox) []string {
	t.Helper()
	var out []string
	wm, idle := vector.MinTime, false
	for {
		x, ok, err := in.TryReceive()
		if errors.Is(err, io.EOF) {
			return append(out, "eof")
		}
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		if x.Batch.Rows > 0 {
			out = append(out, fmt.Sprint(x.Batch.Columns[0].Int64()))
		}
		if x.Watermark > wm {
			wm = x.Watermark
			out = append(out, fmt.Sprintf("wm %d", wm))
		}
		if x.Idle != idle {
			idle = x.Idle
			out = append(out, fmt.Sprintf("idle %t", idle))
		}
		if x.Ended {
			out = append(out, fmt.Sprintf("end %d", x.Port))
		}
	}
}

func expect(t *testing.T, in *Inbox, want ...string) {
	t.Helper()
	if got := contents(t, in); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every row goes to the owner of its key group, with its hash, behind the rows of its key that were sent before.
func TestHashSendsRowsToTheirOwners(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, targets := range []int{1, 2, 3, 8} {
		for _, batchRows := range []int{1, 7, 64} {
			space := keygroup.Space{Max: 131}
			in := inboxes(targets, 1<<20)
			o := Edge{Kind: plan.Hash, Keys: []int{0}, Types: []vector.Type{vector.BigIntType}, Space: space, BatchRows: batchRows}.Connect(0, in, nil)
			const rows = 1000
			for sent := 0; sent < rows; {
				n := min(1+r.IntN(40), rows-sent)
				keys, order := make([]int64, n), make([]int64, n)
				for i := range keys {
					keys[i], order[i] = int64(r.IntN(50)), int64(sent+i)
				}
				must(t, o.Send(t.Context(), vector.Batch{Columns: []vector.Column{vector.NewColumn(keys, nil), vector.NewColumn(order, nil)}, Rows: n}))
				sent += n
			}
			must(t, o.End(t.Context()))
			seen := 0
			for i, box := range in {
				last := map[int64]int64{}
				for {
					x, ok, err := box.TryReceive()
					if err != nil {
						break
					}
					if !ok {
						t.Fatal("the end is missing")
					}
					if x.Batch.Rows == 0 {
						continue
					}
					keys, order := x.Batch.Columns[0].Int64(), x.Batch.Columns[1].Int64()
					want := make([]uint64, x.Batch.Rows)
					kernel.HashColumns(want, x.Batch.Columns[:1], []vector.Type{vector.BigIntType})
					if !slices.Equal(x.Batch.Home, want) {
						t.Fatal("Home is not the key's hash")
					}
					for k := range keys {
						if owner := space.Owner(space.Of(want[k]), targets); owner != i {
							t.Fatalf("subtask %d got a row of subtask %d", i, owner)
						}
						if before, ok := last[keys[k]]; ok && before >= order[k] {
							t.Fatalf("row %d came behind row %d of its key", before, order[k])
						}
						last[keys[k]] = order[k]
						seen++
					}
				}
			}
			if seen != rows {
				t.Errorf("%d targets, batches of %d: %d rows of %d", targets, batchRows, seen, rows)
			}
		}
	}
}

// Small pieces are joined to full batches, larger ones go at once.
func TestSmallPiecesWait(t *testing.T) {
	in := inboxes(1, 100)
	o := Edge{Kind: plan.Global, BatchRows: 16}.Connect(0, in, nil)
	must(t, o.Send(t.Context(), numbers(1)))
	expect(t, in[0])
	must(t, o.Send(t.Context(), numbers(2, 3)))
	expect(t, in[0], "[1]", "[2 3]")
	for i := range 16 {
		must(t, o.Send(t.Context(), numbers(int64(i))))
	}
	expect(t, in[0], "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15]")
	must(t, o.Send(t.Context(), numbers(7)))
	must(t, o.End(t.Context()))
	expect(t, in[0], "[7]", "end 0", "eof")
}

func TestRebalanceTakesTurnsAndBroadcastDoesNot(t *testing.T) {
	in := inboxes(3, 100)
	o := Edge{Kind: plan.Rebalance, BatchRows: 8}.Connect(1, in, nil)
	for i := range 4 {
		must(t, o.Send(t.Context(), sequence(10*i, 2)))
	}
	expect(t, in[1], "[0 1]", "[30 31]")
	expect(t, in[2], "[10 11]")
	expect(t, in[0], "[20 21]")
	in = inboxes(2, 100)
	o = Edge{Kind: plan.Broadcast, BatchRows: 8}.Connect(0, in, nil)
	must(t, o.Send(t.Context(), numbers(1, 2)))
	expect(t, in[0], "[1 2]")
	expect(t, in[1], "[1 2]")
}

// A consumer's watermark is the least of its channels that are neither idle nor ended, and never falls.
func TestWatermarkIsTheMinimum(t *testing.T) {
	ctx := t.Context()
	in := inboxes(1, 100)
	edge := Edge{Kind: plan.Global, BatchRows: 1, Window: 1}
	a, b := edge.Connect(0, in, nil), edge.Connect(1, in, nil)
	edge.Port = 1
	c := edge.Connect(0, in, nil)
	must(t, a.Advance(ctx, 10))
	must(t, b.Advance(ctx, 20))
	expect(t, in[0])
	must(t, c.Advance(ctx, 5))
	expect(t, in[0], "wm 5")
	must(t, c.Idle(ctx, true))
	expect(t, in[0], "wm 10")
	must(t, a.End(ctx))
	expect(t, in[0], "wm 20")
	must(t, c.Idle(ctx, false)) // back, at 5: the watermark stays
	expect(t, in[0], "wm 20")
	must(t, b.Advance(ctx, 30))
	expect(t, in[0], "wm 20")
	must(t, c.Advance(ctx, 25))
	expect(t, in[0], "wm 25")
	must(t, b.End(ctx))
	expect(t, in[0], "wm 25", "end 0")
	must(t, c.Idle(ctx, true))
	expect(t, in[0], "wm 25", "idle true")
	must(t, c.Send(ctx, numbers(1))) // rows of an idle channel are rows
	expect(t, in[0], "[1]", "wm 25", "idle true")
	must(t, c.Idle(ctx, false))
	must(t, c.End(ctx))
	expect(t, in[0], "wm 25", "end 1", "eof")
}

// A watermark never overtakes the rows in front of it; it goes when a window may end, with a full batch, or after 100 ms.
func TestWhenWatermarksGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		in := inboxes(1, 100)
		o := Edge{Kind: plan.Global, BatchRows: 16, Window: 1000, Clock: clock{}}.Connect(0, in, nil)
		must(t, o.Send(ctx, numbers(1)))
		must(t, o.Advance(ctx, 100))
		expect(t, in[0], "[1]", "wm 100") // the first tells the consumer where it is
		must(t, o.Send(ctx, numbers(2)))
		must(t, o.Advance(ctx, 998))
		expect(t, in[0])
		must(t, o.Send(ctx, sequence(3, 2))) // large enough to go
		expect(t, in[0], "[2]", "wm 998", "[3 4]")
		must(t, o.Send(ctx, numbers(5)))
		must(t, o.Advance(ctx, 999)) // the window that ends at 1000
		expect(t, in[0], "[5]", "wm 999")
		must(t, o.Send(ctx, numbers(6)))
		must(t, o.Advance(ctx, 1500))
		time.Sleep(99 * time.Millisecond)
		must(t, o.Advance(ctx, 1600))
		expect(t, in[0])
		if !o.Waiting() {
			t.Error("a row and a watermark wait, says nobody")
		}
		time.Sleep(time.Millisecond)
		must(t, o.Advance(ctx, 1700))
		expect(t, in[0], "[6]", "wm 1700")
		if o.Waiting() {
			t.Error("nothing waits")
		}
	})
}

// A producer runs ahead until the common room is used up; another one still has room for a batch.
func TestRoomIsBoundedButNobodyStarves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var total atomic.Int64
		meter := NewMeter(&total)
		in := NewInbox(10, 0, meter)
		edge := Edge{Kind: plan.Global, BatchRows: 10}
		a, b := edge.Connect(0, []*Inbox{in}, nil), edge.Connect(1, []*Inbox{in}, nil)
		var sent atomic.Int64
		waits := 0
		a.edge.Waits = func(begin bool) {
			if begin {
				waits++
			}
		}
		done := make(chan error, 1)
		go func() {
			for range 20 {
				if err := a.Send(t.Context(), sequence(0, 10)); err != nil {
					done <- err
					return
				}
				sent.Add(1)
			}
			done <- nil
		}()
		synctest.Wait()
		if n := sent.Load(); n != commonBatches {
			t.Errorf("%d batches went into room for %d", n, commonBatches)
		}
		must(t, b.Send(t.Context(), sequence(100, 10)))
		if got, want := total.Load(), int64((commonBatches+1)*80); got != want || meter.Bytes() != want {
			t.Errorf("%d bytes are counted, want %d", got, want)
		}
		rows := 0
		for rows < 210 {
			x, ok, err := in.Receive(t.Context(), nil)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			rows += x.Batch.Rows
		}
		must(t, <-done)
		if total.Load() != 0 {
			t.Errorf("%d bytes are left", total.Load())
		}
		if waits == 0 {
			t.Error("nobody heard of the waiting")
		}
	})
}

// The bytes are bounded where the rows are not.
func TestRoomIsBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := NewInbox(1<<30, 0, NewMeter(nil))
		o := Edge{Kind: plan.Global, BatchRows: 8}.Connect(0, []*Inbox{in}, nil)
		var sent atomic.Int64
		ctx, cancel := context.WithCancelCause(t.Context())
		stopped := errors.New("stopped")
		done := make(chan error, 1)
		go func() {
			for {
				if err := o.Send(ctx, sequence(0, commonBytes/32)); err != nil {
					done <- err
					return
				}
				sent.Add(1)
			}
		}()
		synctest.Wait()
		if n := sent.Load(); n != 4 {
			t.Errorf("%d quarters of the room were sent", n)
		}
		cancel(stopped)
		if err := <-done; !errors.Is(err, stopped) {
			t.Errorf("a cancelled producer says %v", err)
		}
	})
}

// When all consumers have left, producers hear of it: those that wait, those that send, and those that do neither.
func TestConsumersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := inboxes(2, 1)
		left := 0
		o := Edge{Kind: plan.Rebalance, BatchRows: 1}.Connect(0, in, func() { left++ })
		done := make(chan error, 1)
		go func() {
			for {
				if err := o.Send(t.Context(), numbers(1)); err != nil {
					done <- err
					return
				}
			}
		}()
		synctest.Wait()
		in[0].Close()
		in[0].Close()
		synctest.Wait()
		if left != 0 || len(done) > 0 {
			t.Fatal("one consumer is still there")
		}
		in[1].Close()
		if err := <-done; !errors.Is(err, ErrEnough) {
			t.Errorf("got %v", err)
		}
		if left != 1 {
			t.Errorf("told %d times", left)
		}
		must(t, o.Advance(t.Context(), 5))
		must(t, o.End(t.Context()))
	})
}

// A seed says in which order channels are read; none reads them in turn.
func TestSeedsPermute(t *testing.T) {
	order := func(seed uint64) string {
		in := []*Inbox{NewInbox(1000, seed, NewMeter(nil))}
		for p := range 4 {
			o := Edge{Kind: plan.Global, BatchRows: 1}.Connect(p, in, nil)
			for i := range 3 {
				must(t, o.Send(t.Context(), numbers(int64(10*p+i))))
			}
		}
		return fmt.Sprint(contents(t, in[0]))
	}
	if got, want := order(0), "[[0] [10] [20] [30] [1] [11] [21] [31] [2] [12] [22] [32]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for seed := range uint64(20) {
		a := order(seed)
		if b := order(seed); a != b {
			t.Errorf("seed %d: %s, then %s", seed, a, b)
		}
		seen[a] = true
	}
	if len(seen) < 15 {
		t.Errorf("20 seeds gave %d orders", len(seen))
	}
}

func BenchmarkScatter(b *testing.B) {
	for _, targets := range []int{2, 8} {
		b.Run(fmt.Sprint(targets), func(b *testing.B) {
			in := inboxes(targets, 8192)
			o := Edge{Kind: plan.Hash, Keys: []int{0}, Types: []vector.Type{vector.BigIntType}, Space: keygroup.Space{Max: 128}, BatchRows: 8192}.Connect(0, in, nil)
			batch := sequence(0, 8192)
			b.ReportAllocs()
			for b.Loop() {
				must(b, o.Send(b.Context(), batch))
				for _, box := range in {
					for {
						if _, ok, _ := box.TryReceive(); !ok {
							break
						}
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/8192, "ns/row")
		})
	}
}
