package bids

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// lines is the text of the word count, one line of it per line.
//
//go:embed lines.txt
var lines string

const (
	exampleFiles = 4
	exampleRows  = 2_000
	// A late bid is held back for fifteen seconds and more: with windows of ten
	// seconds and a watermark four seconds behind, its window has closed by then.
	heldBack = 15 * time.Second
	// A straggler is held back for less than those four seconds: it is in time.
	straggles = 3 * time.Second
)

// example is small enough to be read: six channels, twenty auctions, ten windows.
func example() Shape {
	return Shape{
		Seed:         7,
		Start:        time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
		PerSecond:    20,
		AuctionEvery: 100,
		Open:         5,
		HotEvery:     10,
		People:       200,
		Channels:     2,
		Extra:        8,
		Awkward:      100,
	}
}

// WriteExample writes the data that the README's commands read: bids/*.csv, whose
// times overlap and in which some 1.5 % of the rows are late, and lines.csv. The
// same bytes every time.
func WriteExample(dir string) error {
	folder := filepath.Join(dir, "bids")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for i, text := range exampleBids() {
		path := filepath.Join(folder, fmt.Sprintf("bids-%d.csv", i+1))
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "lines.csv"), exampleLines(), 0o644)
}

// exampleBids deals the bids out to the files at random, each in the order in
// which they arrive.
func exampleBids() [exampleFiles][]byte {
	type line struct {
		text []byte
		sent int64 // time at which it may be written
	}
	var (
		files   [exampleFiles][]byte
		waiting [exampleFiles][]line
	)
	arrival := rand.New(rand.NewPCG(7, 0x6c617465))
	write := func(i int, now int64) {
		kept := waiting[i][:0]
		for _, l := range waiting[i] {
			if l.sent > now {
				kept = append(kept, l)
				continue
			}
			files[i] = append(files[i], l.text...)
		}
		waiting[i] = kept
	}

	g := NewGenerator(example())
	var b Bid
	for range exampleRows {
		g.Next(&b)
		i := arrival.IntN(exampleFiles)
		text := AppendCSV(nil, &b)
		switch n := arrival.IntN(1000); {
		case n < 27:
			delay := heldBack.Milliseconds() + arrival.Int64N(heldBack.Milliseconds())
			waiting[i] = append(waiting[i], line{text, b.Time + delay})
		case n < 100:
			waiting[i] = append(waiting[i], line{text, b.Time + 1 + arrival.Int64N(straggles.Milliseconds())})
		default:
			files[i] = append(files[i], text...)
		}
		write(i, b.Time)
	}
	for i := range files {
		write(i, b.Time+2*heldBack.Milliseconds())
	}
	return files
}

// exampleLines gives every line a time, with pauses of up to 1.6 seconds.
func exampleLines() []byte {
	var text []byte
	pause := rand.New(rand.NewPCG(7, 0x776f7264))
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).UnixMilli()
	for line := range strings.Lines(lines) {
		text = appendCSVText(text, []byte(strings.TrimSuffix(line, "\n")))
		text = append(text, ',')
		text = appendTime(text, now)
		text = append(text, '\n')
		now += 200 + pause.Int64N(1400)
	}
	return text
}
