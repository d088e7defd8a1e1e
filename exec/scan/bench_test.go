package scan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/exec/connector/filesystem"
	"weir/exec/scan"
	"weir/planner/plan"
	"weir/vector"
)

// bids makes n rows like those of the benchmark in bench/, lines of about 200 bytes.
func bids(n int, json bool) string {
	r := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	for i := range n {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 100 * time.Microsecond).Format("2006-01-02 15:04:05.000")
		auction, bidder, price := 1000+i/15-r.IntN(100), 1000+r.IntN(10000), r.IntN(1_000_000)+100
		channel := fmt.Sprint("channel-", r.IntN(10000))
		if r.IntN(2) == 0 {
			channel = "Google"
		}
		url := fmt.Sprintf("https://www.nexmark.com/%x/%x/item.htm?query=1&channel_id=%d", r.Uint32(), r.Uint32(), r.IntN(1<<30))
		extra := strings.Repeat("abcdefghij", 5+r.IntN(4))
		if i%1000 == 999 {
			extra = `a "quoted", awkward one`
		}
		if json {
			fmt.Fprintf(&b, `{"auction":%d,"bidder":%d,"price":%d,"channel":%q,"url":%q,"dateTime":%q,"extra":%q}`+"\n", auction, bidder, price, channel, url, at, extra)
			continue
		}
		if i%1000 == 999 {
			extra = `"` + strings.ReplaceAll(extra, `"`, `""`) + `"`
		}
		fmt.Fprintf(&b, "%d,%d,%d,%s,%s,%s,%s\n", auction, bidder, price, channel, url, at, extra)
	}
	return b.String()
}

func bidsTable(path, format string, read ...int) table {
	d := table{
		columns: []catalog.Column{column("auction", vector.BigIntType), column("bidder", vector.BigIntType), column("price", vector.BigIntType),
			column("channel", vector.StringType), column("url", vector.StringType), column("dateTime", vector.TimestampType(3)), column("extra", vector.StringType)},
		options: map[string]string{"path": path, "format": format},
		read:    read, rowtime: -1,
	}
	for i, r := range read {
		if r == 5 {
			d.rowtime, d.watermark = i, delay(i, 4000)
		}
	}
	return d
}

func benchmark(b *testing.B, format string, read ...int) {
	const rows = 300_000
	text := bids(rows, format == "json")
	path := filepath.Join(write(b, map[string]string{"bids": text}), "bids")
	d := bidsTable(path, format, read...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		g, n := d.node(world{parallelism: 1})
		n.Spec.(*plan.Scan).Origin = false
		c := config(world{batchRows: 8192, chunk: 4 << 20})
		src, err := filesystem.NewSource(g, n, c)
		if err != nil {
			b.Fatal(err)
		}
		head, err := scan.NewHead(g, n, src, c)
		if err != nil {
			b.Fatal(err)
		}
		if err := head.Feeds()[0].Open(&exec.Task{Node: n, Graph: g, Config: c}); err != nil {
			b.Fatal(err)
		}
		got := 0
		for {
			in, err := head.Feeds()[0].Next(context.Background(), math.MaxInt)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			got += in.Batch.Rows
		}
		if err := head.Feeds()[0].Close(); err != nil || got != rows {
			b.Fatalf("%d rows, error %v", got, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// T1 reads auction, price and dateTime, T2 channel too.

func BenchmarkCSVThree(b *testing.B)  { benchmark(b, "csv", 0, 2, 5) }
func BenchmarkCSVFour(b *testing.B)   { benchmark(b, "csv", 0, 2, 3, 5) }
func BenchmarkCSVAll(b *testing.B)    { benchmark(b, "csv", 0, 1, 2, 3, 4, 5, 6) }
func BenchmarkJSONThree(b *testing.B) { benchmark(b, "json", 0, 2, 5) }
func BenchmarkJSONFour(b *testing.B)  { benchmark(b, "json", 0, 2, 3, 5) }
