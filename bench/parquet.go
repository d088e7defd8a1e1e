package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"weir/bench/bids"
)

// ensureParquet returns the Parquet file of the bids, which DuckDB makes of the
// CSV file, in its order, unless it is there already.
func ensureParquet(data string, files bids.Files) (string, error) {
	path := strings.TrimSuffix(files.CSV, ".csv") + ".parquet"
	if _, err := os.Stat(path); err == nil && !files.Made {
		return path, nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	program := filepath.Join(data, "duckdb")
	if err := build(".", "./duckdb", program); err != nil {
		return "", err
	}
	unfinished := path + ".unfinished"
	text, err := exec.Command(program, "SET preserve_insertion_order = true",
		fmt.Sprintf("COPY (SELECT * FROM %s) TO %s (FORMAT parquet)", duckdbScan(files.CSV, "csv"), quote(unfinished))).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("writing %s: %w\n%s", path, err, text)
	}
	return path, os.Rename(unfinished, path)
}
