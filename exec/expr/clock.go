package expr

import (
	"math"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

func init() {
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		return &parseTimeNode{place: c.place(e), stringArgs: newStringArgs(e, args), name: e.Name, t: e.T, zone: c.zone, base: c.pivot()}, nil
	}, "TO_TIMESTAMP", "TO_DATE")
	register(buildToTimestampLTZ, "TO_TIMESTAMP_LTZ")
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		return newFormat(c, e, args, e.Args[0].Type()), nil
	}, "DATE_FORMAT")
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		n := newFormat(c, e, args, vector.TimestampLTZType(0))
		n.seconds = true
		return n, nil
	}, "FROM_UNIXTIME")
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		if len(args) == 0 {
			if c.env.Now == nil {
				return nil, c.place(e).fail(codeUnsupplied, "UNIX_TIMESTAMP() is not supported in this place")
			}
			return &constantNode{column: literalColumn(e.T, kernel.FloorDiv(c.present(), 1000))}, nil
		}
		return &parseTimeNode{place: c.place(e), stringArgs: newStringArgs(e, args), name: e.Name, t: e.T, zone: c.zone, base: c.pivot()}, nil
	}, "UNIX_TIMESTAMP")
}

// pivot is the year that lenient two-digit years are at or behind: eighty years ago.
func (c *compiler) pivot() int64 {
	if c.env.Now == nil {
		return 1946
	}
	year, _, _ := kernel.CivilFromDays(kernel.FloorDiv(c.present(), kernel.MillisPerDay))
	return year - 80
}

// patterns remembers the last pattern that was asked for: mostly there is only one.
type patterns struct {
	text   string
	parsed *pattern
	err    error
}

func (p *patterns) of(text []byte) (*pattern, error) {
	if p.text != string(text) || p.parsed == nil && p.err == nil {
		p.text = string(text)
		p.parsed, p.err = parsePattern(p.text)
	}
	return p.parsed, p.err
}

// parseTimeNode is TO_TIMESTAMP, TO_DATE, TO_TIMESTAMP_LTZ and UNIX_TIMESTAMP of a string.
type parseTimeNode struct {
	scratch
	place
	stringArgs
	name     string
	t        vector.Type
	zone     *kernel.Zone
	base     int64
	patterns patterns
	zones    zones
}

func (n *parseTimeNode) eval(f *frame) (vector.Column, error) {
	null, err := n.load(f)
	if err != nil {
		return vector.Column{}, err
	}
	if null {
		return vector.Nulls(n.t, 1), nil
	}
	columns := n.columns[:len(n.args)]
	rows := rowsOf(f, columns...)
	valid := n.validity(rows, columns...)
	dst := take(n.kept, &n.i64, rows)
	for i := range dst {
		dst[i] = 0
		if valid != nil && !valid.At(i) {
			continue
		}
		v, ok, err := n.read(n.at(i))
		if err != nil {
			return vector.Column{}, err
		}
		dst[i] = v
		if !ok {
			valid = clearBit(valid, rows, i)
		}
	}
	if n.t.Kind == vector.Date {
		days := take(n.kept, &n.i32, rows)
		kernel.Convert(days, dst)
		return vector.NewColumn(days, valid), nil
	}
	return vector.NewColumn(dst, valid), nil
}

// read returns the value of one row: days, milliseconds or seconds.
func (n *parseTimeNode) read(a *operands) (int64, bool, error) {
	text := a.s[0]
	var p *pattern
	if a.n > 1 {
		var err error
		if p, err = n.patterns.of(a.s[1]); err != nil {
			return 0, false, n.fail(codeArgument, "%s", err)
		}
	}
	switch n.name {
	case "TO_DATE":
		if p == nil {
			days, err := kernel.CastDate(text)
			return int64(days), err == nil, nil
		}
		v, ok := p.parse(string(text), true, n.base)
		return kernel.FloorDiv(v.micros, kernel.MicrosPerDay), ok, nil
	case "UNIX_TIMESTAMP":
		if p == nil {
			var err error
			if p, err = n.patterns.of([]byte("yyyy-MM-dd HH:mm:ss")); err != nil {
				return 0, false, err
			}
		}
		v, ok := p.parse(string(text), true, n.base)
		if !ok {
			return math.MinInt64, true, nil
		}
		return kernel.FloorDiv(n.zone.ToInstant(v.micros, kernel.MicrosPerSecond), kernel.MicrosPerSecond), true, nil
	}
	var millis int64
	ok := false
	if p == nil {
		v, err := kernel.CastTimestamp(text, 3)
		millis, ok = v, err == nil
	} else {
		var v instant
		v, ok = p.parse(string(text), false, 2000)
		millis = kernel.FloorDiv(v.micros, 1000)
	}
	if n.name == "TO_TIMESTAMP" {
		return millis, ok, nil
	}
	if !ok {
		return 0, false, n.fail(codeArgument, "'%s' cannot be read as a timestamp by TO_TIMESTAMP_LTZ", text)
	}
	if a.n == 3 {
		z, err := n.zones.of(string(a.s[2]))
		if err != nil {
			return 0, false, n.fail(codeArgument, "%s", err)
		}
		millis = z.ToInstant(millis, 1000)
	}
	return millis, true, nil
}

func buildToTimestampLTZ(c *compiler, e *plan.Call, args []node) (node, error) {
	if e.Args[0].Type().IsString() {
		return &parseTimeNode{place: c.place(e), stringArgs: newStringArgs(e, args), name: e.Name, t: e.T, zone: c.zone}, nil
	}
	n := &epochNode{place: c.place(e), x: args[0], approx: e.Args[0].Type().IsApprox()}
	if len(args) == 2 {
		n.precision = args[1]
	}
	return n, nil
}

// epochNode is TO_TIMESTAMP_LTZ of a number: NULL outside of the years 0 to 9999.
type epochNode struct {
	scratch
	place
	x, precision node
	approx       bool // x is a DOUBLE, not a BIGINT
}

// The bounds of the years 0000 to 9999 in milliseconds.
const (
	minMillis = -62167219200000
	maxMillis = 253402300799999
)

func (n *epochNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	precision := []int32{3}
	args := []vector.Column{x}
	if n.precision != nil {
		p, err := n.precision.eval(f)
		if err != nil {
			return p, err
		}
		args = append(args, p)
		precision = p.Int32()
	}
	for _, a := range args {
		if isNull(a, f) {
			return vector.Nulls(vector.TimestampLTZType(3), 1), nil
		}
	}
	rows := rowsOf(f, args...)
	valid := n.validity(rows, args...)
	dst := take(n.kept, &n.i64, rows)
	var whole []int64
	var approx []float64
	if n.approx {
		approx = x.Float64()
	} else {
		whole = x.Int64()
	}
	for i := range dst {
		dst[i] = 0
		if valid != nil && !valid.At(i) {
			continue
		}
		unit := int64(1)
		switch p := one(precision, i); p {
		case 0:
			unit = 1000
		case 3:
		default:
			return x, n.fail(codeArgument, "The precision value '%d' for function TO_TIMESTAMP_LTZ(numeric, precision) is unsupported, the supported value is '0' for second or '3' for millisecond", p)
		}
		if n.approx {
			v := one(approx, i) * float64(unit)
			if !(v >= minMillis && v <= maxMillis) { // NaN neither
				valid = clearBit(valid, rows, i)
				continue
			}
			dst[i] = int64(v)
			continue
		}
		v := one(whole, i)
		if v < minMillis/unit || v > maxMillis/unit {
			valid = clearBit(valid, rows, i)
			continue
		}
		dst[i] = v * unit
	}
	return vector.NewColumn(dst, valid), nil
}

func newFormat(c *compiler, e *plan.Call, args []node, from vector.Type) *formatNode {
	n := &formatNode{place: c.place(e), x: args[0], from: from, zone: c.zone}
	if len(args) == 2 {
		n.pattern = args[1]
	}
	return n
}

// formatNode is DATE_FORMAT and FROM_UNIXTIME.
type formatNode struct {
	scratch
	place
	x, pattern node // pattern is nil for the default one
	from       vector.Type
	seconds    bool // x is a BIGINT of seconds
	zone       *kernel.Zone
	patterns   patterns
	moments    moments
}

func (n *formatNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	args := []vector.Column{x}
	var texts vector.Strings
	if n.pattern != nil {
		p, err := n.pattern.eval(f)
		if err != nil {
			return p, err
		}
		args = append(args, p)
		texts = p.Strings()
	}
	for _, a := range args {
		if isNull(a, f) {
			return vector.Nulls(vector.StringType, 1), nil
		}
	}
	rows := rowsOf(f, args...)
	valid := n.validity(rows, args...)
	read := n.reader(x)
	offsets := make([]int32, rows+1)
	data := make([]byte, 0, rows*20)
	for i := range rows {
		if valid == nil || valid.At(i) {
			text := []byte("yyyy-MM-dd HH:mm:ss")
			if n.pattern != nil {
				text = texts.At(min(i, args[1].Len()-1))
			}
			p, err := n.patterns.of(text)
			if err != nil {
				return x, n.fail(codeArgument, "%s", err)
			}
			v, ok := read(min(i, x.Len()-1))
			if !ok {
				valid = clearBit(valid, rows, i)
			} else if data, err = p.append(data, v); err != nil {
				return x, n.fail(codeArgument, "%s", err)
			}
		}
		offsets[i+1] = int32(len(data))
	}
	return vector.NewBytes(offsets, data, valid, false), nil
}

// reader returns what gives the local time of a row.
func (n *formatNode) reader(x vector.Column) func(i int) (instant, bool) {
	if n.from.IsString() {
		s := x.Strings()
		return func(i int) (instant, bool) {
			text := s.At(i)
			if len(text) <= 10 { // a date alone is no timestamp here
				return instant{}, false
			}
			v, err := kernel.CastTimestamp(text, 6)
			return instant{micros: v}, err == nil
		}
	}
	if n.seconds {
		values := x.Int64()
		return func(i int) (instant, bool) {
			const bound = math.MaxInt64 / kernel.MicrosPerSecond / 2
			if values[i] > bound || values[i] < -bound {
				return instant{}, false
			}
			return instant{micros: n.zone.ToLocal(values[i]*kernel.MicrosPerSecond, kernel.MicrosPerSecond)}, true
		}
	}
	n.moments.load(x, n.from, x.Len())
	if n.from.Kind == vector.TimestampLTZ {
		n.zone.ToLocals(n.moments.micros, n.moments.micros, n.validity(x.Len(), x))
	}
	return func(i int) (instant, bool) { return n.moments.at(i), true }
}
