package checkpoint

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"math"
	"path/filepath"

	"weir/exec"
	"weir/exec/state"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// bufferBytes is what goes to a file at once, and comes from it: above some hundred KiB more makes nothing faster.
const bufferBytes = 1 << 20

// Write makes an image durable in a new directory and returns its size in bytes. The directory appears with all of its
// content, or not at all.
func Write(ctx context.Context, fs exec.FS, path string, im *exec.Image) (int64, error) {
	if err := makeDir(fs, filepath.Dir(path)); err != nil {
		return 0, err
	}
	return writeNew(ctx, fs, path, im)
}

// writeNew is Write where the directory above is there, durably.
func writeNew(ctx context.Context, fs exec.FS, path string, im *exec.Image) (int64, error) {
	parent := filepath.Dir(path)
	if _, err := fs.Stat(path); err == nil {
		return 0, storage("write", path, errors.New("it is there already"))
	}
	hidden := filepath.Join(parent, "."+filepath.Base(path))
	size, err := writeHidden(ctx, fs, hidden, im)
	if err != nil {
		_ = fs.RemoveAll(hidden) // the next Open removes what is left
		return 0, err
	}
	if err := fs.Rename(hidden, path); err != nil {
		_ = fs.RemoveAll(hidden)
		return 0, storage("write", path, err)
	}
	if err := fs.SyncDir(parent); err != nil {
		err = storage("sync", parent, err)
		// The job goes on as if it were not there, so nobody may find it.
		if fs.Rename(path, hidden) != nil || fs.SyncDir(parent) != nil {
			return 0, &exec.InDoubt{Err: err} // what may come back is left whole
		}
		_ = fs.RemoveAll(hidden)
		return 0, err
	}
	return size, nil
}

// makeDir makes a directory and those above it, durably.
func makeDir(fs exec.FS, dir string) error {
	if err := exec.MakeDir(fs, dir); err != nil {
		return storage("make the directory", dir, err)
	}
	return nil
}

func writeHidden(ctx context.Context, fs exec.FS, dir string, im *exec.Image) (int64, error) {
	if err := fs.RemoveAll(dir); err != nil {
		return 0, storage("remove", dir, err)
	}
	if err := fs.MkdirAll(dir); err != nil {
		return 0, storage("make the directory", dir, err)
	}
	path := filepath.Join(dir, dataName)
	m := &manifest{image: im}
	err := writeFile(fs, path, func(f exec.File) error {
		w := &dataWriter{ctx: ctx, f: f, sum: sha256.New(), pending: make([]byte, 0, bufferBytes)}
		if err := w.image(m); err != nil {
			return err
		}
		m.size = w.at
		w.sum.Sum(m.sum[:0])
		return nil
	})
	if err != nil {
		return 0, err
	}
	text := m.encode()
	err = writeFile(fs, filepath.Join(dir, manifestName), func(f exec.File) error {
		_, err := f.Write(text)
		return err
	})
	if err != nil {
		return 0, err
	}
	if im.Committed {
		if err := markCommitted(fs, dir); err != nil {
			return 0, err
		}
	}
	if err := fs.SyncDir(dir); err != nil {
		return 0, storage("sync", dir, err)
	}
	return int64(m.size) + int64(len(text)), nil
}

// writeFile makes a file durable that does not exist yet.
func writeFile(fs exec.FS, path string, write func(exec.File) error) error {
	f, err := fs.Create(path)
	if err != nil {
		return storage("write", path, err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return storage("write", path, err)
	}
	return err
}

// dataWriter writes a data file.
type dataWriter struct {
	ctx     context.Context
	f       exec.File
	sum     hash.Hash
	pending []byte
	at      uint64
	enc     encoder // of the section that is being written
}

func (w *dataWriter) write(b []byte) error {
	w.at += uint64(len(b))
	w.sum.Write(b) // never fails
	if len(w.pending)+len(b) > cap(w.pending) {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if len(b) >= cap(w.pending) {
		_, err := w.f.Write(b)
		return err
	}
	w.pending = append(w.pending, b...)
	return nil
}

func (w *dataWriter) flush() error {
	if len(w.pending) == 0 {
		return nil
	}
	_, err := w.f.Write(w.pending)
	w.pending = w.pending[:0]
	return err
}

// section writes what fill encodes.
func (w *dataWriter) section(fill func(*encoder)) (section, error) {
	if err := w.ctx.Err(); err != nil {
		return section{}, err
	}
	w.enc.b = w.enc.b[:0]
	fill(&w.enc)
	s := section{offset: w.at, length: uint64(len(w.enc.b)), crc: crc32.Checksum(w.enc.b, castagnoli)}
	frame := encoder{b: make([]byte, 0, frameBytes)}
	frame.u32(s.crc)
	frame.u64(s.length)
	if err := w.write(frame.b); err != nil {
		return s, err
	}
	return s, w.write(w.enc.b)
}

// image writes all sections and enters them in the manifest.
func (w *dataWriter) image(m *manifest) error {
	header := encoder{b: []byte(dataMagic)}
	header.u32(Version)
	if err := w.write(header.b); err != nil {
		return err
	}
	for _, op := range m.image.Operators {
		s := operatorShape{}
		if op.Position != nil {
			x, err := w.section(func(e *encoder) { e.position(op.Position) })
			if err != nil {
				return err
			}
			s.position = &x
		}
		if op.Sink != nil {
			x, err := w.section(func(e *encoder) { e.sink(op.Sink) })
			if err != nil {
				return err
			}
			s.sink = &x
		}
		for i, snapshot := range op.State {
			t := subtaskShape{}
			if snapshot != nil {
				if err := snapshot.Check(); err != nil {
					return fmt.Errorf("the state of %s, subtask %d, is not whole: %w", op.Name, i, err)
				}
				t.max = snapshot.Max
				for k := range snapshot.Tables {
					shape, err := w.table(&snapshot.Tables[k])
					if err != nil {
						return err
					}
					t.tables = append(t.tables, shape)
				}
			}
			s.subtasks = append(s.subtasks, t)
		}
		m.operators = append(m.operators, s)
	}
	return w.flush()
}

func (w *dataWriter) table(x *state.TableSnapshot) (tableShape, error) {
	t := shapeOfTable(x)
	for _, g := range x.Groups {
		if g.From == g.To {
			continue
		}
		s, err := w.section(func(e *encoder) { e.group(&t, x, g.From, g.To) })
		if err != nil {
			return t, err
		}
		if s.length > math.MaxInt64 {
			return t, errors.New("a key group is too large")
		}
		t.sections = append(t.sections, groupSection{group: g.Group, rows: g.To - g.From, section: s})
	}
	for i := range x.Subs {
		sub, err := w.table(&x.Subs[i])
		if err != nil {
			return t, err
		}
		t.subs = append(t.subs, sub)
	}
	return t, nil
}
