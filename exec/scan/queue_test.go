package scan

import (
	"context"
	"io"
	"slices"
	"testing"

	"weir/exec"
	"weir/vector"
)

// listed is a source that only lists splits.
type listed []exec.Split

func (l listed) Splits(context.Context) ([]exec.Split, error)          { return l, io.EOF }
func (l listed) Open(context.Context, exec.Range) (exec.Reader, error) { return nil, io.EOF }

// TestHandOut follows which chunks one subtask gets that reads files of the same time side by side: always the next
// one of the file that is furthest behind.
func TestHandOut(t *testing.T) {
	q := newQueue(listed{{Number: 0, Path: "a", Size: 300}, {Number: 1, Path: "b", Size: 200}, {Number: 2, Path: "empty"}, {Number: 3, Path: "c", Size: 100}},
		exec.SystemClock{}, 100)
	f := &feed{announced: vector.MinTime}
	q.feeds = []*feed{f}
	// What the chunks' marks will be, by path and beginning.
	watermarks := map[string][]vector.Time{"a": {100, 200, 300}, "b": {150, 160}, "c": {50}}
	var order []string
	var frontiers []vector.Time
	for {
		c, _, err := q.take(t.Context(), f)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		frontiers = append(frontiers, q.frontier())
		order = append(order, c.Split.Path)
		if c.From == 0 && (c.before != nil || c.At.Next != 0) || c.From > 0 && (c.before == nil || c.At.Next != -1) {
			t.Errorf("chunk %+v", c)
		}
		q.publish(c, exec.Mark{Next: c.To, Watermark: watermarks[c.Split.Path][c.From/100]})
		f.busy = false
	}
	if want := []string{"a", "b", "c", "a", "b", "a"}; !slices.Equal(order, want) {
		t.Errorf("handed out %v, want %v", order, want)
	}
	// After each hand-out: the lowest mark published of the files that have more chunks to hand out; when a's
	// last chunk is out, nothing is left, and the highest mark counts.
	low := vector.MinTime
	if want := []vector.Time{low, low, 100, 100, 200, 200}; !slices.Equal(frontiers, want) {
		t.Errorf("frontiers %v, want %v", frontiers, want)
	}
	if q.frontier() != 300 {
		t.Errorf("the last frontier is %d, want 300", q.frontier())
	}
}

// TestStretch: the chunk that was cut off last may end later, up to the end of its range; what the barrier has left of it
// then does, too.
func TestStretch(t *testing.T) {
	q := newQueue(listed{{Number: 0, Path: "a", Size: 500}}, exec.SystemClock{}, 100)
	f := &feed{announced: vector.MinTime}
	q.feeds = []*feed{f}
	take := func() *chunk {
		t.Helper()
		c, _, err := q.take(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := take()
	if q.stretch(first, 100) || q.stretch(first, 50) {
		t.Error("a chunk got shorter")
	}
	if !q.stretch(first, 130) || first.To != 130 {
		t.Errorf("the first chunk ends at %d", first.To)
	}
	q.passes(f, 1, false, nil)
	second := take()
	if second.From != 130 || second.To != 230 || q.stretch(first, 200) {
		t.Errorf("%+v behind %+v", second, first)
	}
	if !q.stretch(second, 300) {
		t.Error("the second chunk stays")
	}
	p := q.position(1)
	if r := p.Chains[0].Ranges; len(r) != 2 || r[0].From != 130 || r[0].To != 300 || r[1].From != 300 || r[1].To != 500 {
		t.Errorf("left are %+v", r)
	}
	third := take()
	if !q.stretch(third, 900) || third.To != 500 || q.stretch(third, 900) {
		t.Errorf("the third chunk ends at %d", third.To)
	}
	if _, _, err := q.take(t.Context(), f); err != io.EOF {
		t.Errorf("a fourth chunk, %v", err)
	}
}

// TestAnnounce checks what a subtask says that waits for others: no more than those have said.
func TestAnnounce(t *testing.T) {
	q := newQueue(listed{{Number: 0, Path: "a", Size: 200}}, exec.SystemClock{}, 100)
	one, two := &feed{announced: vector.MinTime}, &feed{announced: vector.MinTime}
	q.feeds = []*feed{one, two}
	first, _, err := q.take(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	if wm, _ := q.announce(two, 0, 0); wm != vector.MinTime {
		t.Errorf("before any mark the idle subtask announces %d", wm)
	}
	q.publish(first, exec.Mark{Next: 100, Watermark: 70})
	if wm, _ := q.announce(one, 40, 0); wm != 40 {
		t.Errorf("inside its chunk the subtask announces %d, want 40", wm)
	}
	if wm, _ := q.announce(two, 0, 0); wm != 40 {
		t.Errorf("the idle subtask announces %d, want 40: no more than the busy one", wm)
	}
	if wm, _ := q.announce(one, 90, 0); wm != 70 {
		t.Errorf("the subtask announces %d, want the frontier, 70", wm)
	}
	if wm, _ := q.announce(one, 60, 0); wm != 70 {
		t.Errorf("the announced watermark fell to %d", wm)
	}
}

// TestHeldBy checks which split is told to hold the watermark back: the lowest of those with chunks to hand out, or the
// subtask's own.
func TestHeldBy(t *testing.T) {
	q := newQueue(listed{{Number: 0, Path: "a", Size: 200}, {Number: 1, Path: "b", Size: 200}}, exec.SystemClock{}, 100)
	one, two := &feed{announced: vector.MinTime}, &feed{announced: vector.MinTime}
	q.feeds = []*feed{one, two}
	expect := func(f *feed, reached vector.Time, want string) {
		t.Helper()
		q.announce(f, reached, 0)
		if got := f.held; got == nil && want != "" || got != nil && *got != want {
			t.Errorf("held back by %v, want %q", got, want)
		}
	}
	for i, f := range q.feeds {
		c, _, err := q.take(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.chunk = c
		q.publish(c, exec.Mark{Next: 100, Watermark: vector.Time(100 + 10*i)})
	}
	expect(one, 50, "a") // its chunk's own rows are behind
	expect(one, 100, "a")
	expect(two, 60, "b")
	expect(two, 110, "a") // whose next chunk nobody has taken
	for _, f := range q.feeds {
		c, _, err := q.take(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.chunk = c
		q.publish(c, exec.Mark{Next: 200, Watermark: 200})
	}
	expect(one, 150, "a")
	one.chunk, one.busy = nil, false
	expect(two, 140, "b")
	expect(one, vector.MinTime, "b") // it waits for the other
	two.chunk, two.busy = nil, false
	expect(one, vector.MinTime, "")
}
