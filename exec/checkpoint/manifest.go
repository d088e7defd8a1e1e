package checkpoint

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"path/filepath"

	"weir/exec"
	"weir/keygroup"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// The names of a checkpoint's files.
const (
	manifestName = "manifest"
	dataName     = "state"
)

// Version is that of the format. A later one may change all but the magic, the place of the version, and the SHA-256
// at the end of the manifest.
const Version = 1

// The files begin with these and the version.
const (
	manifestMagic = "weir\nchk"
	dataMagic     = "weir\ndat"
	headerBytes   = len(dataMagic) + 4
)

// section is where a section lies in the data file: offset is that of its frame, length that of what is behind it.
type section struct {
	offset, length uint64
	crc            uint32
}

// frameBytes is what precedes a section in the data file: CRC and length.
const frameBytes = 4 + 8

// sectionBytes is what a section takes in the manifest.
const sectionBytes = 8 + 8 + 4

func (e *encoder) section(s section) {
	e.u64(s.offset)
	e.u64(s.length)
	e.u32(s.crc)
}

func (d *decoder) section() section {
	return section{offset: d.u64(), length: d.u64(), crc: d.u32()}
}

// manifest is the content of a manifest file.
type manifest struct {
	image     *exec.Image // without positions, sinks and state
	operators []operatorShape
	size      uint64 // of the data file
	sum       [sha256.Size]byte
	length    int64 // of the manifest file
}

// bytes is the size of both files.
func (m *manifest) bytes() int64 { return int64(m.size) + m.length }

// operatorShape says what is stored of an operator in the data file.
type operatorShape struct {
	position, sink *section
	subtasks       []subtaskShape
}

// subtaskShape is the state of a subtask; nil tables with max 0: it keeps none.
type subtaskShape struct {
	max    int
	tables []tableShape
}

func (e *encoder) optionalSection(s *section) {
	e.bool(s != nil)
	if s != nil {
		e.section(*s)
	}
}

func (d *decoder) optionalSection() *section {
	if !d.bool() {
		return nil
	}
	s := d.section()
	return &s
}

// encode returns the content of the manifest file.
func (m *manifest) encode() []byte {
	e := &encoder{b: []byte(manifestMagic)}
	e.u32(Version)
	im := m.image
	for _, text := range []string{im.Job.ID, im.Job.Name, im.Job.Key, im.Job.Statement, im.Job.Fingerprint} {
		e.text(text)
	}
	e.i64(im.Job.Started)
	e.i64(im.Epoch)
	e.i64(im.Taken)
	e.bool(im.Finished)
	e.u64(m.size)
	e.b = append(e.b, m.sum[:]...)
	e.count(len(im.Operators))
	for i, op := range im.Operators {
		for _, text := range []string{op.UID, op.Name, op.Kind, string(op.Origin), string(op.MaxOrigin)} {
			e.text(text)
		}
		e.int(op.Parallelism)
		e.int(op.Max)
		e.i64(int64(op.Clock))
		c := op.Counts
		for _, n := range []int64{c.RowsIn, c.RowsOut, c.Late, c.NullTime, c.Bad, c.Dropped} {
			e.i64(n)
		}
		s := &m.operators[i]
		e.optionalSection(s.position)
		e.optionalSection(s.sink)
		e.count(len(s.subtasks))
		for _, t := range s.subtasks {
			e.int(t.max)
			e.count(len(t.tables))
			for k := range t.tables {
				e.table(&t.tables[k])
			}
		}
	}
	sum := sha256.Sum256(e.b)
	return append(e.b, sum[:]...)
}

// operatorBits is the least that an operator takes, in bits.
const operatorBits = 8 * (5*8 + 9*8 + 2 + 4)

// decodeManifest reads what encode wrote; what is wrong has no place yet.
func decodeManifest(text []byte) (*manifest, error) {
	d := &decoder{left: text}
	d.take(uint64(headerBytes))
	im := &exec.Image{}
	im.Job = exec.JobInfo{ID: d.text(), Name: d.text(), Key: d.text(), Statement: d.text(), Fingerprint: d.text(), Started: d.i64()}
	im.Epoch, im.Taken, im.Finished = d.i64(), d.i64(), d.bool()
	m := &manifest{image: im, size: d.u64()}
	copy(m.sum[:], d.take(sha256.Size))
	for range d.count(operatorBits) {
		op := &exec.OperatorImage{UID: d.text(), Name: d.text(), Kind: d.text(), Origin: plan.Origin(d.text()), MaxOrigin: plan.Origin(d.text())}
		op.Parallelism, op.Max, op.Clock = d.int(), d.int(), vector.Time(d.i64())
		if op.Parallelism < 1 || op.Parallelism > keygroup.UpperBound || op.Max < 1 || op.Max > keygroup.UpperBound {
			d.fail("%s has parallelism %d and maximum %d", op.Name, op.Parallelism, op.Max)
		}
		op.Counts = exec.Counts{RowsIn: d.i64(), RowsOut: d.i64(), Late: d.i64(), NullTime: d.i64(), Bad: d.i64(), Dropped: d.i64()}
		s := operatorShape{position: d.optionalSection(), sink: d.optionalSection()}
		for range d.count(8 * (8 + 4)) {
			t := subtaskShape{max: d.int()}
			for range d.count(8 * (8 + 1 + 8 + 4*4)) {
				t.tables = append(t.tables, d.table(0))
			}
			s.subtasks = append(s.subtasks, t)
		}
		im.Operators = append(im.Operators, op)
		m.operators = append(m.operators, s)
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return m, nil
}

// manifestLimit bounds a manifest. What there is most of is sections, of 28 bytes each, one for a table and key group: a
// table has 32,768 at most, which is a megabyte, so that a job of a thousand such tables has room.
const manifestLimit = 1 << 30

// readManifest reads the manifest in a checkpoint's directory. The file is checked as a whole before there is memory for
// it: it may be anything.
func readManifest(fs exec.FS, dir string) (*manifest, error) {
	path := filepath.Join(dir, manifestName)
	f, size, err := openData(fs, path)
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(path, f, size)
	if e := f.Close(); err == nil && e != nil {
		err = storage("read", path, e)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// parseManifest checks a manifest file, then reads it.
func parseManifest(path string, f io.ReaderAt, size int64) (*manifest, error) {
	body := size - sha256.Size
	switch {
	case body < int64(headerBytes):
		return nil, damaged(path, nowhere, "it has %d bytes, too few for a manifest", size)
	case size > manifestLimit:
		return nil, damaged(path, nowhere, "it has %d bytes, too many for a manifest", size)
	}
	header, last := make([]byte, headerBytes), make([]byte, sha256.Size)
	if err := errors.Join(readFrom(f, header, 0), readFrom(f, last, body)); err != nil {
		return nil, storage("read", path, err)
	}
	if string(header[:len(manifestMagic)]) != manifestMagic {
		return nil, damaged(path, nowhere, "it does not begin as a manifest does")
	}
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, io.NewSectionReader(f, 0, body), make([]byte, min(body, bufferBytes))); err != nil {
		return nil, storage("read", path, err)
	}
	if string(sum.Sum(nil)) != string(last) {
		return nil, damaged(path, nowhere, "its SHA-256 is wrong")
	}
	if v := binary.LittleEndian.Uint32(header[len(manifestMagic):]); v != Version {
		return nil, diag.New(codeVersion, diag.Span{}, "%s has version %d of the format, this weir reads version %d", path, v, Version).
			WithHint("a later weir wrote it: use that one")
	}
	text := make([]byte, body)
	if err := readFrom(f, text, 0); err != nil {
		return nil, storage("read", path, err)
	}
	m, err := decodeManifest(text)
	if err != nil {
		return nil, damaged(path, nowhere, "%s", err)
	}
	m.length = size
	if err := m.checkSections(path); err != nil {
		return nil, err
	}
	return m, nil
}

// readFrom fills b with what is at some place of a file.
func readFrom(f io.ReaderAt, b []byte, at int64) error {
	_, err := io.ReadFull(io.NewSectionReader(f, at, int64(len(b))), b)
	return err
}

// checkSections sees to it that the sections lie one after the other and fill the data file.
func (m *manifest) checkSections(path string) error {
	at := uint64(headerBytes)
	for x := range m.sections() {
		if x.offset != at || x.length > math.MaxInt64-frameBytes || m.size < at+frameBytes || x.length > m.size-at-frameBytes {
			return damaged(path, x.place, "a section of %d bytes at %d, where one begins at %d in a file of %d bytes", x.length, x.offset, at, m.size)
		}
		at += frameBytes + x.length
	}
	if at != m.size {
		return damaged(path, nowhere, "sections end at %d in a file of %d bytes", at, m.size)
	}
	return nil
}

// placed is a section with what it is.
type placed struct {
	section
	place place
}

// sections goes through all sections in the order in which they lie in the data file.
func (m *manifest) sections() func(yield func(placed) bool) {
	return func(yield func(placed) bool) {
		for i, op := range m.image.Operators {
			s := &m.operators[i]
			at := place{operator: op.Name, subtask: -1, group: -1}
			if s.position != nil && !yield(placed{*s.position, at.of(positionPart)}) {
				return
			}
			if s.sink != nil && !yield(placed{*s.sink, at.of(sinkPart)}) {
				return
			}
			for k := range s.subtasks {
				at.subtask = k
				for t := range s.subtasks[k].tables {
					if !s.subtasks[k].tables[t].walk(at, "", 0, yield) {
						return
					}
				}
			}
		}
	}
}

// What the sections are called that have no key group.
const (
	positionPart = "position of the source"
	sinkPart     = "parts of the sink"
)

func (p place) of(part string) place { p.part = part; return p }

// walk goes through the sections of a table, then of its subs.
func (t *tableShape) walk(at place, owner string, sub int, yield func(placed) bool) bool {
	at.table = t.label(owner, sub)
	for _, g := range t.sections {
		at.group = int(g.group)
		if !yield(placed{g.section, at}) {
			return false
		}
	}
	for i := range t.subs {
		if !t.subs[i].walk(at, at.table, i, yield) {
			return false
		}
	}
	return true
}
