package parquet

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"weir/exec"
	"weir/parser/diag"
)

// memoryFile is a file that is only in memory.
type memoryFile []byte

func (m memoryFile) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (m memoryFile) Read([]byte) (int, error)   { return 0, errors.ErrUnsupported }
func (m memoryFile) Write([]byte) (int, error)  { return 0, errors.ErrUnsupported }
func (m memoryFile) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }
func (m memoryFile) Sync() error                { return nil }
func (m memoryFile) Close() error               { return nil }

// readDamaged reads a file that may be damaged: rows or a Diagnostic. It touches all values.
func readDamaged(t testing.TB, f int, data []byte) (failed bool) {
	t.Helper()
	s := corpus[f].scan
	r, err := NewReader(s, 1000, func(context.Context, exec.Split) (exec.File, error) { return memoryFile(data), nil })
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	split := exec.Split{Path: "x.parquet", Size: int64(len(data))}
	err = r.Reopen(context.Background(), exec.Range{Split: split, To: split.Size})
	if err == nil {
		for i := range r.footer.groups {
			for _, n := range r.columns {
				r.bounds(&r.footer.groups[i], n)
			}
		}
	}
	for rows := 0; err == nil; {
		b, e := r.Next(context.Background())
		if errors.Is(e, io.EOF) {
			return false
		}
		if err = e; err != nil {
			break
		}
		for i, c := range b.Columns {
			if c.Len() != b.Rows {
				t.Fatalf("a column of %d values in a batch of %d rows", c.Len(), b.Rows)
			}
			for row := range b.Rows {
				text(c, s.Table.Columns[i].Type, row)
			}
		}
		if rows += b.Rows; rows > 1e6 {
			t.Fatal("rows without end")
		}
	}
	if _, ok := errors.AsType[*diag.Diagnostic](err); !ok {
		t.Fatalf("no Diagnostic: %v", err)
	}
	return true
}

// 1,500 and more files with flipped bits are rows or an error: nothing ends the process, goes on for ever, or takes
// memory beyond bounds.
func TestFlippedBits(t *testing.T) {
	const files = 1600
	var before, after runtime.MemStats
	errs := 0
	longest := time.Duration(0)
	most := uint64(0)
	for seed := range uint64(files) {
		f := int(seed) % len(corpus)
		data, err := os.ReadFile(filepath.Join("testdata", corpus[f].file))
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(seed, 3))
		footer := 8 + int(data[len(data)-8]) + int(data[len(data)-7])<<8 + int(data[len(data)-6])<<16
		for range 1 + r.IntN(8) {
			at := r.IntN(len(data))
			if seed%2 == 0 {
				at = len(data) - 1 - r.IntN(footer) // where a flip reaches furthest
			}
			data[at] ^= 1 << r.IntN(8)
		}
		runtime.ReadMemStats(&before)
		begun := time.Now()
		if readDamaged(t, f, data) {
			errs++
		}
		longest = max(longest, time.Since(begun))
		runtime.ReadMemStats(&after)
		most = max(most, after.TotalAlloc-before.TotalAlloc)
	}
	t.Logf("%d of %d files are errors; the longest took %v, the greediest %d MB", errs, files, longest, most>>20)
	if errs < files/3 {
		t.Errorf("only %d of %d files are errors", errs, files)
	}
	if most > 400<<20 {
		t.Errorf("a file of at most 110 kB took %d MB", most>>20)
	}
}

// Files that end too soon are errors.
func TestTruncated(t *testing.T) {
	for f, c := range corpus {
		data, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(data); n += 1 + len(data)/97 {
			if !readDamaged(t, f, data[:n]) {
				t.Fatalf("%s, %d of %d bytes, is read", c.file, n, len(data))
			}
		}
	}
}

func FuzzReader(f *testing.F) {
	for i, c := range corpus {
		data, err := os.ReadFile(filepath.Join("testdata", c.file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), data)
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		readDamaged(t, int(which)%len(corpus), data)
	})
}
