package exec

import (
	"context"
	"io"
	"testing"

	"weir/planner/plan"
	"weir/vector"
)

// replay is a feed of one batch, many times.
type replay struct {
	batch vector.Batch
	left  int
}

func (f *replay) Open(*Task) error       { return nil }
func (f *replay) Close() error           { return nil }
func (f *replay) Pass(int64, bool) int64 { return 0 }
func (f *replay) Next(context.Context, int) (Input, error) {
	if f.left == 0 {
		return Input{}, io.EOF
	}
	f.left--
	return Input{Batch: f.batch, Watermark: vector.Time(-f.left)}, nil
}

// swallow takes rows and gives none.
type swallow struct{ pass }

func (*swallow) Open(*Task) error                                       { return nil }
func (*swallow) Process(int, vector.Batch, Emitter) error               { return nil }
func (*swallow) Advance(wm vector.Time, _ Emitter) (vector.Time, error) { return wm, nil }
func (*swallow) End(int, Emitter) error                                 { return nil }

// BenchmarkRoads is what the runtime itself costs a row: a chained HASH edge at parallelism 1, and an exchange to 2.
func BenchmarkRoads(b *testing.B) {
	const rows = 8192
	values := make([]int64, rows)
	for i := range values {
		values[i] = int64(i * 7 % 1000)
	}
	batch := vector.Batch{Rows: rows, Columns: []vector.Column{vector.NewColumn(values, nil), vector.NewColumn(values, nil), vector.NewColumn(values, nil)}}
	for _, c := range []struct {
		name string
		ps   []int
	}{{"chained", []int{1, 1, 1}}, {"exchange", []int{2, 2, 2}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			config := &Config{
				Seams: Seams{Clock: SystemClock{}},
				Head: func(_ *plan.Graph, n *plan.Node, _ *Config) (Head, error) {
					var feeds []Feed
					for range n.Parallelism {
						feeds = append(feeds, &replay{batch, (b.N + n.Parallelism - 1) / n.Parallelism})
					}
					return plainHead(feeds), nil
				},
				Operator: func(*plan.Node) (Operator, error) { return &swallow{}, nil },
				Result:   func(vector.Batch) error { return nil },
			}
			if _, err := Run(b.Context(), line(c.ps, []plan.EdgeKind{plan.Hash, plan.Forward}), config); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
		})
	}
}
