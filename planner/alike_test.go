package planner

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weir/planner/plan"
)

// feeds spells which operator that keeps something feeds which, by their UIDs.
func feeds(g *plan.Graph) string {
	from := make([][]string, len(g.Nodes)) // by node: what its rows come from
	var edges []string
	for i, n := range g.Nodes {
		for _, e := range n.Inputs {
			from[i] = append(from[i], from[e.From]...)
		}
		if !n.Keeps() {
			continue
		}
		slices.Sort(from[i])
		edges = append(edges, fmt.Sprintf("%s of %s", n.UID, strings.Join(from[i], ", ")))
		from[i] = []string{n.UID}
	}
	slices.Sort(edges)
	return strings.Join(edges, "; ")
}

// union joins queries by UNION ALL in an order.
func union(queries []string, order ...int) string {
	var s []string
	for _, i := range order {
		s = append(s, queries[i])
	}
	return strings.Join(s, " UNION ALL ")
}

// However the branches of a UNION ALL are ordered, operators that mean the same have the UIDs of those that feed and
// are fed by the same ones.
func TestAlikeInAnyOrder(t *testing.T) {
	const other = " /*+ OPTIONS('scan.parallelism'='2') */"
	for _, c := range []struct {
		name    string
		queries []string
	}{
		{"scans with readers of their own", []string{"SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, SUM(w) FROM src" + other + " GROUP BY k"}},
		{"shared scans", []string{"SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, SUM(w) FROM src" + other + " GROUP BY k", "SELECT k, MAX(v) FROM src GROUP BY k"}},
		{"one reader more", []string{"SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, COUNT(*) FROM src" + other + " GROUP BY k", "SELECT k, MAX(v) FROM src GROUP BY k"}},
		{"aggregates alike, and what follows not", []string{"SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, -COUNT(*) FROM src" + other + " GROUP BY k"}},
		{"projections", []string{"SELECT k, v FROM src", "SELECT k, w FROM src" + other}},
		{"twins", []string{"SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, COUNT(*) FROM src" + other + " GROUP BY k"}},
		{"twins that share a scan each", []string{
			"SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, COUNT(*) FROM src" + other + " GROUP BY k",
			"SELECT k, SUM(w) FROM src GROUP BY k", "SELECT k, SUM(w) FROM src" + other + " GROUP BY k",
		}},
		{"limits", []string{"SELECT k, COUNT(*) FROM (SELECT k FROM src LIMIT 3) GROUP BY k", "SELECT k, SUM(v) FROM (SELECT k, v FROM src" + other + " LIMIT 3) GROUP BY k"}},
	} {
		var orders [][]int
		permute(len(c.queries), nil, func(o []int) { orders = append(orders, slices.Clone(o)) })
		want := feeds(mustPlan(t, union(c.queries, orders[0]...), nil))
		for _, o := range orders[1:] {
			g := mustPlan(t, union(c.queries, o...), nil)
			if got := feeds(g); got != want {
				t.Errorf("%s: in order %v\n%s\nin order %v\n%s", c.name, o, got, orders[0], want)
			}
		}
	}
}

func permute(n int, begun []int, f func([]int)) {
	if len(begun) == n {
		f(begun)
		return
	}
	for i := range n {
		if !slices.Contains(begun, i) {
			permute(n, append(slices.Clone(begun), i), f)
		}
	}
}

// Where scans that were read together are read apart, or the other way round, none goes on where the other was.
func TestAlikeThatChange(t *testing.T) {
	const (
		count, sum = "SELECT k, COUNT(*) FROM src GROUP BY k", "SELECT k, SUM(w) FROM src GROUP BY k"
		apart      = "SELECT k, SUM(w) FROM src /*+ OPTIONS('scan.parallelism'='2') */ GROUP BY k"
		minus      = "SELECT k, -c FROM (SELECT k, COUNT(*) AS c FROM src /*+ OPTIONS('scan.parallelism'='2') */ GROUP BY k)"
		highest    = "SELECT k, MAX(v) FROM src /*+ OPTIONS('scan.parallelism'='2') */ GROUP BY k"
	)
	for _, c := range []struct{ name, before, after, kept, dropped, empty string }{
		{"a hint parts a scan", count + " UNION ALL " + sum, count + " UNION ALL " + apart, "", "scan src, aggregate, aggregate #2", "scan src, aggregate, scan src #2, aggregate #2"},
		{"scans become one", count + " UNION ALL " + apart, count + " UNION ALL " + sum, "", "scan src, aggregate, scan src #2, aggregate #2", "scan src, aggregate, aggregate #2"},
		{"a second scan", count, count + " UNION ALL " + apart, "", "scan src, aggregate", "scan src, aggregate, scan src #2, aggregate #2"},
		{"a reader of another scan", count + " UNION ALL " + apart, count + " UNION ALL " + highest, "scan src, aggregate", "scan src #2, aggregate #2", "scan src #2, aggregate #2"},
		{"HAVING behind one of them", count + " UNION ALL " + apart, count + " HAVING COUNT(*) > 1 UNION ALL " + apart, "scan src, aggregate, scan src #2, aggregate #2", "", ""},
		{"an aggregate of other VALUES", "SELECT x, COUNT(*) FROM (VALUES (1), (2)) AS t(x) GROUP BY x", "SELECT x, COUNT(*) FROM (VALUES (1), (3)) AS t(x) GROUP BY x", "", "values, aggregate", "values, aggregate"},
		{"HAVING behind one that its scan tells apart", count + " UNION ALL " + sum + " UNION ALL " + minus, count + " HAVING COUNT(*) > 1 UNION ALL " + sum + " UNION ALL " + minus,
			"scan src, aggregate, aggregate #2, scan src #2, aggregate #3", "", ""},
		{"HAVING behind twins", count + " UNION ALL " + strings.Replace(apart, "SUM(w)", "COUNT(*)", 1), count + " HAVING COUNT(*) > 1 UNION ALL " + strings.Replace(apart, "SUM(w)", "COUNT(*)", 1) + " HAVING COUNT(*) > 1",
			"scan src, aggregate, scan src #2, aggregate #2", "", ""},
		{"HAVING behind one of twins", count + " UNION ALL " + minus, count + " HAVING COUNT(*) > 1 UNION ALL " + minus, "scan src #2, aggregate #2", "scan src, aggregate", "scan src, aggregate"},
	} {
		s := stored(t, c.before)
		m := plan.Match(mustPlan(t, c.after, func(e *Env) { e.Stored = s }), s)
		for _, x := range []struct {
			what, want string
			got        []string
		}{{"kept", c.kept, m.Kept}, {"dropped", c.dropped, m.Dropped}, {"empty", c.empty, m.Empty}} {
			if got := strings.Join(x.got, ", "); got != x.want {
				t.Errorf("%s: %s %q, want %q", c.name, x.what, got, x.want)
			}
		}
	}
}
