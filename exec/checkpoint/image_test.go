package checkpoint

import (
	"bytes"
	"fmt"
	"io"
	iofs "io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/apache/arrow/go/v17/arrow/array"

	"weir/exec"
	"weir/exec/state"
	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// keyTypes are types of every physical type that may be a key.
var keyTypes = []vector.Type{vector.BooleanType, vector.TinyIntType, vector.SmallIntType, vector.IntType, vector.BigIntType, vector.FloatType,
	vector.DoubleType, vector.DecimalType(30, 4), vector.TimestampType(9), vector.StringType, vector.BytesType}

// rowTypes are types of every physical type.
var rowTypes = append(append([]vector.Type{}, keyTypes...), vector.ArrayType(vector.StringType), vector.ArrayType(vector.ArrayType(vector.BooleanType)),
	vector.Type{Kind: vector.Map, Nullable: true, Key: &vector.StringType, Elem: &vector.BigIntType},
	vector.Type{Kind: vector.Row, Nullable: true, Fields: []vector.Field{{Name: "a", Type: vector.BooleanType}, {Name: "größe", Type: vector.ArrayType(vector.IntType)}}})

// randomColumn has n rows of a type, some NULL; strings are sometimes dictionary coded.
func randomColumn(r *rand.Rand, t vector.Type, n int, nulls bool) vector.Column {
	var valid vector.Bitmap
	if nulls && r.IntN(2) == 0 {
		valid = vector.NewBitmap(n, true)
		for i := range n {
			if r.IntN(3) == 0 {
				valid.Clear(i)
			}
		}
	}
	switch t.Physical() {
	case vector.Bool:
		bits := vector.NewBitmap(n, false)
		for i := range n {
			if r.IntN(2) == 0 {
				bits.Set(i)
			}
		}
		return vector.NewBools(bits, n, valid)
	case vector.I8:
		return vector.NewColumn(randomInts[int8](r, n), valid)
	case vector.I16:
		return vector.NewColumn(randomInts[int16](r, n), valid)
	case vector.I32:
		return vector.NewColumn(randomInts[int32](r, n), valid)
	case vector.I64:
		return vector.NewColumn(randomInts[int64](r, n), valid)
	case vector.F32:
		return vector.NewColumn(randomInts[float32](r, n), valid)
	case vector.F64:
		return vector.NewColumn(randomInts[float64](r, n), valid)
	case vector.I128:
		v := make([]vector.Num128, n)
		for i := range v {
			v[i] = vector.NewInt128(int64(r.Uint64()), r.Uint64())
		}
		return vector.NewColumn(v, valid)
	case vector.Bytes:
		if !t.IsBytes() && n > 0 && r.IntN(2) == 0 {
			d := vector.NewDict()
			for k := range 1 + r.IntN(5) {
				d.Add([]byte(strings.Repeat("é", k)))
			}
			codes := make([]int32, n)
			for i := range codes {
				codes[i] = int32(r.IntN(d.Len()))
			}
			return vector.NewDictColumn(codes, valid, d)
		}
		offsets, data := make([]int32, n+1), []byte(nil)
		for i := range n {
			data = append(data, strings.Repeat("x", r.IntN(4))...)
			offsets[i+1] = int32(len(data))
		}
		return vector.NewBytes(offsets, data, valid, t.IsBytes())
	case vector.List, vector.Pairs:
		offsets := make([]int32, n+1)
		for i := range n {
			offsets[i+1] = offsets[i] + int32(r.IntN(3))
		}
		elems := randomColumn(r, *t.Elem, int(offsets[n]), true)
		if t.Physical() == vector.List {
			return vector.NewList(offsets, elems, valid)
		}
		return vector.NewPairs(offsets, randomColumn(r, *t.Key, int(offsets[n]), false), elems, valid)
	}
	var names []string
	var fields []vector.Column
	for _, f := range t.Fields {
		names, fields = append(names, f.Name), append(fields, randomColumn(r, f.Type, n, true))
	}
	return vector.NewStruct(names, fields, n, valid)
}

func randomInts[T int8 | int16 | int32 | int64 | float32 | float64](r *rand.Rand, n int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(r.IntN(200) - 100)
	}
	return v
}

func randomBatch(r *rand.Rand, types []vector.Type, n int, nulls bool) vector.Batch {
	b := vector.Batch{Rows: n}
	for _, t := range types {
		b.Columns = append(b.Columns, randomColumn(r, t, n, nulls))
	}
	return b
}

// randomStore is what an operator may have in a subtask: a table by keys of some types, with columns, strings, rows and
// a sub, and a family.
func randomStore(r *rand.Rand, space keygroup.Space, subtask, parallelism int, keys []vector.Type) *state.Snapshot {
	groups := space.Range(subtask, parallelism)
	s := state.NewStore(space, groups)
	var (
		sums *state.Column[int64]
		last *state.Column[vector.Origin]
		text *state.Bytes
		rows *state.Rows
		sub  *state.Sub
		seen *state.Column[uint8]
	)
	t := s.Table("groups", keys, func(t *state.Table) {
		sums, last, text, rows = state.NewColumn(t, int64(-1)), state.NewColumn(t, vector.Origin{}), state.NewBytes(t), state.NewRows(t)
		sub = state.NewSub(t, []vector.Type{vector.StringType, vector.IntType}, func(t *state.Table) { seen = state.NewColumn(t, uint8(0)) })
	})
	s.Table("unused", keys, func(t *state.Table) { state.NewRows(t) })
	s.Table("single", nil, func(t *state.Table) { state.NewColumn(t, int64(7)) })
	f := s.Family("windows", keys, func(t *state.Table) { state.NewColumn(t, float64(.5)) })

	n := r.IntN(60)
	in := randomBatch(r, keys, n, true)
	hash := hashes(in, keys)
	var mine []int32
	for i, h := range hash {
		if groups.Contains(space.Of(h)) {
			mine = append(mine, int32(i))
		}
	}
	if len(mine) == 0 {
		return s.Snapshot()
	}
	in = in.Take(mine)
	hash = hashes(in, keys)
	slots := t.Slots(nil, in, hash, nil)
	values := sums.Values()
	for i, slot := range slots {
		values[slot] = r.Int64()
		last.Values()[slot] = vector.Origin{Split: int32(i), Row: r.Int64()}
		text.Set(slot, []byte(strings.Repeat("t", r.IntN(3))))
	}
	held := randomBatch(r, rowTypes, len(slots), true)
	if r.IntN(2) == 0 {
		held.Kinds, held.Behind = make([]vector.RowKind, held.Rows), make([]vector.Time, held.Rows)
		held.Origin, held.Home = make([]vector.Origin, held.Rows), hash
		for i := range held.Rows {
			held.Kinds[i], held.Behind[i], held.Origin[i] = vector.RowKind(r.IntN(4)), vector.Time(r.Int64()), vector.Origin{Split: r.Int32(), Row: r.Int64()}
		}
	}
	rows.Add(nil, slots, held)
	pair := []vector.Type{vector.StringType, vector.IntType}
	distinct := randomBatch(r, pair, len(slots), true)
	for i, x := range sub.Slots(nil, slots, distinct, hashes(distinct, pair)) {
		seen.Values()[x] = uint8(i)
	}
	for id := range int64(r.IntN(3)) {
		f.Open(id-1).Slots(nil, in, hash, nil)
	}
	return s.Snapshot()
}

func hashes(b vector.Batch, types []vector.Type) []uint64 {
	hash := make([]uint64, b.Rows)
	kernel.HashColumns(hash, b.Columns, types)
	return hash
}

func randomSplit(r *rand.Rand) exec.Split {
	return exec.Split{Number: r.IntN(9), Path: fmt.Sprintf("data/%d.csv", r.IntN(99)), Size: r.Int64(), ModTime: r.Int64(), Whole: r.IntN(2) == 0}
}

// randomImage has a source, some keyed operators, one of a global group, and a sink.
func randomImage(r *rand.Rand) *exec.Image {
	im := &exec.Image{Epoch: r.Int64N(1e6), Taken: r.Int64(), Finished: r.IntN(2) == 0,
		Job: exec.JobInfo{ID: fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()), Name: "ein Auftrag", Key: "k", Statement: "INSERT INTO t\nSELECT 1", Fingerprint: "f", Started: r.Int64()}}
	position := &exec.Position{Floor: vector.MinTime, Highest: vector.Time(r.Int64()), Complete: r.IntN(2) == 0, Listed: r.IntN(2) == 0, Rows: r.Int64()}
	if r.IntN(2) == 0 {
		position.State = []byte("seed")[:r.IntN(5)]
	}
	for n := range r.IntN(4) {
		split := randomSplit(r)
		split.Number += 10 * n
		position.Splits = append(position.Splits, split)
		c := exec.Chain{Number: split.Number, Row: r.Int64(), Watermark: vector.Time(r.Int64())}
		for at := int64(0); at < split.Size && r.IntN(3) > 0; {
			to := at + 1 + r.Int64N(split.Size-at)
			c.Ranges = append(c.Ranges, exec.Remainder{Skip: r.Int64N(1 << 40), Held: r.IntN(2) == 0, Range: exec.Range{Split: split, From: at, To: to,
				At: exec.Mark{Next: -1, Row: r.Int64N(1 << 40), Line: r.Int64(), Watermark: vector.MaxTime}}})
			at = to
		}
		position.Chains = append(position.Chains, c)
	}
	p := 1 + r.IntN(4)
	im.Operators = append(im.Operators, &exec.OperatorImage{UID: "u0", Name: "scan bid", Kind: "scan", Parallelism: p, Max: 128, Origin: plan.FromHint,
		MaxOrigin: plan.Derived, Clock: vector.MinTime, Counts: exec.Counts{RowsIn: 1, RowsOut: 2, Late: 3, NullTime: 4, Bad: 5, Dropped: 6}, Position: position})
	for i := range 1 + r.IntN(3) {
		op := &exec.OperatorImage{UID: fmt.Sprint("u", i+1), Name: fmt.Sprintf("aggregate %d", i+1), Kind: "aggregate", Parallelism: p,
			Max: 1 + p + r.IntN(200), Origin: plan.FromSet, MaxOrigin: plan.FromSet, Clock: vector.Time(r.Int64())}
		keys := []vector.Type{keyTypes[r.IntN(len(keyTypes))]}
		if r.IntN(2) == 0 {
			keys = append(keys, keyTypes[r.IntN(len(keyTypes))])
		}
		for k := range p {
			if r.IntN(5) == 0 {
				op.State = append(op.State, nil)
				continue
			}
			op.State = append(op.State, randomStore(r, keygroup.Space{Max: op.Max}, k, p, keys))
		}
		im.Operators = append(im.Operators, op)
	}
	sink := &exec.SinkImage{Run: r.IntN(3) - 1}
	for range r.IntN(3) {
		sink.Pending = append(sink.Pending, exec.Pending("part-0-1")[:r.IntN(8)])
	}
	return &exec.Image{Job: im.Job, Epoch: im.Epoch, Taken: im.Taken, Finished: im.Finished, Committed: r.IntN(2) == 0, Operators: append(im.Operators,
		&exec.OperatorImage{UID: "limit", Name: "limit", Kind: "limit", Parallelism: 1, Max: 1, Origin: plan.Required, MaxOrigin: plan.Required,
			State: []*state.Snapshot{randomStore(r, keygroup.Space{Max: 1}, 0, 1, []vector.Type{vector.BigIntType})}},
		&exec.OperatorImage{UID: "sink", Name: "sink t", Kind: "sink", Parallelism: p, Max: 128, Sink: sink})}
}

// checkSame fails if two images are not the same; nil and empty slices are, as are dictionaries and plain columns.
func checkSame(t *testing.T, got, want *exec.Image) {
	t.Helper()
	differ(t, "image", reflect.ValueOf(got), reflect.ValueOf(want))
}

var columnType = reflect.TypeFor[vector.Column]()

func differ(t *testing.T, at string, got, want reflect.Value) {
	t.Helper()
	if got.Type() == columnType {
		g, w := got.Interface().(vector.Column), want.Interface().(vector.Column)
		if g.IsDict() != w.IsDict() {
			t.Errorf("%s: a dictionary: %v, want %v", at, g.IsDict(), w.IsDict())
		}
		if g, w := g.Decoded().Arrow(), w.Decoded().Arrow(); !array.Equal(g, w) {
			t.Errorf("%s: %v, want %v", at, g, w)
		}
		return
	}
	switch got.Kind() {
	case reflect.Pointer:
		if got.IsNil() || want.IsNil() {
			if got.IsNil() != want.IsNil() {
				t.Errorf("%s: nil: %v, want %v", at, got.IsNil(), want.IsNil())
			}
			return
		}
		differ(t, at, got.Elem(), want.Elem())
	case reflect.Struct:
		for i := range got.NumField() {
			differ(t, at+"."+got.Type().Field(i).Name, got.Field(i), want.Field(i))
		}
	case reflect.Slice:
		if got.Len() != want.Len() {
			t.Errorf("%s: %d long, want %d", at, got.Len(), want.Len())
			return
		}
		for i := range got.Len() {
			differ(t, fmt.Sprintf("%s[%d]", at, i), got.Index(i), want.Index(i))
		}
	default:
		if got.Interface() != want.Interface() {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}

// memory is files in memory, to be read.
type memory struct {
	exec.FS
	files fstest.MapFS
}

type memoryFile struct {
	exec.File
	*bytes.Reader
	info iofs.FileInfo
}

func (f memoryFile) Read(b []byte) (int, error)               { return f.Reader.Read(b) }
func (f memoryFile) ReadAt(b []byte, at int64) (int, error)   { return f.Reader.ReadAt(b, at) }
func (f memoryFile) Stat() (iofs.FileInfo, error)             { return f.info, nil }
func (memoryFile) Close() error                               { return nil }
func (m memory) Stat(name string) (iofs.FileInfo, error)      { return m.files.Stat(name) }
func (m memory) ReadDir(name string) ([]iofs.DirEntry, error) { return m.files.ReadDir(name) }
func (m memory) Open(name string) (exec.File, error) {
	f, err := m.files.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	return memoryFile{Reader: bytes.NewReader(text), info: info}, err
}

// files reads a checkpoint's files.
func files(t testing.TB, dir string) (data, manifest []byte) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, dataName))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err = os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	return data, manifest
}

// in puts a checkpoint's files into memory; nil: there is no such file.
func in(data, manifest []byte) memory {
	m := memory{files: fstest.MapFS{"chk-7": {Mode: iofs.ModeDir | 0o777, ModTime: time.Unix(0, 0)}}}
	if data != nil {
		m.files["chk-7/"+dataName] = &fstest.MapFile{Data: data}
	}
	if manifest != nil {
		m.files["chk-7/"+manifestName] = &fstest.MapFile{Data: manifest}
	}
	return m
}

// written writes an image to a directory of its own and returns that.
func written(t testing.TB, im *exec.Image) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "chk-7")
	size, err := Write(t.Context(), exec.OS{}, dir, im)
	if err != nil {
		t.Fatal(err)
	}
	data, manifest := files(t, dir)
	if size != int64(len(data)+len(manifest)) {
		t.Fatalf("%d bytes were written, but there are %d", size, len(data)+len(manifest))
	}
	return dir
}
