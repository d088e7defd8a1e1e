// Package filesystem reads tables from files: one, all below a directory, or those that match a pattern.
package filesystem

import (
	"cmp"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"weir/exec"
	"weir/exec/format"
	"weir/exec/format/csv"
	"weir/exec/format/json"
	"weir/exec/format/parquet"
	"weir/parser/diag"
	"weir/planner/plan"
)

type source struct {
	scan    *plan.Scan // of what is in the files
	placed  []place    // what is not
	pushed  *plan.Pushed
	config  *exec.Config
	path    string
	monitor bool // the path is listed again and again
	seen    map[string]bool
}

// NewSource makes the source of a scan.
func NewSource(_ *plan.Graph, n *plan.Node, c *exec.Config) (exec.Source, error) {
	s := &source{config: c, seen: map[string]bool{}}
	spec := n.Spec.(*plan.Scan)
	s.pushed = spec.Pushed
	var err error
	if s.scan, s.placed, err = places(spec); err != nil {
		return nil, err
	}
	s.path = localPath(s.scan.Options["path"])
	_, s.monitor = s.scan.Options["source.monitor-interval"]
	if _, err := s.newReader(); err != nil {
		return nil, err
	}
	return s, nil
}

// localPath is the path that a file: URI names.
func localPath(path string) string {
	if rest, ok := strings.CutPrefix(path, "file://"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(path, "file:"); ok {
		return rest
	}
	return path
}

// newReader makes a reader that stands nowhere yet.
func (s *source) newReader() (exec.RangeReader, error) {
	r, err := s.newFormatReader()
	if err != nil || len(s.placed) == 0 {
		return r, err
	}
	return newPlacedReader(r, s.placed, s.pushed)
}

func (s *source) newFormatReader() (exec.RangeReader, error) {
	switch name := s.scan.Options["format"]; name {
	case "csv":
		return csv.NewReader(s.scan, s.config.BatchRows, false, s.open)
	case "json":
		return json.NewReader(s.scan, s.config.BatchRows, false, s.open)
	case "parquet":
		return parquet.NewReader(s.scan, s.config.BatchRows, s.openFile)
	default:
		return nil, diag.New(diag.NoFormat, diag.Span{}, "reading format '%s' is not supported", name)
	}
}

// isText says whether the format's files are text, which may be compressed as a whole and cut anywhere, and may grow.
func (s *source) isText() bool { return s.scan.Options["format"] != "parquet" }

// Splits lists the files that were not listed before, in path order.
func (s *source) Splits(ctx context.Context) ([]exec.Split, error) {
	files, err := together(ctx, s.config.Seams.FS, s.config.Seams.Clock, s.path, s.list)
	if err != nil {
		return nil, err
	}
	var splits []exec.Split
	for _, f := range files {
		if s.seen[f.Path] {
			continue
		}
		s.seen[f.Path] = true
		f.Whole = s.isText() && isCompressed(f.Path)
		splits = append(splits, f)
	}
	slices.SortFunc(splits, func(a, b exec.Split) int { return cmp.Compare(a.Path, b.Path) })
	for i := range splits {
		splits[i].Number = len(s.seen) - len(splits) + i
	}
	if s.monitor {
		return splits, ctx.Err()
	}
	return splits, io.EOF
}

// State is nil: the splits say it all.
func (s *source) State() []byte { return nil }

// Resume leaves out the files that were listed, and looks whether those still to be read are what they were. A file
// that has grown is: the rest of it is no part of the split.
func (s *source) Resume(_ context.Context, _ []byte, listed, open []exec.Split) error {
	for _, f := range listed {
		s.seen[f.Path] = true
	}
	for _, f := range open {
		info, err := s.config.Seams.FS.Stat(f.Path)
		changed := func(format string, args ...any) error {
			return diag.New(codeChanged, diag.Span{}, "%s, which is still to be read, %s", f.Path, fmt.Sprintf(format, args...)).
				WithHint("bring the file back as it was, or start the job without its state, from the beginning")
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return changed("is gone: it had %d bytes", f.Size)
		case err != nil:
			return s.unreadable(f.Path, err)
		case info.Size() < f.Size:
			return changed("has become shorter: it had %d bytes and has %d now", f.Size, info.Size())
		case info.Size() != f.Size && (f.Whole || !s.isText()):
			return changed("was replaced: it had %d bytes and has %d now", f.Size, info.Size())
		case info.Size() == f.Size && info.ModTime().UnixMilli() != f.ModTime:
			return changed("was replaced: it has %d bytes as before, but was written at %s instead of %s", f.Size,
				stamp(info.ModTime()), stamp(time.UnixMilli(f.ModTime)))
		}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }

// missing is the error for a file that is not there, with the name that was perhaps meant.
func (s *source) missing() error {
	d := diag.New(diag.NoFile, diag.Span{}, "file %s does not exist", s.path)
	dir, base := filepath.Split(s.path)
	entries, err := s.config.Seams.FS.ReadDir(filepath.Clean(dir))
	if err != nil {
		return d.WithHint("there is no directory %s either", filepath.Clean(dir))
	}
	names := make([]string, len(entries))
	for i, x := range entries {
		names[i] = x.Name()
	}
	if near, ok := diag.Nearest(base, names); ok {
		d.WithHint("did you mean '%s'?", dir+near)
	}
	return d
}

// list finds all files of the path, in any order.
func (s *source) list() ([]exec.Split, error) {
	info, err := s.config.Seams.FS.Stat(s.path)
	if err == nil {
		return s.walk(nil, s.path, info)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, s.unreadable(s.path, err)
	}
	if !strings.ContainsAny(s.path, `*?[`) {
		return nil, s.missing()
	}
	names, err := s.config.Seams.FS.Glob(s.path)
	if err != nil {
		return nil, s.unreadable(s.path, err)
	}
	var files []exec.Split
	for _, name := range names {
		if isHidden(filepath.Base(name)) {
			continue
		}
		info, err := s.config.Seams.FS.Stat(name)
		if err != nil {
			return nil, s.unreadable(name, err)
		}
		if files, err = s.walk(files, name, info); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 && !s.monitor {
		return nil, diag.New(diag.NoFile, diag.Span{}, "no file matches %s", s.path)
	}
	return files, nil
}

// walk adds a file, or all below a directory.
func (s *source) walk(files []exec.Split, name string, info fs.FileInfo) ([]exec.Split, error) {
	if !info.IsDir() {
		return append(files, exec.Split{Path: name, Size: info.Size(), ModTime: info.ModTime().UnixMilli()}), nil
	}
	entries, err := s.config.Seams.FS.ReadDir(name)
	if err != nil {
		return nil, s.unreadable(name, err)
	}
	for _, e := range entries {
		if isHidden(e.Name()) {
			continue
		}
		below := filepath.Join(name, e.Name())
		info, err := s.config.Seams.FS.Stat(below)
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone since the directory was read
		}
		if err != nil {
			return nil, s.unreadable(below, err)
		}
		if files, err = s.walk(files, below, info); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// isHidden says that a name is none of the table's: sinks write hidden files before they commit them.
func isHidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

// unreadable says that a file or directory cannot be read.
func (s *source) unreadable(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return diag.New(diag.Unreadable, diag.Span{}, "%s can't be read: %s", name, err)
}

// Open opens a reader on a range of a file.
func (s *source) Open(ctx context.Context, r exec.Range) (exec.Reader, error) {
	reader, err := s.newReader()
	if err != nil {
		return nil, err
	}
	if err := reader.Reopen(ctx, r); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return reader, nil
}

// The files that are decompressed as they are read, by the ends of their names.
var decompress = map[string]func(io.Reader) (io.Reader, error){
	".gz":      func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	".gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	".bz2":     func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil },
	".deflate": func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
	".xz":      nil,
	".zst":     unpackZstd,
	".zstd":    unpackZstd,
}

// unpackZstd decompresses on the goroutine of the caller.
func unpackZstd(r io.Reader) (io.Reader, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return d, nil
}

func isCompressed(name string) bool {
	_, ok := decompress[filepath.Ext(name)]
	return ok
}

// openFile opens a file.
func (s *source) openFile(_ context.Context, split exec.Split) (exec.File, error) {
	f, err := s.config.Seams.FS.Open(split.Path)
	if err != nil {
		return nil, s.unreadable(split.Path, err)
	}
	return f, nil
}

// open opens the text of a file.
func (s *source) open(ctx context.Context, split exec.Split) (format.Bytes, error) {
	unpack := decompress[filepath.Ext(split.Path)]
	if split.Whole && unpack == nil {
		return nil, diag.New(codeCompression, diag.Span{}, "%s: reading %s files is not supported", split.Path, filepath.Ext(split.Path))
	}
	f, err := s.openFile(ctx, split)
	if err != nil {
		return nil, err
	}
	if !split.Whole {
		return &file{f, s, split.Path}, nil
	}
	text, err := unpack(f)
	if err != nil {
		return nil, errors.Join(s.unreadable(split.Path, err), f.Close())
	}
	return &stream{file{f, s, split.Path}, text}, nil
}

// file is the text of a file.
type file struct {
	exec.File
	source *source
	path   string
}

func (f *file) ReadAt(ctx context.Context, p []byte, off int64) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.File.ReadAt(p, off)
	return n, f.fault(err)
}

// fault names the file in an error that is none of the end.
func (f *file) fault(err error) error {
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return f.source.unreadable(f.path, err)
}

// stream is the text of a compressed file.
type stream struct {
	file
	text io.Reader
}

// ReadAt reads on: the offset is always that behind the last read.
func (s *stream) ReadAt(ctx context.Context, p []byte, _ int64) (int, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := s.text.Read(p)
		if n > 0 || err != nil {
			return n, s.fault(err)
		}
	}
}
