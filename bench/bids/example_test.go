package bids

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const committed = "../../testdata/example"

func TestExampleIsTheCommittedOne(t *testing.T) {
	dir := t.TempDir()
	if err := WriteExample(dir); err != nil {
		t.Fatal(err)
	}
	var names [2][]string
	for i, root := range []string{dir, committed} {
		found, err := filepath.Glob(filepath.Join(root, "bids", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range append(found, filepath.Join(root, "lines.csv")) {
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			names[i] = append(names[i], name)
		}
	}
	if len(names[0]) != exampleFiles+1 || len(names[1]) != exampleFiles+1 {
		t.Fatalf("made %v, committed %v", names[0], names[1])
	}
	for _, name := range names[0] {
		made, err1 := os.ReadFile(filepath.Join(dir, name))
		want, err2 := os.ReadFile(filepath.Join(committed, name))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if !bytes.Equal(made, want) {
			t.Errorf("%s: run in bench/: go run . -example ../testdata/example", name)
		}
	}
}

// The README counts late rows, so there must be some in every file: by the rule
// that a row is late for a window whose last millisecond the watermark of its
// file has reached before it.
func TestExampleHasLateRowsInEveryFile(t *testing.T) {
	const window, delay = 10_000, 4_000
	rows, late := 0, 0
	var began, ended [exampleFiles]int64
	for i, text := range exampleBids() {
		records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		lateHere, greatest := 0, int64(0)
		for n, r := range records {
			at, err := time.Parse(timeLayout, r[5])
			if err != nil {
				t.Fatal(err)
			}
			ms := at.UnixMilli()
			if n > 0 && ms-ms%window+window-1 <= greatest-delay {
				lateHere++
			}
			if n == 0 {
				began[i] = ms
			}
			greatest = max(greatest, ms)
		}
		if lateHere == 0 {
			t.Errorf("file %d has no late row", i+1)
		}
		ended[i] = greatest
		rows, late = rows+len(records), late+lateHere
	}
	if rows != exampleRows {
		t.Errorf("%d rows, want %d", rows, exampleRows)
	}
	if late*100 < rows || late*100 > 2*rows {
		t.Errorf("%d of %d rows are late, want 1 to 2 %%", late, rows)
	}
	for i := range began {
		if began[i]-began[0] > 2_000 || ended[0]-ended[i] > 2_000 {
			t.Errorf("files 1 and %d do not cover the same time", i+1)
		}
	}
}
