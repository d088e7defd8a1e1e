package kernel

import (
	"math"
	"math/bits"
	"strconv"

	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"weir/vector"
)

// maxDigits is how many decimal digits an unsigned 128-bit number always holds.
const maxDigits = vector.MaxDecimal

// u128 is an unsigned 128-bit number, u256 one of 256 bits.
type (
	u128 struct{ hi, lo uint64 }
	u256 struct{ hi, lo u128 }
)

var powers = func() (p [maxDigits + 1]u128) {
	p[0] = u128{0, 1}
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1].mulAdd(10, 0)
	}
	return p
}()

// pow10 returns 10^n for n of 0..38.
func pow10(n int) u128 { return powers[n] }

// magnitude splits a signed number into sign and absolute value.
func magnitude(v vector.Num128) (negative bool, u u128) {
	hi, lo := uint64(v.HighBits()), v.LowBits()
	if v.HighBits() >= 0 {
		return false, u128{hi, lo}
	}
	lo, borrow := bits.Sub64(0, lo, 0)
	hi, _ = bits.Sub64(0, hi, borrow)
	return true, u128{hi, lo}
}

// signed returns u or -u in two's complement.
func (u u128) signed(negative bool) vector.Num128 {
	if !negative {
		return decimal128.New(int64(u.hi), u.lo)
	}
	lo, borrow := bits.Sub64(0, u.lo, 0)
	hi, _ := bits.Sub64(0, u.hi, borrow)
	return decimal128.New(int64(hi), lo)
}

func (u u128) isZero() bool { return u.hi|u.lo == 0 }

func (u u128) less(v u128) bool { return u.hi < v.hi || u.hi == v.hi && u.lo < v.lo }

// mulAdd returns u*m + a, wrapping.
func (u u128) mulAdd(m, a uint64) u128 {
	hi, lo := bits.Mul64(u.lo, m)
	hi += u.hi * m
	lo, carry := bits.Add64(lo, a, 0)
	return u128{hi + carry, lo}
}

func (u u128) add(v u128) (sum u128, carry uint64) {
	lo, c := bits.Add64(u.lo, v.lo, 0)
	hi, c := bits.Add64(u.hi, v.hi, c)
	return u128{hi, lo}, c
}

func (u u128) sub(v u128) u128 {
	lo, b := bits.Sub64(u.lo, v.lo, 0)
	hi, _ := bits.Sub64(u.hi, v.hi, b)
	return u128{hi, lo}
}

// mul returns the whole product.
func (u u128) mul(v u128) u256 {
	h0, l0 := bits.Mul64(u.lo, v.lo)
	h1, l1 := bits.Mul64(u.hi, v.lo)
	h2, l2 := bits.Mul64(u.lo, v.hi)
	h3, l3 := bits.Mul64(u.hi, v.hi)
	w1, c := bits.Add64(h0, l1, 0)
	w2, c2 := bits.Add64(h1, l3, c)
	w3 := h3 + c2
	w1, c = bits.Add64(w1, l2, 0)
	w2, c = bits.Add64(w2, h2, c)
	w3 += c
	return u256{u128{w3, w2}, u128{w1, l0}}
}

// divMod64 divides by a 64-bit number.
func (u u128) divMod64(d uint64) (q u128, r uint64) {
	q.hi, r = u.hi/d, u.hi%d
	q.lo, r = bits.Div64(r, u.lo, d)
	return q, r
}

func (u u256) less(v u256) bool {
	if u.hi != v.hi {
		return u.hi.less(v.hi)
	}
	return u.lo.less(v.lo)
}

func (u u256) add(v u256) (u256, bool) {
	lo, c := u.lo.add(v.lo)
	hi, over := u.hi.add(v.hi)
	if c != 0 {
		var more uint64
		hi, more = hi.add(u128{0, 1})
		over |= more
	}
	return u256{hi, lo}, over != 0
}

func (u u256) sub(v u256) u256 {
	lo := u.lo.sub(v.lo)
	hi := u.hi.sub(v.hi)
	if u.lo.less(v.lo) {
		hi = hi.sub(u128{0, 1})
	}
	return u256{hi, lo}
}

// scaleUp returns u × 10^n; ok is false if 256 bits do not hold it.
func (u u256) scaleUp(n int) (u256, bool) {
	for n > 0 {
		step := min(n, maxDigits)
		p := pow10(step)
		low := u.lo.mul(p)
		high := u.hi.mul(p)
		if !high.hi.isZero() {
			return u256{}, false
		}
		hi, carry := low.hi.add(high.lo)
		if carry != 0 {
			return u256{}, false
		}
		u = u256{hi, low.lo}
		n -= step
	}
	return u, true
}

// divMod divides by a number that is not zero.
func (u u256) divMod(d u128) (q u256, r u128) {
	if d.hi == 0 {
		w := [4]uint64{u.hi.hi, u.hi.lo, u.lo.hi, u.lo.lo}
		var rem uint64
		for i := range w {
			w[i], rem = bits.Div64(rem, w[i], d.lo)
		}
		return u256{u128{w[0], w[1]}, u128{w[2], w[3]}}, u128{0, rem}
	}
	// Knuth's algorithm D with 64-bit digits; d has two, its top bit is moved to the top of its digit.
	s := uint(bits.LeadingZeros64(d.hi))
	v1, v0 := d.hi<<s|d.lo>>(64-s), d.lo<<s
	if s == 0 {
		v1 = d.hi
	}
	in := [4]uint64{u.lo.lo, u.lo.hi, u.hi.lo, u.hi.hi}
	var w [5]uint64
	for i := range in {
		w[i] |= in[i] << s
		if s > 0 {
			w[i+1] = in[i] >> (64 - s)
		}
	}
	var out [3]uint64
	for j := 2; j >= 0; j-- {
		var qhat, rhat uint64
		over := false
		if w[j+2] >= v1 {
			qhat = math.MaxUint64
			// The remainder for this quotient: w[j+2..j+1] - qhat*v1; w[j+2] equals v1 here.
			var carry uint64
			rhat, carry = bits.Add64(w[j+1], v1, 0)
			over = carry != 0
		} else {
			qhat, rhat = bits.Div64(w[j+2], w[j+1], v1)
		}
		for !over {
			ph, pl := bits.Mul64(qhat, v0)
			if ph < rhat || ph == rhat && pl <= w[j] {
				break
			}
			qhat--
			var carry uint64
			rhat, carry = bits.Add64(rhat, v1, 0)
			over = carry != 0
		}
		h0, l0 := bits.Mul64(qhat, v0)
		h1, l1 := bits.Mul64(qhat, v1)
		m1, c := bits.Add64(l1, h0, 0)
		m2 := h1 + c
		var borrow uint64
		w[j], borrow = bits.Sub64(w[j], l0, 0)
		w[j+1], borrow = bits.Sub64(w[j+1], m1, borrow)
		w[j+2], borrow = bits.Sub64(w[j+2], m2, borrow)
		if borrow != 0 {
			qhat--
			w[j], c = bits.Add64(w[j], v0, 0)
			w[j+1], c = bits.Add64(w[j+1], v1, c)
			w[j+2] += c
		}
		out[j] = qhat
	}
	r = u128{w[1] >> s, w[0] >> s}
	if s > 0 {
		r.lo |= w[1] << (64 - s)
	}
	return u256{u128{0, out[2]}, u128{out[1], out[0]}}, r
}

// divRoundHalfUp divides by 10^n, n of 0..39, rounding halves away from zero.
func (u u128) divRoundHalfUp(n int) u128 {
	if n > maxDigits {
		// 10^39 is more than twice what 38 digits hold, so only zero is left.
		return u128{}
	}
	q, _ := u256{lo: u}.roundTo(n)
	return q
}

// roundTo divides by 10^n rounding half up; ok is false if 128 bits do not hold the result.
func (u u256) roundTo(n int) (u128, bool) {
	if n == 0 {
		return u.lo, u.hi.isZero()
	}
	for n > maxDigits { // no rounding has happened yet: digits below the last 38 only matter as less than a half
		u, _ = u.divMod(pow10(maxDigits - 1))
		n -= maxDigits - 1
	}
	d := pow10(n)
	var q u256
	var r u128
	if u.hi.isZero() && u.lo.hi == 0 && d.hi == 0 {
		q.lo.lo, r.lo = u.lo.lo/d.lo, u.lo.lo%d.lo
	} else {
		q, r = u.divMod(d)
	}
	if !r.less(d.sub(r)) { // 2r >= d, without overflow
		q, _ = q.add(u256{lo: u128{0, 1}})
	}
	return q.lo, q.hi.isZero()
}

// appendDigits appends the decimal digits, at least one.
func (u u128) appendDigits(dst []byte) []byte {
	if u.hi == 0 {
		return strconv.AppendUint(dst, u.lo, 10)
	}
	const chunk = 1e19
	q, r := u.divMod64(chunk)
	dst = q.appendDigits(dst)
	var buf [20]byte
	low := strconv.AppendUint(buf[:0], r, 10)
	for k := len(low); k < 19; k++ {
		dst = append(dst, '0')
	}
	return append(dst, low...)
}

// NewDecimal128 makes a 128-bit number of its halves.
func NewDecimal128(hi int64, lo uint64) vector.Num128 { return decimal128.New(hi, lo) }

// finish rounds u, which has scale from, to scale and checks that it fits.
func finish(u u256, negative bool, from, precision, scale int) (vector.Num128, bool) {
	var q u128
	ok := true
	if from > scale {
		q, ok = u.roundTo(from - scale)
	} else {
		u, ok = u.scaleUp(scale - from)
		q = u.lo
		ok = ok && u.hi.isZero()
	}
	if !ok || !q.less(pow10(precision)) {
		return vector.Num128{}, false
	}
	return q.signed(negative), true
}

// DecimalRescale converts an unscaled value of one scale to DECIMAL(precision, scale), rounding half up; ok is false
// if it does not fit.
func DecimalRescale(v vector.Num128, from, precision, scale int) (vector.Num128, bool) {
	negative, u := magnitude(v)
	return finish(u256{lo: u}, negative, from, precision, scale)
}

// DecimalAdd adds values of scales sa and sb into DECIMAL(precision, scale); ok is false on overflow.
func DecimalAdd(a vector.Num128, sa int, b vector.Num128, sb int, precision, scale int) (vector.Num128, bool) {
	if sa == sb && sb == scale {
		if x, y, ok := narrow(a, b); ok && within(x+y, precision) {
			return vector.Int128(x + y), true
		}
	}
	na, ua := magnitude(a)
	nb, ub := magnitude(b)
	s := max(sa, sb)
	x, _ := u256{lo: ua}.scaleUp(s - sa)
	y, _ := u256{lo: ub}.scaleUp(s - sb)
	if na == nb {
		sum, _ := x.add(y) // both are below 10^76, the sum below 2^256
		return finish(sum, na, s, precision, scale)
	}
	if x.less(y) {
		return finish(y.sub(x), nb, s, precision, scale)
	}
	return finish(x.sub(y), na, s, precision, scale)
}

// narrow returns both values if they are below 2^62, so that their sum is an int64.
func narrow(a, b vector.Num128) (x, y int64, ok bool) {
	x, y = int64(a.LowBits()), int64(b.LowBits())
	const bound = 1 << 62
	return x, y, a.HighBits() == x>>63 && b.HighBits() == y>>63 && x < bound && x >= -bound && y < bound && y >= -bound
}

// within reports whether an unscaled value has at most so many digits.
func within(v int64, precision int) bool {
	if precision > 18 {
		return true
	}
	limit := int64(powers[precision].lo)
	return v < limit && v > -limit
}

// DecimalNegate returns -v.
func DecimalNegate(v vector.Num128) vector.Num128 {
	negative, u := magnitude(v)
	return u.signed(!negative)
}

// DecimalSub subtracts as DecimalAdd adds.
func DecimalSub(a vector.Num128, sa int, b vector.Num128, sb int, precision, scale int) (vector.Num128, bool) {
	return DecimalAdd(a, sa, DecimalNegate(b), sb, precision, scale)
}

// DecimalMul multiplies values of scales sa and sb into DECIMAL(precision, scale); ok is false on overflow.
func DecimalMul(a vector.Num128, sa int, b vector.Num128, sb int, precision, scale int) (vector.Num128, bool) {
	if sa+sb == scale {
		if x, y, ok := narrow(a, b); ok && int64(int32(x)) == x && int64(int32(y)) == y && within(x*y, precision) {
			return vector.Int128(x * y), true
		}
	}
	na, ua := magnitude(a)
	nb, ub := magnitude(b)
	return finish(ua.mul(ub), na != nb, sa+sb, precision, scale)
}

// DecimalDiv divides by b, which is not zero, into DECIMAL(precision, scale), rounding half up; ok is false on
// overflow.
func DecimalDiv(a vector.Num128, sa int, b vector.Num128, sb int, precision, scale int) (vector.Num128, bool) {
	na, ua := magnitude(a)
	nb, ub := magnitude(b)
	num, ok := u256{lo: ua}, true
	if up := scale - sa + sb; up >= 0 {
		// A numerator that 256 bits do not hold is above 10^77, the quotient above 10^39: no decimal.
		if num, ok = num.scaleUp(up); !ok {
			return vector.Num128{}, false
		}
	} else {
		den, _ := u256{lo: ub}.scaleUp(-up)
		if !den.hi.isZero() { // above 2^128 and so above twice any numerator
			return vector.Num128{}, true
		}
		ub = den.lo
	}
	q, r := num.divMod(ub)
	if !r.less(ub.sub(r)) {
		q, _ = q.add(u256{lo: u128{0, 1}})
	}
	if !q.hi.isZero() || !q.lo.less(pow10(precision)) {
		return vector.Num128{}, false
	}
	return q.lo.signed(na != nb), true
}

// DecimalMod returns the remainder of a truncated division by b, which is not zero; it has the sign of a.
func DecimalMod(a vector.Num128, sa int, b vector.Num128, sb int, precision, scale int) (vector.Num128, bool) {
	na, ua := magnitude(a)
	_, ub := magnitude(b)
	s := max(sa, sb)
	x, _ := u256{lo: ua}.scaleUp(s - sa)
	y, _ := u256{lo: ub}.scaleUp(s - sb)
	if y.hi.isZero() {
		_, r := x.divMod(y.lo)
		return finish(u256{lo: r}, na, s, precision, scale)
	}
	if x.less(y) {
		return finish(x, na, s, precision, scale)
	}
	// b was scaled up, so a has the larger scale and is below 10^38, while y is above 2^128: x.less(y) held.
	panic("kernel: remainder of decimals out of bounds")
}

// DecimalCompare compares values of scales sa and sb: -1, 0 or 1.
func DecimalCompare(a vector.Num128, sa int, b vector.Num128, sb int) int {
	if sa == sb {
		return a.Cmp(b)
	}
	na, ua := magnitude(a)
	nb, ub := magnitude(b)
	x, _ := u256{lo: ua}.scaleUp(max(sa, sb) - sa)
	y, _ := u256{lo: ub}.scaleUp(max(sa, sb) - sb)
	if na != nb {
		if na {
			return -1
		}
		return 1
	}
	c := 0
	if x.less(y) {
		c = -1
	} else if y.less(x) {
		c = 1
	}
	if na {
		return -c
	}
	return c
}

// DecimalToDouble returns the double that is nearest to an unscaled value of a scale.
func DecimalToDouble(v vector.Num128, scale int) float64 {
	negative, u := magnitude(v)
	if u.hi == 0 && u.lo < 1<<53 && scale <= 22 {
		f := float64(u.lo) / exactPow10[scale]
		if negative {
			return -f
		}
		return f
	}
	var buf [64]byte
	f, _ := strconv.ParseFloat(text(AppendDecimal(buf[:0], v, scale)), 64)
	return f
}

// DecimalToInt cuts the fraction off and returns the low 64 bits.
func DecimalToInt(v vector.Num128, scale int) int64 {
	if n := int64(v.LowBits()); v.HighBits() == n>>63 && scale <= 18 {
		return n / int64(powers[scale].lo)
	}
	negative, u := magnitude(v)
	q, _ := u256{lo: u}.divMod(pow10(scale))
	if negative {
		return -int64(q.lo.lo)
	}
	return int64(q.lo.lo)
}

// DecimalFromDouble converts the shortest decimal digits of a finite double, rounding half up.
func DecimalFromDouble(f float64, precision, scale int) (vector.Num128, bool) {
	var buf [32]byte
	v, err := ParseDecimal(strconv.AppendFloat(buf[:0], f, 'e', -1, 64), precision, scale)
	return v, err == nil
}

// DecimalIsZero reports whether v is zero.
func DecimalIsZero(v vector.Num128) bool { return v.HighBits() == 0 && v.LowBits() == 0 }

// DecimalRound rounds a value of scale from to digits behind the point (digits may be negative), half up, and
// returns it with scale to; floor and ceil round towards negative and positive infinity, truncate towards zero.
func DecimalRound(v vector.Num128, from, digits, precision, to int, mode Rounding) (vector.Num128, bool) {
	negative, u := magnitude(v)
	drop := from - digits
	if drop <= 0 {
		return finish(u256{lo: u}, negative, from, precision, to)
	}
	if drop > maxDigits {
		// Below half of the last kept digit: at most 38 digits remain of 10^39.
		up := !u.isZero() && (mode == Ceil && !negative || mode == Floor && negative)
		if !up {
			return vector.Num128{}, true
		}
		return vector.Num128{}, false
	}
	d := pow10(drop)
	wide, r := u256{lo: u}.divMod(d)
	q := wide.lo
	up := false
	switch mode {
	case HalfUp:
		up = !r.less(d.sub(r))
	case Floor:
		up = negative && !r.isZero()
	case Ceil:
		up = !negative && !r.isZero()
	}
	if up {
		q, _ = q.add(u128{0, 1})
	}
	return finish(u256{lo: q}, negative, digits, precision, to)
}

// Rounding says how DecimalRound treats what it drops.
type Rounding uint8

// The ways of rounding.
const (
	HalfUp Rounding = iota
	Truncate
	Floor
	Ceil
)
