// Package expr evaluates the plan's expressions over batches, column by column. Every scalar function of catalog has
// its kernel here, under the same name.
package expr

import (
	"math/bits"
	"time"

	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// Codes of what can fail while a query runs.
const (
	codeDivision   = "W4101" // division by zero
	codeCast       = "W4102" // a value that a type cannot take
	codeNull       = "W4104" // NULL in a column that is NOT NULL
	codeArgument   = "W4105" // an argument that a function cannot work with
	codeUnsupplied = "W4190" // no kernel
)

// Env is what expressions need of their session.
type Env struct {
	Zone   *time.Location   // the session's; nil is UTC
	Now    func() time.Time // for CURRENT_TIMESTAMP and its like: asked once per Program, so that all rows agree
	Seed   uint64
	Source *diag.Source // of the spans in errors
}

// Program evaluates some expressions. It belongs to one goroutine and reuses its memory.
type Program struct {
	roots []root
	env   Env
	frame frame
}

// root is one expression of a Program.
type root struct {
	node node
	expr plan.Expr
}

// frame is the rows that nodes are evaluated over.
type frame struct {
	columns []vector.Column
	behind  []vector.Time
	rows    int
}

// node computes a column. A result of one row stands for all rows of the frame. It is valid until the node is next
// evaluated, or for good after keep.
type node interface {
	eval(f *frame) (vector.Column, error)
	// keep is called once, before the first eval, for a node whose results leave the Program.
	keep()
}

// Compile makes a Program; expressions that it cannot evaluate are a Diagnostic that says so.
func Compile(exprs []plan.Expr, env Env) (*Program, error) {
	c := newCompiler(env)
	p := &Program{env: env, roots: make([]root, len(exprs))}
	for i, e := range exprs {
		n, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		n.keep()
		p.roots[i] = root{node: n, expr: e}
	}
	return p, nil
}

// Eval computes one column per expression. The columns are immutable and the caller's.
func (p *Program) Eval(b vector.Batch) ([]vector.Column, error) {
	out := make([]vector.Column, len(p.roots))
	p.frame = frame{columns: b.Columns, behind: b.Behind, rows: b.Len()}
	for i := range p.roots {
		r := &p.roots[i]
		if c, ok := r.node.(*columnNode); ok {
			out[i] = b.Columns[c.index]
			continue
		}
		if b.Len() == 0 {
			out[i] = vector.Nulls(r.expr.Type(), 0)
			continue
		}
		c, err := r.node.eval(&p.frame)
		if err != nil {
			return nil, err
		}
		if !r.expr.Type().Nullable && c.NullCount() > 0 {
			return nil, diag.New(codeNull, r.expr.Span(), "the expression is typed %s, but its value is NULL here", r.expr.Type()).
				WithHint("a result does not fit its type; CAST an argument to a wider type").In(p.env.Source)
		}
		if c.Len() == 1 && b.Len() != 1 {
			if constant, ok := r.node.(*constantNode); ok {
				c = constant.repeated(r.expr.Type(), b.Len())
			} else {
				c = repeat(c, r.expr.Type(), b.Len())
			}
		}
		out[i] = c
	}
	p.frame = frame{}
	return out, nil
}

// Filter finds the rows for which a condition is TRUE.
type Filter struct {
	node    node
	indices []int32
	frame   frame
}

// CompileFilter makes a Filter of a BOOLEAN expression.
func CompileFilter(e plan.Expr, env Env) (*Filter, error) {
	n, err := newCompiler(env).compile(e)
	if err != nil {
		return nil, err
	}
	return &Filter{node: n}, nil
}

// Select returns the rows for which the condition is TRUE, or all if that is every row. The indices are valid until
// the next call.
func (f *Filter) Select(b vector.Batch) (indices []int32, all bool, err error) {
	if b.Len() == 0 {
		return nil, true, nil
	}
	f.frame = frame{columns: b.Columns, behind: b.Behind, rows: b.Len()}
	c, err := f.node.eval(&f.frame)
	f.frame = frame{}
	if err != nil {
		return nil, false, err
	}
	if c.Len() == 1 {
		if c.Bool(0) {
			return nil, true, nil
		}
		return f.indices[:0], false, nil
	}
	f.indices = trueRows(f.indices[:0], c)
	return f.indices, len(f.indices) == b.Len(), nil
}

// trueRows appends the rows of a BOOLEAN column that are TRUE.
func trueRows(dst []int32, c vector.Column) []int32 {
	n := c.Len()
	values, valid := c.Bools(), c.Validity()
	for i := 0; i < n; i += 8 {
		w := byteAt(values, i/8) & validByte(valid, i/8)
		if n-i < 8 {
			w &= 1<<(n-i) - 1
		}
		for ; w != 0; w &= w - 1 {
			dst = append(dst, int32(i+bits.TrailingZeros8(w)))
		}
	}
	return dst
}

// Constant evaluates an expression without columns. Collections are no literals: they are refused.
func Constant(e plan.Expr, env Env) (*plan.Literal, error) {
	if e.Type().Physical() >= vector.List {
		return nil, diag.New(codeUnsupplied, e.Span(), "a constant of type %s is not supported here", e.Type().Name()).In(env.Source)
	}
	p, err := Compile([]plan.Expr{e}, env)
	if err != nil {
		return nil, err
	}
	out, err := p.Eval(vector.Batch{Rows: 1})
	if err != nil {
		return nil, err
	}
	return &plan.Literal{T: e.Type(), Value: valueOf(out[0], e.Type()), At: e.Span()}, nil
}

// valueOf returns the first row of a column as the value of a literal.
func valueOf(c vector.Column, t vector.Type) any {
	if c.IsNull(0) {
		return nil
	}
	switch t.Physical() {
	case vector.Bool:
		return c.Bool(0)
	case vector.I8:
		return int64(c.Int8()[0])
	case vector.I16:
		return int64(c.Int16()[0])
	case vector.I32:
		return int64(c.Int32()[0])
	case vector.I64:
		return c.Int64()[0]
	case vector.F32:
		return float64(c.Float32()[0])
	case vector.F64:
		return c.Float64()[0]
	case vector.I128:
		return c.Int128()[0]
	}
	return string(c.Strings().At(0))
}
