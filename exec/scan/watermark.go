package scan

import (
	"weir/vector"
	"weir/vector/kernel"
)

// marks are the watermarks that a batch's rows ask for.
type marks struct {
	delay  int64   // the watermark is the rowtime less so many ms, where values is nil
	values []int64 // ms
	valid  vector.Validity
}

// from are the marks of the rows from n on.
func (m marks) from(n int) marks {
	if m.values != nil {
		m.values = m.values[n:]
		m.valid.Offset += n
	}
	return m
}

// milliseconds are the values of a time column in ms.
func milliseconds(c vector.Column, t vector.Type) []int64 {
	switch {
	case t.Precision <= 3:
		return c.Int64()
	case t.Precision <= 6:
		out := make([]int64, c.Len())
		for i, v := range c.Int64() {
			out[i] = kernel.FloorDiv(v, 1000)
		}
		return out
	}
	out := make([]int64, c.Len())
	for i, v := range c.Int128() {
		out[i] = kernel.FloorDiv(v.HighBits(), 1000)
	}
	return out
}

// stamp gives the rows what they are behind, where the split's watermark before them is wm, and returns the watermark
// behind them. It moves by more than step at a time.
func (d *definition) stamp(r *rows, wm vector.Time) vector.Time {
	if r.passed > 0 && d.timed {
		// All of them are behind: what counts is the latest, since the watermark moves with every row (d.step is 0).
		return advance(wm, r.latest, d.step)
	}
	if r.times == nil {
		return wm
	}
	if d.always {
		return d.stampAll(r, wm)
	}
	m, step := &r.marks, d.step
	if m.values != nil {
		for i, t := range r.times {
			if vector.Time(t) <= wm+1 && wm != vector.MinTime {
				r.behind(i, wm)
			}
			if m.valid.At(i) {
				wm = advance(wm, vector.Time(m.values[i]), step)
			}
		}
		return wm
	}
	delay := m.delay
	for i, t := range r.times {
		if vector.Time(t) <= wm+1 && wm != vector.MinTime {
			r.behind(i, wm)
		}
		wm = advance(wm, vector.Time(t-delay), step)
	}
	return wm
}

// fold returns the watermark behind the first n rows, where that before them is wm. It stamps nothing.
func (d *definition) fold(r *rows, n int, wm vector.Time) vector.Time {
	if r.times == nil {
		return wm
	}
	m := &r.marks
	for i, t := range r.times[:n] {
		switch {
		case m.values == nil:
			wm = advance(wm, vector.Time(t-m.delay), d.step)
		case m.valid.At(i):
			wm = advance(wm, vector.Time(m.values[i]), d.step)
		}
	}
	return wm
}

// stampAll is stamp for CURRENT_WATERMARK: every row carries the watermark before it.
func (d *definition) stampAll(r *rows, wm vector.Time) vector.Time {
	r.Behind = make([]vector.Time, r.Rows)
	m := &r.marks
	for i, t := range r.times {
		r.Behind[i] = wm
		switch {
		case m.values == nil:
			wm = advance(wm, vector.Time(t-m.delay), d.step)
		case m.valid.At(i):
			wm = advance(wm, vector.Time(m.values[i]), d.step)
		}
	}
	return wm
}

// advance moves a watermark to another one if it would move by more than step.
func advance(wm, to vector.Time, step int64) vector.Time {
	if wm == vector.MinTime || to > wm+vector.Time(step) {
		return to
	}
	return wm
}

func (r *rows) behind(i int, wm vector.Time) {
	if r.Behind == nil {
		r.Behind = make([]vector.Time, r.Rows)
		for k := range r.Behind {
			r.Behind[k] = vector.MinTime
		}
	}
	r.Behind[i] = wm
}
