package expr

import (
	"maps"
	"slices"

	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// builder makes the node of a call from its compiled arguments.
type builder func(c *compiler, e *plan.Call, args []node) (node, error)

// kernels holds the builder of every function, filled by the init functions of this package.
var kernels = map[string]builder{}

// register adds a kernel under the name of its signature in catalog.
func register(b builder, names ...string) {
	for _, name := range names {
		if kernels[name] != nil {
			panic("expr: kernel " + name + " registered twice")
		}
		kernels[name] = b
	}
}

// Has reports whether there is a kernel of that name.
func Has(name string) bool { return kernels[name] != nil }

// Names lists all kernels, sorted.
func Names() []string { return slices.Sorted(maps.Keys(kernels)) }

type compiler struct {
	env  Env
	zone *kernel.Zone
	now  *int64 // ms, when first asked for
}

func newCompiler(env Env) *compiler { return &compiler{env: env, zone: kernel.NewZone(env.Zone)} }

// volatile are the functions that are not functions of their arguments.
var volatile = map[string]bool{"UNIX_TIMESTAMP": true, "CURRENT_ROW_TIMESTAMP": true}

func (c *compiler) compile(e plan.Expr) (node, error) {
	switch e := e.(type) {
	case *plan.Column:
		return &columnNode{index: e.Index}, nil
	case *plan.Literal:
		return &constantNode{column: literalColumn(e.T, e.Value)}, nil
	case *plan.CurrentWatermark:
		return &watermarkNode{}, nil
	case *plan.Cast:
		x, err := c.compile(e.X)
		if err != nil {
			return nil, err
		}
		n := newCast(c, e, x)
		return fold(n, x), nil
	case *plan.Case:
		return c.compileCase(e)
	case *plan.Call:
		build := kernels[e.Name]
		if build == nil {
			return nil, diag.New(codeUnsupplied, e.At, "the function %s is not supported", e.Name).In(c.env.Source)
		}
		args := make([]node, len(e.Args))
		for i, a := range e.Args {
			n, err := c.compile(a)
			if err != nil {
				return nil, err
			}
			args[i] = n
		}
		n, err := build(c, e, args)
		if err != nil {
			return nil, err
		}
		if volatile[e.Name] {
			return n, nil
		}
		return fold(n, args...), nil
	}
	return nil, diag.New(codeUnsupplied, e.Span(), "this expression is not supported").In(c.env.Source)
}

// fold evaluates a node whose arguments are all constant. If that fails the node stays: it fails only where a row asks
// for it.
func fold(n node, args ...node) node {
	for _, a := range args {
		if !isConstant(a) {
			return n
		}
	}
	n.keep()
	c, err := n.eval(&frame{rows: 1})
	if err != nil || c.Len() != 1 {
		return n
	}
	return &constantNode{column: c}
}

func isConstant(n node) bool { _, ok := n.(*constantNode); return ok }

// columnNode is a column of the input.
type columnNode struct{ index int }

func (n *columnNode) eval(f *frame) (vector.Column, error) { return f.columns[n.index], nil }
func (n *columnNode) keep()                                {}

// constantNode is a value that is the same for all rows.
type constantNode struct {
	column vector.Column
	wide   vector.Column // so often repeated as it was ever asked for
}

// repeated returns n rows of the value; strings keep one dictionary for the life of the node.
func (n *constantNode) repeated(t vector.Type, rows int) vector.Column {
	if n.wide.Arrow() == nil || n.wide.Len() < rows {
		n.wide = repeat(n.column, t, rows)
	}
	if n.wide.Len() == rows {
		return n.wide
	}
	return n.wide.Slice(0, rows)
}

func (n *constantNode) eval(*frame) (vector.Column, error) { return n.column, nil }
func (n *constantNode) keep()                              {}

// isNull reports whether a result is a constant NULL.
func isNull(c vector.Column, f *frame) bool { return c.Len() == 1 && f.rows != 1 && c.IsNull(0) }

// literalColumn makes the column of one row that a literal is.
func literalColumn(t vector.Type, value any) vector.Column {
	if value == nil {
		return vector.Nulls(t, 1)
	}
	switch t.Physical() {
	case vector.Bool:
		return vector.NewBools(vector.NewBitmap(1, value.(bool)), 1, nil)
	case vector.I8:
		return vector.NewColumn([]int8{int8(value.(int64))}, nil)
	case vector.I16:
		return vector.NewColumn([]int16{int16(value.(int64))}, nil)
	case vector.I32:
		return vector.NewColumn([]int32{int32(value.(int64))}, nil)
	case vector.I64:
		return vector.NewColumn([]int64{value.(int64)}, nil)
	case vector.F32:
		return vector.NewColumn([]float32{float32(value.(float64))}, nil)
	case vector.F64:
		return vector.NewColumn([]float64{value.(float64)}, nil)
	case vector.I128:
		return vector.NewColumn([]vector.Num128{value.(vector.Num128)}, nil)
	}
	s := value.(string)
	return vector.NewBytes([]int32{0, int32(len(s))}, []byte(s), nil, t.IsBytes())
}

// repeat returns n rows of the only row of c.
func repeat(c vector.Column, t vector.Type, n int) vector.Column {
	if c.IsNull(0) {
		return vector.Nulls(t, n)
	}
	if t.IsString() && !c.IsDict() {
		// One entry for all: whoever groups or writes them handles it once.
		d := vector.NewDict()
		d.Add(c.Strings().At(0))
		return vector.NewDictColumn(make([]int32, n), nil, d)
	}
	return c.Take(make([]int32, n))
}

// spread gives a result its frame's rows.
func spread(c vector.Column, t vector.Type, f *frame) vector.Column {
	if c.Len() == 1 && f.rows != 1 {
		return repeat(c, t, f.rows)
	}
	return c
}

// watermarkNode is CURRENT_WATERMARK.
type watermarkNode struct{}

func (*watermarkNode) keep() {}

func (*watermarkNode) eval(f *frame) (vector.Column, error) {
	values := make([]int64, f.rows)
	valid := vector.NewBitmap(f.rows, false)
	for i, b := range f.behind {
		if b != vector.MinTime {
			values[i] = int64(b)
			valid.Set(i)
		}
	}
	return vector.NewColumn(values, valid), nil
}

// scratch is what a node reuses from one evaluation to the next, unless its results are kept.
type scratch struct {
	kept bool
	i8   []int8
	i16  []int16
	i32  []int32
	i64  []int64
	f32  []float32
	f64  []float64
	i128 []vector.Num128
	bits vector.Bitmap
	null vector.Bitmap
}

func (m *scratch) keep() { m.kept = true }

// take returns n values of a slice that is the node's own or, if kept, new ones.
func take[T any](kept bool, own *[]T, n int) []T {
	if kept {
		return make([]T, n)
	}
	if cap(*own) < n {
		*own = make([]T, n)
	}
	return (*own)[:n]
}

// bitmap returns room for n bits with any contents.
func (m *scratch) bitmap(n int) vector.Bitmap {
	own := []byte(m.bits)
	b := take(m.kept, &own, (n+7)/8)
	m.bits = own
	return b
}

// rowsOf returns how many rows the result of strict arguments has: one if all are constant.
func rowsOf(f *frame, args ...vector.Column) int {
	for _, a := range args {
		if a.Len() != 1 {
			return f.rows
		}
	}
	return 1
}

// validity returns which rows of a strict result are not NULL: those of all arguments; nil means all.
func (m *scratch) validity(n int, args ...vector.Column) vector.Bitmap {
	var out vector.Bitmap
	for _, a := range args {
		v := a.Validity()
		if v.All() {
			continue
		}
		if a.Len() == 1 && n != 1 {
			// The constant NULL: its caller has dealt with it, all rows are NULL.
			return vector.NewBitmap(n, false)
		}
		if out == nil {
			own := []byte(m.null)
			out = take(m.kept, &own, (n+7)/8)
			m.null = own
			copyBits(out, v, n)
			continue
		}
		andBits(out, v, n)
	}
	return out
}

// copyBits moves n bits to the start of dst.
func copyBits(dst []byte, v vector.Validity, n int) {
	size := (n + 7) / 8
	from, shift := v.Offset/8, v.Offset%8
	if shift == 0 {
		copy(dst[:size], v.Bits[from:from+size])
		return
	}
	for i := range size {
		w := v.Bits[from+i] >> shift
		if from+i+1 < len(v.Bits) {
			w |= v.Bits[from+i+1] << (8 - shift)
		}
		dst[i] = w
	}
}

// andBits keeps of dst's bits those that are set in v.
func andBits(dst []byte, v vector.Validity, n int) {
	size := (n + 7) / 8
	from, shift := v.Offset/8, v.Offset%8
	for i := range size {
		w := v.Bits[from+i] >> shift
		if shift > 0 && from+i+1 < len(v.Bits) {
			w |= v.Bits[from+i+1] << (8 - shift)
		}
		dst[i] &= w
	}
}

// place is where a node stands, for its errors.
type place struct {
	span   diag.Span
	source *diag.Source
}

func (p place) fail(code, format string, args ...any) error {
	return diag.New(code, p.span, format, args...).In(p.source)
}

// byZero is the error for a division by zero.
func (p place) byZero(message string) error {
	return diag.New(codeDivision, p.span, "%s", message).In(p.source).WithHint("NULLIF(y, 0) as the divisor gives NULL")
}

func (c *compiler) place(e plan.Expr) place { return place{span: e.Span(), source: c.env.Source} }
