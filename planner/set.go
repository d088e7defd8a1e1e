package planner

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
)

// Insert is one of the INSERTs that run as one job.
type Insert struct {
	Statement *ast.Insert
	Source    *diag.Source // that it was written in
	// Into is the table that it writes into where the catalog does not have it yet; nil: the one that it names.
	Into *catalog.Table
}

// Inserts are those of a statement set that was written in one text.
func Inserts(set *ast.StatementSet, source *diag.Source) []Insert {
	all := make([]Insert, len(set.Inserts))
	for i, s := range set.Inserts {
		all[i] = Insert{Statement: s, Source: source}
	}
	return all
}

// Set plans INSERTs as one job with a sink for each: what several of them read of a table is read once. Errors are
// *diag.Diagnostic, or a diag.List of several; one that concerns the job as a whole has no span.
func Set(inserts []Insert, env *Env) (*plan.Graph, error) {
	root := &logical.Set{}
	var errs diag.List // also of equal messages, about different statements
	for _, in := range inserts {
		node, err := in.resolve(env)
		if err != nil {
			errs = append(errs, asList(err)...)
			continue
		}
		root.In = append(root.In, node)
	}
	switch len(errs) {
	case 0:
	case 1:
		return nil, errs[0]
	default:
		return nil, errs
	}
	if err := replacedOnce(root.In); err != nil {
		return nil, err
	}
	if len(root.In) == 1 {
		return physical(root.In[0], env)
	}
	return physical(root, env)
}

// resolve resolves one of a set's INSERTs in its own text.
func (in Insert) resolve(env *Env) (logical.Node, error) {
	own := *env
	own.Source = in.Source
	r := newResolver(&own)
	node, err := r.insertInto(in.Into, in.Statement)
	env.Read = own.Read
	if err != nil {
		return nil, locate(err, in.Statement.Span(), in.Source)
	}
	return node, nil
}

// locate gives an error its text, and one without a place the whole statement.
func locate(err error, at diag.Span, source *diag.Source) error {
	for _, d := range asList(err) {
		if d.Span.IsZero() && d.Source == nil {
			d.Span = at
		}
		d.In(source)
	}
	return err
}

func asList(err error) diag.List {
	switch e := err.(type) {
	case *diag.Diagnostic:
		return diag.List{e}
	case diag.List:
		return e
	}
	return nil
}

// Check says what is wrong with an INSERT that will be planned with others later: that its table can't be written, or
// that its query means nothing. Whether the two fit is seen then.
func Check(in Insert, env *Env) error {
	own := *env
	own.Source = in.Source
	r := newResolver(&own)
	_, _, err := r.target(in.Into, in.Statement)
	if err == nil {
		_, err = r.query(in.Statement.Query, context{})
		env.Read = own.Read
	}
	if err != nil {
		return locate(err, in.Statement.Span(), in.Source)
	}
	return nil
}

// replacedOnce refuses a job that replaces what a table has and writes it once more: which of the rows would be left is
// chance. Partitions that differ in a value that both statements give are as good as different tables.
func replacedOnce(sinks []logical.Node) error {
	places := make([]place, len(sinks))
	for i, n := range sinks {
		places[i] = placeOf(n.(*logical.Sink))
	}
	for i, a := range places {
		for _, b := range places[:i] {
			if !a.sink.Overwrite && !b.sink.Overwrite || !a.meets(b) {
				continue
			}
			t := a.sink.Table
			d := diag.New(codeOverwrite, a.sink.At, "table '%s' is overwritten by a statement of the set, and written by another one: it is not known which of the rows would be left", t.Path())
			if len(t.Partitions) > 0 {
				d.WithHint("let one of them run in a job of its own, or write different partitions: PARTITION (%s = value)", ast.QuoteIdent(t.Partitions[0]))
			} else {
				d.WithHint("let one of them run in a job of its own")
			}
			return d.In(a.sink.Source)
		}
	}
	return nil
}

// place is where an INSERT writes: a directory, or a table of a connector that has none; and the partition, as names of
// directories have its values.
type place struct {
	sink       *logical.Sink
	path       string // absolute, with a slash at its end; empty: none
	partitions map[string]string
}

func placeOf(s *logical.Sink) place {
	p := place{sink: s, partitions: map[string]string{}}
	path := s.Options["path"]
	if rest, ok := strings.CutPrefix(path, "file:"); ok {
		path = strings.TrimPrefix(rest, "//")
	}
	if path != "" {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		p.path = strings.TrimSuffix(path, "/") + "/"
	}
	null, ok := s.Options["partition.default-name"]
	if !ok {
		null = catalog.DefaultPartition
	}
	for k, v := range s.Static {
		text, isText := v.Value.(string)
		switch {
		case v.Value == nil, isText && text == "":
			text = null // they are one directory
		case !isText:
			text = plan.Format(v)
		}
		p.partitions[k] = text
	}
	return p
}

// meets reports whether a file may belong to both places.
func (a place) meets(b place) bool {
	if a.path == "" || b.path == "" {
		return a.sink.Table == b.sink.Table
	}
	if !strings.HasPrefix(a.path, b.path) && !strings.HasPrefix(b.path, a.path) {
		return false
	}
	if a.path != b.path {
		return true // what lies in the one is not known from the values of the other
	}
	for k, v := range a.partitions {
		if w, ok := b.partitions[k]; ok && v != w {
			return false
		}
	}
	return true
}

// jobName names a job after what it writes, as Flink does: a table that is written several times has a number.
func jobName(g *plan.Graph) string {
	var paths []string
	times, numbers := map[string]int{}, map[string]int{}
	for _, n := range g.Ends() {
		if s, ok := n.Spec.(*plan.Sink); ok {
			paths = append(paths, s.Table.Path())
			times[s.Table.Path()]++
		}
	}
	if len(paths) == 0 {
		return "query"
	}
	for i, path := range paths {
		if times[path] > 1 {
			numbers[path]++
			paths[i] = fmt.Sprintf("%s_%d", path, numbers[path])
		}
	}
	return "insert-into_" + strings.Join(paths, ",")
}

// staticPartition resolves PARTITION (k = value, …) of an INSERT; nil: there is none.
func (r *resolver) staticPartition(t *catalog.Table, s *ast.Insert) (map[string]*plan.Literal, error) {
	if len(s.Partition) == 0 {
		return nil, nil
	}
	var errs problems
	x := expressions{r: r, scope: &scope{}, clause: "PARTITION"}
	values := map[string]*plan.Literal{}
	for _, p := range s.Partition {
		name := p.Column.Name
		at := t.Column(name)
		if at < 0 || !slices.Contains(t.Partitions, name) {
			d := diag.New(codeNoColumn, p.Column.At, "'%s' is no partition column of table '%s'", name, t.Path())
			if len(t.Partitions) > 0 {
				errs.add(suggest(d, name, t.Partitions).WithNote("it is partitioned by %s", strings.Join(t.Partitions, ", ")))
			} else {
				errs.add(d.WithNote("it has no partitions"))
			}
			continue
		}
		if values[name] != nil {
			errs.add(diag.New(codeDuplicate, p.Column.At, "the partition column '%s' is named twice", name))
			continue
		}
		value, err := x.partitionValue(p, t.Columns[at])
		if err != nil {
			errs.add(err)
			continue
		}
		values[name] = value
	}
	return values, errs.err()
}

// partitionValue is the value of a column in all rows.
func (x *expressions) partitionValue(p ast.PartitionValue, c catalog.Column) (*plan.Literal, error) {
	target := c.Type.Plain()
	value, err := x.expr(p.Value)
	if err != nil {
		return nil, err
	}
	if value.Type().Kind == vector.Null {
		return null(target, p.Value.Span()), nil
	}
	from := value.Type().Plain()
	if from.Same(target) {
		return x.r.env.Constant(value)
	}
	if fits, _ := catalog.Castable(from, target); !fits {
		return nil, diag.New(codeInsert, p.Value.Span(), "the partition column '%s' is of type %s, which a value of type %s can't be cast to", c.Name, target.Name(), from.Name())
	}
	became, err := x.r.env.Constant(&plan.Cast{X: value, T: target.WithNullable(from.Nullable), At: p.Value.Span()})
	if d, ok := err.(*diag.Diagnostic); ok {
		d.Hint = "" // PARTITION takes literals only
	}
	if err != nil {
		return nil, err
	}
	lost, err := x.loses(value, became, from, target)
	if err != nil {
		return nil, err
	}
	if lost {
		return nil, diag.New(codeInsert, p.Value.Span(), "%s is no value of the partition column '%s' of type %s: it would be another partition, %s", ast.Print(p.Value), c.Name, target.Name(), plan.Format(became))
	}
	return became, nil
}

// loses reports whether a number or a text is not what it was once it has been cast.
func (x *expressions) loses(value plan.Expr, became *plan.Literal, from, target vector.Type) (bool, error) {
	before, err := x.r.env.Constant(value)
	if err != nil || before.Value == nil {
		return false, err
	}
	switch {
	case from.IsString() && target.IsString():
		return utf8.RuneCountInString(before.Value.(string)) > target.Precision, nil
	case from.IsNumeric() && target.IsNumeric():
		back, err := x.r.env.Constant(&plan.Cast{X: became, T: from.WithNullable(became.T.Nullable)})
		return err == nil && plan.Format(back) != plan.Format(before), err
	}
	return false, nil
}
