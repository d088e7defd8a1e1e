package planner

import (
	"strings"

	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
)

// The columns of a window, behind those of the windowing function's input.
const (
	windowStartColumn = iota
	windowEndColumn
	windowTimeColumn
)

// groupWindow is the window of GROUP BY TUMBLE(rowtime, size), as Flink's queries named windows before there were table
// functions: a windowing function is put on the block's input, its window_start and window_end are keys, and
// TUMBLE_START(rowtime, size) and its like stand for the window's columns.
type groupWindow struct {
	call   ast.Expr // in GROUP BY
	node   *logical.WindowFunction
	moment plan.Expr // the rowtime, over the block's input
	// timed is set when the window's last millisecond is asked for, which is a key then.
	timed bool
}

// column is one of the window's columns.
func (w *groupWindow) column(which int) *plan.Column {
	i := len(w.node.Inputs()[0].Schema()) + which
	f := w.node.Schema()[i]
	return &plan.Column{Index: i, Name: f.Name, T: f.Type, At: w.node.At}
}

// windowFunction splits the name of a function of group windows: TUMBLE_START is START of TUMBLE. ok is false for
// other names.
func windowFunction(name string) (kind, property string, ok bool) {
	kind, property, _ = strings.Cut(name, "_")
	switch kind {
	case "TUMBLE", "HOP", "SESSION":
		switch property {
		case "", "START", "END", "ROWTIME", "PROCTIME":
			return kind, property, true
		}
	}
	return "", "", false
}

func isWindowFunction(name string) bool {
	_, _, ok := windowFunction(name)
	return ok
}

// groupWindow finds the window among the keys of GROUP BY and puts it on the block's input; nil if there is none.
func (r *resolver) groupWindow(s *ast.Select, x expressions, in logical.Node, block *logical.Block) (*groupWindow, error) {
	var found *ast.Call
	for _, e := range s.GroupBy {
		c, ok := e.(*ast.Call)
		if !ok {
			continue
		}
		if _, property, ok := windowFunction(strings.ToUpper(c.Name.Name)); !ok || property != "" {
			continue
		}
		if found != nil {
			return nil, diag.New(codeWindow, c.At, "Only a single window group function may be used in GROUP BY")
		}
		found = c
	}
	if found == nil {
		return nil, nil
	}
	if name := strings.ToUpper(found.Name.Name); name != "TUMBLE" {
		return nil, unsupported(found.At, "the group window "+name+" is")
	}
	x.clause = "GROUP BY clause"
	moment, size, err := x.windowOver(found)
	if err != nil {
		return nil, err
	}
	t := moment.Type()
	if err := r.windowTime(t, found.Args[0].Span(), "Window aggregate can only be defined over a time attribute column, but %s encountered."); err != nil {
		return nil, err
	}
	if size <= 0 {
		return nil, diag.New(codeWindow, found.Args[1].Span(), "the size of a TUMBLE window must be positive, but is %d ms", size)
	}
	input, column := in, len(in.Schema())
	if c, ok := moment.(*plan.Column); ok {
		column = c.Index
	} else {
		input = appended(in, moment, block)
	}
	t.Nullable = true // as in Flink, though a window always has an end
	return &groupWindow{call: found, node: windowed(input, column, size, 0, t, block, r.span(found)), moment: moment}, nil
}

// appended puts an expression behind the columns of a node.
func appended(in logical.Node, e plan.Expr, block *logical.Block) logical.Node {
	var exprs []plan.Expr
	var names []string
	for i, f := range in.Schema() {
		exprs, names = append(exprs, &plan.Column{Index: i, Name: f.Name, T: f.Type}), append(names, f.Name)
	}
	return project(in, append(exprs, e), append(names, plan.Format(e)), block)
}

// windowOver resolves the arguments of TUMBLE, or of a function of its: the rowtime and the size in ms.
func (x *expressions) windowOver(e *ast.Call) (plan.Expr, int64, error) {
	name := strings.ToUpper(e.Name.Name)
	switch {
	case len(e.Args) == 3:
		return nil, 0, unsupported(e.Args[2].Span(), "the alignment of a TUMBLE window is").
			WithHint("use the table function, which takes an offset: %s", tumbleForm)
	case len(e.Args) != 2:
		return nil, 0, diag.New(codeArguments, e.At, "Invalid number of arguments to function '%s'. Was expecting 2 arguments", name).
			WithHint("write %s(rowtime, INTERVAL '10' SECOND)", name)
	}
	moment, err := x.value(e.Args[0])
	if err != nil {
		return nil, 0, err
	}
	if l, ok := e.Args[1].(*ast.IntervalLit); ok {
		size, err := x.r.windowInterval(l, nil)
		return moment, size, err
	}
	v, err := x.value(e.Args[1])
	if err != nil {
		return nil, 0, err
	}
	if v.Type().IsInterval() {
		return nil, 0, diag.New(codeWindow, e.Args[1].Span(), "Only constant window descriptors are supported").
			WithHint("write the interval as a literal: INTERVAL '10' SECOND")
	}
	return nil, 0, diag.New(codeArguments, e.Args[1].Span(), "the size of %s must be an interval, but is %s", name, v.Type().Name()).
		WithHint("write %s(rowtime, INTERVAL '10' SECOND)", name)
}

// windowProperty resolves TUMBLE_START and its like to a column of the window that GROUP BY names.
func (x *expressions) windowProperty(name string, e *ast.Call) (plan.Expr, error) {
	kind, property, _ := windowFunction(name)
	if property == "" {
		return nil, diag.New(codeWindow, e.At, "Group function '%s' can only appear in GROUP BY clause", name).
			WithHint("as a key of its own; %s_START and %s_END give the window's bounds", name, name)
	}
	unmatched := diag.New(codeWindow, e.At, "Call to auxiliary group function '%s' must have matching call to group function '%s' in GROUP BY clause", name, kind)
	if x.window == nil || kind != "TUMBLE" {
		return nil, unmatched
	}
	if x.calls != nil && x.calls.inside {
		return nil, diag.New(codeAggregate, e.At, "Auxiliary group function '%s' cannot be the argument of an aggregate", name).
			WithHint("it has one value for each group")
	}
	plain := *x
	plain.calls, plain.window, plain.aliases = nil, nil, nil
	moment, size, err := plain.windowOver(e)
	if err != nil {
		return nil, err
	}
	if !equalExpr(moment, x.window.moment) || size != x.window.node.Size {
		return nil, unmatched.WithHint("it needs the same arguments as the %s in GROUP BY", kind)
	}
	var c *plan.Column
	switch property {
	case "START":
		c = x.window.column(windowStartColumn)
	case "END":
		c = x.window.column(windowEndColumn)
	case "ROWTIME":
		x.window.timed = true
		c = x.window.column(windowTimeColumn)
	default:
		return nil, diag.New(codeWindow, e.At, "%s needs a window over a processing time, but this one is over %s", name, x.window.moment.Type().Name()).
			WithHint("use TUMBLE_ROWTIME")
	}
	c.At = x.r.span(e)
	return c, nil
}
