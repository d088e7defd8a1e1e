package format

import (
	"bytes"

	"weir/vector"
)

// Form is how a number is written.
type Form struct {
	Whole, Fraction int  // digits before the point, without leading zeros, and behind it
	Point           bool // there is one
	Exponent        bool
}

// NumberForm reads the form of a number that all of its text is needed for: digits, perhaps with a minus, a point and an
// exponent. It is false for what is no number, and for 007 and +49, which as numbers would be 7 and 49.
func NumberForm(t []byte) (f Form, ok bool) {
	if len(t) > 0 && t[0] == '-' {
		t = t[1:]
	}
	digits := func() int {
		n := 0
		for n < len(t) && t[n]-'0' <= 9 {
			n++
		}
		return n
	}
	whole := digits()
	if whole > 1 && t[0] == '0' {
		return f, false
	}
	if f.Whole = whole; whole == 1 && t[0] == '0' {
		f.Whole = 0
	}
	t = t[whole:]
	if len(t) > 0 && t[0] == '.' {
		f.Point = true
		t = t[1:]
		f.Fraction = digits()
		t = t[f.Fraction:]
	}
	if whole+f.Fraction == 0 {
		return f, false
	}
	if len(t) > 0 && t[0]|0x20 == 'e' {
		f.Exponent = true
		t = t[1:]
		if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
			t = t[1:]
		}
		n := digits()
		t = t[n:]
		if n == 0 {
			return f, false
		}
	}
	return f, len(t) == 0
}

// IsNonFinite reports whether t is one of the words that DOUBLE knows beside numbers.
func IsNonFinite(t []byte) bool {
	switch string(t) {
	case "NaN", "Infinity", "-Infinity":
		return true
	}
	return false
}

// secondsEnd is the length of a timestamp up to its seconds, the point behind them included.
const secondsEnd = len("2020-01-01 00:00:00.")

// dateLength is that of a date in which month and day have two digits.
const dateLength = len("2020-01-01")

// exactly returns the spans up to the first whose value the type can hold only in part, or that it holds for the sake
// of other formats: with leading zeros, with more digits behind the point than it has, with an exponent for a decimal,
// a date with less than all digits. What is no value at all it leaves to others.
func (b *Builder) exactly(data []byte, spans []Span) []Span {
	number, date := b.typ.IsNumeric(), b.typ.Kind == vector.Date
	if !number && !date && !b.typ.IsTimestamp() {
		return spans
	}
	for i, s := range spans {
		if s.From < 0 {
			continue
		}
		t := trim(data[s.From:s.To])
		kept := true
		switch {
		case number:
			kept = b.holds(t)
		case date:
			kept = len(t) == dateLength
		case b.typ.Precision > 0:
			digits := len(t) - secondsEnd
			if b.typ.Kind == vector.TimestampLTZ {
				digits--
			}
			kept = digits <= b.typ.Precision
		}
		if !kept {
			return spans[:i]
		}
	}
	return spans
}

// holds reports whether a numeric type keeps all of t.
func (b *Builder) holds(t []byte) bool {
	if len(t) > 0 && t[0]-'1' <= 8 {
		// The usual cases: no sign and no zero in front, and as many digits behind the point as the others have.
		switch {
		case b.typ.IsInteger():
			return true
		case b.typ.Kind == vector.Decimal && len(t) > b.typ.Scale+1 && t[len(t)-b.typ.Scale-1] == '.' && isDigits(t[len(t)-b.typ.Scale:]):
			return true
		}
	}
	f, ok := NumberForm(t)
	switch {
	case b.typ.IsApprox():
		return ok || IsNonFinite(t)
	case !ok:
		return false
	case b.typ.Kind != vector.Decimal:
		return true
	case f.Exponent:
		return false
	}
	return f.Fraction <= b.typ.Scale || len(bytes.TrimRight(t[len(t)-f.Fraction+b.typ.Scale:], "0")) == 0
}

func isDigits(t []byte) bool {
	for _, c := range t {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}
