package planner

import (
	"fmt"
	"strings"
	"testing"

	"weir/planner/plan"
)

// stored is what a savepoint tells of the operators of a script's last statement.
func stored(t *testing.T, script string) []plan.Stored {
	t.Helper()
	var out []plan.Stored
	for _, n := range mustPlan(t, script, func(e *Env) { e.Durable = true }).Nodes {
		out = append(out, plan.Stored{UID: n.UID, Name: n.Name, Kind: n.Kind(), Parallelism: n.Parallelism, Max: n.Max, MaxOrigin: n.MaxOrigin, Stateful: n.Stateful()})
	}
	return out
}

// maxima prints the maxima of a graph's operators, a bar where a chain ends.
func maxima(g *plan.Graph) string {
	var s strings.Builder
	for _, stage := range g.Stages {
		for _, id := range stage.Nodes {
			n := g.Nodes[id]
			fmt.Fprintf(&s, "%s %d/%d %s, ", n.Name, n.Parallelism, n.Max, n.MaxOrigin)
		}
		s.WriteString("| ")
	}
	return strings.TrimSuffix(s.String(), ", | ")
}

const (
	grouped = "SELECT k, COUNT(*), SUM(v) FROM src GROUP BY k"
	max9    = "SET 'pipeline.max-parallelism' = '9'; "
)

func TestAdopt(t *testing.T) {
	mixed := "SELECT k, COUNT(*) FROM src /*+ MAX_PARALLELISM(20) */ GROUP BY k"
	for _, c := range []struct{ name, before, after, want string }{
		{"the same", grouped, grouped, "scan src 4/128 savepoint, | aggregate 4/128 savepoint, result 4/128 savepoint"},
		{"a maximum that was set and is not any more", max9 + grouped, grouped, "scan src 4/9 savepoint, | aggregate 4/9 savepoint, result 4/9 savepoint"},
		{"another parallelism", max9 + grouped, "SET 'parallelism.default' = '1'; " + grouped, "scan src 1/9 savepoint, aggregate 1/9 savepoint, result 1/9 savepoint"},
		{"up to the maximum", max9 + grouped, "SET 'parallelism.default' = '9'; " + grouped, "scan src 9/9 savepoint, | aggregate 9/9 savepoint, result 9/9 savepoint"},
		{"a derived maximum above the usual one", "SET 'parallelism.default' = '100'; " + grouped, grouped, "scan src 4/256 savepoint, | aggregate 4/256 savepoint, result 4/256 savepoint"},
		{"set to the stored one", max9 + grouped, max9 + grouped, "scan src 4/9 SET, | aggregate 4/9 SET, result 4/9 SET"},
		{"new operators have the number that all have", max9 + grouped, "SELECT k, c + 1 FROM (SELECT k, COUNT(*) AS c, SUM(v) AS s FROM src GROUP BY k) WHERE c > 1",
			"scan src 4/9 savepoint, | aggregate 4/9 savepoint, calc 4/9 savepoint, result 4/9 savepoint"},
		{"but not above it", max9 + grouped, "SELECT k, c + 1 FROM (SELECT /*+ PARALLELISM(2) */ k, COUNT(*) AS c, SUM(v) AS s FROM src GROUP BY k) WHERE c > 1",
			"scan src 2/9 savepoint, | aggregate 2/9 savepoint, | calc 4/9 savepoint, result 4/9 savepoint"},
		{"operators without state run at any parallelism", max9 + "SET 'parallelism.default' = '2'; INSERT INTO sink SELECT k, v FROM other", "SET 'parallelism.default' = '2'; INSERT INTO sink SELECT /*+ PARALLELISM('filter'='12') */ k, v FROM other WHERE v > 0",
			"scan other 2/9 savepoint, | calc 12/128 derived, | sink sink 2/9 savepoint"},
		{"each its own, and new ones that of their neighbours", mixed, "SELECT k, c + 1 FROM (SELECT k, COUNT(*) AS c FROM (SELECT k FROM src) GROUP BY k) WHERE c > 1",
			"scan src 4/20 savepoint, | aggregate 4/128 savepoint, calc 4/128 savepoint, result 4/128 savepoint"},
		{"one global group", "SELECT COUNT(*) FROM src", max9 + "SELECT COUNT(*) FROM other", "scan other 4/9 SET, | aggregate 1/1 required, result 1/1 required"},
		{"a scan at its own parallelism", max9 + "SELECT UPPER(k) FROM other /*+ PARALLELISM(2) */", "SELECT UPPER(k) FROM other /*+ PARALLELISM(2) */", "scan other 2/9 savepoint, | calc 4/9 savepoint, result 4/9 savepoint"},
		{"two phases", max9 + tumbling, "SET 'parallelism.default' = '1'; " + tumbling, "scan src 1/9 savepoint, local window aggregate 1/9 savepoint, window aggregate 1/9 savepoint, calc 1/9 savepoint, result 1/9 savepoint"},
	} {
		s := stored(t, c.before)
		g := mustPlan(t, c.after, func(e *Env) { e.Stored = s })
		if got := maxima(g); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestExplainSaysSavepoint(t *testing.T) {
	s := stored(t, max9+grouped)
	g := mustPlan(t, "SET 'parallelism.default' = '2'; "+grouped, func(e *Env) { e.Stored = s })
	const want = `operator                   parallelism   max
result (changelog)         2  input      9  savepoint
└─ aggregate               2  SET        9  savepoint
   │  by k: COUNT(*), SUM(v)
   │  key groups 0–4, 5–8
   │  state for ever: k → COUNT, SUM
   │  changes +I −U +U −D by k
   └─ HASH(k) ─ scan src   2  SET        9  savepoint
         filesystem csv in, unbounded
         columns k, v, ts
         watermark for ts as ts - INTERVAL 4 s
`
	if got := plan.Explain(g, nil); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if text := plan.ExplainJSON(g); strings.Count(text, `"max_parallelism": "savepoint"`) != 2 {
		t.Errorf("JSON without the origin:\n%s", text)
	}
}

func TestRestoreIsRefused(t *testing.T) {
	const sourceAlone = "SELECT k, COUNT(*) FROM src GROUP BY k"
	for _, c := range []struct{ name, before, after, want string }{
		{"parallelism above the stored maximum", "SET 'pipeline.max-parallelism' = '4'; " + grouped,
			"SET 'parallelism.default' = '5'; " + grouped,
			`W3011: the parallelism (5, from SET) of aggregate is higher than the maximum parallelism (4) of the state that it is restored from
  at ` + grouped + `
  hint: lower the parallelism to 4 or less; 'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism
`},
		{"a hint above it", "SET 'pipeline.max-parallelism' = '4'; " + grouped,
			"SELECT /*+ PARALLELISM('aggregate'='5') */ k, COUNT(*), SUM(v) FROM src GROUP BY k",
			`W3011: the parallelism (5, from hint) of aggregate is higher than the maximum parallelism (4) of the state that it is restored from
  at 'aggregate'='5'
  hint: lower the parallelism to 4 or less; 'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism
`},
		{"another maximum", grouped, "SET 'pipeline.max-parallelism' = '256'; " + grouped,
			`W3012: the maximum parallelism (256, from SET) of aggregate is not that of the state that it is restored from (128)
  at ` + grouped + `
  hint: leave the maximum parallelism unset, or set it to 128; 'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism
`},
		{"a hint of another", grouped, "SELECT /*+ MAX_PARALLELISM('aggregate'='64') */ k, COUNT(*), SUM(v) FROM src GROUP BY k",
			`W3012: the maximum parallelism (64, from hint) of aggregate is not that of the state that it is restored from (128)
  at 'aggregate'='64'
  hint: leave the maximum parallelism unset, or set it to 128; 'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism
`},
		{"another of the source alone", sourceAlone, "SELECT k, COUNT(*) FROM src /*+ MAX_PARALLELISM(64) */ GROUP BY k",
			`W3012: the maximum parallelism (64, from hint) of scan src is not that of the state that it is restored from (128)
  at src /*+ MAX_PARALLELISM(64) */
  hint: leave the maximum parallelism unset, or set it to 128; 'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism
`},
	} {
		s := stored(t, c.before)
		_, err := planned(t, c.after, func(e *Env) { e.Stored = s })
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		if got := errorText(err); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// What the statements of oracle/restore/changed-query keep, drop and start empty.
func TestMatch(t *testing.T) {
	for _, c := range []struct{ name, before, after, kept, dropped, empty string }{
		{"the same", grouped, grouped, "scan src, aggregate", "", ""},
		{"HAVING", grouped, grouped + " HAVING COUNT(*) > 1", "scan src, aggregate", "", ""},
		{"WHERE before the aggregate", grouped, "SELECT k, COUNT(*), SUM(v) FROM src WHERE v > 5 GROUP BY k", "scan src", "aggregate", "aggregate"},
		{"another function", grouped, "SELECT k, COUNT(*), MAX(v) FROM src GROUP BY k", "scan src", "aggregate", "aggregate"},
		{"other accumulators", grouped, "SELECT k, COUNT(*), CAST(AVG(CAST(v AS DOUBLE)) AS BIGINT) FROM src GROUP BY k", "scan src", "aggregate", "aggregate"},
		{"no aggregate", grouped, "SELECT k, v, v FROM src", "scan src", "aggregate", ""},
		{"one more aggregate", "SELECT k, v FROM src", grouped, "scan src", "", "aggregate"},
		{"a source of another path", grouped, "DROP VIEW big; DROP TABLE src; CREATE TABLE src (k STRING, v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'elsewhere', 'format' = 'csv'); " + grouped,
			"", "scan src, aggregate", "scan src, aggregate"},
		{"a lost branch", "SELECT k, v FROM src UNION ALL SELECT k, v FROM other", "SELECT k, v FROM other", "scan other", "scan src", ""},
		{"windows at parallelism 1", tumbling, "SET 'parallelism.default' = '1'; " + tumbling, "scan src, window aggregate", "", ""},
		{"windows in one phase", tumbling, "SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE'; " + tumbling, "scan src", "window aggregate", "window aggregate"},
	} {
		s := stored(t, c.before)
		g := mustPlan(t, c.after, func(e *Env) { e.Stored = s })
		m := plan.Match(g, s)
		for _, x := range []struct {
			what, want string
			got        []string
		}{{"kept", c.kept, m.Kept}, {"dropped", c.dropped, m.Dropped}, {"empty", c.empty, m.Empty}} {
			if got := strings.Join(x.got, ", "); got != x.want {
				t.Errorf("%s: %s %q, want %q", c.name, x.what, got, x.want)
			}
		}
		for i, j := range m.Nodes {
			if j >= 0 && s[j].UID != g.Nodes[i].UID {
				t.Errorf("%s: %s continues %s", c.name, g.Nodes[i].Name, s[j].Name)
			}
		}
		if err := m.Refuse("sp/savepoint-1", true); err != nil {
			t.Errorf("%s: refused though it is allowed: %v", c.name, err)
		}
		if err := m.Refuse("sp/savepoint-1", false); (err != nil) != (c.dropped != "") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
