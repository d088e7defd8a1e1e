package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"weir/catalog"
)

// branch describes rows of one origin: what a node gives is one branch, or several behind a UNION ALL.
type branch struct {
	origin  int      // the node that is the source
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

// behind describes the rows of a branch that have passed a node which changes no row.
func (b branch) behind(node int, operator string) branch {
	return branch{origin: node, source: operator + " of [" + b.rows() + "]", columns: b.columns}
}

// description is what a node means.
type description struct {
	text    string // the operator with its input
	in, out []branch
	input   string // of a sink or a result: the rows that it gets, with all their columns
	reads   []read // what comes to the operator, by branch
}

// read is what a node gets of another one, the source of the branch.
type read struct {
	from int
	what string // the rows, with the columns that it uses
}

// describe describes all nodes. The text of calcs, unnests and VALUES, which has all their columns, does not count for
// what follows: their branches say what they do to the columns that are used.
func describe(g *Graph) []description {
	all := make([]description, len(g.Nodes))
	w := wording{g.Zone}
	for i, n := range g.Nodes {
		d := &all[i]
		for _, e := range n.Inputs {
			d.in = append(d.in, all[e.From].out...)
		}
		switch s := n.Spec.(type) {
		case *Scan:
			d.out = []branch{w.scanned(s)}
			d.text = d.out[0].source
		case *Values:
			d.out = []branch{w.constant(s)}
			d.text = d.out[0].source + " " + list(d.out[0].columns)
		case *Calc:
			for _, b := range d.in {
				d.out = append(d.out, w.calculated(s, b))
			}
			d.text = "calc giving " + d.gives()
		case *Unnest:
			for _, b := range d.in {
				d.out = append(d.out, unnested(s, b, len(n.Schema)))
			}
			d.text = "unnest giving " + d.gives()
		case *WindowAggregate:
			if s.Phase == Final {
				before := n.Inputs[0].From
				d.in = all[before].in
				d.text = w.windowAggregate(g, d, g.Nodes[before], g.Nodes[before].Spec.(*WindowAggregate), s.Phase)
			} else {
				d.text = w.windowAggregate(g, d, n, s, s.Phase)
			}
			if s.Phase != Local {
				d.out = aggregated(i, d.text, len(s.Keys), len(s.Aggregates), s.Properties)
			}
		case *GroupAggregate:
			d.text = w.groupAggregate(g, d, n, s)
			d.out = aggregated(i, d.text, len(s.Keys), len(s.Aggregates), nil)
		case *Sort:
			d.text = g.keeping(d, n, kindSort, s.Keys, s.Offset, s.Limit, false)
			d.out = d.passed(i)
		case *TopN:
			d.text = g.keeping(d, n, kindTopN, s.Keys, s.Offset, s.Limit, s.Retracts)
			d.out = d.passed(i)
		case *Limit:
			d.text = g.keeping(d, n, kindLimit, nil, s.Offset, s.Limit, s.Retracts)
			d.out = d.passed(i)
		case *Sink:
			d.text = fmt.Sprintf("sink %q connector %q path %q", s.Table.Path(), s.Options["connector"], s.Options["path"])
			d.input = g.inputs(d, n, allOf(g.Nodes[n.Inputs[0].From].Schema))
		case *Collect:
			d.text = kindResult
			d.input = g.inputs(d, n, allOf(g.Nodes[n.Inputs[0].From].Schema))
		default:
			panic(fmt.Sprintf("plan: no description of %T", n.Spec))
		}
		if isSource(n.Kind()) {
			d.out[0].origin = i
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

func (w wording) scanned(s *Scan) branch {
	var b branch
	field, next := 0, 0 // of the table's physical columns; of those that are read
	for i, c := range s.Table.Columns {
		if next < len(s.Read) && s.Read[next] == i {
			text := fmt.Sprintf("%q:%s", c.Name, c.Type.Plain().Uncommented())
			if positional(s.Options) {
				text += fmt.Sprintf(" in field %d", field)
			}
			b.columns = append(b.columns, short(text))
			next++
		}
		if c.Expr == "" {
			field++
		}
	}
	read := b.columns
	for _, e := range s.Computed {
		b.columns = append(b.columns, w.meaning(e, read))
	}
	text := fmt.Sprintf("scan %q", s.Table.Path())
	for _, k := range slices.Sorted(maps.Keys(s.Options)) {
		if meant(s.Options, k) {
			text += fmt.Sprintf(" %q=%q", k, s.Options[k])
		}
	}
	if s.Watermark != nil {
		text += " watermark for " + b.columns[s.Rowtime] + " as " + w.meaning(s.Watermark, b.columns)
	}
	b.source = text
	return b
}

// positional reports whether it is its place that says which column of a table a field of a record is, and not its name.
func positional(options map[string]string) bool {
	return options["format"] == "csv" && options["csv.header"] != "true"
}

func (w wording) constant(s *Values) branch {
	b := branch{source: fmt.Sprintf("values %d", len(s.Rows))}
	if len(s.Rows) == 0 {
		return b
	}
	for i := range s.Rows[0] {
		column := make([]string, len(s.Rows))
		for j, r := range s.Rows {
			column[j] = w.meaning(r[i], nil)
		}
		b.columns = append(b.columns, short(list(column)))
	}
	return b
}

func (w wording) calculated(s *Calc, in branch) branch {
	out := branch{origin: in.origin, source: in.source, filters: in.filters, unnests: in.unnests}
	if s.Filter != nil {
		out.filters = slices.Clone(in.filters)
		for _, c := range Conjuncts(s.Filter) {
			out.filters = append(out.filters, w.meaning(c, in.columns))
		}
		slices.Sort(out.filters)
		out.filters = slices.Compact(out.filters)
	}
	for _, e := range s.Exprs {
		out.columns = append(out.columns, w.meaning(e, in.columns))
	}
	return out
}

// Conjuncts are the conditions that must all be TRUE: those of one Calc, or of several on top of each other.
func Conjuncts(e Expr) []Expr {
	c, ok := e.(*Call)
	if !ok || c.Name != "AND" {
		return []Expr{e}
	}
	var out []Expr
	for _, a := range c.Args {
		out = append(out, Conjuncts(a)...)
	}
	return out
}

func unnested(s *Unnest, in branch, columns int) branch {
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
	out := branch{origin: in.origin, source: in.source, filters: in.filters, unnests: append(slices.Clone(in.unnests), name)}
	out.columns = slices.Clone(in.columns)
	if s.Drops {
		out.columns = slices.Delete(out.columns, s.Array, s.Array+1)
	}
	parts := columns - len(out.columns)
	if s.Ordinality {
		parts--
	}
	out.columns = append(out.columns, short("element("+name+")"))
	for i := 1; i < parts; i++ { // of a ROW, or of a MAP's entry
		out.columns = append(out.columns, short(fmt.Sprintf("part %d of element(%s)", i, name)))
	}
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
func (w wording) windowAggregate(g *Graph, d *description, n *Node, s *WindowAggregate, phase Phase) string {
	var r roles
	x := s.Window
	text := [...]string{kindWindowAggregate + " in one phase", kindLocalAggregate, kindWindowAggregate + " of partial results"}[phase] + " "
	if x.Kind == Attached {
		text += "in attached windows " + r.list([]int{x.Start, x.End})
	} else {
		text += fmt.Sprintf("in tumbling windows of %d from %d by %s", x.Size, x.Offset, r.of(x.Time))
	}
	if x.LTZ {
		text += fmt.Sprintf(" in zone %q", s.Zone)
	}
	text += modes(s.Batch, s.Retracts) + " by " + r.list(s.Keys) + ": " + w.calls(s.Aggregates, &r)
	return text + " of " + g.inputs(d, n, r)
}

func (w wording) groupAggregate(g *Graph, d *description, n *Node, s *GroupAggregate) string {
	var r roles
	text := kindAggregate + modes(s.Batch, s.Retracts) + " by " + r.list(s.Keys) + ": " + w.calls(s.Aggregates, &r)
	return text + " of " + g.inputs(d, n, r)
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

func (w wording) calls(aggs []Aggregate, r *roles) string {
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
			s += " with " + w.meaning(c, nil)
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
func aggregated(node int, text string, keys, aggs int, properties []WindowProperty) []branch {
	b := branch{origin: node, source: "[" + digest(text) + "]"}
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
func (g *Graph) keeping(d *description, n *Node, kind string, keys []SortKey, offset, limit int64, retracts bool) string {
	var r roles
	order := make([]string, len(keys))
	for i, k := range keys {
		order[i] = fmt.Sprintf("%s desc %v nulls first %v", r.of(k.Column), k.Desc, k.NullsFirst)
	}
	text := fmt.Sprintf("%s%s by %s from %d, %d rows", kind, modes(false, retracts), list(order), offset, limit)
	if kind != kindLimit || retracts {
		text += " keeping " + r.list(allOf(g.Nodes[n.Inputs[0].From].Schema))
	}
	return text + " of " + g.inputs(d, n, r)
}

func (d *description) passed(node int) []branch {
	out := make([]branch, len(d.in))
	for i, b := range d.in {
		out[i] = b.behind(node, "["+digest(d.text)+"]")
	}
	return out
}

// inputs describes the rows that come to a node with those of their columns that it uses, and notes them as what it
// reads. The branches of a UNION ALL have no order.
func (g *Graph) inputs(d *description, n *Node, used roles) string {
	schema := g.Nodes[n.Inputs[0].From].Schema
	types := make([]string, len(used))
	for i, c := range used {
		types[i] = schema[c].Type.Plain().Uncommented().String()
	}
	d.reads = make([]read, len(d.in))
	for i, b := range d.in {
		columns := make([]string, len(used))
		for j, c := range used {
			columns[j] = b.columns[c]
		}
		d.reads[i] = read{b.origin, b.with(columns)}
	}
	return list(types) + " " + unordered(d.reads)
}

// gives describes the rows that a node makes of those it reads, with all their columns.
func (d *description) gives() string {
	d.reads = make([]read, len(d.out))
	for i, b := range d.out {
		d.reads[i] = read{b.origin, b.with(b.columns)}
	}
	return unordered(d.reads)
}

func unordered(reads []read) string {
	parts := make([]string, len(reads))
	for i, r := range reads {
		parts[i] = r.what
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
