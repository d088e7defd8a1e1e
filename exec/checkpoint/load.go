package checkpoint

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	iofs "io/fs"
	"path/filepath"

	"weir/exec"
	"weir/exec/state"
	"weir/parser/diag"
)

// openData opens a file of a checkpoint; one that is missing is damage.
func openData(fs exec.FS, path string) (exec.File, int64, error) {
	f, err := fs.Open(path)
	if errors.Is(err, iofs.ErrNotExist) {
		return nil, 0, damaged(path, nowhere, "it is missing")
	}
	if err != nil {
		return nil, 0, storage("read", path, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	if err != nil {
		_ = f.Close() // nothing was read
		return nil, 0, storage("read", path, err)
	}
	return f, info.Size(), nil
}

// readImage reads the checkpoint or savepoint in a directory.
func readImage(fs exec.FS, dir string) (*exec.Image, *manifest, error) {
	m, err := readManifest(fs, dir)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, dataName)
	f, size, err := openData(fs, path)
	if err != nil {
		return nil, nil, err
	}
	im, err := readData(path, f, uint64(size), m)
	if e := f.Close(); err == nil && e != nil {
		err = storage("read", path, e)
	}
	if err != nil {
		return nil, nil, err
	}
	return im, m, nil
}

// readData reads a data file of some size by its manifest.
func readData(path string, f io.Reader, size uint64, m *manifest) (*exec.Image, error) {
	r := &dataReader{path: path, size: size, from: bufio.NewReaderSize(f, int(min(size, bufferBytes))), sum: sha256.New()}
	if err := r.fits(m); err != nil {
		return nil, err
	}
	im, err := r.image(m)
	if err != nil {
		return nil, err
	}
	if string(r.sum.Sum(nil)) != string(m.sum[:]) {
		return nil, damaged(path, nowhere, "its SHA-256 is wrong")
	}
	return im, nil
}

// dataReader reads a data file from front to end.
type dataReader struct {
	path string
	size uint64
	from *bufio.Reader
	sum  hash.Hash
	buf  []byte // of one section
}

// fits holds the manifest against the size of the file, so that nothing is allocated for what is not there.
func (r *dataReader) fits(m *manifest) error {
	if r.size == m.size {
		return nil
	}
	if r.size > m.size {
		return damaged(r.path, nowhere, "it has %d bytes where %d were written", r.size, m.size)
	}
	at := nowhere
	for x := range m.sections() {
		if x.offset+frameBytes+x.length > r.size {
			at = x.place
			break
		}
	}
	return damaged(r.path, at, "it ends after %d bytes of %d", r.size, m.size)
}

// read reads n bytes, valid until the next read.
func (r *dataReader) read(n uint64, at place) ([]byte, error) {
	if uint64(cap(r.buf)) < n {
		r.buf = make([]byte, n)
	}
	b := r.buf[:n]
	if _, err := io.ReadFull(r.from, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, damaged(r.path, at, "it ends too early")
		}
		return nil, storage("read", r.path, err)
	}
	r.sum.Write(b)
	return b, nil
}

// section reads a section's bytes, valid until the next read.
func (r *dataReader) section(s section, at place) (*decoder, error) {
	frame, err := r.read(frameBytes, at)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(frame) != s.crc || binary.LittleEndian.Uint64(frame[4:]) != s.length {
		return nil, damaged(r.path, at, "its CRC or length at byte %d is not that of the manifest", s.offset)
	}
	b, err := r.read(s.length, at)
	if err != nil {
		return nil, err
	}
	if crc32.Checksum(b, castagnoli) != s.crc {
		return nil, damaged(r.path, at, "the CRC of its %d bytes at %d is wrong", s.length, s.offset+frameBytes)
	}
	return &decoder{left: b}, nil
}

// image reads all sections into the manifest's image.
func (r *dataReader) image(m *manifest) (*exec.Image, error) {
	header, err := r.read(uint64(headerBytes), nowhere)
	if err != nil {
		return nil, err
	}
	if string(header[:len(dataMagic)]) != dataMagic || binary.LittleEndian.Uint32(header[len(dataMagic):]) != Version {
		return nil, damaged(r.path, nowhere, "it does not begin as such a file does")
	}
	im := *m.image
	im.Operators = nil
	for i := range m.image.Operators {
		op := *m.image.Operators[i]
		s := &m.operators[i]
		at := place{operator: op.Name, subtask: -1, group: -1}
		if s.position != nil {
			if err := r.decode(*s.position, at.of(positionPart), func(d *decoder) { op.Position = d.position() }); err != nil {
				return nil, err
			}
			if err := op.Position.Check(); err != nil {
				return nil, damaged(r.path, at.of(positionPart), "%s", err)
			}
		}
		if s.sink != nil {
			if err := r.decode(*s.sink, at.of(sinkPart), func(d *decoder) { op.Sink = d.sink() }); err != nil {
				return nil, err
			}
		}
		for k := range s.subtasks {
			at.subtask = k
			snapshot, err := r.snapshot(&s.subtasks[k], at)
			if err != nil {
				return nil, err
			}
			op.State = append(op.State, snapshot)
		}
		im.Operators = append(im.Operators, &op)
	}
	return &im, nil
}

func (r *dataReader) decode(s section, at place, read func(*decoder)) error {
	d, err := r.section(s, at)
	if err != nil {
		return err
	}
	read(d)
	if err := d.end(); err != nil {
		return damaged(r.path, at, "%s", err)
	}
	return nil
}

func (r *dataReader) snapshot(s *subtaskShape, at place) (*state.Snapshot, error) {
	if s.max == 0 {
		return nil, nil
	}
	out := &state.Snapshot{Max: s.max}
	for i := range s.tables {
		t, err := r.table(&s.tables[i], at, "", 0)
		if err != nil {
			return nil, err
		}
		out.Tables = append(out.Tables, *t)
	}
	if err := out.Check(); err != nil {
		return nil, damaged(r.path, at, "%s", err)
	}
	return out, nil
}

func (r *dataReader) table(t *tableShape, at place, owner string, sub int) (*state.TableSnapshot, error) {
	at.table = t.label(owner, sub)
	b := newTableBuilder(t, owner != "")
	for _, g := range t.sections {
		at.group = int(g.group)
		if err := r.decode(g.section, at, func(d *decoder) { b.add(d, g) }); err != nil {
			return nil, err
		}
	}
	x := b.table()
	for i := range t.subs {
		y, err := r.table(&t.subs[i], at, at.table, i)
		if err != nil {
			return nil, err
		}
		x.Subs = append(x.Subs, *y)
	}
	return &x, nil
}

// Load reads the checkpoint or savepoint in a directory, or the newest checkpoint in the directory of a job. An error
// is a Diagnostic; if it is one of damage, it says how to go on with an older checkpoint, where there is one.
func Load(fs exec.FS, path string) (*exec.Image, error) {
	dir, newest, err := resolve(fs, path)
	if err != nil {
		return nil, err
	}
	im, _, err := readImage(fs, dir)
	if err != nil {
		return nil, older(fs, dir, newest, err)
	}
	switch _, err := fs.Stat(filepath.Join(dir, committedName)); {
	case err == nil:
		im.Committed = true
	case !errors.Is(err, iofs.ErrNotExist):
		return nil, storage("read", dir, err)
	}
	return im, nil
}

// resolve finds what a path means: the directory of a checkpoint or savepoint itself, or of a job's newest checkpoint.
func resolve(fs exec.FS, path string) (dir string, newest bool, err error) {
	entries, err := fs.ReadDir(path)
	if errors.Is(err, iofs.ErrNotExist) {
		return "", false, diag.New(codeNoCheckpoint, diag.Span{}, "there is no directory %s", path)
	}
	if err != nil {
		return "", false, storage("read", path, err)
	}
	for _, e := range entries {
		if e.Name() == manifestName || e.Name() == dataName {
			return path, false, nil
		}
	}
	if epochs := epochsOf(entries); len(epochs) > 0 {
		return checkpointPath(path, epochs[len(epochs)-1]), true, nil
	}
	if isOwnName(filepath.Base(filepath.Clean(path))) {
		return path, false, nil // the name says that files are missing
	}
	return "", false, diag.New(codeNoCheckpoint, diag.Span{}, "%s holds no checkpoint and no savepoint", path).
		WithHint("name a directory chk-… or savepoint-…, or the directory of a job, which has some chk-…")
}

// older adds to an error of damage how to use an older checkpoint of the same job, if one can be read.
func older(fs exec.FS, dir string, newest bool, err error) error {
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != codeDamaged {
		return err
	}
	epoch, ok := epochOf(filepath.Base(filepath.Clean(dir)))
	if !ok {
		return err
	}
	job := filepath.Dir(filepath.Clean(dir))
	if newest {
		d.Message = "the newest checkpoint of the job cannot be used: " + d.Message
		d = d.WithNote("weir never goes back to an older checkpoint by itself")
	}
	entries, e := fs.ReadDir(job)
	if e != nil {
		return d
	}
	epochs := epochsOf(entries)
	for i := len(epochs) - 1; i >= 0; i-- {
		if epochs[i] >= epoch {
			continue
		}
		path := checkpointPath(job, epochs[i])
		if _, e := readManifest(fs, path); e == nil {
			return d.WithNote("files written since then are committed: remove the parts of epochs after %d from the tables first, or their rows come twice; and leave out --resume", epochs[i]).
				WithHint("to go back to an older one: SET 'execution.state-recovery.path' = '%s'", path)
		}
	}
	return d.WithNote("there is no older checkpoint of the job")
}
