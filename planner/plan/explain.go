package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/vector"
)

// Subtask is what was measured of one operator in one subtask.
type Subtask struct {
	RowsIn, RowsOut int64
	Late            int64
	Busy, Wait      time.Duration
	// What a scan has come to, and left out of it by what it was told of the filter behind it.
	RowGroups, RowGroupsSkipped, Files, FilesSkipped int64
}

// Measured returns the subtasks of a node after a run, by subtask number.
type Measured func(node int) []Subtask

// shownRanges is how many key-group ranges EXPLAIN prints before it leaves out the middle ones: they fit one line.
const shownRanges = 6

// Explain prints the graph as a tree, the result on top, or as one for each sink: each operator with its parallelism and maximum and who
// decided them, what it does, its key groups and state; between operators how rows travel. With measured it adds what
// each did.
func Explain(g *Graph, measured Measured) string {
	x := &explainer{g: g, measured: measured}
	for _, n := range g.Ends() {
		x.tree(n.ID, "", "", true)
	}
	return x.String()
}

type explainLine struct {
	left          string
	p, max        string
	in, out, late string
	busy, wait    string
	detail        bool
}

type explainer struct {
	g        *Graph
	measured Measured
	lines    []explainLine
	printed  map[int]bool
}

func (x *explainer) tree(id int, first, rest string, root bool) {
	n := x.g.Nodes[id]
	title := x.title(n)
	if x.printed[id] {
		title += " (as above)" // what several read stands with the first of them
	}
	l := explainLine{left: first + title, p: fmt.Sprintf("%d  %s", n.Parallelism, n.Origin), max: fmt.Sprintf("%d  %s", n.Max, n.MaxOrigin)}
	var spread string
	if x.measured != nil {
		spread = x.measure(n, &l)
	}
	x.lines = append(x.lines, l)
	if x.printed[id] {
		return
	}
	if x.printed == nil {
		x.printed = map[int]bool{}
	}
	x.printed[id] = true
	bar := rest
	if len(n.Inputs) > 0 {
		bar += "│  "
	} else {
		bar += "   "
	}
	for _, d := range x.details(n) {
		x.lines = append(x.lines, explainLine{left: bar + d, detail: true})
	}
	if _, ok := n.Spec.(*Scan); ok && x.measured != nil {
		for _, d := range skipped(x.measured(id)) {
			x.lines = append(x.lines, explainLine{left: bar + d, detail: true})
		}
	}
	if spread != "" {
		x.lines = append(x.lines, explainLine{left: bar + spread, detail: true})
	}
	for i, e := range n.Inputs {
		last := i == len(n.Inputs)-1
		branch, below := "├─ ", "│  "
		if last {
			branch, below = "└─ ", "   "
		}
		if e.Chained && e.Kind == Forward {
			x.tree(e.From, rest+branch, rest+below, false)
			continue
		}
		x.tree(e.From, rest+branch+x.edge(e)+" ─ ", rest+below, false)
	}
}

func (x *explainer) edge(e Edge) string {
	s := e.Kind.String()
	if e.Kind == Hash {
		s += "(" + x.columns(x.g.Nodes[e.From].Schema, e.Keys) + ")"
	}
	return s
}

func (x *explainer) columns(schema []vector.Field, cols []int) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = schema[c].Name
	}
	return strings.Join(names, ", ")
}

func (x *explainer) input(n *Node) []vector.Field {
	if len(n.Inputs) == 0 {
		return nil
	}
	return x.g.Nodes[n.Inputs[0].From].Schema
}

func (x *explainer) title(n *Node) string {
	switch s := n.Spec.(type) {
	case *WindowAggregate:
		if s.Phase == Final {
			return n.Name + " (final)"
		}
	case *Collect, *Sink:
		if !n.InsertOnly {
			return n.Name + " (changelog)"
		}
	}
	return n.Name
}

// details says in a line or two what the operator does, which key groups its subtasks own and what it keeps.
func (x *explainer) details(n *Node) []string {
	var out []string
	in := x.input(n)
	keyed := ""
	switch s := n.Spec.(type) {
	case *Scan:
		what := s.Options["connector"]
		if f := s.Options["format"]; f != "" {
			what += " " + f
		}
		if p := s.Options["path"]; p != "" {
			what += " " + p
		}
		if s.Unbounded {
			what += ", unbounded"
		}
		out = append(out, what, "columns "+none(x.columns(n.Schema, allOf(n.Schema))))
		if s.Pushed != nil {
			out = append(out, "filter "+Format(s.Pushed.Filter))
		}
		if s.Watermark != nil && s.Table.Watermark != nil {
			out = append(out, fmt.Sprintf("watermark for %s as %s", s.Table.Watermark.Column, Format(s.Watermark)))
		}
	case *Values:
		out = append(out, plural(int64(len(s.Rows)), "row"))
	case *Calc:
		if s.Filter != nil {
			out = append(out, "where "+Format(s.Filter))
		}
		if p := projection(s.Exprs, n.Schema); p != "" {
			out = append(out, p)
		}
	case *Unnest:
		out = append(out, "each element of "+in[s.Array].Name)
	case *WindowAggregate:
		if s.Phase != Final {
			out = append(out, windowText(s.Window, in))
		}
		out = append(out, grouping(x.columns(in, s.Keys), aggregates(s.Aggregates, in, s.Phase == Final)))
		if s.Phase == Local {
			out = append(out, "state none: partial results leave at the latest with the watermark")
			break
		}
		keyed = "state per open window: " + keyText(x.columns(in, s.Keys)) + names(s.Aggregates)
	case *GroupAggregate:
		out = append(out, grouping(x.columns(in, s.Keys), aggregates(s.Aggregates, in, false)))
		keyed = "state for ever: " + keyText(x.columns(in, s.Keys)) + names(s.Aggregates)
		if s.Batch {
			keyed = "state until the end: " + keyText(x.columns(in, s.Keys)) + names(s.Aggregates)
		}
	case *Sort:
		out = append(out, "order by "+order(s.Keys, in)+limitText(s.Offset, s.Limit))
		keyed = "state all rows, until the end"
	case *TopN:
		out = append(out, "order by "+order(s.Keys, in)+limitText(s.Offset, s.Limit))
		keyed = "state the first rows in order"
		if s.Retracts {
			keyed = "state all rows"
		}
	case *Limit:
		out = append(out, strings.TrimPrefix(limitText(s.Offset, s.Limit), ", "))
		keyed = "state a count of rows"
		if s.Retracts {
			keyed = "state all rows"
		}
	case *Sink:
		what := s.Options["connector"]
		if f := s.Options["format"]; f != "" {
			what += " " + f
		}
		if p := s.Options["path"]; p != "" {
			what += " " + p
		}
		if s.Overwrite {
			what += ", overwritten"
		}
		out = append(out, what)
		if s.Static != nil {
			out = append(out, "partition "+static(s.Static))
		}
	}
	if keyed != "" {
		out = append(out, "key groups "+ranges(n), keyed)
	}
	if !n.InsertOnly {
		if _, ok := n.Spec.(*Collect); !ok && len(n.UpsertKey) > 0 {
			out = append(out, "changes +I −U +U −D by "+x.columns(n.Schema, n.UpsertKey))
		}
	}
	return out
}

// static lists the values that PARTITION gives.
func static(values map[string]*Literal) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, k+" = "+formatLiteral(values[k]))
	}
	return strings.Join(parts, ", ")
}

func none(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func allOf(schema []vector.Field) []int {
	out := make([]int, len(schema))
	for i := range out {
		out[i] = i
	}
	return out
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func projection(exprs []Expr, schema []vector.Field) string {
	parts := make([]string, len(exprs))
	for i, e := range exprs {
		parts[i] = Format(e)
		if parts[i] != schema[i].Name {
			parts[i] += " AS " + schema[i].Name
		}
	}
	return strings.Join(parts, ", ")
}

func windowText(w Window, in []vector.Field) string {
	if w.Kind == Attached {
		return fmt.Sprintf("windows as in %s, %s", in[w.Start].Name, in[w.End].Name)
	}
	s := fmt.Sprintf("TUMBLE(%s, %s", in[w.Time].Name, Duration(w.Size))
	if w.Offset != 0 {
		s += ", offset " + Duration(w.Offset)
	}
	return s + ")"
}

func grouping(keys, aggs string) string {
	s := "all rows"
	if keys != "" {
		s = "by " + keys
	}
	if aggs != "" {
		s += ": " + aggs
	}
	return s
}

func aggregates(aggs []Aggregate, in []vector.Field, final bool) string {
	parts := make([]string, len(aggs))
	for i, a := range aggs {
		var args []string
		for _, c := range a.Args {
			args = append(args, in[c].Name)
		}
		for _, c := range a.Constants {
			args = append(args, formatLiteral(c))
		}
		text := strings.Join(args, ", ")
		if len(args) == 0 {
			text = "*"
		}
		if a.Distinct {
			text = "DISTINCT " + text
		}
		if final {
			parts[i] = "merge " + a.Func
			continue
		}
		parts[i] = fmt.Sprintf("%s(%s)", a.Func, text)
		if a.Filter >= 0 {
			parts[i] += " where " + in[a.Filter].Name
		}
	}
	return strings.Join(parts, ", ")
}

func keyText(keys string) string {
	if keys == "" {
		return ""
	}
	return keys + " → "
}

func names(aggs []Aggregate) string {
	parts := make([]string, len(aggs))
	for i, a := range aggs {
		parts[i] = a.Func
	}
	if len(parts) == 0 {
		return "seen"
	}
	return strings.Join(parts, ", ")
}

func order(keys []SortKey, in []vector.Field) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = in[k.Column].Name
		if k.Desc {
			parts[i] += " DESC"
		}
		if k.NullsFirst == k.Desc {
			parts[i] += map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[k.NullsFirst]
		}
	}
	return strings.Join(parts, ", ")
}

func limitText(offset, limit int64) string {
	s := ""
	if limit >= 0 {
		s += ", first " + plural(limit, "row")
	}
	if offset > 0 {
		s += ", after " + plural(offset, "row")
	}
	return s
}

// ranges lists the key groups of each subtask, the middle ones left out when there are many.
func ranges(n *Node) string {
	var parts []string
	for i := range n.Parallelism {
		if n.Parallelism > shownRanges && i >= shownRanges-2 && i < n.Parallelism-1 {
			if i == shownRanges-2 {
				parts = append(parts, "…")
			}
			continue
		}
		parts = append(parts, n.Space().Range(i, n.Parallelism).String())
	}
	return strings.Join(parts, ", ")
}

func (x *explainer) measure(n *Node, l *explainLine) string {
	tasks := x.measured(n.ID)
	var in, out, late int64
	var busy, wait time.Duration
	rows := make([]int64, 0, len(tasks))
	for _, t := range tasks {
		in, out, late, busy, wait = in+t.RowsIn, out+t.RowsOut, late+t.Late, busy+t.Busy, wait+t.Wait
		rows = append(rows, t.RowsIn)
	}
	if _, ok := n.Spec.(*Scan); ok {
		rows = rows[:0]
		for _, t := range tasks {
			rows = append(rows, t.RowsOut)
		}
	}
	l.in, l.out, l.late = Grouped(in), Grouped(out), Grouped(late)
	l.busy, l.wait = busy.Round(time.Millisecond).String(), wait.Round(time.Millisecond).String()
	if len(rows) < 2 {
		return ""
	}
	slices.Sort(rows)
	return fmt.Sprintf("rows per subtask: min %s, median %s, max %s", Grouped(rows[0]), Grouped((rows[(len(rows)-1)/2]+rows[len(rows)/2])/2), Grouped(rows[len(rows)-1]))
}

// skipped says what a scan has left out, of those kinds of things that it had a choice about.
func skipped(tasks []Subtask) []string {
	var files, filesSkipped, groups, groupsSkipped int64
	for _, t := range tasks {
		files, filesSkipped = files+t.Files, filesSkipped+t.FilesSkipped
		groups, groupsSkipped = groups+t.RowGroups, groupsSkipped+t.RowGroupsSkipped
	}
	var out []string
	if files > 0 {
		out = append(out, fmt.Sprintf("files skipped: %s of %s", Grouped(filesSkipped), Grouped(files)))
	}
	if groups > 0 {
		out = append(out, fmt.Sprintf("row groups skipped: %s of %s", Grouped(groupsSkipped), Grouped(groups)))
	}
	return out
}

// Grouped prints n with commas between thousands.
func Grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// String lays the lines out in columns.
func (x *explainer) String() string {
	head := explainLine{left: "operator", p: "parallelism", max: "max"}
	if x.measured != nil {
		head.in, head.out, head.late, head.busy, head.wait = "rows in", "rows out", "late", "busy", "waiting"
	}
	lines := append([]explainLine{head}, x.lines...)
	cells := func(l explainLine) []string {
		return []string{l.left, l.p, l.max, l.in, l.out, l.late, l.busy, l.wait}
	}
	width := make([]int, 8)
	for _, l := range lines {
		if l.detail {
			continue
		}
		for i, c := range cells(l) {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	var s strings.Builder
	for _, l := range lines {
		if l.detail {
			s.WriteString(l.left + "\n")
			continue
		}
		line := ""
		for i, c := range cells(l) {
			if width[i] == 0 {
				continue
			}
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			switch {
			case i > 2:
				line += "   " + pad + c
			case i > 0:
				line += "   " + c + pad
			default:
				line += c + pad
			}
		}
		s.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return s.String()
}
