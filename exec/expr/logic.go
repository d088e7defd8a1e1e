package expr

import (
	"slices"

	"weir/planner/plan"
	"weir/vector"
)

func init() {
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		return &logicalNode{or: e.Name == "OR", a: args[0], b: args[1], later: laterOf(e.Args[1], args[1])}, nil
	}, "AND", "OR")
	register(func(_ *compiler, _ *plan.Call, args []node) (node, error) { return &notNode{x: args[0]}, nil }, "NOT")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		return &nullTestNode{x: args[0], not: e.Name == "IS NOT NULL"}, nil
	}, "IS NULL", "IS NOT NULL")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		return &truthNode{x: args[0], not: e.Name == "IS NOT TRUE" || e.Name == "IS NOT FALSE", value: e.Name == "IS TRUE" || e.Name == "IS NOT TRUE"}, nil
	}, "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		n := &coalesceNode{args: args, t: e.T}
		for i, a := range e.Args {
			n.later = append(n.later, laterOf(a, args[i]))
		}
		return n, nil
	}, "COALESCE", "IFNULL")
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		n := &caseNode{conds: args[:1], values: args[1:], t: e.T}
		for i, a := range e.Args {
			n.later = append(n.later, laterOf(a, args[i]))
		}
		n.encode()
		return n, nil
	}, "IF")
}

// later is what is known of an expression that only some rows need.
type later struct {
	columns []int // that it reads
	safe    bool  // it cannot fail and costs little: it may be computed for all rows
}

func laterOf(e plan.Expr, n node) later {
	l := later{safe: true}
	if isConstant(n) {
		return l
	}
	inspect(e, &l)
	slices.Sort(l.columns)
	l.columns = slices.Compact(l.columns)
	return l
}

// inspect collects what an expression reads and whether it may fail.
func inspect(e plan.Expr, l *later) {
	switch e := e.(type) {
	case *plan.Column:
		l.columns = append(l.columns, e.Index)
	case *plan.Cast:
		l.safe = l.safe && e.X.Type().IsNumeric() && e.T.IsNumeric() && (e.T.Kind != vector.Decimal || !e.X.Type().IsApprox())
		inspect(e.X, l)
	case *plan.Case:
		l.safe = false
		for _, w := range e.Whens {
			inspect(w.Cond, l)
			inspect(w.Then, l)
		}
		if e.Else != nil {
			inspect(e.Else, l)
		}
	case *plan.Call:
		l.safe = l.safe && (harmless[e.Name] || e.Name == "/" && e.T.IsApprox())
		for _, a := range e.Args {
			inspect(a, l)
		}
	}
}

// harmless are calls that never fail and cost no more than taking rows apart.
var harmless = map[string]bool{
	"+": true, "-": true, "*": true, "NEGATE": true, "ABS": true, "=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true, "AND": true, "OR": true, "NOT": true,
	"IS NULL": true, "IS NOT NULL": true, "IS TRUE": true, "IS NOT TRUE": true, "IS FALSE": true, "IS NOT FALSE": true, "IS DISTINCT FROM": true, "IS NOT DISTINCT FROM": true, "IN": true,
}

// of returns the frame of some rows, with the columns that the expression reads.
func (l later) of(f *frame, indices []int32) *frame {
	out := &frame{columns: make([]vector.Column, len(f.columns)), rows: len(indices)}
	for _, i := range l.columns {
		out.columns[i] = f.columns[i].Take(indices)
	}
	if f.behind != nil {
		out.behind = make([]vector.Time, len(indices))
		for i, x := range indices {
			out.behind[i] = f.behind[x]
		}
	}
	return out
}

// logicalNode is AND or OR.
type logicalNode struct {
	scratch
	or    bool
	a, b  node
	later later
}

func (n *logicalNode) eval(f *frame) (vector.Column, error) {
	a, err := n.a.eval(f)
	if err != nil {
		return a, err
	}
	a = spread(a, vector.BooleanType, f)
	// A row whose a is FALSE under AND, TRUE under OR, has its answer.
	va, xa := a.Validity(), a.Bools()
	b := vector.Column{}
	if n.later.safe {
		if b, err = n.b.eval(f); err != nil {
			return b, err
		}
		b = spread(b, vector.BooleanType, f)
	} else {
		var open []int32
		for i := range f.rows {
			if !va.At(i) || xa.At(i) != n.or {
				open = append(open, int32(i))
			}
		}
		if len(open) == 0 {
			return a, nil
		}
		sub := f
		if len(open) < f.rows {
			sub = n.later.of(f, open)
		}
		if b, err = n.b.eval(sub); err != nil {
			return b, err
		}
		b = spread(b, vector.BooleanType, sub)
		if len(open) < f.rows {
			b = scatter(b, open, f.rows)
		}
	}
	vb, xb := b.Validity(), b.Bools()
	dst, valid := n.bitmap(f.rows), vector.Bitmap(nil)
	if va.All() && vb.All() {
		copyBits(dst, xa, f.rows)
		if n.or {
			for i := range dst {
				dst[i] |= byteAt(xb, i)
			}
		} else {
			andBits(dst, xb, f.rows)
		}
		return vector.NewBools(dst, f.rows, nil), nil
	}
	own := []byte(n.null)
	valid = take(n.kept, &own, len(dst))
	n.null = own
	for i := range dst {
		ka, kb := validByte(va, i), validByte(vb, i)
		x, y := byteAt(xa, i), byteAt(xb, i)
		ta, tb, fa, fb := x&ka, y&kb, ^x&ka, ^y&kb
		if n.or {
			dst[i] = ta | tb
			valid[i] = dst[i] | fa&fb
		} else {
			dst[i] = ta & tb
			valid[i] = dst[i] | fa | fb
		}
	}
	return vector.NewBools(dst, f.rows, valid), nil
}

// validByte returns which of rows 8i to 8i+7 are not NULL.
func validByte(v vector.Validity, i int) byte {
	if v.All() {
		return 0xff
	}
	return byteAt(v, i)
}

// byteAt returns bits 8i to 8i+7.
func byteAt(v vector.Validity, i int) byte {
	from, shift := v.Offset/8+i, v.Offset%8
	w := v.Bits[from] >> shift
	if shift > 0 && from+1 < len(v.Bits) {
		w |= v.Bits[from+1] << (8 - shift)
	}
	return w
}

// scatter puts the rows of a BOOLEAN column at indices of rows; the others are NULL.
func scatter(c vector.Column, indices []int32, rows int) vector.Column {
	values, valid := vector.NewBitmap(rows, false), vector.NewBitmap(rows, false)
	x, v := c.Bools(), c.Validity()
	for i, at := range indices {
		if v.At(i) {
			valid.Set(int(at))
			if x.At(i) {
				values.Set(int(at))
			}
		}
	}
	return vector.NewBools(values, rows, valid)
}

func (n *logicalNode) keep() {
	n.scratch.keep()
	n.a.keep() // its column may be the answer
}

// notNode is NOT.
type notNode struct {
	scratch
	x node
}

func (n *notNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	dst := n.bitmap(rows)
	copyBits(dst, x.Bools(), rows)
	for i := range dst {
		dst[i] = ^dst[i]
	}
	return vector.NewBools(dst, rows, n.validity(rows, x)), nil
}

// nullTestNode is IS [NOT] NULL.
type nullTestNode struct {
	scratch
	x   node
	not bool
}

func (n *nullTestNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	dst := n.bitmap(rows)
	v := x.Validity()
	for i := range dst {
		w := validByte(v, i)
		if !n.not {
			w = ^w
		}
		dst[i] = w
	}
	return vector.NewBools(dst, rows, nil), nil
}

// truthNode is IS [NOT] TRUE and IS [NOT] FALSE.
type truthNode struct {
	scratch
	x          node
	value, not bool
}

func (n *truthNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	dst := n.bitmap(rows)
	values, v := x.Bools(), x.Validity()
	for i := range dst {
		w := byteAt(values, i)
		if !n.value {
			w = ^w
		}
		w &= validByte(v, i)
		if n.not {
			w = ^w
		}
		dst[i] = w
	}
	return vector.NewBools(dst, rows, nil), nil
}

// compileCase makes CASE; the conditions and values come first to last.
func (c *compiler) compileCase(e *plan.Case) (node, error) {
	n := &caseNode{t: e.T}
	var conds, values []later
	for _, w := range e.Whens {
		cond, err := c.compile(w.Cond)
		if err != nil {
			return nil, err
		}
		then, err := c.compile(w.Then)
		if err != nil {
			return nil, err
		}
		n.conds, n.values = append(n.conds, cond), append(n.values, then)
		conds, values = append(conds, laterOf(w.Cond, cond)), append(values, laterOf(w.Then, then))
	}
	last, l := node(&constantNode{column: vector.Nulls(e.T, 1)}), later{safe: true}
	if e.Else != nil {
		var err error
		if last, err = c.compile(e.Else); err != nil {
			return nil, err
		}
		l = laterOf(e.Else, last)
	}
	n.values = append(n.values, last)
	n.later = append(append(conds, values...), l)
	n.encode()
	return fold(n, append(slices.Clone(n.conds), n.values...)...), nil
}

// caseNode is CASE and IF: the value of the first condition that is TRUE, else the last value.
type caseNode struct {
	conds  []node
	values []node // one more
	later  []later
	t      vector.Type
	// Where all values are constant strings, they are entries of dict: codes has that of each value, -1 for NULL.
	dict  *vector.Dict
	codes []int32
}

// encode makes the dictionary of constant strings.
func (n *caseNode) encode() {
	if !n.t.IsString() {
		return
	}
	dict, known := vector.NewDict(), map[string]int32{}
	var codes []int32
	for _, v := range n.values {
		c, ok := v.(*constantNode)
		if !ok {
			return
		}
		code := int32(-1)
		if !c.column.IsNull(0) {
			text := c.column.Strings().At(0)
			if code, ok = known[string(text)]; !ok {
				code = dict.Add(text)
				known[string(text)] = code
			}
		}
		codes = append(codes, code)
	}
	if dict.Len() > 0 {
		n.dict, n.codes = dict, codes
	}
}

func (n *caseNode) keep() {
	for _, v := range n.values {
		v.keep()
	}
}

func (n *caseNode) eval(f *frame) (vector.Column, error) {
	choice := make([]int32, f.rows)
	open := make([]int32, f.rows) // rows without a branch
	for i := range open {
		open[i] = int32(i)
	}
	for k, cond := range n.conds {
		if len(open) == 0 {
			break
		}
		c, err := evalRows(cond, n.later[k], vector.BooleanType, f, open)
		if err != nil {
			return c, err
		}
		values, valid := c.Bools(), c.Validity()
		rest := open[:0]
		for i, row := range open {
			if valid.At(i) && values.At(i) {
				choice[row] = int32(k)
			} else {
				rest = append(rest, row)
			}
		}
		open = rest
	}
	for _, row := range open {
		choice[row] = int32(len(n.conds))
	}
	return n.branches(f, choice)
}

// branches computes each value for the rows that chose it.
func (n *caseNode) branches(f *frame, choice []int32) (vector.Column, error) {
	if n.dict != nil {
		valid := vector.Bitmap(nil)
		for i, k := range choice {
			if choice[i] = n.codes[k]; choice[i] < 0 {
				choice[i] = 0
				valid = clearBit(valid, f.rows, i)
			}
		}
		return vector.NewDictColumn(choice, valid, n.dict), nil
	}
	rows := make([][]int32, len(n.values))
	for i, k := range choice {
		rows[k] = append(rows[k], int32(i))
	}
	parts := make([]vector.Column, len(n.values))
	for k, v := range n.values {
		if len(rows[k]) == 0 {
			continue
		}
		c, err := evalRows(v, n.later[len(n.conds)+k], n.t, f, rows[k])
		if err != nil {
			return c, err
		}
		if len(rows[k]) == f.rows {
			return c, nil
		}
		parts[k] = c
	}
	return merge(parts, rows, n.t, f.rows), nil
}

// evalRows computes an expression for some rows, ascending; the result has one row for each.
func evalRows(n node, l later, t vector.Type, f *frame, rows []int32) (vector.Column, error) {
	if c, ok := n.(*constantNode); ok {
		return c.repeated(t, len(rows)), nil
	}
	if len(rows) == f.rows {
		c, err := n.eval(f)
		if err != nil {
			return c, err
		}
		return spread(c, t, f), nil
	}
	if l.safe {
		c, err := n.eval(f)
		if err != nil {
			return c, err
		}
		if c.Len() == 1 {
			return repeat(c, t, len(rows)), nil
		}
		return c.Take(rows), nil
	}
	sub := l.of(f, rows)
	c, err := n.eval(sub)
	if err != nil {
		return c, err
	}
	return spread(c, t, sub), nil
}

// merge puts the rows of parts at their places in a column of n rows.
func merge(parts []vector.Column, rows [][]int32, t vector.Type, n int) vector.Column {
	var used []vector.Column
	from := make([]int32, n)
	base := int32(0)
	for k, c := range parts {
		if len(rows[k]) == 0 {
			continue
		}
		for i, row := range rows[k] {
			from[row] = base + int32(i)
		}
		base += int32(len(rows[k]))
		used = append(used, c)
	}
	return vector.ConcatColumns(used).Take(from)
}

// choose returns for row i the value of columns[choice[i]].
func choose(columns []vector.Column, choice []int32, t vector.Type) vector.Column {
	n := len(choice)
	wide := make([]vector.Column, len(columns))
	for k, c := range columns {
		wide[k] = spreadTo(c, t, n)
	}
	from := make([]int32, n)
	for i, k := range choice {
		from[i] = k*int32(n) + int32(i)
	}
	return vector.ConcatColumns(wide).Take(from)
}

func spreadTo(c vector.Column, t vector.Type, n int) vector.Column {
	if c.Len() == 1 && n != 1 {
		return repeat(c, t, n)
	}
	return c
}

// coalesceNode is COALESCE: later arguments are computed for the rows that are NULL so far.
type coalesceNode struct {
	args  []node
	later []later
	t     vector.Type
}

func (n *coalesceNode) keep() {
	for _, a := range n.args {
		a.keep()
	}
}

func (n *coalesceNode) eval(f *frame) (vector.Column, error) {
	open := make([]int32, f.rows)
	for i := range open {
		open[i] = int32(i)
	}
	var parts []vector.Column
	var rows [][]int32
	for k, a := range n.args {
		c, err := evalRows(a, n.later[k], n.t, f, open)
		if err != nil {
			return c, err
		}
		if c.NullCount() == 0 && len(open) == f.rows {
			return c, nil
		}
		if k == len(n.args)-1 || c.NullCount() == 0 {
			parts, rows = append(parts, c), append(rows, open)
			break
		}
		var found, rest, at []int32
		for i, row := range open {
			if c.IsNull(i) {
				rest = append(rest, row)
			} else {
				found, at = append(found, row), append(at, int32(i))
			}
		}
		if len(found) > 0 {
			parts, rows = append(parts, c.Take(at)), append(rows, found)
		}
		if open = rest; len(open) == 0 {
			break
		}
	}
	return merge(parts, rows, n.t, f.rows), nil
}
