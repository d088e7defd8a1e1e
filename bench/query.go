package main

import (
	"fmt"
	"strings"
)

// A task is one question, put to both engines.
type task struct {
	name  string
	about string
	keys  []string // grouped by these and by a window of ten seconds
	// measures of a group: what both engines write, and what DuckDB needs where
	// it says the same in other words
	measures []measure
	where    string // of the bids, in both languages; empty: all
	filter   bool   // no groups: the expensive bids, five columns of them, written to files
}

type measure struct{ name, weir, duckdb string }

var count = measure{name: "bids", weir: "COUNT(*)", duckdb: "count(*)"}

// prices are computed per auction and per channel. AVG over BIGINT is a BIGINT in
// Flink's SQL and a DOUBLE in DuckDB's, so DuckDB cuts it, once per group.
var prices = []measure{
	count,
	{name: "price_sum", weir: "SUM(price)", duckdb: "sum(price)"},
	{name: "price_min", weir: "MIN(price)", duckdb: "min(price)"},
	{name: "price_max", weir: "MAX(price)", duckdb: "max(price)"},
	{name: "price_avg", weir: "AVG(price)", duckdb: "trunc(avg(price))::BIGINT"},
}

var tasks = []task{
	{name: "T1", about: "count, sum, min, max, avg(price) per auction per 10 s", keys: []string{"auction"}, measures: prices},
	{name: "T2", about: "count, sum, min, max, avg(price) per channel per 10 s", keys: []string{"channel"}, measures: prices},
	{name: "T3", about: "count per 10 s", measures: []measure{count}},
	{name: "T4", about: "filter and five columns, CSV to CSV", filter: true},
	{name: "T5", about: "T1 of ten seconds out of all", keys: []string{"auction"}, measures: prices, where: tenSeconds},
}

// formats are the file formats by the names that weir's option 'format' has.
var formats = []string{"csv", "json", "parquet"}

// runs says whether the task is put over files of the format.
func (t task) runs(format string) bool { return !t.filter || format == "csv" }

const (
	kept     = "auction, bidder, price, channel, dateTime"
	isKept   = "price >= 1000000" // a third of the bids
	windowed = "window_start, window_end"
	// tenSeconds are 100,000 bids; the input is in order of time, so they stand together.
	tenSeconds = "dateTime >= TIMESTAMP '2026-01-01 00:00:50' AND dateTime < TIMESTAMP '2026-01-01 00:01:00'"
)

// condition is the WHERE clause; empty: there is none.
func (t task) condition() string {
	if t.where == "" {
		return ""
	}
	return " WHERE " + t.where
}

// weirScript asks over input. Results of T4 go to the directory output, those of
// the others to standard output.
func (t task) weirScript(input, format, output string) string {
	var sql strings.Builder
	fmt.Fprintf(&sql, `CREATE TABLE bid (
  auction BIGINT,
  bidder BIGINT,
  price BIGINT,
  channel STRING,
  url STRING,
  dateTime TIMESTAMP(3),
  extra STRING,
  WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = %s, 'format' = %s);
`, quote(input), quote(format))

	if t.filter {
		fmt.Fprintf(&sql, `CREATE TABLE expensive (
  auction BIGINT,
  bidder BIGINT,
  price BIGINT,
  channel STRING,
  dateTime TIMESTAMP(3)
) WITH ('connector' = 'filesystem', 'path' = %s, 'format' = 'csv');
INSERT INTO expensive SELECT %s FROM bid WHERE %s;
`, quote(output), kept, isKept)
		return sql.String()
	}

	keys := strings.Join(append(t.keys[:len(t.keys):len(t.keys)], windowed), ", ")
	fmt.Fprintf(&sql, "SELECT %s", keys)
	for _, m := range t.measures {
		fmt.Fprintf(&sql, ", %s AS %s", m.weir, m.name)
	}
	fmt.Fprintf(&sql, `
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(dateTime), INTERVAL '10' SECOND))%s
GROUP BY %s;
`, t.condition(), keys)
	return sql.String()
}

// duckdbStatement asks over input and writes to output: a file, or for T4 a
// directory with a file per thread, as weir does.
func (t task) duckdbStatement(input, format, output string) string {
	const timestamp = "TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S.%g'"
	scan := duckdbScan(input, format)

	if t.filter {
		return fmt.Sprintf("COPY (SELECT %s FROM %s WHERE %s) TO %s (FORMAT csv, HEADER false, PER_THREAD_OUTPUT true, %s)",
			kept, scan, isKept, quote(output), timestamp)
	}

	var sql strings.Builder
	sql.WriteString("COPY (SELECT ")
	for _, key := range t.keys {
		sql.WriteString(key + ", ")
	}
	sql.WriteString("window_start, window_start + INTERVAL 10 SECONDS AS window_end")
	for _, m := range t.measures {
		fmt.Fprintf(&sql, ", %s AS %s", m.duckdb, m.name)
	}
	fmt.Fprintf(&sql, " FROM (SELECT *, time_bucket(INTERVAL 10 SECONDS, dateTime) AS window_start FROM %s%s) GROUP BY ALL) TO %s (FORMAT csv, HEADER true, %s)",
		scan, t.condition(), quote(output), timestamp)
	return sql.String()
}

// duckdbScan is DuckDB's table over a file. The types of the columns of text are
// given, so that it spends no time on guessing them.
func duckdbScan(input, format string) string {
	const columns = "{'auction': 'BIGINT', 'bidder': 'BIGINT', 'price': 'BIGINT', 'channel': 'VARCHAR', 'url': 'VARCHAR', 'dateTime': 'TIMESTAMP', 'extra': 'VARCHAR'}"
	switch format {
	case "parquet":
		return fmt.Sprintf("read_parquet(%s)", quote(input))
	case "json":
		return fmt.Sprintf("read_json(%s, auto_detect = false, format = 'newline_delimited', columns = %s)", quote(input), columns)
	}
	return fmt.Sprintf(`read_csv(%s, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\n', columns = %s)`, quote(input), columns)
}

// quote makes a string literal of both dialects.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
