package session

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/exec"
	"weir/parser"
	"weir/parser/diag"
)

// opener counts how often files are opened.
type opener struct {
	exec.OS
	opened int
}

func (o *opener) Open(name string) (exec.File, error) {
	o.opened++
	return o.OS.Open(name)
}

// bidsFile writes a small file and returns its path.
func bidsFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bids.csv")
	if err := os.WriteFile(path, []byte("auction,price\n1,10\n2,20\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// planned plans the last statement of a script behind the others.
func planned(t *testing.T, s *Session, sql string) (batch bool, err error) {
	t.Helper()
	src := &diag.Source{Text: sql}
	all := parser.Script(src)
	for i, p := range all {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
		r := &running{Session: s, ctx: t.Context(), src: src}
		if i < len(all)-1 {
			if err := r.run(p.Statement); err != nil {
				t.Fatal(err)
			}
			continue
		}
		g, _, err := r.plan(r.work(p.Statement))
		if err != nil {
			return false, err
		}
		return g.Batch, nil
	}
	t.Fatal("there is no statement")
	return false, nil
}

// A statement that reads only files that it names, and VALUES, runs in batch mode unless the mode was set.
func TestFilesRunInBatchMode(t *testing.T) {
	file := bidsFile(t)
	const out = "CREATE TABLE o (auction INT, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'csv');"
	table := fmt.Sprintf("CREATE TABLE bids (auction INT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');", file)
	for _, c := range []struct {
		sql   string
		batch bool
	}{
		{"SELECT auction, COUNT(*) FROM 'F' GROUP BY auction", true},
		{"SELECT auction FROM 'F' UNION ALL VALUES (1)", true},
		{"WITH x AS (SELECT * FROM 'F') SELECT * FROM x ORDER BY price", true},
		{"CREATE VIEW v AS SELECT * FROM 'F'; SELECT * FROM v", true},
		{"VALUES (1)", true},
		{table + "SELECT auction FROM 'F' UNION ALL SELECT auction FROM bids", false},
		{table + "SELECT auction FROM bids", false},
		{"SET 'execution.runtime-mode' = 'streaming'; SELECT auction FROM 'F'", false},
		{out + "INSERT INTO o SELECT auction, COUNT(*) FROM 'F' GROUP BY auction", true},
		{out + "INSERT INTO o VALUES (1, 2)", false},
		{out + "SET 'execution.checkpointing.interval' = '1 s'; SET 'execution.checkpointing.dir' = '/nowhere'; INSERT INTO o SELECT auction, price FROM 'F'", true},
		{out + "SET 'execution.checkpointing.interval' = '1 s'; SET 'execution.checkpointing.dir' = '/nowhere'; INSERT INTO o VALUES (1, 2)", false},
	} {
		s, _ := newTest(t)
		batch, err := planned(t, s, strings.ReplaceAll(c.sql, "'F'", "'"+file+"'"))
		if err != nil || batch != c.batch {
			t.Errorf("%s: batch %v, want %v, %v", c.sql, batch, c.batch, err)
		}
	}
}

// An error in a query of files is that of batch mode: streaming was never meant.
func TestErrorsOfFilesAreThoseOfBatchMode(t *testing.T) {
	file := bidsFile(t)
	s, _ := newTest(t)
	_, err := planned(t, s, fmt.Sprintf("SELECT * FROM TABLE(TUMBLE(TABLE '%s', DESCRIPTOR(price), INTERVAL '1' DAY)) ORDER BY auction", file))
	if err == nil || strings.Contains(err.Error(), "ORDER BY") || !strings.Contains(err.Error(), "is INT") {
		t.Errorf("the error is %v", err)
	}
}

// However often a statement names a file, and in however many modes it is planned, the file is looked at once.
func TestFileIsSampledOncePerStatement(t *testing.T) {
	file := bidsFile(t)
	s, _ := newTest(t)
	fs := &opener{}
	s.config.Seams.FS = fs
	query := fmt.Sprintf("SELECT auction FROM '%s' UNION ALL SELECT price FROM '%s'", file, file)
	if _, err := planned(t, s, "SET 'execution.runtime-mode' = 'streaming';"+query); err != nil || fs.opened != 1 {
		t.Errorf("opened %d times, %v", fs.opened, err)
	}
	if _, err := planned(t, s, query); err != nil || fs.opened != 2 {
		t.Errorf("opened %d times in two statements, %v", fs.opened, err)
	}
}
