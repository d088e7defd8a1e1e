package kernel

import (
	"math"

	"weir/vector"
)

// The kernels of this file work on columns of times, counted in microseconds since the epoch or its local midnight.
// What stands in rows that are NULL is computed like the others, and means nothing.

// Scale sets dst[i] = a[i] * by.
func Scale[T ~int32 | ~int64](dst []int64, a []T, by int64) {
	for i, x := range a {
		dst[i] = int64(x) * by
	}
}

// Divide sets dst[i] to a[i] / by, rounded towards negative infinity.
func Divide[T ~int32 | ~int64](dst []T, a []int64, by int64) {
	for i, x := range a {
		dst[i] = T(FloorDiv(x, by))
	}
}

// FloorToStep sets dst[i] to the greatest multiple of step that is not above a[i].
func FloorToStep(dst, a []int64, step int64) {
	for i, x := range a {
		dst[i] = x - FloorMod(x, step)
	}
}

// Cycle sets dst[i] to how far a[i] is in a cycle, in parts: an hour of the day is (day, hour).
func Cycle(dst, a []int64, cycle, part int64) {
	for i, x := range a {
		dst[i] = FloorMod(x, cycle) / part
	}
}

// EachDay sets dst[i] to what of gives for the day of a[i], counted from the epoch. Times of one day often follow each
// other: of is called when the day changes.
func EachDay(dst, a []int64, of func(day int64) int64) {
	from, value := int64(math.MinInt64), int64(0)
	for i, x := range a {
		if since := uint64(x - from); since >= MicrosPerDay || i == 0 {
			day := FloorDiv(x, MicrosPerDay)
			from, value = day*MicrosPerDay, of(day)
		}
		dst[i] = value
	}
}

// ToLocals sets dst[i] to the local time of the instant a[i], both in microseconds. It does not look up offsets for rows
// that are NULL.
func (z *Zone) ToLocals(dst, a []int64, valid vector.Bitmap) {
	if z.IsUTC() {
		copy(dst, a)
		return
	}
	var from, to, shift int64 // the offset holds from here to there
	for i, x := range a {
		if x < from || x >= to {
			if valid != nil && !valid.At(i) {
				dst[i] = x
				continue
			}
			shift = z.Offset(FloorDiv(x, MicrosPerSecond)) * MicrosPerSecond
			from, to = microseconds(z.from), microseconds(z.to)
		}
		dst[i] = x + shift
	}
}

// ToInstants sets dst[i] to the instant of the local time a[i], as ToInstant does.
func (z *Zone) ToInstants(dst, a []int64, valid vector.Bitmap) {
	if z.IsUTC() {
		copy(dst, a)
		return
	}
	// Local times that are two days away from the next change of clocks have the offset that holds there.
	const apart = 2 * MicrosPerDay
	var from, to, shift int64
	for i, x := range a {
		if x < from || x >= to {
			if valid != nil && !valid.At(i) {
				dst[i] = x
				continue
			}
			dst[i] = z.ToInstant(x, MicrosPerSecond)
			shift = z.Offset(FloorDiv(dst[i], MicrosPerSecond)) * MicrosPerSecond
			from, to = microseconds(z.from)+apart, microseconds(z.to)-apart
			continue
		}
		dst[i] = x - shift
	}
}

// microseconds converts a bound in seconds; bounds that there are none of stay far away.
func microseconds(second int64) int64 {
	const most = math.MaxInt64 / MicrosPerSecond / 2
	return min(max(second, -most), most) * MicrosPerSecond
}
