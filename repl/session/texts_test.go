package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A statement that comes before one with a job of its own does not take that job, wherever the other one is written.
func TestStatementsInFront(t *testing.T) {
	const (
		table = "CREATE TABLE o (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/out', 'format' = 'csv'); SET 'execution.checkpointing.interval' = '1 h'; SET 'execution.runtime-mode' = 'streaming';\n"
		a     = "INSERT INTO o SELECT * FROM (VALUES (CAST(1 AS BIGINT)), (2)) AS v(n);\n"
		b     = "INSERT INTO o SELECT n + 100 FROM (VALUES (CAST(1 AS BIGINT)), (2)) AS v(n);\n"
		skip  = "CREATE TABLE IF NOT EXISTS o WITH ('connector' = 'blackhole') AS SELECT 1 AS x;\n"
	)
	for name, x := range map[string]struct{ later, front string }{
		"SOURCE in sets":      {"BEGIN STATEMENT SET; SOURCE '${DIR}/ia.sql'; END;", "BEGIN STATEMENT SET; SOURCE '${DIR}/ib.sql'; END;"},
		"sets without tables": {"BEGIN STATEMENT SET;" + skip + a + "END;", "BEGIN STATEMENT SET;" + skip + b + "END;"},
		"one of them read":    {a, "SET 'pipeline.name' = 'p'; SOURCE '${DIR}/ib.sql';"},
		"the other read":      {"SOURCE '${DIR}/ia.sql';", "SET 'pipeline.name' = 'p';" + b},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDurable(t)
			for file, text := range map[string]string{"ia.sql": a, "ib.sql": b} {
				if err := os.WriteFile(filepath.Join(d.dir, file), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			name, _, named := strings.Cut(x.front, ";")
			if !named || !strings.HasPrefix(name, "SET 'pipe") {
				name = "SET 'pipeline.name' = 'p'"
			}
			for i, script := range []string{x.later, x.front + x.later, x.front + x.later} {
				d.live(true)
				if got, err := d.run(t.Context(), name+";"+table+script); err != nil {
					t.Fatal(err, got)
				}
				want := []int{1, 2, 101, 102}
				if i == 0 {
					want = want[:2]
				}
				if got := d.numbers("out"); !slices.Equal(got, want) {
					t.Errorf("run %d: %v, not %v", i+1, got, want)
				}
			}
		})
	}
}
