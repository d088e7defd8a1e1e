package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"weir/catalog"
	"weir/vector"
)

// branch describes rows of one origin: what a node gives is one branch, or several behind a UNION ALL.
type branch struct {
	source  string   // the source or operator with state that they come from
	filters []string // conditions that all of them meet, in alphabetical order, each once
	unnests []string // arrays that they were repeated by
	columns []string // how each column of the node's output is made of the source's
}

// rows describes the rows of a branch, whatever columns they have.
func (b branch) rows() string {
	s := b.source
	for _, u := range b.unnests {
		s += " " + u
	}
	if len(b.filters) > 0 {
		s += " where {" + strings.Join(b.filters, "; ") + "}"
	}
	return s
}

// with describes the rows of a branch with some columns.
func (b branch) with(columns []string) string { return b.rows() + " with " + list(columns) }

// behind describes the rows of a branch that have passed an operator which changes no row.
func (b branch) behind(operator string) branch {
	return branch{source: operator + " of [" + b.rows() + "]", columns: b.columns}
}

// description is what a node means.
type description struct {
	text    string // the operator with its input
	in, out []branch
}

// describe describes all nodes. The text of calcs, unnests and VALUES, which has all their columns, does not count for
// what follows: their branches say what they do to the columns that are used.
func describe(g *Graph) []description {
	all := make([]description, len(g.Nodes))
	for i, n := range g.Nodes {
		d := &all[i]
		for _, e := range n.Inputs {
			d.in = append(d.in, all[e.From].out...)
		}
		switch s := n.Spec.(type) {
		case *Scan:
			d.out = []branch{scanned(s)}
			d.text = d.out[0].source
		case *Values:
			d.out = []branch{constant(s)}
			d.text = d.out[0].source + " " + list(d.out[0].columns)
		case *Calc:
			for _, b := range d.in {
				d.out = append(d.out, calculated(s, b))
			}
			d.text = "calc giving " + output(d.out)
		case *Unnest:
			for _, b := range d.in {
				d.out = append(d.out, unnested(s, b))
			}
			d.text = "unnest giving " + output(d.out)
		case *WindowAggregate:
			if s.Phase == Final {
				before := n.Inputs[0].From
				d.text = windowAggregate(g, g.Nodes[before], g.Nodes[before].Spec.(*WindowAggregate), all[before].in, s.Phase)
			} else {
				d.text = windowAggregate(g, n, s, d.in, s.Phase)
			}
			if s.Phase != Local {
				d.out = aggregated(d.text, len(s.Keys), len(s.Aggregates), s.Properties)
			}
		case *GroupAggregate:
			d.text = groupAggregate(g, n, s, d.in)
			d.out = aggregated(d.text, len(s.Keys), len(s.Aggregates), nil)
		case *Sort:
			d.text = g.keeping(n, d.in, kindSort, s.Keys, s.Offset, s.Limit, false)
			d.out = passed(d)
		case *TopN:
			d.text = g.keeping(n, d.in, kindTopN, s.Keys, s.Offset, s.Limit, s.Retracts)
			d.out = passed(d)
		case *Limit:
			d.text = g.keeping(n, d.in, kindLimit, nil, s.Offset, s.Limit, s.Retracts)
			d.out = passed(d)
		case *Sink:
			d.text = fmt.Sprintf("sink %q connector %q path %q", s.Table.Path(), s.Options["connector"], s.Options["path"])
		case *Collect:
			d.text = kindResult
		default:
			panic(fmt.Sprintf("plan: no description of %T", n.Spec))
		}
	}
	return all
}

// withoutMeaning are options that change neither which rows there are nor where a position in them lies: how fast and how
// parallel they come, what is done with what cannot be read (a job that it ended goes on with another setting), and
// what only concerns writing, of a table that can do both.
var withoutMeaning = []string{
	"scan.parallelism", "source.monitor-interval", "source.report-statistics", "scan.watermark.emit.strategy", "rows-per-second",
	"ignore-parse-errors", "fail-on-missing-field",
	"auto-compaction", "partition.default-name", "compaction.file-size", "write-bigdecimal-in-scientific-notation",
	"encode.decimal-as-plain-number", "encode.ignore-null-fields", "map-null-key.mode", "map-null-key.literal",
}

// meant reports whether an option of a source says what is read. A default that was written out says nothing.
func meant(options map[string]string, key string) bool {
	var specs []catalog.OptionSpec
	name := key
	if c, ok := catalog.LookupConnector(options["connector"]); ok {
		specs = c.Options
	}
	if own, ok := strings.CutPrefix(key, options["format"]+"."); ok {
		name = own
		if f, ok := catalog.LookupFormat(options["format"]); ok {
			specs = f.Options
		}
	}
	if slices.Contains(withoutMeaning, name) || strings.HasPrefix(name, "sink.") {
		return false
	}
	return !slices.ContainsFunc(specs, func(s catalog.OptionSpec) bool {
		return s.Key == name && s.Default != "" && s.Default == options[key]
	})
}

func scanned(s *Scan) branch {
	var b branch
	for _, c := range s.Read {
		f := s.Table.Columns[c]
		b.columns = append(b.columns, short(fmt.Sprintf("%q:%s", f.Name, f.Type.Plain())))
	}
	read := b.columns
	for _, e := range s.Computed {
		b.columns = append(b.columns, meaning(e, read))
	}
	text := fmt.Sprintf("scan %q", s.Table.Path())
	for _, k := range slices.Sorted(maps.Keys(s.Options)) {
		if meant(s.Options, k) {
			text += fmt.Sprintf(" %q=%q", k, s.Options[k])
		}
	}
	if s.Watermark != nil {
		text += " watermark for " + b.columns[s.Rowtime] + " as " + meaning(s.Watermark, b.columns)
	}
	b.source = text
	return b
}

func constant(s *Values) branch {
	b := branch{source: fmt.Sprintf("values %d", len(s.Rows))}
	if len(s.Rows) == 0 {
		return b
	}
	for i := range s.Rows[0] {
		column := make([]string, len(s.Rows))
		for j, r := range s.Rows {
			column[j] = meaning(r[i], nil)
		}
		b.columns = append(b.columns, short(list(column)))
	}
	return b
}

func calculated(s *Calc, in branch) branch {
	out := branch{source: in.source, filters: in.filters, unnests: in.unnests}
	if s.Filter != nil {
		out.filters = slices.Clone(in.filters)
		for _, c := range conjuncts(s.Filter) {
			out.filters = append(out.filters, meaning(c, in.columns))
		}
		slices.Sort(out.filters)
		out.filters = slices.Compact(out.filters)
	}
	for _, e := range s.Exprs {
		out.columns = append(out.columns, meaning(e, in.columns))
	}
	return out
}

// conjuncts are the conditions that must all be TRUE: those of one Calc, or of several on top of each other.
func conjuncts(e Expr) []Expr {
	c, ok := e.(*Call)
	if !ok || c.Name != "AND" {
		return []Expr{e}
	}
	var out []Expr
	for _, a := range c.Args {
		out = append(out, conjuncts(a)...)
	}
	return out
}

func unnested(s *Unnest, in branch) branch {
	name := "unnest " + in.columns[s.Array]
	if s.Left {
		name = "left " + name
	}
	times := 0
	for _, u := range in.unnests {
		if strings.HasPrefix(u, name+" ") {
			times++
		}
	}
	name = fmt.Sprintf("%s %d", name, times)
	out := branch{source: in.source, filters: in.filters, unnests: append(slices.Clone(in.unnests), name)}
	out.columns = slices.Clone(in.columns)
	if s.Drops {
		out.columns = slices.Delete(out.columns, s.Array, s.Array+1)
	}
	out.columns = append(out.columns, short("element("+name+")"))
	if s.Ordinality {
		out.columns = append(out.columns, short("ordinal("+name+")"))
	}
	return out
}

// roles numbers the columns that an operator uses, in the order of their first use: which of them are one column is
// part of its state's layout.
type roles []int

func (r *roles) of(column int) string {
	at := slices.Index(*r, column)
	if at < 0 {
		at = len(*r)
		*r = append(*r, column)
	}
	return "$" + strconv.Itoa(at)
}

func (r *roles) list(columns []int) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = r.of(c)
	}
	return list(out)
}

// windowAggregate describes a window aggregate by the node that sees its input: itself, or the local one before it.
func windowAggregate(g *Graph, n *Node, s *WindowAggregate, in []branch, phase Phase) string {
	var r roles
	w := s.Window
	text := [...]string{kindWindowAggregate + " in one phase", kindLocalAggregate, kindWindowAggregate + " of partial results"}[phase] + " "
	if w.Kind == Attached {
		text += "in attached windows " + r.list([]int{w.Start, w.End})
	} else {
		text += fmt.Sprintf("in tumbling windows of %d from %d by %s", w.Size, w.Offset, r.of(w.Time))
	}
	if w.LTZ {
		text += fmt.Sprintf(" in zone %q", s.Zone)
	}
	text += modes(s.Batch, s.Retracts) + " by " + r.list(s.Keys) + ": " + calls(s.Aggregates, &r)
	return text + " of " + g.inputs(n, in, r)
}

func groupAggregate(g *Graph, n *Node, s *GroupAggregate, in []branch) string {
	var r roles
	text := kindAggregate + modes(s.Batch, s.Retracts) + " by " + r.list(s.Keys) + ": " + calls(s.Aggregates, &r)
	return text + " of " + g.inputs(n, in, r)
}

func modes(batch, retracts bool) string {
	s := ""
	if batch {
		s += " in batch mode"
	}
	if retracts {
		s += " over changes"
	}
	return s
}

func calls(aggs []Aggregate, r *roles) string {
	out := make([]string, len(aggs))
	for i, a := range aggs {
		s := a.Func + r.list(a.Args)
		if a.Distinct {
			s += " distinct"
		}
		if a.Filter >= 0 {
			s += " where " + r.of(a.Filter)
		}
		for _, c := range a.Constants {
			s += " with " + meaning(c, nil)
		}
		types := make([]string, len(a.Types))
		for j, t := range a.Types {
			types[j] = t.Plain().String()
		}
		out[i] = s + " " + list(types) + " to " + a.Result.Plain().String()
	}
	return list(out)
}

// aggregated describes what an aggregate gives: the columns in their order.
func aggregated(text string, keys, aggs int, properties []WindowProperty) []branch {
	b := branch{source: "[" + digest(text) + "]"}
	for i := range keys {
		b.columns = append(b.columns, "key "+strconv.Itoa(i))
	}
	for i := range aggs {
		b.columns = append(b.columns, "aggregate "+strconv.Itoa(i))
	}
	for _, p := range properties {
		b.columns = append(b.columns, [...]string{"window_start", "window_end", "window_time"}[p])
	}
	return []branch{b}
}

// keeping describes an operator that passes some of its rows on as they are. Where it keeps rows, all their columns
// count.
func (g *Graph) keeping(n *Node, in []branch, kind string, keys []SortKey, offset, limit int64, retracts bool) string {
	var r roles
	order := make([]string, len(keys))
	for i, k := range keys {
		order[i] = fmt.Sprintf("%s desc %v nulls first %v", r.of(k.Column), k.Desc, k.NullsFirst)
	}
	text := fmt.Sprintf("%s%s by %s from %d, %d rows", kind, modes(false, retracts), list(order), offset, limit)
	if kind != kindLimit || retracts {
		text += " keeping " + r.list(allOf(g.Nodes[n.Inputs[0].From].Schema))
	}
	return text + " of " + g.inputs(n, in, r)
}

func passed(d *description) []branch {
	out := make([]branch, len(d.in))
	for i, b := range d.in {
		out[i] = b.behind("[" + digest(d.text) + "]")
	}
	return out
}

// inputs describes the rows that come to a node with those of their columns that it uses. The branches of a UNION ALL
// have no order.
func (g *Graph) inputs(n *Node, in []branch, used roles) string {
	schema := g.Nodes[n.Inputs[0].From].Schema
	types := make([]string, len(used))
	for i, c := range used {
		types[i] = schema[c].Type.Plain().String()
	}
	parts := make([]string, len(in))
	for i, b := range in {
		columns := make([]string, len(used))
		for j, c := range used {
			columns[j] = b.columns[c]
		}
		parts[i] = b.with(columns)
	}
	slices.Sort(parts)
	return list(types) + " " + list(parts)
}

// output describes rows with all their columns.
func output(out []branch) string {
	parts := make([]string, len(out))
	for i, b := range out {
		parts[i] = b.with(b.columns)
	}
	slices.Sort(parts)
	return list(parts)
}

func list(parts []string) string { return "(" + strings.Join(parts, ", ") + ")" }

// longestText is how long the text of a column may be before its hash takes its place: operators that each use the
// column below twice would double the text with every one of them, and VALUES may have thousands of rows.
const longestText = 1024

// short is the text of a column, or of a part of its expression: so it is the same whether one operator computes the
// whole or several do in turn.
func short(text string) string {
	if len(text) > longestText {
		return "[" + digest(text) + "]"
	}
	return text
}

// meaning spells an expression over columns that are described.
func meaning(e Expr, columns []string) string {
	if c, ok := e.(*Column); ok {
		return columns[c.Index]
	}
	return short(spelled(e, columns))
}

// spelled gives everything that is computed its type: the same function of the same values may be computed in another.
func spelled(e Expr, columns []string) string {
	typ := e.Type().Plain().String()
	switch e := e.(type) {
	case *Literal:
		return value(e) + ":" + typ
	case *CurrentWatermark:
		return "CURRENT_WATERMARK:" + typ
	case *Cast:
		name := "CAST"
		if e.Try {
			name = "TRY_CAST"
		}
		return name + list([]string{meaning(e.X, columns)}) + ":" + typ
	case *Case:
		var parts []string
		for _, w := range e.Whens {
			parts = append(parts, meaning(w.Cond, columns), meaning(w.Then, columns))
		}
		if e.Else != nil {
			parts = append(parts, meaning(e.Else, columns))
		}
		return "CASE" + list(parts) + ":" + typ
	case *Call:
		parts := make([]string, len(e.Args))
		for i, a := range e.Args {
			parts[i] = meaning(a, columns)
		}
		return strconv.Quote(e.Name) + list(parts) + ":" + typ
	}
	panic(fmt.Sprintf("plan: no meaning of %T", e))
}

// value spells a literal's value, every bit of it.
func value(l *Literal) string {
	switch v := l.Value.(type) {
	case nil:
		return "NULL"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return strconv.Quote(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'x', -1, 64)
	case vector.Num128:
		return fmt.Sprintf("%d/%d", v.HighBits(), v.LowBits())
	}
	panic(fmt.Sprintf("plan: a literal of Go type %T", l.Value))
}
