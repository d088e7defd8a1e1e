package expr

import (
	"weir/planner/plan"
	"weir/vector"
)

func init() {
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) { return &arrayNode{args: args, t: e.T}, nil }, "ARRAY")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		return &itemNode{array: args[0], index: args[1], t: e.T}, nil
	}, "ITEM")
	register(func(_ *compiler, _ *plan.Call, args []node) (node, error) { return &cardinalityNode{x: args[0]}, nil }, "CARDINALITY")
}

// arrayNode is ARRAY[…].
type arrayNode struct {
	args []node
	t    vector.Type
}

func (n *arrayNode) keep() {
	for _, a := range n.args {
		a.keep()
	}
}

func (n *arrayNode) eval(f *frame) (vector.Column, error) {
	columns := make([]vector.Column, len(n.args))
	for k, a := range n.args {
		c, err := a.eval(f)
		if err != nil {
			return c, err
		}
		columns[k] = c
	}
	rows := rowsOf(f, columns...)
	for k, c := range columns {
		columns[k] = spreadTo(c, *n.t.Elem, rows)
	}
	offsets := make([]int32, rows+1)
	order := make([]int32, 0, rows*len(columns))
	for i := range rows {
		for k := range columns {
			order = append(order, int32(k*rows+i))
		}
		offsets[i+1] = int32(len(order))
	}
	for k, c := range columns {
		columns[k] = c.Decoded()
	}
	return vector.NewList(offsets, vector.ConcatColumns(columns).Take(order), nil), nil
}

// itemNode is array[index]: NULL where there is no such element.
type itemNode struct {
	array, index node
	t            vector.Type
}

func (n *itemNode) keep() {}

func (n *itemNode) eval(f *frame) (vector.Column, error) {
	a, err := n.array.eval(f)
	if err != nil {
		return a, err
	}
	x, err := n.index.eval(f)
	if err != nil {
		return x, err
	}
	if isNull(a, f) || isNull(x, f) {
		return vector.Nulls(n.t, 1), nil
	}
	rows := rowsOf(f, a, x)
	offsets, elems := a.List()
	indices := x.Int64()
	valid := vector.NewBitmap(rows, false)
	from := make([]int32, rows)
	for i := range rows {
		ra, rx := min(i, a.Len()-1), min(i, x.Len()-1)
		if a.IsNull(ra) || x.IsNull(rx) {
			continue
		}
		at := indices[rx] - 1
		if at < 0 || at >= int64(offsets[ra+1]-offsets[ra]) {
			continue
		}
		k := offsets[ra] + int32(at)
		if elems.IsNull(int(k)) {
			continue
		}
		from[i] = k
		valid.Set(i)
	}
	if elems.Len() == 0 {
		return vector.Nulls(n.t, rows), nil
	}
	return withValidity(elems.Take(from), n.t, valid), nil
}

// cardinalityNode is CARDINALITY.
type cardinalityNode struct {
	scratch
	x node
}

func (n *cardinalityNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	offsets, _ := x.List()
	dst := take(n.kept, &n.i32, x.Len())
	for i := range dst {
		dst[i] = offsets[i+1] - offsets[i]
	}
	return vector.NewColumn(dst, n.validity(x.Len(), x)), nil
}
