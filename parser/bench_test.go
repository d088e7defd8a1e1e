package parser

import (
	"fmt"
	"strings"
	"testing"

	"weir/parser/diag"
)

// windowQuery is of the size of a typical query: 430 bytes.
const windowQuery = `SELECT auction, window_start, window_end, COUNT(*) AS bids, SUM(price) AS total, MIN(price) AS low, MAX(price) AS high,
  AVG(CASE WHEN price > 1000 THEN price ELSE 0 END) AS mean
FROM TABLE(TUMBLE(TABLE bid /*+ PARALLELISM(4) */, DESCRIPTOR(dateTime), INTERVAL '10' SECOND))
WHERE channel IN ('apple', 'google', 'baidu') AND NOT (url LIKE '%x%' OR extra IS NULL)
GROUP BY auction, window_start, window_end HAVING COUNT(*) > 1`

func BenchmarkQuery(b *testing.B) {
	src := &diag.Source{Text: windowQuery}
	b.SetBytes(int64(len(windowQuery)))
	b.ReportAllocs()
	for b.Loop() {
		if p := Script(src); p[0].Err != nil {
			b.Fatal(p[0].Err)
		}
	}
}

func BenchmarkCreateTable(b *testing.B) {
	src := &diag.Source{Text: `CREATE TABLE bid (auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING,
  dateTime TIMESTAMP(3), extra STRING, dt AS DATE_FORMAT(dateTime, 'yyyy-MM-dd'), WATERMARK FOR dateTime AS dateTime - INTERVAL '4' SECOND,
  PRIMARY KEY (auction) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = 'bids', 'format' = 'csv')`}
	b.ReportAllocs()
	for b.Loop() {
		if p := Script(src); p[0].Err != nil {
			b.Fatal(p[0].Err)
		}
	}
}

// BenchmarkGrammars builds the parsers of some statements, which happens once in a process, each on first use.
func BenchmarkGrammars(b *testing.B) {
	for b.Loop() {
		lazily[createTableGrammar]()()
		lazily[createViewGrammar]()()
		lazily[insertGrammar]()()
		lazily[dropGrammar]()()
		lazily[setGrammar]()()
		lazily[resetGrammar]()()
		lazily[explainGrammar]()()
		lazily[showGrammar]()()
		lazily[describeGrammar]()()
	}
}

func BenchmarkLargeScript(b *testing.B) {
	var s strings.Builder
	for i := 0; s.Len() < 1<<20; i++ {
		fmt.Fprintf(&s, "INSERT INTO t VALUES (%d, 'text %d', TIMESTAMP '2020-01-01 00:00:00');\n", i, i)
	}
	src := &diag.Source{Text: s.String()}
	b.SetBytes(int64(s.Len()))
	for b.Loop() {
		for _, p := range Script(src) {
			if p.Err != nil {
				b.Fatal(p.Err)
			}
		}
	}
}
