package expr_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec/expr"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
	"weir/planner/logical"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// oracleCase is an expression with what Flink 2.2.1 answered, also over nullable columns; or a script of queries.
type oracleCase struct {
	ID, Topic, SQL string
	Type           string
	Value          *string
	Error          string
	When           string
	Internal       bool
	OnColumns      *struct {
		Columns [][2]string
		Rows    [][]*string
		SQL     string
		Type    string
		Values  []*string
		Error   string
		Differs bool
	}
	Config     map[string]string
	Statements []string
	Expect     []struct {
		Error string
		Types []string
		Rows  [][]*string
	}
}

var fixedNow = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)

// query evaluates a query without tables.
func query(sql string, zone *time.Location) (types []string, rows [][]*string, err error) {
	src := &diag.Source{Text: sql}
	parsed := parser.Script(src)
	if len(parsed) != 1 {
		return nil, nil, fmt.Errorf("%d statements", len(parsed))
	}
	if parsed[0].Err != nil {
		return nil, nil, parsed[0].Err
	}
	if _, ok := parsed[0].Statement.(*ast.QueryStatement); !ok {
		return nil, nil, errors.New("this statement is not supported")
	}
	settings := catalog.NewSettings()
	if err := settings.Set("execution.runtime-mode", "batch", catalog.Environment); err != nil {
		return nil, nil, err
	}
	env := expr.Env{Zone: zone, Now: func() time.Time { return fixedNow }, Source: src}
	n, err := planner.Resolve(parsed[0].Statement, &planner.Env{Catalog: catalog.New(), Settings: settings, Source: src, Cores: 1,
		Constant: func(e plan.Expr) (*plan.Literal, error) { return expr.Constant(e, env) }})
	if err != nil {
		return nil, nil, err
	}
	b, err := evaluate(n, env)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range n.Schema() {
		types = append(types, f.Type.String())
	}
	for i := range b.Len() {
		var row []*string
		for k, f := range n.Schema() {
			if b.Columns[k].IsNull(i) {
				row = append(row, nil)
				continue
			}
			s := string(kernel.AppendText(nil, b.Columns[k], f.Type, i, zone))
			row = append(row, &s)
		}
		rows = append(rows, row)
	}
	return types, rows, nil
}

// evaluate computes a tree of constant rows, projections and filters.
func evaluate(n logical.Node, env expr.Env) (vector.Batch, error) {
	var b vector.Batch
	if len(n.Inputs()) > 0 {
		var err error
		if b, err = evaluate(n.Inputs()[0], env); err != nil {
			return b, err
		}
	}
	switch n := n.(type) {
	case *logical.Collect, *logical.Sort:
		return b, nil
	case *logical.Values:
		var batches []vector.Batch
		for _, row := range n.Rows {
			p, err := expr.Compile(row, env)
			if err != nil {
				return b, err
			}
			columns, err := p.Eval(vector.Batch{Rows: 1})
			if err != nil {
				return b, err
			}
			batches = append(batches, vector.Batch{Columns: columns, Rows: 1})
		}
		return vector.Concat(batches), nil
	case *logical.Project:
		p, err := expr.Compile(n.Exprs, env)
		if err != nil {
			return b, err
		}
		columns, err := p.Eval(b)
		if err == nil {
			err = otherForms(p, n, b, columns, env)
		}
		return vector.Batch{Columns: columns, Rows: b.Rows}, err
	case *logical.Filter:
		f, err := expr.CompileFilter(n.Cond, env)
		if err != nil {
			return b, err
		}
		indices, all, err := f.Select(b)
		if err != nil || all {
			return b, err
		}
		return b.Take(indices), nil
	}
	return b, fmt.Errorf("%T is not supported", n)
}

// otherForms evaluates again what was evaluated: over slices of longer columns, over dictionaries, and each row alone.
// The columns of the first time must not change by it.
func otherForms(p *expr.Program, n *logical.Project, b vector.Batch, columns []vector.Column, env expr.Env) error {
	if b.Rows == 0 {
		return nil
	}
	text := func(c vector.Column, k, i int) string {
		if c.IsNull(i) {
			return "NULL"
		}
		return string(kernel.AppendText(nil, c, n.Schema()[k].Type, i, env.Zone))
	}
	var want [][]string
	for k, c := range columns {
		want = append(want, nil)
		for i := range b.Rows {
			want[k] = append(want[k], text(c, k, i))
		}
	}
	indices := []int32{0, 0, 0}
	for i := range b.Rows {
		indices = append(indices, int32(i))
	}
	sliced := b.Take(indices).Slice(3, len(indices))
	coded := b
	coded.Columns = slices.Clone(b.Columns)
	for k, c := range b.Columns {
		if t := n.Inputs()[0].Schema()[k].Type; t.IsString() && !c.IsDict() {
			coded.Columns[k] = encode(c)
		}
	}
	for name, form := range map[string]vector.Batch{"a slice": sliced, "dictionaries": coded, "the same again": b} {
		again, err := p.Eval(form)
		if err != nil {
			return fmt.Errorf("over %s: %w", name, err)
		}
		for k, c := range again {
			for i := range b.Rows {
				if got := text(c, k, i); got != want[k][i] {
					return fmt.Errorf("over %s: column %d row %d is %s, was %s", name, k, i, got, want[k][i])
				}
			}
		}
	}
	for i := range b.Rows {
		alone, err := p.Eval(b.Slice(i, i+1))
		if err != nil {
			return fmt.Errorf("row %d alone: %w", i, err)
		}
		for k, c := range alone {
			if got := text(c, k, 0); got != want[k][i] {
				return fmt.Errorf("row %d alone: column %d is %s, was %s", i, k, got, want[k][i])
			}
		}
	}
	for k, c := range columns {
		for i := range b.Rows {
			if got := text(c, k, i); got != want[k][i] {
				return fmt.Errorf("column %d row %d changed later to %s from %s", k, i, got, want[k][i])
			}
		}
	}
	return nil
}

// encode makes a dictionary column of a plain one.
func encode(c vector.Column) vector.Column {
	d := vector.NewDict()
	d.Add([]byte("not there"))
	known := map[string]int32{}
	codes, valid := make([]int32, c.Len()), vector.NewBitmap(c.Len(), true)
	for i := range codes {
		if c.IsNull(i) {
			valid.Clear(i)
			continue
		}
		s := c.Strings().At(i)
		code, ok := known[string(s)]
		if !ok {
			code = d.Add(s)
			known[string(s)] = code
		}
		codes[i] = code
	}
	return vector.NewDictColumn(codes, valid, d)
}

// refused are the errors that say that weir does not do this.
var refused = regexp.MustCompile(`not supported|unknown function|syntax`)

func same(got, want *string, t string) bool {
	if got == nil || want == nil {
		return got == want
	}
	if *got == *want {
		return true
	}
	if !strings.HasPrefix(t, "DOUBLE") && !strings.HasPrefix(t, "FLOAT") {
		return false
	}
	// Java's digits are not always the shortest ones.
	size, tolerance := 64, 1e-12
	if strings.HasPrefix(t, "FLOAT") {
		size, tolerance = 32, 1e-6
	}
	a, err := strconv.ParseFloat(*got, size)
	b, err2 := strconv.ParseFloat(*want, size)
	return err == nil && err2 == nil && math.Abs(a-b) <= tolerance*math.Max(math.Abs(a), math.Abs(b))
}

func show(s *string) string {
	if s == nil {
		return "NULL"
	}
	return strconv.Quote(*s)
}

// differs are the cases whose answer is another one on purpose: each line of the file has the id and the reason.
func differs(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/differs.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if id, _, _ := strings.Cut(line, " "); id != "" && id != "#" {
			out[id] = true
		}
	}
	return out
}

// TestOracle asks what Flink was asked. What weir refuses is left out, but counted.
func TestOracle(t *testing.T) {
	f, err := os.Open("testdata/oracle.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	skip := differs(t)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	right := map[string]int{}
	for lines.Scan() {
		var c oracleCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if skip[c.ID] || c.Internal {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			if answered(t, c) && !t.Failed() {
				right[c.Topic]++
			}
		})
	}
	total := 0
	for _, topic := range slices.Sorted(maps.Keys(right)) {
		total += right[topic]
		t.Logf("%-14s %d", topic, right[topic])
	}
	t.Logf("%d cases answered as Flink does", total)
	if total < 1250 {
		t.Errorf("only %d cases are answered", total)
	}
}

func answered(t *testing.T, c oracleCase) bool {
	if c.Statements != nil {
		return script(t, c)
	}
	done := false
	columns := c.OnColumns
	// Where the constant's answer is another than the column's, the column's is ours.
	if columns == nil || !columns.Differs {
		types, rows, err := query("SELECT "+c.SQL, time.UTC)
		switch {
		case err != nil && c.Error != "":
			return true
		case err != nil && refused.MatchString(err.Error()):
			return false
		case err != nil:
			t.Errorf("%s: %v, want %s %s", c.SQL, err, c.Type, show(c.Value))
		case c.Error != "" && (columns == nil || columns.Error != ""):
			t.Errorf("%s: %s %s, Flink refuses: %s", c.SQL, types[0], show(rows[0][0]), c.Error)
		case c.Error == "":
			if types[0] != c.Type || !same(rows[0][0], c.Value, c.Type) {
				t.Errorf("%s: %s %s, want %s %s", c.SQL, types[0], show(rows[0][0]), c.Type, show(c.Value))
			}
		}
		done = true
	}
	if columns == nil {
		return done
	}
	return overColumns(t, c) || done
}

func overColumns(t *testing.T, c oracleCase) bool {
	columns := c.OnColumns
	var text strings.Builder
	fmt.Fprintf(&text, "SELECT %s FROM (SELECT * FROM (VALUES ", columns.SQL)
	for i, row := range columns.Rows {
		if i > 0 {
			text.WriteString(", ")
		}
		fmt.Fprintf(&text, "(%d", i+1)
		for k, v := range row {
			if v == nil {
				fmt.Fprintf(&text, ", CAST(NULL AS %s)", columns.Columns[k][1])
			} else {
				text.WriteString(", " + *v)
			}
		}
		text.WriteString(")")
	}
	text.WriteString(") AS t(rid")
	for _, k := range columns.Columns {
		text.WriteString(", " + k[0])
	}
	text.WriteString(") LIMIT 1000)")
	types, rows, err := query(text.String(), time.UTC)
	switch {
	case err != nil && columns.Error != "":
		return true
	case err != nil && refused.MatchString(err.Error()):
		return false
	case err != nil:
		t.Errorf("over columns, %s of %s: %v, want %s", columns.SQL, text.String(), err, columns.Type)
	case columns.Error != "":
		t.Errorf("over columns, %s: %s %s, Flink fails: %s", text.String(), types[0], show(rows[0][0]), columns.Error)
	case types[0] != columns.Type:
		t.Errorf("over columns, %s: %s, want %s", text.String(), types[0], columns.Type)
	default:
		for i, want := range columns.Values {
			if !same(rows[i][0], want, columns.Type) {
				t.Errorf("over columns, %s, row %d: %s, want %s", text.String(), i, show(rows[i][0]), show(want))
			}
		}
	}
	return true
}

func script(t *testing.T, c oracleCase) bool {
	zone := time.UTC
	if name := c.Config["table.local-time-zone"]; name != "" {
		var err error
		if zone, err = catalog.LoadZone(name); err != nil {
			return false
		}
	}
	for i, sql := range c.Statements {
		want := c.Expect[i]
		types, rows, err := query(sql, zone)
		if err != nil && (want.Error != "" || refused.MatchString(err.Error())) {
			return want.Error != ""
		}
		if err != nil || want.Error != "" {
			t.Errorf("%s: %v, want %v %s", sql, err, want.Types, want.Error)
			return false
		}
		if !slices.Equal(types, want.Types) {
			t.Errorf("%s: %v, want %v", sql, types, want.Types)
		}
		for k, row := range want.Rows {
			for j, v := range row[1:] {
				if !same(rows[k][j], v, types[j]) {
					t.Errorf("%s in %s: %s, want %s", sql, zone, show(rows[k][j]), show(v))
				}
			}
		}
	}
	return true
}
