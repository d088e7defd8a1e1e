package checkpoint

import (
	"weir/exec"
	"weir/vector"
)

// Sections that belong to no key group: where a source stands, and what a sink has to commit.

func (e *encoder) position(p *exec.Position) {
	e.count(len(p.Splits))
	for _, s := range p.Splits {
		e.split(s)
	}
	e.count(len(p.Chains))
	for _, c := range p.Chains {
		e.int(c.Number)
		e.i64(c.Row)
		e.i64(int64(c.Watermark))
		e.count(len(c.Ranges))
		for _, r := range c.Ranges {
			e.split(r.Split)
			e.i64(r.From)
			e.i64(r.To)
			e.i64(r.At.Next)
			e.i64(r.At.Row)
			e.i64(r.At.Line)
			e.i64(int64(r.At.Watermark))
			e.i64(r.Skip)
			e.bool(r.Held)
		}
	}
	e.i64(int64(p.Floor))
	e.i64(int64(p.Highest))
	e.bool(p.Complete)
	e.bool(p.Listed)
	e.i64(p.Rows)
	e.optional(p.State)
}

func (e *encoder) split(s exec.Split) {
	e.int(s.Number)
	e.text(s.Path)
	e.i64(s.Size)
	e.i64(s.ModTime)
	e.bool(s.Whole)
}

// The least that a split, a range and a chain take, in bits.
const (
	splitBits = 8 * (4*8 + 1)
	rangeBits = splitBits + 8*(7*8+1)
	chainBits = 8 * (3*8 + 4)
)

func (d *decoder) position() *exec.Position {
	p := &exec.Position{}
	for range d.count(splitBits) {
		p.Splits = append(p.Splits, d.split())
	}
	for range d.count(chainBits) {
		c := exec.Chain{Number: d.int(), Row: d.i64(), Watermark: vector.Time(d.i64())}
		for range d.count(rangeBits) {
			r := exec.Remainder{Range: exec.Range{Split: d.split(), From: d.i64(), To: d.i64()}}
			r.At = exec.Mark{Next: d.i64(), Row: d.i64(), Line: d.i64(), Watermark: vector.Time(d.i64())}
			r.Skip, r.Held = d.i64(), d.bool()
			c.Ranges = append(c.Ranges, r)
		}
		p.Chains = append(p.Chains, c)
	}
	p.Floor, p.Highest = vector.Time(d.i64()), vector.Time(d.i64())
	p.Complete, p.Listed, p.Rows, p.State = d.bool(), d.bool(), d.i64(), d.optional()
	return p
}

func (d *decoder) split() exec.Split {
	return exec.Split{Number: d.int(), Path: d.text(), Size: d.i64(), ModTime: d.i64(), Whole: d.bool()}
}

func (e *encoder) sink(s *exec.SinkImage) {
	e.int(s.Run)
	e.count(len(s.Pending))
	for _, p := range s.Pending {
		e.optional(p)
	}
}

func (d *decoder) sink() *exec.SinkImage {
	s := &exec.SinkImage{Run: d.int()}
	for range d.count(8) {
		s.Pending = append(s.Pending, exec.Pending(d.optional()))
	}
	return s
}
