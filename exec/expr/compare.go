package expr

import (
	"cmp"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

func init() {
	register(buildComparison, "=", "<>", "<", "<=", ">", ">=")
	register(buildDistinct, "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
	register(buildMembership, "IN")
	register(buildExtreme, "GREATEST", "LEAST")
	register(buildNullIf, "NULLIF")
}

var outcomes = map[string]kernel.Outcomes{
	"=": kernel.IsEqual, "<>": kernel.IsLess | kernel.IsGreater, "<": kernel.IsLess, "<=": kernel.IsLess | kernel.IsEqual,
	">": kernel.IsGreater, ">=": kernel.IsGreater | kernel.IsEqual,
}

func buildComparison(_ *compiler, e *plan.Call, args []node) (node, error) {
	return &compareNode{want: outcomes[e.Name], a: args[0], b: args[1], ta: e.Args[0].Type(), tb: e.Args[1].Type(), t: e.T}, nil
}

// compareNode compares two values of one type, or two decimals.
type compareNode struct {
	scratch
	want      kernel.Outcomes
	a, b      node
	ta, tb, t vector.Type
	memo      entryMemo[bool]
}

func (n *compareNode) eval(f *frame) (vector.Column, error) {
	a, err := n.a.eval(f)
	if err != nil {
		return a, err
	}
	b, err := n.b.eval(f)
	if err != nil {
		return b, err
	}
	if isNull(a, f) || isNull(b, f) {
		return vector.Nulls(n.t, 1), nil
	}
	rows := rowsOf(f, a, b)
	valid := n.validity(rows, a, b)
	dst := n.bitmap(rows)
	n.compare(dst, a, b, valid, rows)
	return vector.NewBools(dst, rows, valid), nil
}

// compare sets the bits of the rows whose comparison is true; those of rows that are not valid mean nothing.
func (n *compareNode) compare(dst vector.Bitmap, a, b vector.Column, valid vector.Bitmap, rows int) {
	switch n.ta.Physical() {
	case vector.Bool:
		compareBools(dst, a, b, rows, n.want)
	case vector.I8:
		compareOrdered(dst, a.Int8(), b.Int8(), rows, n.want)
	case vector.I16:
		compareOrdered(dst, a.Int16(), b.Int16(), rows, n.want)
	case vector.I32:
		compareOrdered(dst, a.Int32(), b.Int32(), rows, n.want)
	case vector.I64:
		compareOrdered(dst, a.Int64(), b.Int64(), rows, n.want)
	case vector.F32:
		compareOrdered(dst, a.Float32(), b.Float32(), rows, n.want)
	case vector.F64:
		compareOrdered(dst, a.Float64(), b.Float64(), rows, n.want)
	case vector.I128:
		if n.ta.IsTimestamp() {
			// Microseconds above, the rest below: their order is that of the numbers.
			kernel.CompareDecimals(dst, a.Int128(), 0, b.Int128(), 0, rows, n.want)
			return
		}
		kernel.CompareDecimals(dst, a.Int128(), n.ta.Scale, b.Int128(), n.tb.Scale, rows, n.want)
	case vector.Bytes:
		n.strings(dst, a, b, valid, rows)
	default:
		n.nested(dst, a, b, valid, rows)
	}
}

// nested compares values with parts, of which only = and <> are asked.
func (n *compareNode) nested(dst vector.Bitmap, a, b vector.Column, valid vector.Bitmap, rows int) {
	clear(dst)
	for i := range rows {
		if valid != nil && !valid.At(i) {
			continue
		}
		if kernel.Same(a, min(i, a.Len()-1), b, min(i, b.Len()-1)) == n.want.Has(0) {
			dst.Set(i)
		}
	}
}

// strings compares bytes; of a dictionary with a constant, once per entry.
func (n *compareNode) strings(dst vector.Bitmap, a, b vector.Column, valid vector.Bitmap, rows int) {
	x, y := a.Strings(), b.Strings()
	oneA, oneB := a.Len() == 1 && rows != 1, b.Len() == 1 && rows != 1
	if oneB && x.Codes != nil && isConstant(n.b) {
		constant := y.At(0)
		if entries, ok := n.memo.of(x, rows, func(entry []byte) bool { return n.want.Has(compareBytes(entry, constant)) }); ok {
			pick(dst, x.Codes, entries, valid, rows)
			return
		}
	}
	if oneA && y.Codes != nil && isConstant(n.a) {
		constant := x.At(0)
		if entries, ok := n.memo.of(y, rows, func(entry []byte) bool { return n.want.Has(compareBytes(constant, entry)) }); ok {
			pick(dst, y.Codes, entries, valid, rows)
			return
		}
	}
	kernel.CompareStrings(dst, x, y, oneA, oneB, valid, rows, n.want)
}

func compareBytes(a, b []byte) int { return cmp.Compare(string(a), string(b)) }

// pick sets the bits of rows whose entry is true.
func pick(dst vector.Bitmap, codes []int32, entries []bool, valid vector.Bitmap, rows int) {
	clear(dst)
	for i := range rows {
		if (valid == nil || valid.At(i)) && entries[codes[i]] {
			dst.Set(i)
		}
	}
}

func compareOrdered[T cmp.Ordered](dst vector.Bitmap, a, b []T, rows int, want kernel.Outcomes) {
	switch want {
	case kernel.IsEqual:
		kernel.Equal(dst, a, b, rows)
	case kernel.IsLess | kernel.IsGreater:
		kernel.Equal(dst, a, b, rows)
		for i := range dst {
			dst[i] = ^dst[i]
		}
	case kernel.IsLess:
		kernel.Less(dst, a, b, rows)
	case kernel.IsLess | kernel.IsEqual:
		kernel.LessEqual(dst, a, b, rows)
	case kernel.IsGreater:
		kernel.Less(dst, b, a, rows)
	default:
		kernel.LessEqual(dst, b, a, rows)
	}
}

func compareBools(dst vector.Bitmap, a, b vector.Column, rows int, want kernel.Outcomes) {
	x, y := a.Bools(), b.Bools()
	clear(dst)
	number := func(v vector.Validity, c vector.Column, i int) int {
		if c.Len() == 1 {
			i = 0
		}
		if v.At(i) {
			return 1
		}
		return 0
	}
	for i := range rows {
		if want.Has(number(x, a, i) - number(y, b, i)) {
			dst.Set(i)
		}
	}
}

// entryMemo holds what was computed for the entries of some dictionaries.
type entryMemo[T any] struct {
	known [4]struct {
		dict   *vector.Dict
		values []T
	}
	next int
}

// of returns the value of each entry; ok is false where computing it row by row is cheaper.
func (m *entryMemo[T]) of(s vector.Strings, rows int, compute func(entry []byte) T) (values []T, ok bool) {
	n := len(s.Offsets) - 1
	if s.Dict == nil {
		if n > rows {
			return nil, false
		}
		values = make([]T, n)
		for k := range values {
			values[k] = compute(s.Entry(k))
		}
		return values, true
	}
	at := -1
	for i := range m.known {
		if m.known[i].dict == s.Dict {
			at = i
			break
		}
	}
	if at < 0 {
		at = m.next
		m.next = (m.next + 1) % len(m.known)
		m.known[at].dict, m.known[at].values = s.Dict, nil
	}
	k := &m.known[at]
	for i := len(k.values); i < n; i++ {
		k.values = append(k.values, compute(s.Entry(i)))
	}
	return k.values, true
}

func buildDistinct(_ *compiler, e *plan.Call, args []node) (node, error) {
	n := &distinctNode{not: e.Name == "IS NOT DISTINCT FROM"}
	n.want, n.a, n.b = kernel.IsEqual, args[0], args[1]
	n.ta, n.tb, n.t = e.Args[0].Type(), e.Args[1].Type(), e.T
	return n, nil
}

// distinctNode compares with NULLs equal to each other.
type distinctNode struct {
	compareNode
	not bool // IS NOT DISTINCT FROM: whether they are the same
}

func (n *distinctNode) eval(f *frame) (vector.Column, error) {
	a, err := n.a.eval(f)
	if err != nil {
		return a, err
	}
	b, err := n.b.eval(f)
	if err != nil {
		return b, err
	}
	rows := rowsOf(f, a, b)
	dst := n.bitmap(rows)
	va, vb := a.Validity(), b.Validity()
	if a.NullCount() < a.Len() && b.NullCount() < b.Len() {
		n.compare(dst, a, b, n.validity(rows, a, b), rows)
	}
	for i := range rows {
		ia, ib := va.At(min(i, a.Len()-1)), vb.At(min(i, b.Len()-1))
		same := !ia && !ib || ia && ib && dst.At(i)
		if same == n.not {
			dst.Set(i)
		} else {
			dst.Clear(i)
		}
	}
	return vector.NewBools(dst, rows, nil), nil
}

// buildMembership makes IN a lookup where the others are constants of a simple type, else a chain of comparisons.
func buildMembership(c *compiler, e *plan.Call, args []node) (node, error) {
	t := e.Args[0].Type()
	physical := t.Physical()
	simple := physical == vector.Bytes || physical >= vector.I8 && physical <= vector.I64
	for _, a := range args[1:] {
		simple = simple && isConstant(a)
	}
	if simple {
		n := &memberNode{x: args[0], t: t, strings: map[string]bool{}, numbers: map[int64]bool{}}
		for i, a := range args[1:] {
			value := valueOf(a.(*constantNode).column, e.Args[i+1].Type())
			switch v := value.(type) {
			case nil:
				n.null = true
			case string:
				n.strings[v] = true
			case int64:
				n.numbers[v] = true
			}
		}
		return n, nil
	}
	var chain node
	for i, a := range args[1:] {
		var equal node = &compareNode{want: kernel.IsEqual, a: args[0], b: a, ta: t, tb: e.Args[i+1].Type(), t: vector.BooleanType}
		if chain != nil {
			equal = &logicalNode{or: true, a: chain, b: equal, later: later{safe: true}}
		}
		chain = equal
	}
	return chain, nil
}

// memberNode looks values up in a set of constants.
type memberNode struct {
	scratch
	x       node
	t       vector.Type
	strings map[string]bool
	numbers map[int64]bool
	null    bool // one of the constants is NULL: what is not found may be equal to it
	memo    entryMemo[bool]
}

func (n *memberNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	valid := n.validity(rows, x)
	dst := n.bitmap(rows)
	clear(dst)
	switch n.t.Physical() {
	case vector.Bytes:
		s := x.Strings()
		if s.Codes != nil {
			if entries, ok := n.memo.of(s, rows, func(entry []byte) bool { return n.strings[string(entry)] }); ok {
				pick(dst, s.Codes, entries, valid, rows)
				break
			}
		}
		for i := range rows {
			if (valid == nil || valid.At(i)) && n.strings[string(s.At(i))] {
				dst.Set(i)
			}
		}
	case vector.I8:
		lookup(dst, x.Int8(), n.numbers)
	case vector.I16:
		lookup(dst, x.Int16(), n.numbers)
	case vector.I32:
		lookup(dst, x.Int32(), n.numbers)
	case vector.I64:
		lookup(dst, x.Int64(), n.numbers)
	}
	if n.null {
		for i := range rows {
			if !dst.At(i) {
				valid = clearBit(valid, rows, i)
			}
		}
	}
	return vector.NewBools(dst, rows, valid), nil
}

func lookup[T kernel.Integer](dst vector.Bitmap, a []T, set map[int64]bool) {
	for i, x := range a {
		if set[int64(x)] {
			dst.Set(i)
		}
	}
}

func buildExtreme(_ *compiler, e *plan.Call, args []node) (node, error) {
	n := &extremeNode{args: args}
	n.want = kernel.IsLess
	if e.Name == "LEAST" {
		n.want = kernel.IsGreater
	}
	n.ta, n.tb, n.t = e.T, e.T, e.T
	return n, nil
}

// extremeNode is GREATEST or LEAST: the next argument replaces the best so far where the comparison says so.
type extremeNode struct {
	compareNode
	args []node
}

func (n *extremeNode) eval(f *frame) (vector.Column, error) {
	args := make([]vector.Column, len(n.args))
	for i, a := range n.args {
		c, err := a.eval(f)
		if err != nil {
			return c, err
		}
		if isNull(c, f) {
			return vector.Nulls(n.t, 1), nil
		}
		args[i] = c
	}
	rows := rowsOf(f, args...)
	valid := vector.Bitmap(nil)
	if v := n.validity(rows, args...); v != nil {
		valid = append(vector.Bitmap(nil), v...)
	}
	choice := make([]int32, rows)
	best := spreadTo(args[0], n.t, rows)
	better := vector.NewBitmap(rows, false)
	for k, a := range args[1:] {
		next := spreadTo(a, n.t, rows)
		if n.t.IsApprox() {
			n.floats(better, best, next, rows)
		} else {
			n.compare(better, best, next, nil, rows)
		}
		for i := range choice {
			if better.At(i) {
				choice[i] = int32(k + 1)
			}
		}
		best = choose(args[:k+2], choice, n.t)
	}
	return best.WithValidity(valid), nil
}

// floats is compare with NaN as the greatest value.
func (n *extremeNode) floats(dst vector.Bitmap, a, b vector.Column, rows int) {
	clear(dst)
	at := func(c vector.Column, i int) float64 {
		if n.t.Kind == vector.Float {
			return float64(c.Float32()[i])
		}
		return c.Float64()[i]
	}
	for i := range rows {
		x, y := at(a, i), at(b, i)
		if n.want == kernel.IsGreater {
			x, y = y, x
		}
		if x < y || x == x && y != y {
			dst.Set(i)
		}
	}
}

func buildNullIf(_ *compiler, e *plan.Call, args []node) (node, error) {
	x := args[0]
	var compared node = x
	ta, tb := e.Args[0].Type(), e.Args[1].Type()
	if ta.IsInteger() && tb.Kind == vector.Decimal {
		compared = &castNode{x: x, from: ta, to: vector.DecimalType(19, 0)}
		ta = vector.DecimalType(19, 0)
	}
	n := &nullIfNode{x: x, t: e.T}
	n.equal = &compareNode{want: kernel.IsEqual, a: compared, b: args[1], ta: ta, tb: tb, t: vector.BooleanType}
	return n, nil
}

// nullIfNode is NULLIF.
type nullIfNode struct {
	x     node
	equal *compareNode
	t     vector.Type
}

func (n *nullIfNode) keep() { n.x.keep() }

func (n *nullIfNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	equal, err := n.equal.eval(f)
	if err != nil {
		return equal, err
	}
	rows := rowsOf(f, x, equal)
	valid := vector.NewBitmap(rows, true)
	for i := range rows {
		ix, ie := min(i, x.Len()-1), min(i, equal.Len()-1)
		if x.IsNull(ix) || equal.Bool(ie) {
			valid.Clear(i)
		}
	}
	return spreadTo(x, n.t, rows).WithValidity(valid), nil
}
