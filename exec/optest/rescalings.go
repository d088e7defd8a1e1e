package optest

// Rescaled is a query over RescaledTables whose job tests stop behind a checkpoint and restore at other parallelisms.
type Rescaled struct {
	Name, Query string
	Settings    map[string]string
	Count       int // the answer is any so many rows of the query without its LIMIT; 0: it is the same each time
}

// RescaledTables is the table that the queries read.
const RescaledTables = `CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${DIR}/in', 'format' = 'csv');`

const phaseStrategy = "table.optimizer.agg-phase-strategy"

// Rescalings are queries that have between them every kind of operator of streaming plans, as cmd/weir tests.
var Rescalings = []Rescaled{
	{Name: "two-phase window", Settings: map[string]string{phaseStrategy: "TWO_PHASE"},
		Query: "SELECT k, window_start, COUNT(*), SUM(CAST(v AS BIGINT)), AVG(v), MAX(v) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end"},
	{Name: "single-phase window", Settings: map[string]string{phaseStrategy: "ONE_PHASE"},
		Query: "SELECT k, window_start, COUNT(DISTINCT v), FIRST_VALUE(id), LISTAGG(CAST(id AS STRING)) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end"},
	{Name: "aggregate", Query: "SELECT k, COUNT(*), SUM(v), MIN(v), COUNT(DISTINCT v) FROM e GROUP BY k"},
	{Name: "two-level aggregate", Query: "SELECT g, COUNT(*), SUM(s), MAX(s), MIN(c) FROM (SELECT v, MAX(id) / 25 AS g, COUNT(*) AS c, SUM(id) AS s FROM e GROUP BY v) GROUP BY g"},
	{Name: "values with parts", Query: `SELECT r, n, vs, f, m FROM (SELECT CAST(ROW(k, v % 10) AS ROW<k STRING, v INT>) AS r, COUNT(DISTINCT ARRAY[v]) AS n, COLLECT(ROW(v % 3)) AS vs,
		FIRST_VALUE(ARRAY[id]) AS f, LAST_VALUE(MAP['id', id]) AS m FROM e GROUP BY CAST(ROW(k, v % 10) AS ROW<k STRING, v INT>)) ORDER BY r LIMIT 20`},
	{Name: "distinct", Query: "SELECT DISTINCT v FROM e"},
	{Name: "top-n", Query: "SELECT k, id, v FROM e ORDER BY v DESC, id LIMIT 20"},
	{Name: "limit", Query: "SELECT k, id FROM e WHERE v > 100 LIMIT 500", Count: 500},
	{Name: "calc", Query: "SELECT k, id, v * 2 FROM e WHERE v > 100"},
}
