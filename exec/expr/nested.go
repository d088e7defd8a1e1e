package expr

import (
	"slices"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

func init() {
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) { return &arrayNode{args: args, t: e.T}, nil }, "ARRAY")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		key, value := e.T.Entry()
		return &mapNode{keys: everySecond(args), values: everySecond(args[1:]), key: key, value: value}, nil
	}, "MAP")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) { return &rowNode{args: args, t: e.T}, nil }, "ROW")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		if e.Args[0].Type().Kind == vector.Map {
			return &lookupNode{in: args[0], key: args[1], t: e.T}, nil
		}
		return &itemNode{array: args[0], index: args[1], t: e.T}, nil
	}, "ITEM")
	register(buildField, "FIELD")
	register(func(_ *compiler, _ *plan.Call, args []node) (node, error) { return &cardinalityNode{x: args[0]}, nil }, "CARDINALITY")
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		return &elementNode{place: c.place(e), array: args[0], t: e.T}, nil
	}, "ELEMENT")
}

func everySecond(args []node) []node {
	var out []node
	for i := 0; i < len(args); i += 2 {
		out = append(out, args[i])
	}
	return out
}

// evalAll evaluates nodes; the columns have one row if all of them have.
func evalAll(f *frame, nodes []node) ([]vector.Column, int, error) {
	columns := make([]vector.Column, len(nodes))
	for i, a := range nodes {
		c, err := a.eval(f)
		if err != nil {
			return nil, 0, err
		}
		columns[i] = c
	}
	return columns, rowsOf(f, columns...), nil
}

// woven puts columns of rows values together so that the values of a row lie one behind the other.
func woven(columns []vector.Column, t vector.Type, rows int) vector.Column {
	for k, c := range columns {
		columns[k] = spreadTo(c, t, rows).Decoded()
	}
	if len(columns) == 1 {
		return columns[0]
	}
	order := make([]int32, 0, rows*len(columns))
	for i := range rows {
		for k := range columns {
			order = append(order, int32(k*rows+i))
		}
	}
	return vector.ConcatColumns(columns).Take(order)
}

// steps are the offsets of rows lists of n values each.
func steps(rows, n int) []int32 {
	offsets := make([]int32, rows+1)
	for i := range offsets {
		offsets[i] = int32(i * n)
	}
	return offsets
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
	columns, rows, err := evalAll(f, n.args)
	if err != nil {
		return vector.Column{}, err
	}
	return vector.NewList(steps(rows, len(columns)), woven(columns, *n.t.Elem, rows), nil), nil
}

// mapNode is MAP[…]: its entries are as they are written, of equal keys the first is found.
type mapNode struct {
	keys, values []node
	key, value   vector.Type
}

func (n *mapNode) keep() {
	for i := range n.keys {
		n.keys[i].keep()
		n.values[i].keep()
	}
}

func (n *mapNode) eval(f *frame) (vector.Column, error) {
	columns, rows, err := evalAll(f, append(slices.Clone(n.keys), n.values...))
	if err != nil {
		return vector.Column{}, err
	}
	of := len(n.keys)
	keys, values := woven(columns[:of], n.key, rows), woven(columns[of:], n.value, rows)
	return vector.NewPairs(steps(rows, of), keys, values, nil), nil
}

// rowNode is ROW(…).
type rowNode struct {
	args []node
	t    vector.Type
}

func (n *rowNode) keep() {
	for _, a := range n.args {
		a.keep()
	}
}

func (n *rowNode) eval(f *frame) (vector.Column, error) {
	columns, rows, err := evalAll(f, n.args)
	if err != nil {
		return vector.Column{}, err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = n.t.Fields[i].Name
		columns[i] = spreadTo(c, n.t.Fields[i].Type, rows)
	}
	return vector.NewStruct(names, columns, rows, nil), nil
}

func buildField(_ *compiler, e *plan.Call, args []node) (node, error) {
	n := &fieldNode{row: args[0], t: e.T}
	if name, ok := e.Args[1].(*plan.Literal); ok {
		n.index = slices.IndexFunc(e.Args[0].Type().Fields, func(f vector.Field) bool { return f.Name == name.Value })
	}
	return n, nil
}

// fieldNode is the access to a field of a row.
type fieldNode struct {
	row   node
	index int
	t     vector.Type
}

func (n *fieldNode) keep() { n.row.keep() }

func (n *fieldNode) eval(f *frame) (vector.Column, error) {
	row, err := n.row.eval(f)
	if err != nil {
		return row, err
	}
	return there(row, n.index), nil
}

// there returns a field of rows, NULL where a row is.
func there(row vector.Column, field int) vector.Column {
	c, v := row.Field(field), row.Validity()
	if v.All() {
		return c
	}
	n := row.Len()
	valid := make(vector.Bitmap, (n+7)/8)
	copyBits(valid, v, n)
	if own := c.Validity(); !own.All() {
		andBits(valid, own, n)
	}
	return c.WithValidity(valid)
}

// lookupNode is map[key]: NULL where there is no such key.
type lookupNode struct {
	in, key node
	t       vector.Type
}

func (n *lookupNode) keep() {}

func (n *lookupNode) eval(f *frame) (vector.Column, error) {
	m, err := n.in.eval(f)
	if err != nil {
		return m, err
	}
	x, err := n.key.eval(f)
	if err != nil {
		return x, err
	}
	if isNull(m, f) || isNull(x, f) {
		return vector.Nulls(n.t, 1), nil
	}
	rows := rowsOf(f, m, x)
	offsets, keys, values := m.Pairs()
	if values.Len() == 0 {
		return vector.Nulls(n.t, rows), nil
	}
	valid := vector.NewBitmap(rows, false)
	from := make([]int32, rows)
	for i := range rows {
		rm, rx := min(i, m.Len()-1), min(i, x.Len()-1)
		if m.IsNull(rm) || x.IsNull(rx) {
			continue
		}
		for k := offsets[rm]; k < offsets[rm+1]; k++ {
			if !keys.IsNull(int(k)) && kernel.Same(keys, int(k), x, rx) {
				if from[i] = k; !values.IsNull(int(k)) {
					valid.Set(i)
				}
				break
			}
		}
	}
	return values.Take(from).WithValidity(valid), nil
}

// elementNode is ELEMENT.
type elementNode struct {
	place
	array node
	t     vector.Type
}

func (n *elementNode) keep() {}

func (n *elementNode) eval(f *frame) (vector.Column, error) {
	a, err := n.array.eval(f)
	if err != nil {
		return a, err
	}
	rows := a.Len()
	offsets, elems := a.List()
	if elems.Len() == 0 {
		return vector.Nulls(n.t, rows), nil
	}
	valid, from := vector.NewBitmap(rows, false), make([]int32, rows)
	for i := range rows {
		if a.IsNull(i) {
			continue
		}
		switch k := offsets[i]; offsets[i+1] - k {
		case 0:
		case 1:
			if from[i] = k; !elems.IsNull(int(k)) {
				valid.Set(i)
			}
		default:
			return a, n.fail(codeArgument, "Array has more than one element: ELEMENT of %d", offsets[i+1]-k)
		}
	}
	return elems.Take(from).WithValidity(valid), nil
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
	return elems.Take(from).WithValidity(valid), nil
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
	offsets, _ := x.List() // a map is a list of entries
	dst := take(n.kept, &n.i32, x.Len())
	for i := range dst {
		dst[i] = offsets[i+1] - offsets[i]
	}
	return vector.NewColumn(dst, n.validity(x.Len(), x)), nil
}
