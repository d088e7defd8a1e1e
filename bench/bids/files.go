package bids

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// generation counts the changes of what a seed and a number of rows give: files
// of another generation are made again.
const generation = 1

// Files are the same bids in two formats.
type Files struct {
	CSV, JSON           string // paths
	CSVBytes, JSONBytes int64
	Made                bool // this call wrote them
}

// manifest stands beside the files and is written last.
type manifest struct {
	Generation int    `json:"generation"`
	Rows       int64  `json:"rows"`
	Seed       uint64 `json:"seed"`
	CSVBytes   int64  `json:"csv_bytes"`
	JSONBytes  int64  `json:"json_bytes"`
}

// Ensure returns the files with the first rows bids of the Nexmark shape,
// writing them into dir unless they are there already, whole and in the size
// their manifest names.
func Ensure(dir string, rows int64, seed uint64) (Files, error) {
	base := filepath.Join(dir, fmt.Sprintf("bids-%d-%d", rows, seed))
	files := Files{CSV: base + ".csv", JSON: base + ".jsonl"}
	want := manifest{Generation: generation, Rows: rows, Seed: seed}

	found, err := readManifest(base + ".manifest.json")
	if err != nil {
		return Files{}, err
	}
	want.CSVBytes, want.JSONBytes = found.CSVBytes, found.JSONBytes
	if found == want && size(files.CSV) == found.CSVBytes && size(files.JSON) == found.JSONBytes {
		files.CSVBytes, files.JSONBytes = found.CSVBytes, found.JSONBytes
		return files, nil
	}

	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Files{}, err
	}
	if want.CSVBytes, want.JSONBytes, err = write(files, rows, seed); err != nil {
		return Files{}, err
	}
	text, err := json.Marshal(want)
	if err != nil {
		return Files{}, err
	}
	if err := os.WriteFile(base+".manifest.json", append(text, '\n'), 0o644); err != nil {
		return Files{}, err
	}
	files.CSVBytes, files.JSONBytes, files.Made = want.CSVBytes, want.JSONBytes, true
	return files, nil
}

func write(files Files, rows int64, seed uint64) (csvBytes, jsonBytes int64, err error) {
	csv, err := os.Create(files.CSV)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, csv.Close()) }()
	jsonl, err := os.Create(files.JSON)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, jsonl.Close()) }()

	const block = 1 << 20
	csvBuf, jsonBuf := make([]byte, 0, block+1024), make([]byte, 0, block+1024)
	g := NewGenerator(Nexmark(seed))
	var b Bid
	for row := range rows {
		g.Next(&b)
		csvBuf, jsonBuf = AppendCSV(csvBuf, &b), AppendJSON(jsonBuf, &b)
		last := row == rows-1
		if len(csvBuf) >= block || last {
			csvBytes += int64(len(csvBuf))
			if _, err := csv.Write(csvBuf); err != nil {
				return 0, 0, err
			}
			csvBuf = csvBuf[:0]
		}
		if len(jsonBuf) >= block || last {
			jsonBytes += int64(len(jsonBuf))
			if _, err := jsonl.Write(jsonBuf); err != nil {
				return 0, 0, err
			}
			jsonBuf = jsonBuf[:0]
		}
	}
	return csvBytes, jsonBytes, nil
}

// readManifest returns the zero manifest, which describes no files, where there
// is none that can be read.
func readManifest(path string) (manifest, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, nil
	}
	if err != nil {
		return manifest{}, err
	}
	var m manifest
	if json.Unmarshal(text, &m) != nil {
		return manifest{}, nil
	}
	return m, nil
}

// size returns −1 for a file that is not there.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return -1
	}
	return info.Size()
}
