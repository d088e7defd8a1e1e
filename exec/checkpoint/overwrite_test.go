package checkpoint_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"weir/exec"
	"weir/exec/crashfs"
)

const (
	overwrittenTables = csvEvents + "CREATE TABLE o (k STRING, n BIGINT)" + toCSV +
		"CREATE TABLE seen (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${DIR}/seen', 'format' = 'csv');\n"
	oldRows   = "INSERT INTO o SELECT k, id FROM e WHERE v < 200;\n"
	newRows   = "INSERT OVERWRITE o SELECT k, COUNT(*) FROM e WHERE k <> '' GROUP BY k;\n"
	readsThem = "INSERT OVERWRITE seen SELECT k, n FROM o;\n"
)

// A statement that overwrites a table may crash at any operation: the next one reads the old rows or the new ones, and
// when it is run again the new ones.
func TestCrashOfOverwrite(t *testing.T) {
	batch := map[string]string{"execution.runtime-mode": "batch"}
	s := &setup{parallelism: 2, batch: 30, chunk: 2000, seed: 3}
	run := func(files exec.FS, script string) error {
		return liveScript(context.Background(), files, dataDir, batch, overwrittenTables+script, s)
	}
	read := func(files exec.FS) []string {
		t.Helper()
		if err := run(files, readsThem); err != nil {
			t.Fatal(err)
		}
		visible, _, err := listing(files, filepath.Join(dataDir, "seen"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := new(shape).rows(visible)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	begin := func(seed uint64) *crashfs.FS {
		files := crashfs.New(seed)
		place(t, files, dataDir)
		if err := run(files, oldRows); err != nil {
			t.Fatal(err)
		}
		files.SyncAll()
		return files
	}
	whole := begin(1)
	before := read(whole)
	first := whole.Ops()
	if err := run(whole, newRows); err != nil {
		t.Fatal(err)
	}
	operations := whole.Ops() - first
	behind := read(whole)
	if len(before) < 10 || len(behind) < 10 || slices.Equal(before, behind) {
		t.Fatalf("%d and %d rows prove little", len(before), len(behind))
	}
	olds, news := 0, 0
	for at := range operations {
		for i, mode := range crashfs.Modes {
			files := begin(uint64(at*len(crashfs.Modes) + i))
			files.CrashAt(files.Ops() + at)
			// How many operations there are differs by which subtask gets which chunk: this may be behind the last one.
			err := run(files, newRows)
			if broken(err) {
				t.Fatalf("operation %d of %d, %s: %v", at, operations, mode, err)
			}
			files = files.Crash(mode)
			switch got := read(files); {
			case slices.Equal(got, before) && err != nil:
				olds++
			case slices.Equal(got, behind):
				news++
			default:
				t.Fatalf("operation %d of %d, %s: %d rows are there, of %d old and %d new ones", at, operations, mode, len(got), len(before), len(behind))
			}
			if err := run(files, newRows); err != nil {
				t.Fatal(err)
			}
			if got := read(files); !slices.Equal(got, behind) {
				t.Fatalf("operation %d of %d, %s: run again there are %d rows instead of %d", at, operations, mode, len(got), len(behind))
			}
		}
	}
	if olds == 0 || news == 0 {
		t.Errorf("the rows were %d times the old ones and %d times the new ones", olds, news)
	}
}
