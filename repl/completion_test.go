package repl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	"weir/parser"
)

// completing makes a completer over the tables of a session.
func completing(t *testing.T) (c *completer, listed *[]string) {
	t.Helper()
	x := newTried(t, "csv")
	x.do(t, "CREATE TABLE orders (id BIGINT, price INT, `the note` STRING) WITH ('connector' = 'blackhole'); CREATE VIEW cheap AS SELECT 1 AS x;"+
		"CREATE DATABASE shop; CREATE TABLE shop.goods (tag INT) WITH ('connector' = 'blackhole')")
	listed = new([]string)
	return &completer{catalog: x.session.Catalog, before: func() string { return "" }, files: fileNames,
		list: func(words []string) { *listed = words }}, listed
}

// What stands before | becomes what is expected; with a ? behind it, it stays and these words are listed.
func TestCompletions(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"bids.csv", "bids.json", "notes.sql", "two words.sql", ".hidden"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "more"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, listed := completing(t)
	for typed, want := range map[string]string{
		"sel|":                          "select ",
		"SEL|":                          "SELECT ",
		"SHOW C|":                       "? CATALOGS COLUMNS CREATE TABLE CREATE VIEW CREATE CATALOG CURRENT CATALOG CURRENT DATABASE",
		"show cr|":                      "show create ",
		"EXPLAIN AN|":                   "EXPLAIN ANALYZE ",
		"CREATE TABLE |":                "CREATE TABLE IF NOT EXISTS ",
		"DROP TABLE or|":                "DROP TABLE orders",
		"SELECT 1; SELECT 2 wh|":        "SELECT 1; SELECT 2 where ",
		"SELECT CASE whe|":              "? when where",
		"SELECT CASE wh|":               "SELECT CASE whe",
		"SELECT * FROM orders GROUP |":  "? id price `the note` BY",
		"SELECT * FROM orders group b|": "SELECT * FROM orders group by ",
		"SELECT * FROM o|":              "SELECT * FROM orders",
		"SELECT /*+ par|":               "SELECT /*+ parallelism(",
		"SELECT * FROM orders /*+ PARALLELISM(2), |": "? MAX_PARALLELISM( OPTIONS( PARALLELISM(",
		"SELECT /* par|":                        "SELECT /* par",
		"SELECT * FROM |":                       "? cheap orders shop TABLE( UNNEST(",
		"SELECT * FROM sh|":                     "SELECT * FROM shop",
		"SELECT * FROM shop.|":                  "SELECT * FROM shop.goods",
		"SELECT * FROM default_catalog.sh|":     "SELECT * FROM default_catalog.shop",
		"SELECT * FROM default_catalog.shop.g|": "SELECT * FROM default_catalog.shop.goods",
		"USE s|":                                "USE shop",
		"USE CATALOG d|":                        "USE CATALOG default_catalog",
		"DROP DATABASE s|":                      "DROP DATABASE shop",
		"ALTER TABLE orders modi|":              "ALTER TABLE orders modify ",
		"ALTER TABLE orders ADD (a INT aft|":    "ALTER TABLE orders ADD (a INT after ",
		"SELECT pr| FROM orders":                "SELECT price",
		"SELECT o.`t| FROM orders o":            "SELECT o.`the note`",
		"SELECT * FROM orders LEFT JOIN c|":     "SELECT * FROM orders LEFT JOIN cheap",
		"SELECT character_l|":                   "SELECT character_length(",
		"SELECT row_n|":                         "SELECT row_number(",
		"SELECT current_dat|":                   "SELECT current_date ",
		"SET 'execution.run|":                   "SET 'execution.runtime-mode",
		"SET execution.runt|":                   "SET execution.runtime-mode",
		"RESET table.local-|":                   "RESET table.local-time-zone",
		"SET 'execution.runtime-mode' = 'b|":    "SET 'execution.runtime-mode' = 'batch",
		"SET execution.runtime-mode = '|":       "? batch streaming",
		"CREATE TABLE t (a INT) WITH ('con|":    "CREATE TABLE t (a INT) WITH ('connector",
		"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'csv.hea|": "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'csv.header",
		"CREATE TABLE t (a INT) WITH ('format' = 'j|":                                          "CREATE TABLE t (a INT) WITH ('format' = 'json",
		"CREATE TABLE t (a INT) WITH ('path' = '" + dir + "/bi|":                               "CREATE TABLE t (a INT) WITH ('path' = '" + dir + "/bids.",
		"CREATE TABLE t (a INT) WITH ('path' = '" + dir + "/|":                                 "? " + dir + "/bids.csv " + dir + "/bids.json " + dir + "/more/ " + dir + "/notes.sql " + dir + "/two words.sql",
		"SOURCE '" + dir + "/no|":                                                              "SOURCE '" + dir + "/notes.sql",
		"DESCRIBE '" + dir + "/m|":                                                             "DESCRIBE '" + dir + "/more/",
		"SELECT * FROM TUMBLE(TABLE '" + dir + "/m|":                                           "SELECT * FROM TUMBLE(TABLE '" + dir + "/more/",
		"CREATE TABLE '" + dir + "/m|":                                                         "CREATE TABLE '" + dir + "/m",
		"SELECT * FROM '" + dir + "/m|":                                                        "SELECT * FROM '" + dir + "/more/",
		"SELECT 'sel|":                                                                         "SELECT 'sel",
		"SELECT 1 -- sel|":                                                                     "SELECT 1 -- sel",
		".ta|":                                                                                 ".tables",
		`\ti|`:                                                                                 `\timing`,
		".mode ta|":                                                                            ".mode table",
		".mode t|":                                                                             "? tableau table tsv",
		".timer o|":                                                                            "? on off",
		".read " + dir + "/tw|":                                                                ".read " + dir + "/two' 'words.sql",
		".read '" + dir + "/two w|":                                                            ".read '" + dir + "/two words.sql",
		`\d or|`:                                                                               `\d orders`,
		".read " + dir + "/no|":                                                                ".read " + dir + "/notes.sql",
	} {
		before, after, _ := strings.Cut(typed, "|")
		*listed = nil
		line := []rune(encode(before + after))
		rest, _ := c.Do(line, len([]rune(encode(before))))
		got := before
		if len(rest) == 1 {
			got += decode(string(rest[0]))
		}
		if len(*listed) > 0 {
			got = "? " + strings.Join(*listed, " ")
		}
		if got != want || len(rest) > 1 {
			t.Errorf("%s becomes\n%q, expected\n%q", typed, got, want)
		}
	}
}

// All that is offered is known to the grammar.
func TestPhrasesAreOfTheGrammar(t *testing.T) {
	known := parser.Keywords()
	for _, f := range catalog.Functions() {
		known = append(known, f.Name)
	}
	for _, p := range slices.Concat(starters, phrases, queryPhrases, tablePhrases, alterPhrases, inCase, hints) {
		for _, w := range strings.Fields(strings.NewReplacer("(", " ").Replace(p)) {
			if !slices.Contains(known, w) {
				t.Errorf("%s: %s is no word of the grammar", p, w)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	words := []string{"a", "bb", "日本", "d", "e"}
	for _, c := range []struct {
		width, most int
		want        string
	}{
		{80, 10, "a     bb    日本  d     e"},
		{16, 10, "a     日本  e\nbb    d"},
		{3, 10, "a\nbb\n日\nd\ne"},
		{4, 3, "a\nbb\n… and 3 more"},
		{80, 0, "a     bb    日本  d     e"},
	} {
		if got := strings.Join(columns(words, c.width, c.most), "\n"); got != c.want {
			t.Errorf("%d columns, %d lines:\n%s\nexpected\n%s", c.width, c.most, got, c.want)
		}
	}
}
