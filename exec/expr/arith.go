package expr

import (
	"math"
	"strconv"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

func init() {
	register(buildArithmetic, "+", "-", "*", "/", "%", "MOD")
	register(buildUnary, "NEGATE", "ABS", "SIGN")
	register(buildRounding, "ROUND", "TRUNCATE")
	register(buildWhole, "FLOOR", "CEIL", "CEILING")
	register(buildMath, "SQRT", "EXP", "LN", "LOG10", "LOG2", "POWER", "LOG", "PI", "E")
}

func buildArithmetic(c *compiler, e *plan.Call, args []node) (node, error) {
	a, b := e.Args[0].Type(), e.Args[1].Type()
	if a.IsInterval() || b.IsInterval() {
		return buildInterval(c, e, args)
	}
	op := e.Name
	if op == "MOD" {
		op = "%"
	}
	n := &arithmeticNode{place: c.place(e), op: op[0], a: args[0], b: args[1], ta: a, tb: b, t: e.T}
	if op == "%" && e.T.IsInteger() && e.T.Kind != a.Kind {
		// The remainder is computed at the wider type of the two and has the type of the divisor.
		n.t = a
		return &convertNode{x: n, from: a, to: e.T}, nil
	}
	return n, nil
}

// arithmeticNode is a op b over numbers of one type, or decimals.
type arithmeticNode struct {
	scratch
	place
	op        byte
	a, b      node
	ta, tb, t vector.Type
}

func (n *arithmeticNode) eval(f *frame) (vector.Column, error) {
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
	switch n.t.Physical() {
	case vector.I8:
		dst := take(n.kept, &n.i8, rows)
		if err := integers(n, dst, a.Int8(), b.Int8(), valid); err != nil {
			return a, err
		}
		return vector.NewColumn(dst, valid), nil
	case vector.I16:
		dst := take(n.kept, &n.i16, rows)
		if err := integers(n, dst, a.Int16(), b.Int16(), valid); err != nil {
			return a, err
		}
		return vector.NewColumn(dst, valid), nil
	case vector.I32:
		dst := take(n.kept, &n.i32, rows)
		if err := integers(n, dst, a.Int32(), b.Int32(), valid); err != nil {
			return a, err
		}
		return vector.NewColumn(dst, valid), nil
	case vector.I64:
		dst := take(n.kept, &n.i64, rows)
		if err := integers(n, dst, a.Int64(), b.Int64(), valid); err != nil {
			return a, err
		}
		return vector.NewColumn(dst, valid), nil
	case vector.F32:
		dst := take(n.kept, &n.f32, rows)
		floats(n.op, dst, a.Float32(), b.Float32())
		return vector.NewColumn(dst, valid), nil
	case vector.F64:
		dst := take(n.kept, &n.f64, rows)
		floats(n.op, dst, a.Float64(), b.Float64())
		return vector.NewColumn(dst, valid), nil
	}
	return n.decimals(a, b, valid, rows)
}

func integers[T kernel.Integer](n *arithmeticNode, dst, a, b []T, valid vector.Bitmap) error {
	switch n.op {
	case '+':
		kernel.Add(dst, a, b)
	case '-':
		kernel.Sub(dst, a, b)
	case '*':
		kernel.Mul(dst, a, b)
	default:
		if kernel.FirstZero(b, valid, len(dst)) >= 0 {
			return n.byZero("/ by zero")
		}
		if n.op == '/' {
			kernel.DivInt(dst, a, b)
		} else {
			kernel.ModInt(dst, a, b)
		}
	}
	return nil
}

func floats[T ~float32 | ~float64](op byte, dst, a, b []T) {
	switch op {
	case '+':
		kernel.Add(dst, a, b)
	case '-':
		kernel.Sub(dst, a, b)
	case '*':
		kernel.Mul(dst, a, b)
	case '/':
		kernel.DivFloat(dst, a, b)
	}
}

// one returns the value of row i; a value alone stands for all rows.
func one[T any](a []T, i int) T {
	if len(a) == 1 {
		return a[0]
	}
	return a[i]
}

// decimals computes decimals; what does not fit is NULL.
func (n *arithmeticNode) decimals(a, b vector.Column, valid vector.Bitmap, rows int) (vector.Column, error) {
	x, y := a.Int128(), b.Int128()
	shape := kernel.DecimalShape{A: n.ta.Scale, B: n.tb.Scale, Precision: n.t.Precision, Scale: n.t.Scale}
	dst := take(n.kept, &n.i128, rows)
	switch n.op {
	case '+':
		valid = kernel.AddDecimals(dst, x, y, shape, valid)
	case '-':
		valid = kernel.SubDecimals(dst, x, y, shape, valid)
	case '*':
		valid = kernel.MulDecimals(dst, x, y, shape, valid)
	default:
		if kernel.FirstZeroDecimal(y, valid, rows) >= 0 {
			return a, n.byZero("Division by zero")
		}
		if n.op == '/' {
			valid = kernel.DivDecimals(dst, x, y, shape, valid)
		} else {
			valid = kernel.ModDecimals(dst, x, y, shape, valid)
		}
	}
	return vector.NewColumn(dst, valid), nil
}

// clearBit makes row i NULL; valid may be nil.
func clearBit(valid vector.Bitmap, rows, i int) vector.Bitmap {
	if valid == nil {
		valid = vector.NewBitmap(rows, true)
	}
	valid.Clear(i)
	return valid
}

// convertNode changes the width of integers.
type convertNode struct {
	scratch
	x        node
	from, to vector.Type
}

func (n *convertNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	return convertIntegers(&n.scratch, x, n.from, n.to), nil
}

func convertIntegers(m *scratch, x vector.Column, from, to vector.Type) vector.Column {
	valid := m.validity(x.Len(), x)
	switch from.Physical() {
	case vector.I8:
		return convertTo(m, x.Int8(), valid, to)
	case vector.I16:
		return convertTo(m, x.Int16(), valid, to)
	case vector.I32:
		return convertTo(m, x.Int32(), valid, to)
	}
	return convertTo(m, x.Int64(), valid, to)
}

// convertTo converts integers to any number but a decimal.
func convertTo[S kernel.Integer](m *scratch, a []S, valid vector.Bitmap, to vector.Type) vector.Column {
	n := len(a)
	switch to.Physical() {
	case vector.I8:
		dst := take(m.kept, &m.i8, n)
		kernel.Convert(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.I16:
		dst := take(m.kept, &m.i16, n)
		kernel.Convert(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.I32:
		dst := take(m.kept, &m.i32, n)
		kernel.Convert(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.I64:
		dst := take(m.kept, &m.i64, n)
		kernel.Convert(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.F32:
		dst := take(m.kept, &m.f32, n)
		kernel.Convert(dst, a)
		return vector.NewColumn(dst, valid)
	}
	dst := take(m.kept, &m.f64, n)
	kernel.Convert(dst, a)
	return vector.NewColumn(dst, valid)
}

func buildUnary(_ *compiler, e *plan.Call, args []node) (node, error) {
	return &unaryNode{op: e.Name, x: args[0], t: e.T}, nil
}

// unaryNode is NEGATE, ABS or SIGN.
type unaryNode struct {
	scratch
	op string
	x  node
	t  vector.Type
}

func (n *unaryNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	valid := n.validity(rows, x)
	switch n.t.Physical() {
	case vector.I8:
		dst := take(n.kept, &n.i8, rows)
		unaryInt(n.op, dst, x.Int8())
		return vector.NewColumn(dst, valid), nil
	case vector.I16:
		dst := take(n.kept, &n.i16, rows)
		unaryInt(n.op, dst, x.Int16())
		return vector.NewColumn(dst, valid), nil
	case vector.I32:
		dst := take(n.kept, &n.i32, rows)
		unaryInt(n.op, dst, x.Int32())
		return vector.NewColumn(dst, valid), nil
	case vector.I64:
		dst := take(n.kept, &n.i64, rows)
		unaryInt(n.op, dst, x.Int64())
		return vector.NewColumn(dst, valid), nil
	case vector.F32:
		dst := take(n.kept, &n.f32, rows)
		unaryFloat(n.op, dst, x.Float32())
		return vector.NewColumn(dst, valid), nil
	case vector.F64:
		dst := take(n.kept, &n.f64, rows)
		unaryFloat(n.op, dst, x.Float64())
		return vector.NewColumn(dst, valid), nil
	}
	dst := take(n.kept, &n.i128, rows)
	unit, fits := kernel.DecimalRescale(vector.Int128(1), 0, n.t.Precision, n.t.Scale)
	for i, v := range x.Int128() {
		negative := v.HighBits() < 0
		dst[i] = v
		switch {
		case n.op == "NEGATE", n.op == "ABS" && negative:
			dst[i] = kernel.DecimalNegate(v)
		case n.op == "SIGN" && !kernel.DecimalIsZero(v):
			dst[i] = unit
			if negative {
				dst[i] = kernel.DecimalNegate(unit)
			}
			if !fits {
				valid = clearBit(valid, rows, i)
			}
		}
	}
	return vector.NewColumn(dst, valid), nil
}

func unaryInt[T kernel.Integer](op string, dst, a []T) {
	switch op {
	case "NEGATE":
		kernel.Negate(dst, a)
	case "ABS":
		kernel.Abs(dst, a)
	default:
		for i, x := range a {
			dst[i] = 0
			if x > 0 {
				dst[i] = 1
			} else if x < 0 {
				dst[i] = -1
			}
		}
	}
}

func unaryFloat[T ~float32 | ~float64](op string, dst, a []T) {
	switch op {
	case "NEGATE":
		kernel.Negate(dst, a)
	case "ABS":
		for i, x := range a {
			dst[i] = T(math.Abs(float64(x)))
		}
	default:
		for i, x := range a {
			dst[i] = x // zeros and NaN
			if x > 0 {
				dst[i] = 1
			} else if x < 0 {
				dst[i] = -1
			}
		}
	}
}

func buildRounding(c *compiler, e *plan.Call, args []node) (node, error) {
	n := &roundNode{place: c.place(e), x: args[0], from: e.Args[0].Type(), t: e.T, mode: kernel.HalfUp}
	if e.Name == "TRUNCATE" {
		n.mode = kernel.Truncate
	}
	if len(args) == 2 {
		n.digits = args[1]
	}
	return n, nil
}

func buildWhole(c *compiler, e *plan.Call, args []node) (node, error) {
	if len(args) == 2 {
		return buildFloorTo(c, e, args)
	}
	if e.T.IsInteger() {
		return args[0], nil
	}
	n := &roundNode{place: c.place(e), x: args[0], from: e.Args[0].Type(), t: e.T, mode: kernel.Ceil}
	if e.Name == "FLOOR" {
		n.mode = kernel.Floor
	}
	return n, nil
}

// roundNode is ROUND, TRUNCATE, FLOOR or CEIL of numbers.
type roundNode struct {
	scratch
	place
	x, digits node
	from, t   vector.Type
	mode      kernel.Rounding
}

func (n *roundNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	digits := []int32{0}
	args := []vector.Column{x}
	if n.digits != nil {
		d, err := n.digits.eval(f)
		if err != nil {
			return d, err
		}
		if isNull(d, f) {
			return vector.Nulls(n.t, 1), nil
		}
		digits, args = d.Int32(), append(args, d)
	}
	if isNull(x, f) {
		return vector.Nulls(n.t, 1), nil
	}
	rows := rowsOf(f, args...)
	valid := n.validity(rows, args...)
	switch n.t.Physical() {
	case vector.I8:
		dst := take(n.kept, &n.i8, rows)
		roundIntegers(dst, x.Int8(), digits, n.mode)
		return vector.NewColumn(dst, valid), nil
	case vector.I16:
		dst := take(n.kept, &n.i16, rows)
		roundIntegers(dst, x.Int16(), digits, n.mode)
		return vector.NewColumn(dst, valid), nil
	case vector.I32:
		dst := take(n.kept, &n.i32, rows)
		roundIntegers(dst, x.Int32(), digits, n.mode)
		return vector.NewColumn(dst, valid), nil
	case vector.I64:
		dst := take(n.kept, &n.i64, rows)
		roundIntegers(dst, x.Int64(), digits, n.mode)
		return vector.NewColumn(dst, valid), nil
	case vector.F32:
		dst := take(n.kept, &n.f32, rows)
		for i := range dst {
			v, ok := roundFloat(float64(one(x.Float32(), i)), int(one(digits, i)), n.mode, 32)
			if !ok && (valid == nil || valid.At(i)) {
				return x, n.fail(codeArgument, "NaN and Infinity cannot be rounded")
			}
			dst[i] = float32(v)
		}
		return vector.NewColumn(dst, valid), nil
	case vector.F64:
		dst := take(n.kept, &n.f64, rows)
		for i := range dst {
			v, ok := roundFloat(one(x.Float64(), i), int(one(digits, i)), n.mode, 64)
			if !ok && (valid == nil || valid.At(i)) {
				return x, n.fail(codeArgument, "NaN and Infinity cannot be rounded")
			}
			dst[i] = v
		}
		return vector.NewColumn(dst, valid), nil
	}
	dst := take(n.kept, &n.i128, rows)
	for i := range dst {
		var ok bool
		dst[i], ok = kernel.DecimalRound(one(x.Int128(), i), n.from.Scale, max(int(one(digits, i)), -100), n.t.Precision, n.t.Scale, n.mode)
		if !ok {
			valid = clearBit(valid, rows, i)
		}
	}
	return vector.NewColumn(dst, valid), nil
}

// roundIntegers rounds to tens, hundreds and so on where digits is negative, wrapping around.
func roundIntegers[T kernel.Integer](dst, a []T, digits []int32, mode kernel.Rounding) {
	for i := range dst {
		v, d := int64(one(a, i)), one(digits, i)
		if d >= 0 {
			dst[i] = T(v)
			continue
		}
		if d < -18 {
			dst[i] = 0
			continue
		}
		unit := int64(1)
		for range -d {
			unit *= 10
		}
		rest := v % unit
		v -= rest
		if mode == kernel.HalfUp {
			if rest >= unit-rest && rest > 0 {
				v += unit
			} else if -rest >= unit+rest && rest < 0 {
				v -= unit
			}
		}
		dst[i] = T(v)
	}
}

// roundFloat rounds the shortest decimal digits of a float; ok is false for NaN and infinities, which only FLOOR and
// CEIL take.
func roundFloat(v float64, digits int, mode kernel.Rounding, size int) (float64, bool) {
	switch mode {
	case kernel.Floor:
		return math.Floor(v), true
	case kernel.Ceil:
		return math.Ceil(v), true
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return v, false
	}
	if mode == kernel.Truncate && digits == 0 {
		return math.Trunc(v), true
	}
	if digits > 340 || v == 0 {
		return v, true
	}
	if digits < -340 {
		return 0, true
	}
	return roundDigits(v, digits, mode, size), true
}

// roundDigits rounds the decimal form of a finite float.
func roundDigits(v float64, digits int, mode kernel.Rounding, size int) float64 {
	var buf [400]byte
	b := strconv.AppendFloat(buf[:0], v, 'e', -1, size)
	// b is [-]d[.ddd]e±xx: the digits and the power of ten of the first.
	i, negative := 0, false
	if b[0] == '-' {
		negative = true
		i = 1
	}
	var mantissa []byte
	for ; b[i] != 'e'; i++ {
		if b[i] != '.' {
			mantissa = append(mantissa, b[i])
		}
	}
	exponent, err := strconv.Atoi(string(b[i+1:]))
	if err != nil {
		panic("expr: " + err.Error())
	}
	keep := exponent + 1 + digits // digits of the mantissa that stay
	if keep >= len(mantissa) {
		return v
	}
	up := mode == kernel.HalfUp && keep >= 0 && mantissa[keep] >= '5'
	kept := []byte{'0'}
	if keep > 0 {
		kept = append(kept, mantissa[:keep]...)
	}
	if up {
		k := len(kept) - 1
		for kept[k] == '9' {
			kept[k] = '0'
			k--
		}
		kept[k]++
	}
	text := string(kept) + "e" + strconv.Itoa(-digits)
	if negative {
		text = "-" + text
	}
	out, _ := strconv.ParseFloat(text, size)
	return out
}

func buildMath(_ *compiler, e *plan.Call, args []node) (node, error) {
	switch e.Name {
	case "PI":
		return &constantNode{column: literalColumn(e.T, math.Pi)}, nil
	case "E":
		return &constantNode{column: literalColumn(e.T, math.E)}, nil
	}
	return &mathNode{op: e.Name, args: args, t: e.T}, nil
}

// mathNode is a function over DOUBLEs.
type mathNode struct {
	scratch
	op   string
	args []node
	t    vector.Type
}

func (n *mathNode) eval(f *frame) (vector.Column, error) {
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
	valid := n.validity(rows, args...)
	dst := take(n.kept, &n.f64, rows)
	a := args[0].Float64()
	var b []float64
	if len(args) == 2 {
		b = args[1].Float64()
	}
	for i := range dst {
		x := one(a, i)
		switch n.op {
		case "SQRT":
			dst[i] = math.Sqrt(x)
		case "EXP":
			dst[i] = math.Exp(x)
		case "LN":
			dst[i] = math.Log(x)
		case "LOG10":
			dst[i] = math.Log10(x)
		case "LOG2":
			dst[i] = math.Log(x) / math.Log(2)
		case "POWER":
			dst[i] = math.Pow(x, one(b, i))
		case "LOG":
			if b == nil {
				dst[i] = math.Log(x)
			} else {
				dst[i] = math.Log(one(b, i)) / math.Log(x)
			}
		}
	}
	return vector.NewColumn(dst, valid), nil
}
