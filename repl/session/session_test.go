package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector"
	"weir/parser/diag"
	"weir/vector"
	"weir/vector/kernel"
)

// recorder is an Output that writes down what it is told, a line for each.
type recorder struct {
	lines  []string
	schema *Schema
	fail   error // what Rows returns
}

func (r *recorder) note(format string, args ...any) error {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
	return nil
}

func (r *recorder) Schema(s *Schema) error {
	r.schema = s
	var names []string
	for _, c := range s.Columns {
		names = append(names, c.Name)
	}
	return r.note("%d schema %s", s.Statement, strings.Join(names, "|"))
}

func (r *recorder) Rows(b vector.Batch) error {
	if r.fail != nil {
		return r.fail
	}
	for i := range b.Rows {
		var cells []string
		for j, c := range b.Columns {
			if c.IsNull(i) {
				cells = append(cells, "-")
			} else {
				cells = append(cells, string(kernel.AppendText(nil, c, r.schema.Columns[j].Type, i, r.schema.Zone)))
			}
		}
		r.note("%s %s", b.Kind(i), strings.Join(cells, "|"))
	}
	return nil
}

func (r *recorder) Done(d Done) error { return r.note("%d done %d", d.Statement, d.Rows) }

func (r *recorder) Fail(n int, d *diag.Diagnostic) error {
	return r.note("%d %s %s", n, d.Code, d.Message)
}

func (r *recorder) Notice(n Notice) error {
	return r.note("%d notice %s: %s", n.Statement, n.Kind, n.Message)
}

func newTest(t *testing.T) (*Session, *recorder) {
	t.Helper()
	r := &recorder{}
	return New(Config{Seams: exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: rand.New(rand.NewPCG(1, 2))}, Connectors: connector.Registry{}, Cores: 2, RAM: 1 << 30, Output: r}), r
}

// script runs statements and returns what the Output was told.
func script(t *testing.T, s *Session, r *recorder, sql string) ([]string, error) {
	t.Helper()
	r.lines = nil
	err := s.Run(context.Background(), &diag.Source{Text: sql})
	return r.lines, err
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLevelsOfSettings(t *testing.T) {
	s, r := newTest(t)
	const key = "parallelism.default"
	in := func(want string, level catalog.Level) {
		t.Helper()
		if v, l := s.Settings.Get(key); v != want || l != level {
			t.Errorf("%s is %s by %s, expected %s by %s", key, v, l, want, level)
		}
	}
	in("", catalog.Unset)
	if d := s.Configure(&diag.Source{Text: "# ours\nparallelism.default: 3\n\"table.local-time-zone\": 'UTC' # here\n"}); d != nil {
		t.Fatal(d)
	}
	in("3", catalog.System)
	if d := s.Set(key, "4", catalog.Client); d != nil {
		t.Fatal(d)
	}
	in("4", catalog.Client)
	if _, err := script(t, s, r, "SET 'parallelism.default' = '5'"); err != nil {
		t.Fatal(err)
	}
	in("5", catalog.Environment)
	if _, err := script(t, s, r, "SET parallelism.default = 6; RESET"); err != nil {
		t.Fatal(err)
	}
	in("4", catalog.Client)
	if v, _ := s.Settings.Get("table.local-time-zone"); v != "UTC" {
		t.Errorf("the zone is %s", v)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	s, r := newTest(t)
	for _, c := range []struct{ sql, code, message, hint string }{
		{"SET 'paralelism.default' = '4'", "W7001", "unknown setting 'paralelism.default'", "did you mean 'parallelism.default'?"},
		{"SET 'max-parallelism' = '4'", "W7001", "unknown setting 'max-parallelism'", "did you mean 'pipeline.max-parallelism'?"},
		{"SET 'weir.batch.row' = '4'", "W7001", "unknown setting 'weir.batch.row'", "did you mean 'weir.batch.rows'?"},
		{"SET 'no such key at all' = '1'", "W7001", "unknown setting 'no such key at all'", "SET; lists the settings"},
		{"SET 'execution.checkpointing.intervall' = '1 s'", "W7001", "unknown setting 'execution.checkpointing.intervall'", "did you mean 'execution.checkpointing.interval'?"},
		{"SET 'state.savepoint.dir' = '/tmp'", "W7001", "unknown setting 'state.savepoint.dir'", "did you mean 'state.savepoints.dir'?"},
		{"SET 'restart_strategy.type' = 'none'", "W7001", "unknown setting 'restart_strategy.type'", "did you mean 'restart-strategy.type'?"},
		{"RESET 'execution.runtime.mode'", "W7001", "unknown setting 'execution.runtime.mode'", "did you mean 'execution.runtime-mode'?"},
		{"RESET 'x.y'", "W7001", "unknown setting 'x.y'", "SET; lists the settings"},
		{"SET 'parallelism.default' = '0'", "W7002", "failed to set key parallelism.default with value 0: parallelism must be between 1 and 32768, or -1 for unset; found 0", ""},
		{"SET 'pipeline.max-parallelism' = '32769'", "W7002", "failed to set key pipeline.max-parallelism with value 32769: maximum parallelism must be between 1 and 32768, found 32769", ""},
		{"SET 'execution.runtime-mode' = 'AUTOMATIC'", "W7002", "failed to set key execution.runtime-mode with value AUTOMATIC: unsupported value 'AUTOMATIC': it must be one of streaming, batch", ""},
		{"SET 'table.sql-dialect' = 'hive'", "W7002", "failed to set key table.sql-dialect with value hive: the value 'hive' is not supported: only \"default\" is", ""},
	} {
		out := &failures{recorder: *r}
		s.config.Output = out
		if err := s.Run(context.Background(), &diag.Source{Text: c.sql}); !errors.Is(err, ErrFailed) {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		d := out.last
		if d.Code != c.code || d.Message != c.message || d.Hint != c.hint || d.Span.IsZero() {
			t.Errorf("%s: %s %s, hint %q, span %v", c.sql, d.Code, d.Message, d.Hint, d.Span)
		}
	}
	for _, text := range []string{"pipeline.max-parallelism: 64\n", "parallelism.default 3\n", "execution:\n  runtime-mode: batch\n", "parallelism.default: [3]\n"} {
		if d := s.Configure(&diag.Source{Name: "config.yaml", Text: text}); d == nil || d.Source == nil {
			t.Errorf("the config %q is accepted", text)
		}
	}
	if d := s.Configure(&diag.Source{Text: "a\npipeline.max-parallelism: 64\n"}); d == nil || d.Code != "W7004" {
		t.Errorf("the config's first error is %v", d)
	}
	if d := s.Set("pipeline.max-parallelism", "64", catalog.System); d == nil || !strings.Contains(d.Hint, "SET 'pipeline.max-parallelism'") {
		t.Errorf("the config file sets the maximum: %v", d)
	}
	if d := s.Set("pipeline.max-parallelism", "64", catalog.Environment); d != nil {
		t.Errorf("-D does not set the maximum: %v", d)
	}
}

// failures keeps the last error whole.
type failures struct {
	recorder
	last *diag.Diagnostic
}

func (f *failures) Fail(_ int, d *diag.Diagnostic) error { f.last = d; return nil }

func TestFlinksSettingsGetOneNotice(t *testing.T) {
	s, r := newTest(t)
	got, err := script(t, s, r, "SET 'state.backend.type' = 'rocksdb'; SET 'state.backend.type' = 'hashmap'")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, "1 notice setting: the setting 'state.backend.type' has no effect in weir", "1 done 0", "2 done 0")
	got, _ = script(t, s, r, "SET")
	if !slices.Contains(got, "+I state.backend.type|hashmap") || !slices.Contains(got, "+I execution.runtime-mode|streaming") || slices.Contains(got, "+I parallelism.default|") {
		t.Errorf("SET lists %q", got)
	}
	rows := slices.DeleteFunc(slices.Clone(got), func(l string) bool { return !strings.HasPrefix(l, "+I") })
	if !slices.IsSorted(rows) {
		t.Error("SET does not sort by key")
	}
	s, r = newTest(t)
	if got, err = script(t, s, r, "SET 'table.exec.mini-batch.enable' = 'true'; SET 'metrics.reporter.x.class' = 'y'; RESET 'metrics.reporter.x.class'"); err != nil {
		t.Fatal(err)
	}
	expect(t, got, "1 notice setting: the setting 'table.exec.mini-batch.enable' has no effect in weir, and Flink is not known to have it; did you mean 'table.exec.mini-batch.enabled'?", "1 done 0",
		"2 notice setting: the setting 'metrics.reporter.x.class' has no effect in weir", "2 done 0", "3 done 0")
}

// A mistake in one letter of a key must not go unnoticed, in SET as little as in -D and the config file, and no key of
// Flink's must be taken for one.
func TestMisspeltSettings(t *testing.T) {
	for _, spec := range catalog.KnownSettings() {
		for _, key := range append([]string{spec.Key}, spec.Aliases...) {
			for i := range key {
				wrong := key[:i] + key[i+1:]
				if catalog.LookupSetting(wrong) != nil || catalog.IsFlinkSetting(wrong) {
					continue
				}
				s, _ := newTest(t)
				if d := s.Set(wrong, "1", catalog.System); d == nil || d.Code != codeKey || d.Hint != "did you mean '"+key+"'?" {
					t.Errorf("%s: %v", wrong, d)
				}
			}
		}
	}
	for _, key := range catalog.FlinkSettings() {
		if d := unknownKey(key); d != nil {
			t.Errorf("%s: %s; %s", key, d.Message, d.Hint)
		}
	}
}

// An older name sets the setting, with one notice that says how it is called now.
func TestOlderNamesGetOneNotice(t *testing.T) {
	s, r := newTest(t)
	got, err := script(t, s, r, "SET 'state.checkpoints.dir' = '/a'; SET 'state.checkpoints.dir' = '/b'; RESET 'state.checkpoints.dir'")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, got, "1 notice setting: the setting 'state.checkpoints.dir' is now called 'execution.checkpointing.dir', which was set", "1 done 0", "2 done 0", "3 done 0")
}

// Syntax errors further down are told with the first one, and never before earlier statements have run.
func TestErrorsStopAScript(t *testing.T) {
	s, r := newTest(t)
	got, err := script(t, s, r, "SHOW CATALOGS;; SELEKT 1; SHOW DATABASES; CREATE TABEL x; SHOW JOBS")
	if !errors.Is(err, ErrFailed) || len(got) != 5 {
		t.Fatalf("%v after %q", err, got)
	}
	expect(t, got[:3], "1 schema catalog name", "+I default_catalog", "1 done 1")
	if !strings.HasPrefix(got[3], "2 W1") || !strings.HasPrefix(got[4], "4 W1") {
		t.Errorf("the errors are %q", got[3:])
	}
	// Numbers go on behind a text that was left.
	got, _ = script(t, s, r, "SHOW DATABASES")
	expect(t, got, "6 schema database name", "+I default_database", "6 done 1")

	s, r = newTest(t)
	s.config.ContinueOnError = true
	got, err = script(t, s, r, "SHOW NONSENSE; QUIT; SHOW CATALOGS")
	if !errors.Is(err, ErrQuit) || len(got) != 2 || got[1] != "2 done 0" {
		t.Errorf("%v after %q", err, got)
	}
	got, err = script(t, s, r, "DESCRIBE nope; SHOW CATALOGS")
	if !errors.Is(err, ErrFailed) {
		t.Error(err)
	}
	expect(t, got, "3 W2901 a table or view with the identifier 'default_catalog.default_database.nope' doesn't exist", "4 schema catalog name", "+I default_catalog", "4 done 1")
	if err := s.Init(context.Background(), &diag.Source{Text: "SHOW CATALOGS"}); err != nil || r.lines[len(r.lines)-1] != "0 done 1" {
		t.Errorf("%v after %q", err, r.lines)
	}
}

func TestAClosedOutputEndsTheSession(t *testing.T) {
	s, r := newTest(t)
	r.fail = errors.New("broken pipe")
	got, err := script(t, s, r, "SHOW CATALOGS; SHOW DATABASES")
	if !errors.Is(err, ErrClosed) {
		t.Errorf("the session ends with %v", err)
	}
	expect(t, got, "1 schema catalog name")
}

// What Flink 2.2.1's client answered, but for columns that weir does not have.
func TestDescribe(t *testing.T) {
	s, r := newTest(t)
	got, err := script(t, s, r, `CREATE TABLE d (id BIGINT NOT NULL COMMENT 'the id', name STRING, price DECIMAL(10,2), ts TIMESTAMP(3), total AS price * 2 COMMENT 'twice',
		WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (id, name) NOT ENFORCED) WITH ('connector'='datagen');
		DESCRIBE d; SHOW COLUMNS FROM d LIKE 'p%'`)
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, got, "1 done 0",
		"2 schema name|type|null|key|extras|watermark|comment",
		"+I id|BIGINT|FALSE|PRI(id, name)|-|-|the id",
		"+I name|STRING|FALSE|PRI(id, name)|-|-|-",
		"+I price|DECIMAL(10, 2)|TRUE|-|-|-|-",
		"+I ts|TIMESTAMP(3) *ROWTIME*|TRUE|-|-|`ts` - INTERVAL '5' SECOND|-",
		"+I total|DECIMAL(21, 2)|TRUE|-|AS `price` * 2|-|twice",
		"2 done 5",
		"3 schema name|type|null|key|extras|watermark|comment",
		"+I price|DECIMAL(10, 2)|TRUE|-|-|-|-",
		"3 done 1")
}

func TestShow(t *testing.T) {
	s, r := newTest(t)
	got, err := script(t, s, r, `CREATE TABLE orders (a INT) WITH ('connector'='blackhole');
		CREATE TABLE order_items (a INT) WITH ('connector'='blackhole');
		CREATE TABLE Orders2 (a INT) WITH ('connector'='blackhole');
		CREATE TEMPORARY VIEW v2 AS SELECT 2 AS x;
		SHOW TABLES; SHOW TABLES LIKE 'order%'; SHOW TABLES LIKE 'ORDER%'; SHOW TABLES LIKE 'order_'; SHOW TABLES LIKE 'order\_%'; SHOW TABLES LIKE '';
		SHOW TABLES NOT LIKE '%2'; SHOW VIEWS; SHOW TABLES FROM default_database LIKE 'v_'`)
	if err != nil {
		t.Fatal(err, got)
	}
	expect(t, slices.DeleteFunc(got[4:], func(l string) bool { return strings.Contains(l, "done") }),
		"5 schema table name", "+I Orders2", "+I order_items", "+I orders", "+I v2",
		"6 schema table name", "+I order_items", "+I orders",
		"7 schema table name",
		"8 schema table name", "+I orders",
		"9 schema table name", "+I order_items",
		"10 schema table name",
		"11 schema table name", "+I order_items", "+I orders",
		"12 schema view name", "+I v2",
		"13 schema table name", "+I v2")
	got, err = script(t, s, r, "SHOW TABLES FROM nope")
	if err == nil {
		t.Error("a database is found")
	}
	expect(t, got, "14 W2901 database nope does not exist in catalog default_catalog")
}

// The form of Flink's SHOW CREATE TABLE.
func TestShowCreate(t *testing.T) {
	s, r := newTest(t)
	got, err := script(t, s, r, `CREATE TABLE t (id INT NOT NULL COMMENT 'the id', name VARCHAR(10), s STRING, amount DECIMAL(10,2), l TIMESTAMP_LTZ(3), arr ARRAY<STRING>, total AS amount * 2,
		WATERMARK FOR l AS l - INTERVAL '5' SECOND, PRIMARY KEY (id) NOT ENFORCED) COMMENT 'it''s' WITH ('connector'='datagen','rows-per-second'='2','number-of-rows'='1');
		SHOW CREATE TABLE t; SHOW CREATE VIEW t`)
	if err == nil {
		t.Error("a table is shown as a view")
	}
	expect(t, got, "1 done 0", "2 schema result", "+I CREATE TABLE `default_catalog`.`default_database`.`t` (\n"+
		"  `id` INT NOT NULL COMMENT 'the id',\n  `name` VARCHAR(10),\n  `s` VARCHAR(2147483647),\n  `amount` DECIMAL(10, 2),\n"+
		"  `l` TIMESTAMP(3) WITH LOCAL TIME ZONE,\n  `arr` ARRAY<VARCHAR(2147483647)>,\n  `total` AS `amount` * 2,\n"+
		"  WATERMARK FOR `l` AS `l` - INTERVAL '5' SECOND,\n  CONSTRAINT `PK_id` PRIMARY KEY (`id`) NOT ENFORCED\n)\nCOMMENT 'it''s'\n"+
		"WITH (\n  'connector' = 'datagen',\n  'number-of-rows' = '1',\n  'rows-per-second' = '2'\n)\n",
		"2 done 1", "3 W2901 'default_catalog.default_database.t' is a table, not a view")
}

func TestCreateAndDrop(t *testing.T) {
	s, r := newTest(t)
	s.config.ContinueOnError = true
	got, _ := script(t, s, r, `CREATE TABLE t (a INT) WITH ('connector'='blackhole');
		CREATE TABLE t (a INT) WITH ('connector'='blackhole');
		CREATE TABLE IF NOT EXISTS t (a INT) WITH ('connector'='blackhole');
		CREATE VIEW t AS SELECT 1 AS x;
		CREATE TEMPORARY TABLE t (b INT) WITH ('connector'='blackhole');
		DROP TABLE t; DROP VIEW t; DROP TEMPORARY TABLE t; DROP VIEW t; DROP TABLE t; DROP TABLE t; DROP TABLE IF EXISTS t;
		CREATE TABLE db.t (a INT) WITH ('connector'='blackhole')`)
	const taken = "W2901 table or view 'default_catalog.default_database.t' already exists"
	const hidden = "W2901 there is a temporary object named 'default_catalog.default_database.t': drop it first"
	expect(t, got, "1 done 0", "2 "+taken, "3 done 0", "4 "+taken, "5 done 0", "6 "+hidden, "7 "+hidden, "8 done 0",
		"9 W2901 view with the identifier 'default_catalog.default_database.t' doesn't exist", "10 done 0",
		"11 W2901 table with the identifier 'default_catalog.default_database.t' doesn't exist", "12 done 0",
		"13 W2901 database db does not exist in catalog default_catalog")
}
