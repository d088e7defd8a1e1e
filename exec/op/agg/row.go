package agg

import "weir/vector"

// RowPartials returns the partial results of rows taken one by one, as Values.Partials would give them for a slot each.
func (s *Set) RowPartials(dst []vector.Column, b vector.Batch) []vector.Column {
	in := &input{set: s, batch: b}
	v := &Values{set: s}
	for i, w := range s.views {
		if w.distinct {
			panic("agg: no partial results of DISTINCT")
		}
		v.look(i, w, in)
	}
	for _, c := range s.calls {
		in.view = s.views[c.view]
		switch c.name {
		case "COUNT":
			dst = append(dst, in.view.ones(b.Rows))
		case "MIN", "MAX":
			dst = append(dst, in.view.masked(in.view.col, b.Rows))
		case "SUM", "AVG":
			switch col := in.view.col; {
			case c.typ.Kind == vector.Decimal:
				values := col.Int128()
				high := make([]int64, b.Rows)
				for i, x := range values {
					if in.view.pick == nil || in.view.pick[i] > 0 {
						high[i] = x.HighBits() >> 63
					}
				}
				dst = append(dst, in.view.masked(col, b.Rows), vector.NewColumn(high, nil))
			case c.name == "SUM":
				dst = append(dst, in.view.masked(col, b.Rows))
			case c.typ.Kind == vector.Float:
				wide := make([]float64, b.Rows)
				for i, x := range col.Float32() {
					wide[i] = float64(x)
				}
				dst = append(dst, in.view.masked(vector.NewColumn(wide, nil), b.Rows))
			case c.typ.Kind == vector.Double:
				dst = append(dst, in.view.masked(col, b.Rows))
			default:
				wide := make([]int64, b.Rows)
				copy(wide, in.ints())
				dst = append(dst, in.view.masked(vector.NewColumn(wide, nil), b.Rows))
			}
			if c.name == "AVG" {
				dst = append(dst, in.view.ones(b.Rows))
			}
		default:
			panic("agg: " + c.name + " has no partial results")
		}
	}
	return dst
}

// ones counts each row that counts.
func (w *view) ones(n int) vector.Column {
	out := make([]int64, n)
	for i := range out {
		out[i] = 1
		if w.pick != nil {
			out[i] = int64(w.pick[i])
		}
	}
	return vector.NewColumn(out, nil)
}

// masked returns the values of rows that count, NULL for others.
func (w *view) masked(c vector.Column, n int) vector.Column {
	if w.pick == nil {
		return c
	}
	valid := vector.NewBitmap(n, false)
	for i, p := range w.pick {
		if p != 0 {
			valid.Set(i)
		}
	}
	return c.WithValidity(valid)
}
