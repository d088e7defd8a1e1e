package scan

import (
	"context"
	"io"
	"testing"
	"time"

	"weir/exec"
	"weir/vector"
)

// A barrier that was given up, and that a feed passes behind the next one of others, leaves nothing in that.
func TestALateBarrier(t *testing.T) {
	q := newQueue(listed{{Number: 0, Path: "a", Size: 200}}, exec.SystemClock{}, 200)
	one, two := &feed{announced: vector.MinTime}, &feed{announced: vector.MinTime}
	q.feeds = []*feed{one, two}
	c, _, err := q.take(t.Context(), two)
	if err != nil {
		t.Fatal(err)
	}
	at := func(from int64) *rest {
		r := untouched(c)
		r.From, r.At = from, exec.Mark{Next: from}
		return &r
	}
	q.passes(one, 2, false, nil)     // barrier 1 was given up, 2 has begun
	q.passes(two, 1, false, at(50))  // two had loaded 1 a moment before
	q.passes(two, 2, false, at(100)) // and now passes 2
	p := q.position(2)
	n := 0
	for _, h := range p.Chains {
		for _, r := range h.Ranges {
			n++
			t.Logf("left: %d..%d", r.From, r.To)
		}
	}
	if n != 1 {
		t.Errorf("%d ranges are left to read behind barrier 2, want 1: 100..200", n)
	}
}

// A scan that has read all there was looks for more where it is monitored now.
func TestMonitoredAfterBounded(t *testing.T) {
	q := newQueue(listed{{Number: 0, Path: "a", Size: 100}}, exec.SystemClock{}, 100)
	q.monitor = time.Second // 'source.monitor-interval' was added: no part of the UID
	f := &feed{announced: vector.MinTime}
	q.feeds = []*feed{f}
	q.restore(&exec.Position{Splits: []exec.Split{{Number: 0, Path: "a", Size: 100}}, Complete: true, Listed: true})
	if _, _, err := q.take(t.Context(), f); err == io.EOF {
		t.Errorf("a monitored scan ends at once")
	}
}

// A restored scan is idle no earlier than another.
func TestIdleAfterARestore(t *testing.T) {
	q := newQueue(quietly{}, exec.SystemClock{}, 100)
	q.monitor = time.Second
	f := &feed{announced: vector.MinTime}
	q.feeds = []*feed{f}
	q.restore(&exec.Position{Splits: []exec.Split{{Number: 0, Path: "a", Size: 100}}, Listed: true, Floor: 50, Highest: 50})
	if _, _, err := q.take(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if wm, idle := q.announce(f, f.reached, time.Hour); idle {
		t.Errorf("idle at watermark %d a moment after the restore, with an idle timeout of one hour", wm)
	}
}

// What was taken behind a barrier is not kept longer than somebody may ask for it.
func TestAPassageIsForgotten(t *testing.T) {
	q := newQueue(listed{{Number: 0, Path: "a", Size: 100_000}}, exec.SystemClock{}, 1)
	f := &feed{announced: vector.MinTime}
	q.feeds = []*feed{f}
	if err := q.list(context.Background()); err != nil {
		t.Fatal(err)
	}
	q.passes(f, 1, false, nil)
	q.position(1)
	for {
		c, _, err := q.take(t.Context(), f)
		if err != nil {
			break
		}
		q.publish(c, exec.Mark{Next: c.To})
	}
	if n := len(q.behind.rest); n > 0 {
		t.Errorf("%d rests are kept", n)
	}
}

// quietly is a monitored source without news.
type quietly struct{ listed }

func (quietly) Splits(context.Context) ([]exec.Split, error) { return nil, nil }
