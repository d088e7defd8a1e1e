// Package answer compares what two engines wrote for the same query: CSV in any
// order of rows, quoted in any way.
package answer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Result is where an engine left its rows: a CSV file, or a directory of them of
// which hidden files are no part.
type Result struct {
	Path   string
	Header bool // the first line names the columns
}

// Digest stands for a multiset of rows: equal multisets have equal digests, and
// different ones do not (but for a collision in 128 bits). It is gathered in
// constant memory.
type Digest struct {
	Rows    int64
	Columns string // names, empty without a header
	hi, lo  uint64 // sum of the rows' hashes
}

// Digest reads the result once.
func (r Result) Digest() (Digest, error) {
	var d Digest
	var text []byte
	columns, err := r.each(func(row []string) {
		text = appendRow(text[:0], row)
		sum := sha256.Sum256(text)
		var carry uint64
		d.lo, carry = bits.Add64(d.lo, binary.LittleEndian.Uint64(sum[:8]), 0)
		d.hi, _ = bits.Add64(d.hi, binary.LittleEndian.Uint64(sum[8:16]), carry)
		d.Rows++
	})
	d.Columns = columns
	return d, err
}

// Difference explains what two results of different digests differ in, naming
// at most limit rows of each side. It returns "" for equal ones. Other than
// Digest it holds all rows in memory.
func Difference(a, b Result, limit int) (string, error) {
	count := make(map[string]int)
	var rows [2]int64
	var columns [2]string
	for side, r := range [2]Result{a, b} {
		sign := 1 - 2*side
		var err error
		columns[side], err = r.each(func(row []string) {
			count[line(row)] += sign
			rows[side]++
		})
		if err != nil {
			return "", err
		}
	}

	var text strings.Builder
	if columns[0] != columns[1] {
		fmt.Fprintf(&text, "columns: %s against %s\n", columns[0], columns[1])
	}
	var only [2][]string
	for row, n := range count {
		switch {
		case n > 0:
			only[0] = append(only[0], row)
		case n < 0:
			only[1] = append(only[1], row)
		}
	}
	if len(only[0])+len(only[1]) > 0 {
		fmt.Fprintf(&text, "rows: %d against %d\n", rows[0], rows[1])
	}
	for side, r := range [2]Result{a, b} {
		if len(only[side]) == 0 {
			continue
		}
		slices.Sort(only[side])
		fmt.Fprintf(&text, "%d different rows only in %s:\n", len(only[side]), r.Path)
		for _, row := range only[side][:min(limit, len(only[side]))] {
			fmt.Fprintf(&text, "  %s\n", row)
		}
	}
	return text.String(), nil
}

// each calls f for every row, which is valid during the call, and returns the
// names of the columns.
func (r Result) each(f func(row []string)) (string, error) {
	paths, err := r.files()
	if err != nil {
		return "", err
	}
	columns := ""
	for i, path := range paths {
		header, err := eachRow(path, r.Header, f)
		if err != nil {
			return "", err
		}
		if i > 0 && header != columns {
			return "", fmt.Errorf("%s: columns %s, not %s as in %s", path, header, columns, paths[0])
		}
		columns = header
	}
	return columns, nil
}

func (r Result) files() ([]string, error) {
	info, err := os.Stat(r.Path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{r.Path}, nil
	}
	entries, err := os.ReadDir(r.Path)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && !strings.HasPrefix(entry.Name(), ".") {
			paths = append(paths, filepath.Join(r.Path, entry.Name()))
		}
	}
	return paths, nil
}

func eachRow(path string, hasHeader bool, f func(row []string)) (header string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.ReuseRecord = true
	for first := true; ; first = false {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return header, nil
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		if first && hasHeader {
			header = strings.Join(row, ",")
			continue
		}
		f(row)
	}
}

// line shows a row; different rows have different lines.
func line(row []string) string {
	fields := slices.Clone(row)
	for i, field := range fields {
		if strings.ContainsAny(field, ",\"\r\n") {
			fields[i] = strconv.Quote(field)
		}
	}
	return strings.Join(fields, ",")
}

// appendRow puts the length before each field, so that no two rows have the same
// bytes.
func appendRow(dst []byte, row []string) []byte {
	for _, field := range row {
		dst = binary.AppendUvarint(dst, uint64(len(field)))
		dst = append(dst, field...)
	}
	return dst
}
