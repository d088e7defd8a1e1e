package planner

import (
	"maps"

	"weir/catalog"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// sharedScan is a scan that all read who read one table with the same options at the same parallelism: a file is read
// once, and what can be read only once, as standard input, may be used twice.
type sharedScan struct {
	table   *catalog.Table
	options map[string]string
	at      decision
	need    []bool // columns of the table that somebody looks at
	stamp   bool
	filter  plan.Expr // over the table: what is wanted by none of the readers does not meet it; nil: all rows are wanted
	read    bool      // by somebody: filter says something
	out     *rel      // once it is in the graph
}

// scan plans a reader of a table, who drops the rows that do not meet the conditions. In the first attempt at a graph it
// only learns what is wanted together.
func (b *builder) scan(n *logical.Scan, need []bool, conds []plan.Expr) (rel, *diag.Diagnostic) {
	d, err := b.scanDecision(n)
	if err != nil {
		return rel{}, err
	}
	s := findScan(&b.shared, n, d)
	for i, x := range need {
		s.need[i] = s.need[i] || x
	}
	s.stamp = s.stamp || n.Stamp
	filter := b.pushable(n, conds)
	s.want(filter)
	if b.wanted == nil {
		return b.read(n, need, n.Stamp, filter, d), nil
	}
	if s.out == nil {
		w := findScan(&b.wanted, n, d)
		r := b.read(n, w.need, w.stamp, w.filter, d)
		s.out = &r
	}
	return *s.out, nil
}

func findScan(in *[]*sharedScan, n *logical.Scan, d decision) *sharedScan {
	for _, s := range *in {
		if s.table == n.Table && s.at.same(d) && s.at.own == d.own && maps.Equal(s.options, n.Options) {
			return s
		}
	}
	s := &sharedScan{table: n.Table, options: n.Options, at: d, need: make([]bool, len(n.Table.Columns))}
	*in = append(*in, s)
	return s
}

// want adds a reader of the rows that meet a condition; nil: of all.
func (s *sharedScan) want(filter plan.Expr) {
	switch {
	case !s.read:
		s.filter = filter
	case s.filter == nil || filter == nil:
		s.filter = nil
	case plan.Format(s.filter) != plan.Format(filter):
		s.filter = both("OR", s.filter, filter)
	}
	s.read = true
}

// scanDecision is the parallelism of a scan: a hint behind the table, one that names scans, the table's own option, or
// what the query block has.
func (b *builder) scanDecision(n *logical.Scan) (decision, *diag.Diagnostic) {
	d := b.par.of(n.Block(), "scan")
	opt, err := parallelismOption(n.Table, n.Options, "scan.parallelism")
	if err != nil {
		err.Span = n.At
		return d, err
	}
	if p, _ := named(n.Block(), []string{"scan"}, func(x *logical.Block) (map[string]int, int) { return x.Named, 0 }); opt > 0 && p == 0 {
		d = d.with(opt, plan.FromTableOption)
		d.own = true
	}
	if n.Max > 0 {
		d.max, d.maxFrom, d.maxSpan = n.Max, plan.FromHint, n.At
	}
	if n.Parallelism > 0 {
		d = d.with(n.Parallelism, plan.FromHint)
		d.span, d.own = n.At, true
	}
	return d, nil
}

// read adds a scan that gives the needed columns. It may leave out rows that do not meet the filter.
func (b *builder) read(n *logical.Scan, need []bool, stamp bool, filter plan.Expr, d decision) rel {
	t := n.Table
	read := make([]bool, len(t.Columns))
	computed := make([]bool, len(t.Columns))
	want := func(i int) {
		if e := n.Computed[i]; e != nil {
			computed[i] = true
			visit(e, func(x plan.Expr) { markColumn(x, read) })
			return
		}
		read[i] = true
	}
	for i, x := range need {
		if x {
			want(i)
		}
	}
	if n.Rowtime >= 0 {
		want(n.Rowtime)
		if n.Watermark != nil {
			visit(n.Watermark, func(x plan.Expr) {
				if c, ok := x.(*plan.Column); ok {
					want(c.Index)
				}
			})
		}
	}
	spec := &plan.Scan{Table: t, Options: n.Options, Rowtime: -1, Stamp: stamp, Unbounded: n.Unbounded}
	cols := make([]int, len(t.Columns))
	var schema []vector.Field
	for i := range cols {
		cols[i] = -1
		if read[i] {
			cols[i] = len(schema)
			spec.Read = append(spec.Read, i)
			schema = append(schema, n.Schema()[i])
		}
	}
	here := rel{cols: cols}
	for i := range t.Columns {
		if computed[i] {
			spec.Computed = append(spec.Computed, remapTo(n.Computed[i], here.cols, schema))
		}
	}
	for i := range t.Columns {
		if computed[i] {
			cols[i] = len(schema)
			schema = append(schema, n.Schema()[i])
		}
	}
	if n.Rowtime >= 0 {
		spec.Rowtime = cols[n.Rowtime]
		if n.Watermark != nil {
			spec.Watermark = remapTo(n.Watermark, cols, schema)
		}
	}
	spec.Pushed = b.pushed(n, filter, spec, cols)
	out := b.add("scan "+t.Name, spec, d, schema)
	return rel{nodes: []int{out.ID}, cols: cols}
}
