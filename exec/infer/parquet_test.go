package infer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/exec"
	"weir/exec/infer"
)

// Of Parquet the file names the columns; files of one path must have the same types.
func TestParquet(t *testing.T) {
	fixtures := filepath.Join("..", "format", "parquet", "testdata")
	g, err := infer.File(t.Context(), exec.OS{}, filepath.Join(fixtures, "duckdb.parquet"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "id BIGINT, name STRING, x DOUBLE, p DECIMAL(12, 2), ts TIMESTAMP(6), l ARRAY<BIGINT>, r ROW<`a` BIGINT, `b` STRING>, m MAP<STRING NOT NULL, BIGINT>"
	if got := shown(g); got != want || g.Format != "parquet" {
		t.Errorf("%s: %s, want %s", g.Format, got, want)
	}
	if rows, err := readBack(t, g); err != nil || len(rows) != 5000 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if column, delay, ok := g.Watermark(); column != 4 || delay != 0 || !ok {
		t.Errorf("the watermark is of column %d, %s behind, %v", column, delay, ok)
	}
	dir := t.TempDir()
	for name, fixture := range map[string]string{"same/1.parquet": "types.parquet", "same/2.parquet": "types-v2.parquet", "other/1.parquet": "types.parquet", "other/2.parquet": "duckdb.parquet"} {
		data, err := os.ReadFile(filepath.Join(fixtures, fixture))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one, err := infer.File(t.Context(), exec.OS{}, filepath.Join(fixtures, "types.parquet"), nil)
	if err != nil {
		t.Fatal(err)
	}
	same, err := infer.File(t.Context(), exec.OS{}, filepath.Join(dir, "same"), nil)
	if err != nil || shown(same) != shown(one) {
		t.Errorf("two files alike: %v", err)
	}
	other, err := infer.File(t.Context(), exec.OS{}, filepath.Join(dir, "other"), nil)
	if err != nil {
		t.Fatal(err)
	}
	// Columns that only one file has are NULL in the other.
	if got := shown(other); !strings.HasSuffix(got, "cut TIMESTAMP(6), "+want) {
		t.Errorf("two files with other columns: %s", got)
	}
	if rows, err := readBack(t, other); err != nil || len(rows) < 5000 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
