package expr

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// newCast makes the node of a CAST; where both types are stored alike there is nothing to do.
func newCast(c *compiler, e *plan.Cast, x node) node {
	from := e.X.Type()
	if sameValues(from, e.T) {
		return x
	}
	// A string that is compared with a time and is none makes the comparison NULL; a constant like that is a mistake.
	try := e.Try || e.Implicit && from.IsString() && e.T.IsPoint() && !isConstant(x)
	return &castNode{place: c.place(e), x: x, from: from, to: e.T, try: try, zone: c.zone, location: c.env.Zone}
}

// sameValues reports whether every value of from is one of to, stored alike.
func sameValues(from, to vector.Type) bool {
	if from.Same(to) {
		return true
	}
	if from.Kind == to.Kind && from.Kind >= vector.Array {
		return samePartsValues(from, to)
	}
	return from.IsString() && to.Kind == vector.Varchar && to.Precision >= from.Precision || from.IsBytes() && to.Kind == vector.Varbinary && to.Precision >= from.Precision
}

// samePartsValues is sameValues of types with parts; what the fields of a ROW are called does not matter.
func samePartsValues(from, to vector.Type) bool {
	if from.Elem != nil && !sameValues(*from.Elem, *to.Elem) || from.Key != nil && !sameValues(*from.Key, *to.Key) || len(from.Fields) != len(to.Fields) {
		return false
	}
	for i, f := range from.Fields {
		if !sameValues(f.Type, to.Fields[i].Type) {
			return false
		}
	}
	return true
}

// castNode is CAST and TRY_CAST.
type castNode struct {
	scratch
	place
	x        node
	from, to vector.Type
	try      bool
	zone     *kernel.Zone
	location *time.Location
	moments  moments
	failed   *vector.Bitmap // of a part that is tried: the rows that could not be cast are set in it; nil: nobody asks
}

func (n *castNode) keep() {
	n.scratch.keep()
	if n.from.Kind >= vector.Array {
		n.x.keep() // parts that need no cast are in the result as they are
	}
}

func (n *castNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	if x.NullCount() == x.Len() {
		return vector.Nulls(n.to, x.Len()), nil
	}
	return n.cast(x)
}

func (n *castNode) cast(x vector.Column) (vector.Column, error) {
	from, to := n.from, n.to
	switch {
	case to.IsString() && from.Kind == vector.TimestampLTZ:
		local := from
		local.Kind = vector.Timestamp
		inner := &castNode{place: n.place, from: from, to: local, zone: n.zone}
		outer := &castNode{place: n.place, from: local, to: to}
		return outer.toText(inner.points(x)), nil
	case to.IsString():
		return n.toText(x), nil
	case from.IsString() || from.IsBytes() && to.IsBytes():
		return n.fromText(x)
	case from.IsNumeric() && to.IsNumeric():
		return n.numbers(x)
	case from.Kind == vector.Boolean && to.IsNumeric():
		return n.fromBool(x), nil
	case from.IsNumeric() && to.Kind == vector.Boolean:
		return n.toBool(x), nil
	case from.Kind >= vector.Array && from.Kind == to.Kind:
		return n.nested(x)
	case from.IsPoint() && to.IsPoint():
		return n.points(x), nil
	}
	return x, n.fail(codeUnsupplied, "the cast from %s to %s is not supported", from.Name(), to.Name())
}

// numbers converts between numeric types.
func (n *castNode) numbers(x vector.Column) (vector.Column, error) {
	if n.to.Kind == vector.Decimal {
		return n.toDecimal(x)
	}
	valid := n.validity(x.Len(), x)
	switch n.from.Physical() {
	case vector.I8, vector.I16, vector.I32, vector.I64:
		return convertIntegers(&n.scratch, x, n.from, n.to), nil
	case vector.F32:
		return fromFloats(&n.scratch, x.Float32(), valid, n.to), nil
	case vector.F64:
		return fromFloats(&n.scratch, x.Float64(), valid, n.to), nil
	}
	values, scale := x.Int128(), n.from.Scale
	if n.to.IsApprox() {
		dst := take(n.kept, &n.f64, len(values))
		for i, v := range values {
			dst[i] = kernel.DecimalToDouble(v, scale)
		}
		if n.to.Kind == vector.Double {
			return vector.NewColumn(dst, valid), nil
		}
		return fromFloats(&n.scratch, dst, valid, n.to), nil
	}
	dst := take(n.kept, &n.i64, len(values))
	for i, v := range values {
		dst[i] = kernel.DecimalToInt(v, scale)
	}
	if n.to.Kind == vector.BigInt {
		return vector.NewColumn(dst, valid), nil
	}
	return convertTo(&n.scratch, dst, valid, n.to), nil
}

func fromFloats[S ~float32 | ~float64](m *scratch, a []S, valid vector.Bitmap, to vector.Type) vector.Column {
	n := len(a)
	switch to.Physical() {
	case vector.I8:
		dst := take(m.kept, &m.i8, n)
		kernel.FloatToInt(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.I16:
		dst := take(m.kept, &m.i16, n)
		kernel.FloatToInt(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.I32:
		dst := take(m.kept, &m.i32, n)
		kernel.FloatToInt(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.I64:
		dst := take(m.kept, &m.i64, n)
		kernel.FloatToInt(dst, a)
		return vector.NewColumn(dst, valid)
	case vector.F32:
		dst := take(m.kept, &m.f32, n)
		kernel.Convert(dst, a)
		return vector.NewColumn(dst, valid)
	}
	dst := make([]float64, n) // the input may be m's own
	kernel.Convert(dst, a)
	return vector.NewColumn(dst, valid)
}

// toDecimal converts numbers into a DECIMAL; what does not fit is NULL, NaN and infinities fail.
func (n *castNode) toDecimal(x vector.Column) (vector.Column, error) {
	rows := x.Len()
	valid := n.validity(rows, x)
	dst := take(n.kept, &n.i128, rows)
	p, s := n.to.Precision, n.to.Scale
	bad := -1
	var odd float64
	switch n.from.Physical() {
	case vector.I8:
		valid = kernel.IntegersToDecimals(dst, x.Int8(), p, s, valid)
	case vector.I16:
		valid = kernel.IntegersToDecimals(dst, x.Int16(), p, s, valid)
	case vector.I32:
		valid = kernel.IntegersToDecimals(dst, x.Int32(), p, s, valid)
	case vector.I64:
		valid = kernel.IntegersToDecimals(dst, x.Int64(), p, s, valid)
	case vector.I128:
		valid = kernel.RescaleDecimals(dst, x.Int128(), n.from.Scale, p, s, valid)
	case vector.F32:
		if valid, bad = kernel.FloatsToDecimals(dst, x.Float32(), p, s, valid); bad >= 0 {
			odd = float64(x.Float32()[bad])
		}
	default:
		if valid, bad = kernel.FloatsToDecimals(dst, x.Float64(), p, s, valid); bad >= 0 {
			odd = x.Float64()[bad]
		}
	}
	if bad >= 0 && !n.try {
		return x, n.fail(codeCast, "%s cannot be cast to %s", kernel.AppendDouble(nil, odd), n.to.Name())
	}
	return vector.NewColumn(dst, valid), nil
}

func (n *castNode) fromBool(x vector.Column) vector.Column {
	rows := x.Len()
	values := x.Bools()
	dst := take(false, &n.i64, rows)
	for i := range dst {
		dst[i] = 0
		if values.At(i) {
			dst[i] = 1
		}
	}
	valid := n.validity(rows, x)
	if n.to.Kind == vector.Decimal {
		wide := take(n.kept, &n.i128, rows)
		return vector.NewColumn(wide, kernel.IntegersToDecimals(wide, dst, n.to.Precision, n.to.Scale, valid))
	}
	return convertTo(&n.scratch, dst, valid, n.to)
}

func (n *castNode) toBool(x vector.Column) vector.Column {
	rows := x.Len()
	dst := n.bitmap(rows)
	switch n.from.Physical() {
	case vector.I8:
		kernel.Equal(dst, x.Int8(), []int8{0}, rows)
	case vector.I16:
		kernel.Equal(dst, x.Int16(), []int16{0}, rows)
	case vector.I32:
		kernel.Equal(dst, x.Int32(), []int32{0}, rows)
	case vector.I64:
		kernel.Equal(dst, x.Int64(), []int64{0}, rows)
	case vector.F32:
		kernel.Equal(dst, x.Float32(), []float32{0}, rows)
	case vector.F64:
		kernel.Equal(dst, x.Float64(), []float64{0}, rows)
	default:
		kernel.Equal(dst, x.Int128(), []vector.Num128{{}}, rows)
	}
	for i := range dst {
		dst[i] = ^dst[i]
	}
	return vector.NewBools(dst, rows, n.validity(rows, x))
}

// toText makes strings of any values, cut or filled up to the length of the type.
func (n *castNode) toText(x vector.Column) vector.Column {
	precision, scale := n.from.Precision, n.from.Scale
	switch n.from.Kind {
	case vector.Char, vector.Varchar:
		s := x.Strings()
		return n.texts(x, func(dst []byte, i int) []byte { return append(dst, s.At(i)...) })
	case vector.Binary, vector.Varbinary:
		s := x.Strings()
		return n.texts(x, func(dst []byte, i int) []byte { return appendUTF8(dst, s.At(i)) })
	case vector.TinyInt:
		return integerTexts(n, x, x.Int8())
	case vector.SmallInt:
		return integerTexts(n, x, x.Int16())
	case vector.Int:
		return integerTexts(n, x, x.Int32())
	case vector.BigInt:
		return integerTexts(n, x, x.Int64())
	case vector.Double:
		a := x.Float64()
		return n.texts(x, func(dst []byte, i int) []byte { return kernel.AppendDouble(dst, a[i]) })
	case vector.Decimal:
		a := x.Int128()
		return n.texts(x, func(dst []byte, i int) []byte { return kernel.AppendDecimal(dst, a[i], scale) })
	case vector.Date:
		a := x.Int32()
		return n.texts(x, func(dst []byte, i int) []byte { return kernel.AppendDate(dst, int64(a[i])) })
	case vector.Timestamp:
		if precision <= 6 {
			a := x.Int64()
			return n.texts(x, func(dst []byte, i int) []byte { return kernel.AppendTimestamp(dst, a[i], precision) })
		}
	}
	return n.texts(x, func(dst []byte, i int) []byte { return kernel.AppendText(dst, x, n.from, i, n.location) })
}

func integerTexts[T kernel.Integer](n *castNode, x vector.Column, a []T) vector.Column {
	return n.texts(x, func(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(a[i]), 10) })
}

// texts makes strings of what write appends for the rows that are not NULL.
func (n *castNode) texts(x vector.Column, write func(dst []byte, i int) []byte) vector.Column {
	rows := x.Len()
	offsets := make([]int32, rows+1)
	data := make([]byte, 0, rows*12)
	valid := n.validity(rows, x)
	for i := range rows {
		if valid == nil || valid.At(i) {
			start := len(data)
			data = fit(write(data, i), start, n.to)
		}
		offsets[i+1] = int32(len(data))
	}
	return vector.NewBytes(offsets, data, valid, false)
}

// appendUTF8 appends bytes as text: what is no UTF-8 becomes the replacement character.
func appendUTF8(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	return append(dst, bytes.ToValidUTF8(b, []byte("\uFFFD"))...)
}

// fit cuts what was appended from start on to the length of a string or binary type, or fills it up.
func fit(data []byte, start int, t vector.Type) []byte {
	if t.IsBytes() {
		if len(data)-start > t.Precision {
			data = data[:start+t.Precision]
		}
		if t.Kind == vector.Binary {
			for len(data)-start < t.Precision {
				data = append(data, 0)
			}
		}
		return data
	}
	if t.Kind == vector.Varchar && t.Precision >= len(data)-start {
		return data
	}
	count := 0
	for i := start; i < len(data); {
		if count == t.Precision {
			return data[:i]
		}
		_, size := utf8.DecodeRune(data[i:])
		i += size
		count++
	}
	if t.Kind == vector.Char {
		for ; count < t.Precision; count++ {
			data = append(data, ' ')
		}
	}
	return data
}

// fromText reads strings; what is no value of the type fails, or is NULL for TRY_CAST.
func (n *castNode) fromText(x vector.Column) (vector.Column, error) {
	rows := x.Len()
	s := x.Strings()
	valid := n.validity(rows, x)
	if n.to.IsBytes() {
		offsets := make([]int32, rows+1)
		var data []byte
		for i := range rows {
			if valid == nil || valid.At(i) {
				start := len(data)
				data = fit(append(data, s.At(i)...), start, n.to)
			}
			offsets[i+1] = int32(len(data))
		}
		return vector.NewBytes(offsets, data, valid, true), nil
	}
	switch n.to.Physical() {
	case vector.Bool:
		dst := n.bitmap(rows)
		clear(dst)
		valid, err := n.each(s, valid, rows, func(i int, b []byte) error {
			v, err := parseBool(b)
			if v {
				dst.Set(i)
			}
			return err
		})
		return vector.NewBools(dst, rows, valid), err
	case vector.I8:
		dst := take(n.kept, &n.i8, rows)
		valid, err := n.each(s, valid, rows, func(i int, b []byte) error {
			v, err := kernel.CastInt(b, 8)
			dst[i] = int8(v)
			return err
		})
		return vector.NewColumn(dst, valid), err
	case vector.I16:
		dst := take(n.kept, &n.i16, rows)
		valid, err := n.each(s, valid, rows, func(i int, b []byte) error {
			v, err := kernel.CastInt(b, 16)
			dst[i] = int16(v)
			return err
		})
		return vector.NewColumn(dst, valid), err
	case vector.I32:
		dst := take(n.kept, &n.i32, rows)
		read := func(b []byte) (int32, error) { v, err := kernel.CastInt(b, 32); return int32(v), err }
		switch n.to.Kind {
		case vector.Date:
			read = kernel.CastDate
		case vector.TimeOfDay:
			step := int32(math.Pow10(3 - min(n.to.Precision, 3)))
			read = func(b []byte) (int32, error) { v, err := kernel.CastTime(b); return v - v%step, err }
		}
		valid, err := n.each(s, valid, rows, func(i int, b []byte) (err error) {
			dst[i], err = read(b)
			return err
		})
		return vector.NewColumn(dst, valid), err
	case vector.I64:
		dst := take(n.kept, &n.i64, rows)
		precision := n.to.Precision
		read := func(b []byte) (int64, error) { return kernel.CastInt(b, 64) }
		switch n.to.Kind {
		case vector.Timestamp:
			read = func(b []byte) (int64, error) { return kernel.CastTimestamp(b, precision) }
		case vector.TimestampLTZ:
			perSecond := kernel.UnitsPerSecond(precision)
			read = func(b []byte) (int64, error) {
				v, err := kernel.CastTimestamp(b, precision)
				return n.zone.ToInstant(v, perSecond), err
			}
		}
		valid, err := n.each(s, valid, rows, func(i int, b []byte) (err error) {
			dst[i], err = read(b)
			return err
		})
		return vector.NewColumn(dst, valid), err
	case vector.F32:
		dst := take(n.kept, &n.f32, rows)
		valid, err := n.each(s, valid, rows, func(i int, b []byte) error {
			v, err := kernel.ParseFloat(bytes.TrimSpace(b), 32)
			dst[i] = float32(v)
			return err
		})
		return vector.NewColumn(dst, valid), err
	case vector.F64:
		dst := take(n.kept, &n.f64, rows)
		valid, err := n.each(s, valid, rows, func(i int, b []byte) (err error) {
			dst[i], err = kernel.ParseFloat(bytes.TrimSpace(b), 64)
			return err
		})
		return vector.NewColumn(dst, valid), err
	case vector.I128:
		dst := take(n.kept, &n.i128, rows)
		precision, scale := n.to.Precision, n.to.Scale
		read := func(b []byte) (vector.Num128, error) {
			return kernel.ParseDecimal(bytes.TrimSpace(b), precision, scale)
		}
		switch n.to.Kind {
		case vector.Timestamp:
			read = func(b []byte) (vector.Num128, error) { return kernel.CastTimestamp128(b, precision) }
		case vector.TimestampLTZ:
			read = func(b []byte) (vector.Num128, error) {
				v, err := kernel.CastTimestamp128(b, precision)
				return kernel.NewDecimal128(n.zone.ToInstant(v.HighBits(), kernel.MicrosPerSecond), v.LowBits()), err
			}
		}
		valid, err := n.each(s, valid, rows, func(i int, b []byte) (err error) {
			dst[i], err = read(b)
			return err
		})
		return vector.NewColumn(dst, valid), err
	}
	return x, n.fail(codeUnsupplied, "the cast from %s to %s is not supported", n.from.Name(), n.to.Name())
}

// each reads all strings that are not NULL.
func (n *castNode) each(s vector.Strings, valid vector.Bitmap, rows int, read func(i int, b []byte) error) (vector.Bitmap, error) {
	for i := range rows {
		if valid != nil && !valid.At(i) {
			continue
		}
		b := s.At(i)
		err := read(i, b)
		if err == nil {
			continue
		}
		if !n.try {
			why := "it is not in the form of one"
			if err == kernel.ErrRange {
				why = "it is out of range"
			}
			return valid, diag.New(codeCast, n.span, "'%s' cannot be cast to %s: %s", b, n.to.Name(), why).In(n.source).WithHint("TRY_CAST gives NULL for what is none")
		}
		valid = clearBit(valid, rows, i)
		n.lose(rows, i)
	}
	return valid, nil
}

func parseBool(b []byte) (bool, error) {
	if len(b) <= 5 {
		switch strings.ToLower(string(b)) {
		case "t", "true", "y", "yes", "1":
			return true, nil
		case "f", "false", "n", "no", "0":
			return false, nil
		}
	}
	return false, kernel.ErrSyntax
}

// points converts between dates and times; local times become instants in the session's zone and back.
func (n *castNode) points(x vector.Column) vector.Column {
	rows := x.Len()
	valid := n.validity(rows, x)
	n.moments.load(x, n.from, rows)
	micros := n.moments.micros
	switch isLocal, toLocal := n.from.Kind != vector.TimestampLTZ, n.to.Kind != vector.TimestampLTZ; {
	case toLocal && !isLocal:
		n.zone.ToLocals(micros, micros, valid)
	case isLocal && !toLocal:
		n.zone.ToInstants(micros, micros, valid)
	}
	return n.moments.store(&n.scratch, n.to, valid)
}
