// Package bids makes the bids of an auction house, shaped like the ones of the
// Nexmark benchmark: the input on which weir and DuckDB are measured.
package bids

import (
	"math"
	"math/rand/v2"
	"time"
)

// Bid is one row. Its byte slices belong to the Generator that filled it and
// stay valid until that generator's next call.
type Bid struct {
	Auction int64
	Bidder  int64
	Price   int64 // cents
	Channel []byte
	URL     []byte
	Time    int64 // milliseconds since the epoch
	Extra   []byte
}

// Shape says what the bids are like. Two generators of the same shape give the
// same bids.
type Shape struct {
	Seed         uint64
	Start        time.Time
	PerSecond    int // bids per second of event time
	AuctionEvery int // a new auction opens every so many bids
	Open         int // a bid goes to one of the newest so many auctions
	HotEvery     int // half of the bids go to the newest auction whose number is a multiple of this
	People       int // so many people bid
	Channels     int // half of the bids come through one of so many small channels
	Extra        int // mean length of the column extra
	Awkward      int // every so many bids extra holds what CSV and JSON must escape; 0: never
}

// Nexmark is the shape that is measured: 10,000 bids a second, about 6,700
// auctions in ten seconds of which some 70 take half of the bids, four large
// channels and 10,000 small ones, lines of about 200 bytes.
func Nexmark(seed uint64) Shape {
	return Shape{
		Seed:         seed,
		Start:        time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		PerSecond:    10_000,
		AuctionEvery: 15,
		Open:         100,
		HotEvery:     100,
		People:       10_000,
		Channels:     10_000,
		Extra:        70,
		Awkward:      1_000,
	}
}

// firstID is the number of the first auction and of the first person.
const firstID = 1000

var largeChannels = [...]string{"Apple", "Baidu", "Facebook", "Google"}

const letters = "abcdefghijklmnopqrstuvwxyz_"

// Generator makes bids in the order of their time.
type Generator struct {
	shape Shape
	rand  *rand.Rand
	row   int64

	largeURLs               [len(largeChannels)][]byte
	channel, url, extra     []byte
	extraSpread, extraLeast int
}

// NewGenerator returns a generator that stands before the first bid.
func NewGenerator(shape Shape) *Generator {
	g := &Generator{
		shape:       shape,
		rand:        rand.New(rand.NewPCG(shape.Seed, 0x62696473)),
		extraLeast:  shape.Extra * 3 / 4,
		extraSpread: shape.Extra/2 + 1,
	}
	for i := range g.largeURLs {
		g.largeURLs[i] = g.appendURL(nil)
	}
	return g
}

// Next fills b with the next bid.
func (g *Generator) Next(b *Bid) {
	s := &g.shape
	b.Time = s.Start.UnixMilli() + g.row*1000/int64(s.PerSecond)

	newest := g.row / int64(s.AuctionEvery)
	if g.rand.IntN(2) == 0 {
		b.Auction = firstID + newest - newest%int64(s.HotEvery)
	} else {
		b.Auction = firstID + max(0, newest-int64(g.rand.IntN(s.Open)))
	}
	b.Bidder = firstID + int64(g.rand.IntN(s.People))
	// Prices spread evenly over six orders of magnitude: 1.00 to 1,000,000.00.
	b.Price = int64(math.Pow(10, 2+6*g.rand.Float64()))

	if g.rand.IntN(2) == 0 {
		i := g.rand.IntN(len(largeChannels))
		g.channel = append(g.channel[:0], largeChannels[i]...)
		g.url = append(g.url[:0], g.largeURLs[i]...)
	} else {
		n := int64(g.rand.IntN(s.Channels))
		g.channel = appendInt(append(g.channel[:0], "channel-"...), n)
		g.url = g.appendURL(g.url[:0])
		g.url = append(g.url, "&channel_id="...)
		// An odd multiplier: different channels keep different numbers.
		g.url = appendInt(g.url, n*2654435761&math.MaxUint32)
	}

	g.extra = g.appendLetters(g.extra[:0], g.extraLeast+g.rand.IntN(g.extraSpread))
	if s.Awkward > 0 && g.row%int64(s.Awkward) == int64(s.Awkward)-1 {
		g.extra = append(g.extra, `, "as new" \o/`...)
	}
	b.Channel, b.URL, b.Extra = g.channel, g.url, g.extra
	g.row++
}

func (g *Generator) appendURL(dst []byte) []byte {
	dst = append(dst, "https://www.nexmark.com/"...)
	for range 3 {
		dst = g.appendLetters(dst, 3+g.rand.IntN(3))
		dst = append(dst, '/')
	}
	return append(dst, "item.htm?query=1"...)
}

// appendLetters draws twelve letters from every random number: the letters are
// most of the bytes of a file, and must not be most of the time it takes.
func (g *Generator) appendLetters(dst []byte, n int) []byte {
	var bits uint64
	for i := range n {
		if i%12 == 0 {
			bits = g.rand.Uint64()
		}
		dst = append(dst, letters[(bits&31)*uint64(len(letters))>>5])
		bits >>= 5
	}
	return dst
}
