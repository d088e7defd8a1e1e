package checkpoint

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"weir/exec"
	"weir/exec/state"
	"weir/keygroup"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

func TestImagesComeBack(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		im := randomImage(r)
		dir := written(t, im)
		got, err := Load(exec.OS{}, dir)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkSame(t, got, im)
		// What was read is written as it was.
		again := written(t, got)
		data, manifest := files(t, dir)
		data2, manifest2 := files(t, again)
		if !bytes.Equal(data, data2) || !bytes.Equal(manifest, manifest2) {
			t.Errorf("seed %d: an image that was read is written otherwise", seed)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// A store that gets its state from a file is the store that was written.
func TestStateIsRestored(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	space := keygroup.Space{Max: 128}
	keys := []vector.Type{vector.BigIntType, vector.StringType}
	setup := func(t *state.Table) { state.NewColumn(t, int64(0)) }
	s := state.NewStore(space, space.Range(0, 1))
	in := randomBatch(r, keys, 500, true)
	s.Table("t", keys, setup).Slots(nil, in, hashes(in, keys), nil)
	before := s.Snapshot()
	op := &exec.OperatorImage{Name: "aggregate", Parallelism: 1, Max: 128, State: []*state.Snapshot{before}}
	im, err := Load(exec.OS{}, written(t, &exec.Image{Operators: []*exec.OperatorImage{op}}))
	if err != nil {
		t.Fatal(err)
	}
	s = state.NewStore(space, space.Range(0, 1))
	state.Restore(s, im.Operators[0].State)
	s.Table("t", keys, setup)
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	after := s.Snapshot()
	for _, x := range []*state.Snapshot{before, after} { // slots are dealt anew
		x.Tables = slices.Clone(x.Tables)
		x.Tables[0].Slots = nil
	}
	differ(t, "snapshot", reflect.ValueOf(after), reflect.ValueOf(before))
}

// small is an image of few bytes that has something of everything.
func small() *exec.Image {
	space := keygroup.Space{Max: 4}
	keys := []vector.Type{vector.StringType}
	s := state.NewStore(space, space.Range(0, 1))
	var text *state.Bytes
	var rows *state.Rows
	var sub *state.Sub
	table := s.Table("groups", keys, func(t *state.Table) {
		text, rows = state.NewBytes(t), state.NewRows(t)
		sub = state.NewSub(t, keys, func(t *state.Table) { state.NewColumn(t, int16(3)) })
	})
	valid := vector.NewBitmap(3, true)
	valid.Clear(2)
	in := vector.Batch{Rows: 3, Columns: []vector.Column{vector.NewBytes([]int32{0, 1, 2, 2}, []byte("ab"), valid, false)}}
	slots := table.Slots(nil, in, hashes(in, keys), nil)
	for _, slot := range slots {
		text.Set(slot, []byte("x"))
	}
	rows.Add(nil, slots, in)
	sub.Slots(nil, slots, in, hashes(in, keys))
	return &exec.Image{Job: exec.JobInfo{ID: "0123456789abcdef0123456789abcdef", Name: "j", Key: "k", Statement: "s", Fingerprint: "f"}, Epoch: 7,
		Operators: []*exec.OperatorImage{
			{UID: "a", Name: "scan t", Kind: "scan", Parallelism: 1, Max: 4, Position: &exec.Position{Splits: []exec.Split{{Path: "t.csv", Size: 9}}}},
			{UID: "b", Name: "aggregate", Kind: "aggregate", Parallelism: 1, Max: 4, State: []*state.Snapshot{s.Snapshot()}},
			{UID: "c", Name: "sink u", Kind: "sink", Parallelism: 1, Max: 4, Sink: &exec.SinkImage{Run: 1, Pending: []exec.Pending{exec.Pending("p")}}}}}
}

// checkDamage fails unless an error is damage and names a file.
func checkDamage(t *testing.T, what string, err error) *diag.Diagnostic {
	t.Helper()
	var d *diag.Diagnostic
	if !errors.As(err, &d) || d.Code != "W6101" && d.Code != "W6102" || !strings.Contains(d.Message, "chk-7/") {
		t.Fatalf("%s: %v", what, err)
	}
	return d
}

func TestEveryBitCounts(t *testing.T) {
	data, manifest := files(t, written(t, small()))
	t.Logf("%d and %d bytes", len(data), len(manifest))
	m, err := parseManifest("chk-7/manifest", bytes.NewReader(manifest), int64(len(manifest)))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(data) {
		data[bit/8] ^= 1 << (bit % 8)
		_, err := Load(in(data, manifest), "chk-7")
		data[bit/8] ^= 1 << (bit % 8)
		d := checkDamage(t, fmt.Sprintf("bit %d of state", bit), err)
		for x := range m.sections() {
			if at := uint64(bit / 8); at >= x.offset && at < x.offset+frameBytes+x.length && !strings.Contains(d.Message, x.place.String()) {
				t.Fatalf("bit %d of state is in %s, but the error is: %s", bit, x.place, d.Message)
			}
		}
	}
	for bit := range 8 * len(manifest) {
		manifest[bit/8] ^= 1 << (bit % 8)
		_, err := Load(in(data, manifest), "chk-7")
		manifest[bit/8] ^= 1 << (bit % 8)
		checkDamage(t, fmt.Sprintf("bit %d of manifest", bit), err)
	}
	if _, err := Load(in(data, manifest), "chk-7"); err != nil {
		t.Fatal(err)
	}
}

func TestEveryByteCounts(t *testing.T) {
	data, manifest := files(t, written(t, small()))
	for n := range len(data) {
		_, err := Load(in(data[:n:n], manifest), "chk-7")
		checkDamage(t, fmt.Sprintf("%d bytes of state", n), err)
	}
	for n := range len(manifest) {
		_, err := Load(in(data, manifest[:n:n]), "chk-7")
		checkDamage(t, fmt.Sprintf("%d bytes of manifest", n), err)
	}
	for _, m := range []memory{in(nil, manifest), in(data, nil), in(nil, nil), in(append(slices.Clone(data), 0), manifest), in(data, append(slices.Clone(manifest), 0))} {
		_, err := Load(m, "chk-7")
		checkDamage(t, "a file too few or a byte too much", err)
	}
}

// An error says where the damage is.
func TestDamageHasAName(t *testing.T) {
	data, manifest := files(t, written(t, small()))
	m, err := parseManifest("", bytes.NewReader(manifest), int64(len(manifest)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for x := range m.sections() {
		data[x.offset+frameBytes] ^= 1
		_, err := Load(in(data, manifest), "chk-7")
		data[x.offset+frameBytes] ^= 1
		message := err.Error()
		got = append(got, message[:strings.LastIndex(message, ": ")])
	}
	if want := []string{
		"chk-7/state is damaged: operator 'scan t', position of the source",
		"chk-7/state is damaged: operator 'aggregate', subtask 0, table 'groups', key group 0",
		"chk-7/state is damaged: operator 'aggregate', subtask 0, table 'groups', key group 1",
		"chk-7/state is damaged: operator 'aggregate', subtask 0, table 'groups', key group 3",
		"chk-7/state is damaged: operator 'aggregate', subtask 0, table 'groups/sub 0', key group 0",
		"chk-7/state is damaged: operator 'aggregate', subtask 0, table 'groups/sub 0', key group 1",
		"chk-7/state is damaged: operator 'aggregate', subtask 0, table 'groups/sub 0', key group 3",
		"chk-7/state is damaged: operator 'sink u', parts of the sink",
	}; !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// sealed gives a manifest the SHA-256 that it ought to have.
func sealed(manifest []byte) []byte {
	body := manifest[:max(0, len(manifest)-sha256.Size)]
	sum := sha256.Sum256(body)
	return append(slices.Clone(body), sum[:]...)
}

func TestLaterVersionIsNamed(t *testing.T) {
	data, manifest := files(t, written(t, small()))
	binary.LittleEndian.PutUint32(manifest[len(manifestMagic):], 2)
	_, err := Load(in(data, sealed(manifest)), "chk-7")
	if d := checkDamage(t, "version 2", err); d.Code != "W6102" || d.Message != "chk-7/manifest has version 2 of the format, this weir reads version 1" {
		t.Errorf("%s %s", d.Code, d.Message)
	}
}

// FuzzImage reads files that are damaged behind the checksums' back: there is an error or an image, but no panic, and no
// more memory than the files explain.
func FuzzImage(f *testing.F) {
	data, manifest := files(f, written(f, small()))
	f.Add(data, manifest)
	for seed := range uint64(3) {
		data, manifest := files(f, written(f, randomImage(rand.New(rand.NewPCG(seed, 2)))))
		f.Add(data, manifest)
	}
	f.Fuzz(func(t *testing.T, data, manifest []byte) {
		im, err := forge(data, manifest)
		if err != nil {
			return
		}
		Measure(im)
		if _, err := Load(exec.OS{}, written(t, im)); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

// Files whose checksums are right and whose content is not, byte by byte: no panic, and no more memory than the files
// explain.
func TestForgedFiles(t *testing.T) {
	for _, im := range []*exec.Image{small(), randomImage(rand.New(rand.NewPCG(8, 2)))} {
		data, manifest := files(t, written(t, im))
		step := 1 + (len(data)+len(manifest))/500
		for _, text := range [][]byte{manifest, data} {
			for i := 0; i < len(text); i += step {
				for _, forged := range []byte{0, 0x7f, 0xff, text[i] + 1} {
					old := text[i]
					text[i] = forged
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					got, err := forge(slices.Clone(data), manifest)
					runtime.ReadMemStats(&after)
					text[i] = old
					if used, most := after.TotalAlloc-before.TotalAlloc, uint64(64<<10+60*(len(data)+len(manifest))); used > most {
						t.Fatalf("byte %d as %#x: %d bytes of memory for files of %d and %d", i, forged, used, len(data), len(manifest))
					}
					if err == nil {
						Measure(got)
					}
				}
			}
		}
	}
}

// forge makes the checksums of files right, so that what is behind them is reached, and loads them.
func forge(data, manifest []byte) (*exec.Image, error) {
	if len(manifest) < sha256.Size {
		return nil, errors.New("no manifest")
	}
	m, err := decodeManifest(manifest[:len(manifest)-sha256.Size])
	if err != nil {
		return nil, err
	}
	for i := range m.operators {
		o := &m.operators[i]
		for _, s := range []*section{o.position, o.sink} {
			if s != nil {
				seal(s, data)
			}
		}
		for k := range o.subtasks {
			for j := range o.subtasks[k].tables {
				sealTable(&o.subtasks[k].tables[j], data)
			}
		}
	}
	m.size, m.sum = uint64(len(data)), sha256.Sum256(data)
	return Load(in(data, m.encode()), "chk-7")
}

func seal(s *section, data []byte) {
	from := s.offset + frameBytes
	if from < frameBytes || from > uint64(len(data)) || s.length > uint64(len(data))-from {
		return
	}
	s.crc = crc32.Checksum(data[from:from+s.length], castagnoli)
	binary.LittleEndian.PutUint32(data[s.offset:], s.crc)
	binary.LittleEndian.PutUint64(data[s.offset+4:], s.length)
}

func sealTable(t *tableShape, data []byte) {
	for i := range t.sections {
		seal(&t.sections[i].section, data)
	}
	for i := range t.subs {
		sealTable(&t.subs[i], data)
	}
}

// The numbers of types and kinds are part of the format.
func TestNumbersAreFrozen(t *testing.T) {
	for i, p := range []vector.Physical{vector.NoPhysical, vector.Bool, vector.I8, vector.I16, vector.I32, vector.I64, vector.F32, vector.F64,
		vector.I128, vector.Bytes, vector.List, vector.Struct, vector.Pairs} {
		if int(p) != i {
			t.Errorf("physical type %d has number %d", i, p)
		}
	}
	for i, k := range []state.DataKind{0, state.FixedData, state.BytesData, state.RowsData} {
		if int(k) != i {
			t.Errorf("kind %d of values has number %d", i, k)
		}
	}
	for i, k := range []vector.RowKind{vector.Insert, vector.UpdateBefore, vector.UpdateAfter, vector.Delete} {
		if int(k) != i {
			t.Errorf("kind %d of rows has number %d", i, k)
		}
	}
}

// Every savepoint that a released weir has written can be read for ever.
func TestOldSavepoints(t *testing.T) {
	dirs, err := filepath.Glob("../../testdata/savepoint/v1/*/savepoint") // see fixture_test.go
	if err != nil || len(dirs) == 0 {
		t.Fatal(dirs, err)
	}
	for _, dir := range dirs {
		report, err := Verify(exec.OS{}, dir)
		if err != nil || len(report.Checkpoints) == 0 {
			t.Errorf("%s: %v", dir, err)
		}
		im, err := Load(exec.OS{}, dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		again, _ := files(t, written(t, im))
		if data, _ := files(t, dir); !bytes.Equal(data, again) {
			t.Errorf("%s: its state would be written otherwise today: the format needs another version", dir)
		}
	}
}

func TestWritesCanBeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "chk-1")
	if _, err := Write(ctx, exec.OS{}, dir, small()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 0 {
		t.Errorf("%v %v", entries, err)
	}
}

// million is the state of an aggregation of a million BIGINT keys with three columns, in one subtask.
func million() *exec.Image {
	space := keygroup.Space{Max: 128}
	keys := []vector.Type{vector.BigIntType}
	s := state.NewStore(space, space.Range(0, 1))
	var columns [3]*state.Column[int64]
	table := s.Table("groups", keys, func(t *state.Table) {
		for i := range columns {
			columns[i] = state.NewColumn(t, int64(0))
		}
	})
	const rows = 1_000_000
	values := make([]int64, rows)
	for i := range values {
		values[i] = int64(i) * 7919
	}
	in := vector.Batch{Rows: rows, Columns: []vector.Column{vector.NewColumn(values, nil)}}
	for _, slot := range table.Slots(nil, in, hashes(in, keys), nil) {
		for i, c := range columns {
			c.Values()[slot] = int64(slot) * int64(i+1)
		}
	}
	return &exec.Image{Operators: []*exec.OperatorImage{{Name: "aggregate", Parallelism: 1, Max: 128, Origin: plan.FromCores, State: []*state.Snapshot{s.Snapshot()}}}}
}

func BenchmarkWrite(b *testing.B) {
	im, dir := million(), b.TempDir()
	for i := 0; b.Loop(); i++ {
		size, err := Write(b.Context(), exec.OS{}, filepath.Join(dir, fmt.Sprint("chk-", i)), im)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(size)
		if err := os.RemoveAll(filepath.Join(dir, fmt.Sprint("chk-", i))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := written(b, million())
	data, _ := files(b, dir)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Load(exec.OS{}, dir); err != nil {
			b.Fatal(err)
		}
	}
}
