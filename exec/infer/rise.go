package infer

import "time"

// rise says how the times of a column go up.
type rise struct {
	values      int64
	least, most int64 // ms
	lag         int64 // how far a value was behind the greatest before it
}

func (r *rise) add(ms int64) {
	if r.values == 0 {
		r.least, r.most = ms, ms
	}
	r.values++
	r.lag = max(r.lag, r.most-ms)
	r.least, r.most = min(r.least, ms), max(r.most, ms)
}

// join takes in the times of another file. Each file rises by itself: its watermark is its own.
func (r *rise) join(o *rise) {
	if o.values == 0 {
		return
	}
	if r.values == 0 {
		*r = *o
		return
	}
	r.values += o.values
	r.lag = max(r.lag, o.lag)
	r.least, r.most = min(r.least, o.least), max(r.most, o.most)
}

// delays are what a watermark may wait, so that people recognise it.
var delays = []time.Duration{
	0, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// delay is how long a watermark has to wait that none of the values is late; false if they don't rise: if one was behind
// another by more than half of the time between the first and the last. Rows in any order are behind by nearly all
// of it.
func (r *rise) delay() (time.Duration, bool) {
	if r.least == r.most || 2*r.lag > r.most-r.least {
		return 0, false
	}
	for _, d := range delays {
		// A row as far behind as the watermark is late.
		if r.lag == 0 || d.Milliseconds() > r.lag {
			return d, true
		}
	}
	return 0, false
}

// before is the rise of r's values followed by those of o.
func (r rise) before(o *rise) rise {
	if r.values == 0 {
		return *o
	}
	if o.values == 0 {
		return r
	}
	r.lag = max(r.lag, o.lag, r.most-o.least)
	r.values += o.values
	r.least, r.most = min(r.least, o.least), max(r.most, o.most)
	return r
}
