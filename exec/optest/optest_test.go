package optest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"weir/exec"
	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// judge is a testing.TB that keeps what a test says instead of failing.
type judge struct {
	testing.TB
	said []string
}

func (j *judge) Helper()                   {}
func (j *judge) Failed() bool              { return len(j.said) > 0 }
func (j *judge) Errorf(f string, x ...any) { j.said = append(j.said, fmt.Sprintf(f, x...)) }
func (j *judge) Error(x ...any)            { j.said = append(j.said, fmt.Sprint(x...)) }
func (j *judge) Fatalf(f string, x ...any) { j.Errorf(f, x...); runtime.Goexit() }
func (j *judge) Fatal(x ...any)            { j.Error(x...); runtime.Goexit() }

// verdict is what Check says of an operator.
func verdict(c Case, want ...string) []string {
	j := &judge{}
	done := make(chan bool)
	go func() {
		defer close(done)
		c.Check(j, want...)
	}()
	<-done
	return j.said
}

// counter counts rows by name and gives the counts at the end of time. Its faults are switches.
type counter struct {
	table  *state.Table
	counts *state.Column[int64]
	slots  []state.Slot

	forgets   bool // keeps counts outside state
	scribbles bool // writes into what it was given
	reuses    bool // emits the same memory again
	perBatch  bool // counts batches instead of rows
	nullBlind bool // takes NULL for an empty name where strings are coded
	fails     bool

	outside map[string]int64
	null    int64
	out     []int64
}

func (o *counter) Open(t *exec.Task) error {
	o.outside = map[string]int64{}
	o.table = t.State.Table("counts", []vector.Type{vector.StringType}, func(x *state.Table) { o.counts = state.NewColumn(x, int64(0)) })
	return nil
}

func (o *counter) Process(_ int, b vector.Batch, out exec.Emitter) error {
	if o.fails {
		return diag.New("W4999", diag.Span{}, "no")
	}
	names := b.Columns[0]
	if o.forgets {
		for i := range b.Rows {
			if names.IsNull(i) {
				o.null++
			} else {
				o.outside[string(names.Strings().At(i))]++
			}
		}
		return nil
	}
	if o.nullBlind && names.IsDict() {
		valid := names.Validity()
		names = names.Decoded()
		if !valid.All() {
			offsets, data := []int32{0}, []byte(nil)
			for i := range b.Rows {
				if valid.At(i) {
					data = append(data, names.Strings().At(i)...)
				}
				offsets = append(offsets, int32(len(data)))
			}
			names = vector.NewBytes(offsets, data, nil, false)
		}
	}
	o.slots = o.table.Slots(o.slots, vector.Batch{Columns: []vector.Column{names}, Rows: b.Rows}, b.Home, b.Home)
	counts := o.counts.Values()
	for i, s := range o.slots[:b.Rows] {
		if !o.perBatch || i == 0 {
			counts[s]++
		}
	}
	if o.scribbles && b.Rows > 0 {
		b.Columns[1].Int64()[0] = -1
	}
	if o.reuses {
		if o.out == nil {
			o.out = make([]int64, 1)
		}
		o.out[0]++
		return out.Emit(vector.Batch{Rows: 1, Columns: []vector.Column{vector.Nulls(vector.StringType, 1), vector.NewColumn(o.out, nil)}})
	}
	return nil
}

func (o *counter) Advance(wm vector.Time, out exec.Emitter) (vector.Time, error) {
	if wm < vector.MaxTime {
		return wm, nil
	}
	for name, n := range o.outside {
		b := vector.Batch{Rows: 1, Columns: []vector.Column{vector.NewBytes([]int32{0, int32(len(name))}, []byte(name), nil, false), vector.NewColumn([]int64{n}, nil)}}
		if err := out.Emit(b); err != nil {
			return wm, err
		}
	}
	if o.null > 0 {
		return wm, out.Emit(vector.Batch{Rows: 1, Columns: []vector.Column{vector.Nulls(vector.StringType, 1), vector.NewColumn([]int64{o.null}, nil)}})
	}
	slots := o.table.Live(nil)
	if len(slots) == 0 {
		return wm, nil
	}
	counts := make([]int64, len(slots))
	for i, s := range slots {
		counts[i] = o.counts.Values()[s]
	}
	return wm, out.Emit(vector.Batch{Rows: len(slots), Columns: append(o.table.Keys(slots), vector.NewColumn(counts, nil))})
}

func (o *counter) Flush(exec.Emitter) error { return nil }
func (o *counter) Close() error             { return nil }

func counting(faults counter) Case {
	schema := []vector.Field{{Name: "name", Type: vector.StringType}, {Name: "x", Type: vector.BigIntType}}
	return Case{
		Spec:   &plan.Calc{},
		Inputs: [][]vector.Field{schema},
		Output: schema,
		Keys:   [][]int{{0}},
		Make:   func(*plan.Node) (exec.Operator, error) { o := faults; return &o, nil },
		Steps: []Step{
			Rows(0, "a | 1\nb | 2\na | 3\n\n c | 4\nNULL | 5\na | 6\nb | 7\nc | 8\na | 9\n"),
			Advance(10),
			Rows(0, "b | 1\n+I d | NULL"),
			Flush(),
		},
	}
}

var counted = []string{"+I[a, 4]", "+I[b, 3]", "+I[c, 2]", "+I[d, 1]", "+I[NULL, 1]"}

func TestARightOperatorPasses(t *testing.T) {
	counting(counter{}).Check(t, counted...)
}

func TestFaultsAreFound(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults counter
		says   string
	}{
		{"state outside the store", counter{forgets: true}, "moved from 1 to 3 subtasks after step 1"},
		{"changed input", counter{scribbles: true}, "has changed a batch that it was given"},
		{"changed output", counter{reuses: true}, "has changed a batch that it had emitted"},
		{"batches of another size", counter{perBatch: true}, "whole batches:"},
		{"NULL in a dictionary", counter{nullBlind: true}, "coded strings"},
		{"an error", counter{fails: true}, "no"},
	} {
		said := strings.Join(verdict(counting(c.faults), counted...), "\n")
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: the harness says %q", c.name, said)
		}
	}
	// An operator that loses its state when it moves says the right thing only while it stays.
	if said := verdict(counting(counter{}), "+I[a, 4]"); len(said) == 0 {
		t.Error("missing rows are not missed")
	}
}

func TestFails(t *testing.T) {
	if d := counting(counter{fails: true}).Fails(t); d.Code != "W4999" {
		t.Errorf("got %v", d)
	}
}

func TestFinal(t *testing.T) {
	got := final(t, []string{"+I[1]", "+I[2]", "-U[1]", "+U[3]", "-D[2]", "+I[3]"})
	if want := []string{"+I[3]", "+I[3]"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	j := &judge{}
	final(j, []string{"-D[1]"})
	if len(j.said) != 1 {
		t.Error("a row is taken back that was never there, and nobody says so")
	}
}

func TestBatch(t *testing.T) {
	schema := []vector.Field{{Name: "k", Type: vector.StringType}, {Name: "ts", Type: vector.TimestampType(3)}, {Name: "d", Type: vector.DecimalType(10, 2)},
		{Name: "b", Type: vector.BooleanType}, {Name: "f", Type: vector.DoubleType}, {Name: "s", Type: vector.SmallIntType}}
	b := Batch(schema, `
		a | 2024-01-01 00:00:01.500 | 1.5 | TRUE | 0.25 | -3 ; behind=1000 origin=1:7
		-U NULL | 1500 | -2 | NULL | NULL | NULL`)
	want := []string{"+I[a, 2024-01-01 00:00:01.500, 1.50, TRUE, 0.25, -3]", "-U[NULL, 1970-01-01 00:00:01.500, -2.00, NULL, NULL, NULL]"}
	if got := Text(schema, b); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if !slices.Equal(b.Behind, []vector.Time{1000, vector.MinTime}) || b.Origin[0] != (vector.Origin{Split: 1, Row: 7}) {
		t.Errorf("behind %v, origin %v", b.Behind, b.Origin)
	}
}
