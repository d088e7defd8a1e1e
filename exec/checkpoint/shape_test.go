package checkpoint_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/exec"
	"weir/exec/crashfs"
)

// shape is a statement whose recovery is tried: together they have every operator that keeps state, and every sink and
// source that outlives a job.
type shape struct {
	name     string
	settings map[string]string
	tables   string // ${DIR} stands for the directory that all lies in
	insert   string
	// ledger says that the sink takes a changelog: what is compared is what its changes come to.
	ledger bool
	// most, where it is not 0, is how many of the rows that the statement has without LIMIT are in the output.
	most int
}

const (
	csvEvents = `CREATE TABLE e (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${DIR}/csv', 'format' = 'csv');
`
	jsonEvents = `CREATE TABLE j (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, tags ARRAY<STRING>, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${DIR}/json', 'format' = 'json');
`
	packedEvents = `CREATE TABLE p (k STRING, id BIGINT, ts TIMESTAMP(3), v INT, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'filesystem', 'path' = '${DIR}/packed', 'format' = 'csv');
`
	generated = `CREATE TABLE g (n BIGINT, v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000',
'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '150',
'fields.v.kind' = 'sequence', 'fields.v.start' = '100', 'fields.v.end' = '1000');
`
	toCSV  = " WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv');\n"
	toJSON = " WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'json');\n"
	// The tests put a ledger in the place of print tables: these take changelogs.
	toLedger = " WITH ('connector' = 'print', 'print-identifier' = '${DIR}/out');\n"
)

const tumble = "FROM TABLE(TUMBLE(TABLE %s, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY k, window_start, window_end"

var (
	onePhase  = map[string]string{"table.optimizer.agg-phase-strategy": "ONE_PHASE"}
	miniBatch = map[string]string{"table.exec.mini-batch.enabled": "true", "table.exec.mini-batch.allow-latency": "1 s", "table.exec.mini-batch.size": "1000"}
)

var recovered = []shape{
	{name: "calc", tables: csvEvents + "CREATE TABLE o (k STRING, id BIGINT, ts TIMESTAMP(3))" + toCSV,
		insert: "INSERT INTO o SELECT k, id, ts FROM e WHERE v > 300"},
	{name: "calc in JSON", tables: jsonEvents + "CREATE TABLE o (k STRING, id BIGINT, ts TIMESTAMP(3), v INT)" + toJSON,
		insert: "INSERT INTO o SELECT k, id, ts, v + 1 FROM j WHERE v > 300"},
	{name: "unnest", tables: jsonEvents + "CREATE TABLE o (id BIGINT, tag STRING)" + toJSON,
		insert: "INSERT INTO o SELECT id, tag FROM j CROSS JOIN UNNEST(tags) AS x (tag)"},
	{name: "window", tables: csvEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, s BIGINT, a INT, m INT)" + toCSV,
		insert: "INSERT INTO o SELECT k, window_start, COUNT(*), SUM(CAST(v AS BIGINT)), AVG(v), MAX(v) " + fmt.Sprintf(tumble, "e")},
	{name: "window in one phase", settings: onePhase, tables: csvEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, m STRING)" + toJSON,
		insert: "INSERT INTO o SELECT k, window_start, COUNT(*), MIN(CAST(id AS STRING)) " + fmt.Sprintf(tumble, "e")},
	{name: "window of values in order", tables: csvEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, f BIGINT, l BIGINT, a STRING)" + toCSV,
		insert: "INSERT INTO o SELECT k, window_start, COUNT(DISTINCT v), FIRST_VALUE(id), LAST_VALUE(id), LISTAGG(CAST(id AS STRING)) " + fmt.Sprintf(tumble, "e")},
	{name: "window of distinct values", settings: onePhase, tables: csvEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, s BIGINT)" + toCSV,
		insert: "INSERT INTO o SELECT k, window_start, COUNT(DISTINCT v), SUM(DISTINCT CAST(v AS BIGINT)) " + fmt.Sprintf(tumble, "e")},
	{name: "two windows", tables: csvEvents + "CREATE TABLE o (ws TIMESTAMP(3), c BIGINT, m BIGINT)" + toCSV,
		insert: "INSERT INTO o SELECT window_start, COUNT(*), MAX(c) FROM (SELECT k, window_start, window_end, COUNT(*) AS c " + fmt.Sprintf(tumble, "e") + ") GROUP BY window_start, window_end"},
	{name: "window of a compressed file", tables: packedEvents + "CREATE TABLE o (k STRING, ws TIMESTAMP(3), c BIGINT, s BIGINT)" + toCSV,
		insert: "INSERT INTO o SELECT k, window_start, COUNT(*), SUM(id) " + fmt.Sprintf(tumble, "p")},
	{name: "group", tables: csvEvents + "CREATE TABLE o (k STRING, c BIGINT, s BIGINT, l INT, m INT, d BIGINT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT k, COUNT(*), SUM(CAST(v AS BIGINT)), MIN(v), MAX(v), COUNT(DISTINCT v) FROM e GROUP BY k"},
	{name: "group in two phases", settings: miniBatch, tables: csvEvents + "CREATE TABLE o (k STRING, c BIGINT, s BIGINT, m INT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT k, COUNT(*), SUM(id), MAX(v) FROM e GROUP BY k"},
	{name: "group without a key", tables: csvEvents + "CREATE TABLE o (c BIGINT, s BIGINT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT COUNT(*), SUM(id) FROM e"},
	{name: "group of groups", tables: csvEvents + "CREATE TABLE o (c BIGINT, n BIGINT, l INT, m STRING, a INT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT c, COUNT(*), MIN(m), MAX(k), AVG(m) FROM (SELECT k, COUNT(*) AS c, MAX(v) AS m FROM e GROUP BY k) GROUP BY c"},
	{name: "distinct", tables: csvEvents + "CREATE TABLE o (v INT)" + toCSV,
		insert: "INSERT INTO o SELECT DISTINCT v / 10 FROM e"},
	{name: "first rows by order", tables: csvEvents + "CREATE TABLE o (k STRING, id BIGINT, v INT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT k, id, v FROM e ORDER BY v DESC, id LIMIT 7 OFFSET 2"},
	{name: "first groups by order", tables: csvEvents + "CREATE TABLE o (k STRING, c BIGINT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT k, c FROM (SELECT k, COUNT(*) AS c FROM e GROUP BY k) ORDER BY c DESC, k LIMIT 5"},
	{name: "limit", tables: csvEvents + "CREATE TABLE o (k STRING, id BIGINT)" + toCSV, most: 40,
		insert: "INSERT INTO o SELECT k, id FROM e LIMIT 40"},
	{name: "union", tables: csvEvents + jsonEvents + "CREATE TABLE o (k STRING, id BIGINT, v INT)" + toCSV,
		insert: "INSERT INTO o SELECT k, id, v FROM e WHERE v > 500 UNION ALL SELECT k, id, -v FROM j"},
	{name: "group of a union", tables: csvEvents + jsonEvents + "CREATE TABLE o (k STRING, c BIGINT, s BIGINT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT k, COUNT(*), SUM(id) FROM (SELECT k, id FROM e UNION ALL SELECT k, id FROM j) GROUP BY k"},
	{name: "values", tables: "CREATE TABLE o (a INT, b STRING)" + toJSON,
		insert: "INSERT INTO o VALUES " + rowsOfValues(60)},
	{name: "sequence", tables: generated + "CREATE TABLE o (n BIGINT, v INT)" + toCSV,
		insert: "INSERT INTO o SELECT n, v FROM g WHERE MOD(n, 3) > 0"},
	{name: "set into one directory", tables: csvEvents + "CREATE TABLE o (k STRING, n BIGINT)" + toCSV,
		insert: "EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT k, id FROM e WHERE v > 500; INSERT INTO o SELECT k, COUNT(*) " + fmt.Sprintf(tumble, "e") + "; INSERT INTO o SELECT k, -id FROM e WHERE v < 200; END"},
	{name: "set of alike statements", tables: csvEvents + "CREATE TABLE o (k STRING, n BIGINT)" + toCSV,
		insert: "BEGIN STATEMENT SET; INSERT INTO o SELECT k, id FROM e; INSERT INTO o SELECT k, id FROM e; INSERT INTO o VALUES ('a', 1), ('b', 2); INSERT INTO o VALUES ('a', 1), ('b', 2); END"},
	{name: "set of several sources", tables: csvEvents + jsonEvents + packedEvents + "CREATE TABLE o (k STRING, c BIGINT, s BIGINT)" + toCSV,
		insert: "EXECUTE STATEMENT SET BEGIN INSERT INTO o SELECT k, 1, id FROM e UNION ALL SELECT k, 2, id FROM j; INSERT INTO o SELECT k, COUNT(*), SUM(id) " + fmt.Sprintf(tumble, "p") + "; INSERT INTO o SELECT 'first', 3, 3 FROM e LIMIT 40; END"},
	{name: "group of a sequence", tables: generated + "CREATE TABLE o (r BIGINT, c BIGINT, s BIGINT)" + toLedger, ledger: true,
		insert: "INSERT INTO o SELECT MOD(n, 11), COUNT(*), SUM(n) FROM g GROUP BY MOD(n, 11)"},
}

func rowsOfValues(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%d, 'v%d')", i, i%7)
	}
	return b.String()
}

// shapeOf finds a shape by name.
func shapeOf(name string) *shape {
	i := slices.IndexFunc(recovered, func(x shape) bool { return x.name == name })
	return &recovered[i]
}

// inputs are the files that the shapes read, by path below their directory: 240 events each as CSV, as JSON and
// compressed, a fifth of them late.
var inputs = sync.OnceValue(func() map[string][]byte {
	r := rand.New(rand.NewPCG(20, 3))
	files := map[string][]byte{}
	const rows = 80
	for f := range 3 {
		at := int64(1_600_000_000_000)
		var text, lines bytes.Buffer
		for i := range rows {
			at += r.Int64N(1500)
			ts := at
			if r.IntN(5) == 0 {
				ts -= r.Int64N(30_000)
			}
			stamp := time.UnixMilli(ts).UTC().Format("2006-01-02 15:04:05.000")
			name, v := fmt.Sprintf("k%d", r.IntN(12)), r.IntN(1000)
			if r.IntN(20) == 0 {
				name = ""
			}
			fmt.Fprintf(&text, "%s,%d,%s,%d\n", name, f*rows+i, stamp, v)
			fmt.Fprintf(&lines, `{"k": "%s", "id": %d, "ts": "%s", "v": %d, "tags": ["%s", "t%d"]}`+"\n", name, f*rows+i, stamp, v, strings.Repeat("ä", r.IntN(4)), r.IntN(5))
		}
		files[fmt.Sprintf("csv/e%d.csv", f)] = text.Bytes()
		files[fmt.Sprintf("json/e%d.json", f)] = lines.Bytes()
		if f < 2 {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			if _, err := w.Write(text.Bytes()); err != nil {
				panic(err)
			}
			if err := w.Close(); err != nil {
				panic(err)
			}
			files[fmt.Sprintf("packed/e%d.csv.gz", f)] = packed.Bytes()
		}
	}
	return files
})

// place writes the inputs below a directory.
func place(t testing.TB, fs exec.FS, dir string) {
	t.Helper()
	files := inputs()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if err := fs.MkdirAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
		f, err := fs.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(files[name]); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

var (
	undisturbedMu sync.Mutex
	undisturbedBy = map[string][]string{}
)

// undisturbed is the output of the shape's statement without checkpoints and crashes; without its LIMIT where it is most
// of something.
func (x *shape) undisturbed(t testing.TB) []string {
	t.Helper()
	undisturbedMu.Lock()
	defer undisturbedMu.Unlock()
	if want, ok := undisturbedBy[x.name]; ok {
		return want
	}
	fs := crashfs.New(1)
	place(t, fs, dataDir)
	whole := *x
	if x.most > 0 {
		whole.insert, _, _ = strings.Cut(x.insert, " LIMIT ")
	}
	if err := whole.live(context.Background(), fs, dataDir, &setup{parallelism: 1, batch: 1000, chunk: 1 << 20}); err != nil {
		t.Fatalf("%s: %v", x.name, err)
	}
	want, err := x.output(fs, dataDir)
	if err != nil {
		t.Fatalf("%s: %v", x.name, err)
	}
	if len(want) < 2 && x.name != "group without a key" {
		t.Fatalf("%s: %d rows are too few", x.name, len(want))
	}
	undisturbedBy[x.name] = want
	return want
}

// compare says how an output differs from the undisturbed one; empty: it does not.
func (x *shape) compare(want, got []string) string {
	if x.most == 0 {
		if slices.Equal(want, got) {
			return ""
		}
		return fmt.Sprintf("%d rows instead of %d\n%s", len(got), len(want), difference(want, got))
	}
	if len(got) != min(x.most, len(want)) {
		return fmt.Sprintf("%d rows instead of %d", len(got), x.most)
	}
	for i, row := range got {
		if _, ok := slices.BinarySearch(want, row); !ok || i > 0 && row == got[i-1] {
			return "a row that is none, or is there twice: " + row
		}
	}
	return ""
}
