package ast

// Window is what stands behind OVER and in WINDOW w AS: a name alone (Bare), or in parentheses [name] [PARTITION BY …]
// [ORDER BY …] [frame].
type Window struct {
	Pos
	Bare        bool // OVER w, without parentheses
	Name        *Ident
	PartitionBy []Expr
	OrderBy     []Order
	Frame       *Frame // nil: none
	Partial     string // ALLOW or DISALLOW, of PARTIAL; empty: not written
}

// Frame is ROWS|RANGE BETWEEN Low AND High; High is nil where only one bound was written.
type Frame struct {
	Pos
	Unit string
	Low  *Bound
	High *Bound
}

// Bound is UNBOUNDED PRECEDING|FOLLOWING, CURRENT ROW (Current) or X PRECEDING|FOLLOWING. X is nil where it is not
// the last.
type Bound struct {
	Pos
	Current   bool
	Following bool
	X         Expr
}

func (p *printer) over(w *Window) {
	p.text(" OVER ")
	if w.Bare {
		p.ident(*w.Name)
		return
	}
	p.window(w)
}

func (p *printer) window(w *Window) {
	p.text("(")
	blank := ""
	if w.Name != nil {
		p.ident(*w.Name)
		blank = " "
	}
	if len(w.PartitionBy) > 0 {
		p.text(blank, "PARTITION BY ")
		p.exprs(w.PartitionBy)
		blank = " "
	}
	if len(w.OrderBy) > 0 {
		p.text(blank)
		p.orderBy(w.OrderBy)
		blank = " "
	}
	if f := w.Frame; f != nil {
		p.text(blank, f.Unit, " ")
		if f.High == nil {
			p.bound(f.Low)
		} else {
			p.text("BETWEEN ")
			p.bound(f.Low)
			p.text(" AND ")
			p.bound(f.High)
		}
		blank = " "
	}
	if w.Partial != "" {
		p.text(blank, w.Partial, " PARTIAL")
	}
	p.text(")")
}

func (p *printer) bound(b *Bound) {
	switch {
	case b.Current:
		p.text("CURRENT ROW")
		return
	case b.X == nil:
		p.text("UNBOUNDED")
	default:
		p.expr(b.X, ranged)
	}
	if b.Following {
		p.text(" FOLLOWING")
	} else {
		p.text(" PRECEDING")
	}
}

// orderBy prints ORDER BY and its keys.
func (p *printer) orderBy(keys []Order) {
	p.text("ORDER BY ")
	p.list(len(keys), func(i int) { p.order(keys[i]) })
}
