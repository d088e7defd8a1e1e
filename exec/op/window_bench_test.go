package op

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// bidBatches makes n batches of bids in order of time, 10,000 a second, half of them on four hot auctions.
func bidBatches(n int) []vector.Batch {
	const rows = 8192
	r := rand.New(rand.NewPCG(1, 2))
	channels := vector.NewDict()
	for i := range 20 {
		channels.Add([]byte(fmt.Sprintf("channel-%d", i)))
	}
	out := make([]vector.Batch, n)
	at := int64(0)
	for i := range out {
		auctions, prices, times, codes := make([]int64, rows), make([]int64, rows), make([]int64, rows), make([]int32, rows)
		for k := range rows {
			auctions[k] = at/10000*100 + int64(r.IntN(10000))
			if r.IntN(2) == 0 {
				auctions[k] = at/100000*100 + int64(r.IntN(4))
			}
			prices[k], times[k], codes[k] = int64(r.IntN(1e6)), at/10, int32(r.IntN(20))
			at++
		}
		out[i] = vector.Batch{Rows: rows, Columns: []vector.Column{vector.NewColumn(auctions, nil), vector.NewColumn(prices, nil),
			vector.NewDictColumn(codes, nil, channels), vector.NewColumn(times, nil)}}
	}
	return out
}

// benchmarks are T1, T2 and T3 of docs/performance.md.
var benchmarks = []struct {
	name string
	keys []int
	aggs []plan.Aggregate
}{{"T1", []int{0}, five()}, {"T2", []int{2}, five()}, {"T3", nil, five()[:1]}}

// Between the reader's batch and the slice's firing less than a byte is allocated per row: a slice's tables have the
// memory of one before.
func TestAggregationAllocatesLittle(t *testing.T) {
	batches := bidBatches(123)
	for _, c := range benchmarks {
		k := newBench(t, &plan.WindowAggregate{Window: plan.Window{Time: 3, Size: 10000}, Keys: c.keys, Aggregates: c.aggs,
			Properties: []plan.WindowProperty{plan.WindowStart, plan.WindowEnd}}, bids, nil, c.keys)
		var allocated uint64
		rows := 0
		for i, b := range batches {
			b = hashed(b, bids, c.keys)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			k.process(b)
			runtime.ReadMemStats(&after)
			if i >= 60 { // the first slices make the memory
				allocated += after.TotalAlloc - before.TotalAlloc
				rows += b.Rows
			}
			times := b.Columns[3].Int64()
			k.advance(vector.Time(times[len(times)-1]))
			k.out = k.out[:0]
		}
		if per := float64(allocated) / float64(rows); per >= 1 {
			t.Errorf("%s: %.2f bytes per row", c.name, per)
		}
	}
}

// BenchmarkWindow measures what a row costs from the reader's batch to the slice's firing, both included, hashing too: T1
// by auction, T2 by channel, T3 by window only.
func BenchmarkWindow(b *testing.B) {
	batches := bidBatches(123)
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			k := newBench(b, &plan.WindowAggregate{Window: plan.Window{Time: 3, Size: 10000}, Keys: c.keys, Aggregates: c.aggs,
				Properties: []plan.WindowProperty{plan.WindowStart, plan.WindowEnd}}, bids, nil, c.keys)
			var hasher kernel.Hasher
			home := make([]uint64, 8192)
			cols, types := make([]vector.Column, len(c.keys)), make([]vector.Type, len(c.keys))
			b.ReportAllocs()
			at := 0
			for b.Loop() {
				batch := batches[at]
				for i, key := range c.keys {
					cols[i], types[i] = batch.Columns[key], bids[key].Type
				}
				batch.Home = hasher.Hash(home, cols, types)
				k.process(batch)
				times := batch.Columns[3].Int64()
				k.advance(vector.Time(times[len(times)-1]))
				if at++; at == len(batches) {
					at = 0
					k.advance(vector.MaxTime)
					k.op.(*WindowAggregate).clock = vector.MinTime // the same times come again
				}
				k.out = k.out[:0]
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/8192, "ns/row")
		})
	}
}
