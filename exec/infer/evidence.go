package infer

import (
	"bytes"
	"strconv"

	"weir/exec/format"
	"weir/exec/format/json"
	"weir/vector"
	"weir/vector/kernel"
)

// class is a set of what values look like; one value looks like one of them.
type class uint16

const (
	boolean  class = 1 << iota
	small          // an INT
	long           // a BIGINT
	huge           // an integer of up to 38 digits
	fraction       // a number with a point
	floating       // with an exponent, or without end
	day            // a DATE
	local          // a TIMESTAMP as SQL writes it
	localISO       // with a T
	zoned          // and a Z behind it
	zonedISO
	list  // an array of JSON
	other // any text
)

const (
	integers = small | long | huge
	numbers  = integers | fraction | floating
	iso      = localISO | zonedISO
)

// Digits that types hold.
const (
	mostDigits = 38 // of a DECIMAL
	// exactDigits is how many digits of any decimal number survive in a DOUBLE.
	exactDigits = 15
	// usualPrecision of a DECIMAL leaves room for larger values than the sample's, and products of two still fit.
	usualPrecision = 18
)

// evidence is what the values of a column look like so far.
type evidence struct {
	seen         class
	whole, after int       // most digits before and behind the point
	inexact      bool      // a DOUBLE would lose digits of a number with a point
	places       int       // most digits of a timestamp's seconds
	elem         *evidence // of arrays

	rise rise
}

// text takes a value of a text format without types. What the reader reads as NULL is left out.
func (e *evidence) text(t []byte) { e.add(e.classify(t)) }

// value takes a value of JSON, which tells texts from numbers.
func (e *evidence) value(v json.Value) {
	switch v.Form {
	case json.Null:
	case json.Boolean:
		e.add(boolean)
	case json.Number:
		e.text(v.Text)
	case json.Text:
		if c := e.moment(trim(v.Text)); c != 0 {
			e.add(c)
		} else {
			e.add(other)
		}
	case json.Array:
		e.array(v)
	default:
		e.add(other)
	}
}

// array takes an array. Objects and arrays in it are texts.
func (e *evidence) array(v json.Value) {
	e.add(list)
	if e.elem == nil {
		e.elem = &evidence{}
	}
	for _, x := range v.Elements() {
		if x.Form == json.Array {
			e.elem.add(other)
		} else {
			e.elem.value(x)
		}
	}
}

func (e *evidence) add(c class) { e.seen |= c }

// classify says what a text looks like, by the rules of the readers, and keeps what its type needs to know of it.
func (e *evidence) classify(t []byte) class {
	t = trim(t)
	if bytes.EqualFold(t, []byte("true")) || bytes.EqualFold(t, []byte("false")) {
		return boolean
	}
	if c := e.moment(t); c != 0 {
		return c
	}
	if format.IsNonFinite(t) {
		return floating
	}
	f, ok := format.NumberForm(t)
	if !ok {
		return other
	}
	return e.number(t, f)
}

func (e *evidence) number(t []byte, f format.Form) class {
	if f.Exponent {
		return floating
	}
	if !f.Point {
		if f.Whole > mostDigits {
			return other
		}
		e.whole = max(e.whole, f.Whole)
		n, err := kernel.ParseInt(t, 64)
		switch {
		case err != nil:
			return huge
		case n == int64(int32(n)):
			return small
		}
		return long
	}
	if f.Whole+f.Fraction > mostDigits {
		return floating
	}
	e.whole, e.after = max(e.whole, f.Whole), max(e.after, f.Fraction)
	e.inexact = e.inexact || f.Whole+f.Fraction > exactDigits && !survives(t)
	return fraction
}

// survives reports whether a DOUBLE printed in its shortest form has all digits of a number.
func survives(t []byte) bool {
	v, err := strconv.ParseFloat(string(t), 64)
	return err == nil && bytes.Equal(significant(t), significant(strconv.AppendFloat(nil, v, 'f', -1, 64)))
}

// significant returns the digits of a number with a point, without zeros at both ends.
func significant(t []byte) []byte {
	return bytes.Trim(bytes.ReplaceAll(bytes.TrimLeft(t, "-"), []byte("."), nil), "0")
}

// moment says which form of a date or time a text has, 0 for none.
func (e *evidence) moment(t []byte) class {
	if len(t) < 10 || t[4] != '-' {
		return 0
	}
	if len(t) == 10 {
		if _, err := kernel.ParseDate(t); err != nil {
			return 0
		}
		return day
	}
	c, separator := local, t[10]
	if t[len(t)-1] == 'Z' {
		c, t = zoned, t[:len(t)-1]
	}
	var err error
	var ts int64
	switch separator {
	case ' ':
		ts, err = kernel.ParseTimestamp(t, 3)
	case 'T':
		ts, err = kernel.ParseTimestampISO(t, 3)
		c = map[class]class{local: localISO, zoned: zonedISO}[c]
	default:
		return 0
	}
	if err != nil {
		return 0
	}
	if i := bytes.IndexByte(t, '.'); i >= 0 {
		e.places = max(e.places, len(t)-i-1)
	}
	e.rise.add(ts)
	return c
}

// typ is the narrowest type that holds all values. The times of a table have one form, with a T or without.
func (e *evidence) typ(withT bool) vector.Type {
	form := local | zoned
	if withT {
		form = iso
	}
	switch seen := e.seen; {
	case seen == 0:
	case seen == boolean:
		return vector.BooleanType
	case seen == small:
		return vector.IntType
	case seen&^(small|long) == 0:
		return vector.BigIntType
	case seen&^integers == 0:
		return vector.DecimalType(mostDigits, 0)
	case seen&^numbers == 0:
		return e.fractional()
	case seen == day:
		return vector.DateType
	case seen&form == seen && seen&(seen-1) == 0:
		// Digits are kept in steps of the units that are stored: ms, µs, ns.
		places := max(3, (e.places+2)/3*3)
		if seen&(zoned|zonedISO) != 0 {
			return vector.TimestampLTZType(places)
		}
		return vector.TimestampType(places)
	case seen == list:
		return vector.ArrayType(e.elem.typ(withT))
	}
	return vector.StringType
}

// fractional is DECIMAL where the digits are few, as of money and coordinates. Many are most likely those of a DOUBLE; of
// one that would lose some it is DECIMAL again, as long as that holds them.
func (e *evidence) fractional() vector.Type {
	digits := e.whole + e.after
	switch {
	case e.seen&floating != 0:
		return vector.DoubleType
	case digits <= exactDigits:
		return vector.DecimalType(usualPrecision, e.after)
	case !e.inexact && e.seen&huge == 0 || digits > mostDigits:
		return vector.DoubleType
	}
	return vector.DecimalType(mostDigits, e.after)
}

// join takes in the evidence of another file.
func (e *evidence) join(o *evidence) {
	e.seen |= o.seen
	e.whole, e.after, e.places = max(e.whole, o.whole), max(e.after, o.after), max(e.places, o.places)
	e.inexact = e.inexact || o.inexact
	e.rise.join(&o.rise)
	switch {
	case e.elem == nil:
		e.elem = o.elem
	case o.elem != nil:
		e.elem.join(o.elem)
	}
}

// trim cuts off what the readers cut off around all values but texts.
func trim(t []byte) []byte { return bytes.TrimFunc(t, func(r rune) bool { return r <= ' ' }) }
