package state

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is read from a lent arena stays, whatever is set, dropped, compacted or cleared in the meantime.
func TestLentArenasStay(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	type view struct {
		arena arena
		loan  *loan
		want  [][]byte
	}
	var a arena
	var want [][]byte
	var views []view
	for step := range 20000 {
		switch n := r.IntN(100); {
		case n < 5:
			a.extend(len(want) + 1)
			want = append(want, nil)
		case n < 70 && len(want) > 0:
			i := r.IntN(len(want))
			b := bytes.Repeat([]byte{byte(step)}, r.IntN(300))
			a.set(i, b)
			want[i] = b
		case n < 90 && len(want) > 0:
			i := r.IntN(len(want))
			a.drop(i)
			want[i] = nil
		case n < 95:
			l := &loan{}
			views = append(views, view{a.lend(loans{l}), l, slices.Clone(want)})
		case n == 95 && r.IntN(20) == 0:
			a.clear()
			want = nil
		case len(views) > 0:
			v := views[0]
			views = views[1:]
			for i := range v.want {
				if !bytes.Equal(v.arena.get(i), v.want[i]) {
					t.Fatalf("step %d: value %d of a lent arena has changed", step, i)
				}
			}
			v.loan.returned.Store(true)
		}
		for i := range want {
			if !bytes.Equal(a.get(i), want[i]) {
				t.Fatalf("step %d: value %d is %q, want %q", step, i, a.get(i), want[i])
			}
		}
	}
	if len(a.data) > 1<<20 {
		t.Errorf("a thousand values of at most 300 bytes take %d", len(a.data))
	}
}

// What came behind the lent part may make the arena compact all of it.
func TestLentSpansStayThroughACompaction(t *testing.T) {
	a := arena{spans: make([]span, 0, 8)}
	a.extend(2)
	a.set(0, bytes.Repeat([]byte("gone"), 500))
	a.set(1, []byte("stays"))
	a.drop(0)
	l := &loan{}
	view := a.lend(loans{l})
	a.extend(3)
	for n := range 200 {
		a.set(2, make([]byte, n*10))
	}
	if a.lentSpans != 0 || string(view.get(1)) != "stays" || string(a.get(1)) != "stays" || len(view.get(0)) != 0 {
		t.Errorf("%q and %q, %d spans lent", view.get(1), a.get(1), a.lentSpans)
	}
}
