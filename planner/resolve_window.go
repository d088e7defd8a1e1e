package planner

import (
	"fmt"
	"slices"
	"strings"

	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/vector"
)

const tumbleForm = "TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval])"

// windowArguments are the arguments of TUMBLE by name.
type windowArguments struct {
	data         *ast.TableArg
	column       *ast.Descriptor
	size, offset ast.Node
}

// tableFunction resolves TUMBLE; there are no others yet.
func (r *resolver) tableFunction(f *ast.TableFunction, cx context) (logical.Node, error) {
	if len(f.Qualifier) > 0 {
		return nil, unsupported(f.At, "a table function in a catalog or database is")
	}
	switch name := strings.ToUpper(f.Name.Name); name {
	case "TUMBLE":
	case "HOP", "CUMULATE", "SESSION":
		return nil, unsupported(f.At, "the window function "+name+" is")
	default:
		return nil, noTableFunction(f.Name.Name, f.Name.At)
	}
	args, err := r.windowArguments(f)
	if err != nil {
		return nil, err
	}
	var in logical.Node
	if args.data.Table != nil {
		in, err = r.tableRef(args.data.Table, cx)
	} else {
		in, err = r.query(args.data.Query, cx)
	}
	if err != nil {
		return nil, err
	}
	return r.tumble(f, in, args, cx)
}

// windowArguments sorts out positional and named arguments.
func (r *resolver) windowArguments(f *ast.TableFunction) (*windowArguments, error) {
	names := []string{"DATA", "TIMECOL", "SIZE", "OFFSET"}
	given := map[string]ast.Node{}
	for i, a := range f.Args {
		switch {
		case i >= len(names):
			return nil, diag.New(codeWindow, a.At, "TUMBLE takes at most %d arguments", len(names)).WithHint("%s", tumbleForm)
		case a.Name == nil:
			given[names[i]] = a.Value
			continue
		}
		name := strings.ToUpper(a.Name.Name)
		if !slices.Contains(names, name) {
			return nil, suggest(diag.New(codeWindow, a.Name.At, "TUMBLE has no argument '%s'", a.Name.Name), name, names)
		}
		if given[name] != nil {
			return nil, diag.New(codeWindow, a.Name.At, "argument '%s' of TUMBLE is given twice", name)
		}
		given[name] = a.Value
	}
	args := &windowArguments{size: given["SIZE"], offset: given["OFFSET"]}
	var isTable, isColumn bool
	args.data, isTable = given["DATA"].(*ast.TableArg)
	args.column, isColumn = given["TIMECOL"].(*ast.Descriptor)
	if !isTable || !isColumn || args.size == nil {
		d := diag.New(codeWindow, f.At, "Invalid arguments of TUMBLE. Supported form(s): %s", tumbleForm)
		if name, ok := given["DATA"].(*ast.ColumnRef); ok {
			d.WithHint("write TABLE before the table's name: TUMBLE(TABLE %s, …)", ast.Name{Parts: name.Parts})
			d.Span = name.At
		} else if name, ok := given["TIMECOL"].(*ast.ColumnRef); ok {
			d.WithHint("write DESCRIPTOR(%s)", ast.Name{Parts: name.Parts})
			d.Span = name.At
		}
		return nil, d
	}
	if len(args.data.OrderBy) > 0 {
		return nil, diag.New(codeWindow, args.data.At, "TUMBLE takes no ORDER BY")
	}
	if len(args.data.PartitionBy) > 0 {
		return nil, diag.New(codeWindow, args.data.At, "TUMBLE takes no PARTITION BY").WithHint("group by further keys beside window_start and window_end")
	}
	if len(args.column.Columns) != 1 {
		return nil, diag.New(codeWindow, args.column.At, "DESCRIPTOR of TUMBLE names one column, found %d", len(args.column.Columns))
	}
	return args, nil
}

// tumble puts the windowing function on its input.
func (r *resolver) tumble(f *ast.TableFunction, in logical.Node, args *windowArguments, cx context) (logical.Node, error) {
	schema := in.Schema()
	name := args.column.Columns[0]
	time := -1
	for i, c := range schema {
		if c.Name != name.Name {
			continue
		}
		if time >= 0 {
			return nil, diag.New(codeAmbiguous, name.At, "Column '%s' is ambiguous", name.Name)
		}
		time = i
	}
	if time < 0 {
		columns := make([]string, len(schema))
		for i, c := range schema {
			columns[i] = c.Name
		}
		return nil, suggest(diag.New(codeNoColumn, name.At, "Unknown identifier '%s'", name.Name), name.Name, columns)
	}
	size, err := r.windowInterval(args.size, schema)
	if err != nil {
		return nil, err
	}
	var offset int64
	if args.offset != nil {
		if offset, err = r.windowInterval(args.offset, schema); err != nil {
			return nil, err
		}
	}
	t := schema[time].Type
	if err := r.windowTime(t, name.At, "The window function requires the timecol is a time attribute type, but is %s"); err != nil {
		if t.IsTimestamp() {
			err = createFirst(err, in)
		}
		return nil, err
	}
	if size <= 0 {
		return nil, diag.New(codeWindow, args.size.Span(), "TUMBLE table function based aggregate requires size to be positive, but got %d ms", size)
	}
	if offset <= -size || offset >= size {
		return nil, diag.New(codeWindow, args.offset.Span(), "TUMBLE table function parameters must satisfy abs(offset) < size, but got size %d ms and offset %d ms", size, offset)
	}
	return windowed(in, time, size, offset, t.NotNull(), cx.block, r.span(f)), nil
}

// windowTime checks that windows can be cut along a column: it is a rowtime, in batch mode any timestamp. refusal says
// otherwise, with the type.
func (r *resolver) windowTime(t vector.Type, at diag.Span, refusal string) error {
	if !t.IsTimestamp() || !r.batch && !t.Rowtime {
		d := diag.New(codeWindow, at, refusal, t.Name())
		if t.IsTimestamp() {
			d.WithHint("declare WATERMARK FOR the column in its table, and pass the column on as it is")
		} else if hint := adviseTime(t, "x", nil); hint != "" {
			d.WithHint("%s", hint)
		}
		return d
	}
	if t.Precision > 3 {
		return unsupported(at, fmt.Sprintf("a window over %s is", t.Name())).WithHint("CAST the column to a precision of at most 3 in a subquery")
	}
	return nil
}

// windowed puts tumbling windows on a node: window_start, window_end and window_time, the last of type t, behind its
// columns.
func windowed(in logical.Node, time int, size, offset int64, t vector.Type, block *logical.Block, at diag.Span) *logical.WindowFunction {
	width := len(in.Schema())
	edge := vector.TimestampType(3).NotNull()
	t.Precision = 3
	n := &logical.WindowFunction{
		Base: logical.Base{Out: append(slices.Clone(in.Schema()), vector.Field{Name: "window_start", Type: edge}, vector.Field{Name: "window_end", Type: edge}, vector.Field{Name: "window_time", Type: t}),
			In: []logical.Node{in}, Blk: block},
		Time: time, Size: size, Offset: offset, LTZ: t.Kind == vector.TimestampLTZ, At: at,
	}
	n.Win = &logical.Windows{Start: width, End: width + 1, Time: width + 2, Function: n, LTZ: n.LTZ}
	return n
}

// windowInterval reads a window's size or offset, which is an interval as a literal, in ms.
func (r *resolver) windowInterval(n ast.Node, schema []vector.Field) (int64, error) {
	l, ok := n.(*ast.IntervalLit)
	if !ok {
		return 0, r.badInterval(n, schema)
	}
	v, err := interval(l, l.At)
	if err != nil {
		return 0, err
	}
	if v.T.Kind != vector.IntervalSecond {
		return 0, diag.New(codeWindow, l.At, "Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit. MONTH and YEAR time unit are not supported yet")
	}
	return v.Value.(int64), nil
}

// badInterval tells an interval that is computed from what is no interval.
func (r *resolver) badInterval(n ast.Node, schema []vector.Field) error {
	sc := &scope{}
	if err := sc.add("", schema, diag.Span{}); err != nil {
		return err
	}
	x := expressions{r: r, scope: sc, clause: "a window function"}
	kind := ""
	if e, ok := n.(ast.Expr); ok {
		v, err := x.value(e)
		if err != nil {
			return err
		}
		if v.Type().IsInterval() {
			return diag.New(codeWindow, n.Span(), "Only constant window descriptors are supported").
				WithHint("write the interval as a literal: INTERVAL '-3' SECOND instead of -INTERVAL '3' SECOND")
		}
		kind = " of type " + v.Type().Name()
	}
	d := diag.New(codeWindow, n.Span(), "Cannot apply 'TUMBLE' to an argument%s. Supported form(s): %s", kind, tumbleForm)
	if _, ok := n.(*ast.StringLit); ok {
		d.WithHint("an interval is written INTERVAL '1' MINUTE")
	}
	return d
}
