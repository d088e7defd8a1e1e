package exec

import (
	"fmt"
	"math"
)

// Check reports what no source says of itself: ranges outside their splits, of splits that were not listed, or in
// another order than that in which they are read.
func (p *Position) Check() error {
	if p.Rows < 0 {
		return fmt.Errorf("%d rows have left", p.Rows)
	}
	splits := make(map[int]Split, len(p.Splits))
	last := -1
	for _, s := range p.Splits {
		// Rows name their split by 32 bits (vector.Origin).
		if s.Number <= last || s.Number > math.MaxInt32 {
			return fmt.Errorf("split %d comes behind split %d", s.Number, last)
		}
		if s.Size < 0 {
			return fmt.Errorf("split %d has %d bytes", s.Number, s.Size)
		}
		splits[s.Number], last = s, s.Number
	}
	last = -1
	chained := map[int]int{} // chains by split: one has all that is left of it
	for i := range p.Chains {
		c := &p.Chains[i]
		if c.Number <= last {
			return fmt.Errorf("chain %d comes behind chain %d", c.Number, last)
		}
		if last = c.Number; c.Row < 0 {
			return fmt.Errorf("chain %d is behind row %d", c.Number, c.Row)
		}
		for k := range c.Ranges {
			r := &c.Ranges[k]
			if splits[r.Split.Number] != r.Split {
				return fmt.Errorf("a range of chain %d is of split %d, which was not listed so", c.Number, r.Split.Number)
			}
			if other, ok := chained[r.Split.Number]; ok && other != c.Number {
				return fmt.Errorf("split %d is in chains %d and %d", r.Split.Number, other, c.Number)
			}
			chained[r.Split.Number] = c.Number
			if err := r.check(); err != nil {
				return fmt.Errorf("split %d: %w", r.Split.Number, err)
			}
			if k > 0 && !r.follows(&c.Ranges[k-1]) {
				return fmt.Errorf("split %d: the range %d to %d is out of order", r.Split.Number, r.From, r.To)
			}
		}
		if len(c.Ranges) > 0 && c.Ranges[0].Split.Number < c.Number {
			return fmt.Errorf("chain %d begins with split %d", c.Number, c.Ranges[0].Split.Number)
		}
	}
	return nil
}

// check looks at a range alone.
func (r *Remainder) check() error {
	if r.From < 0 || r.From > r.To || r.To > r.Split.Size {
		return fmt.Errorf("the range %d to %d of %d bytes", r.From, r.To, r.Split.Size)
	}
	// What is read whole may have its marks in what comes out of its bytes, which is of any size.
	if r.At.Next < -1 || !r.Split.Whole && r.At.Next > r.Split.Size {
		return fmt.Errorf("the mark at byte %d of %d", r.At.Next, r.Split.Size)
	}
	if r.At.Row < 0 || r.At.Line < 0 || r.Skip < 0 || r.At.Row > math.MaxInt64-r.Skip {
		return fmt.Errorf("the mark behind row %d and line %d, and %d rows to pass over", r.At.Row, r.At.Line, r.Skip)
	}
	return nil
}

// follows reports whether a range is read behind another one of its chain.
func (r *Remainder) follows(before *Remainder) bool {
	if r.Split.Number == before.Split.Number {
		return r.From >= before.To
	}
	return r.Split.Number > before.Split.Number
}
