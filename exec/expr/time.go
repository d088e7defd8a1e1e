package expr

import (
	"math"
	"strings"
	"time"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

func init() {
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		return &extractNode{x: args[1], unit: unitOf(e.Args[0]), from: e.Args[1].Type(), zone: c.zone}, nil
	}, "EXTRACT")
	for name, unit := range map[string]string{
		"YEAR": "YEAR", "QUARTER": "QUARTER", "MONTH": "MONTH", "WEEK": "WEEK", "DAYOFYEAR": "DOY", "DAYOFMONTH": "DAY", "DAYOFWEEK": "DOW",
		"HOUR": "HOUR", "MINUTE": "MINUTE", "SECOND": "SECOND",
	} {
		register(func(c *compiler, e *plan.Call, args []node) (node, error) {
			return &extractNode{x: args[0], unit: unit, from: e.Args[0].Type(), zone: c.zone}, nil
		}, name)
	}
	register(buildFloorTo, "FLOOR TO", "CEIL TO")
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		return &shiftNode{x: args[2], by: args[1], t: e.T, unit: unitOf(e.Args[0]), wide: true, zone: c.zone, sign: 1}, nil
	}, "TIMESTAMPADD")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		return &diffNode{from: args[1], to: args[2], unit: unitOf(e.Args[0]), t: e.Args[1].Type()}, nil
	}, "TIMESTAMPDIFF")
	register(buildNow, "CURRENT_TIMESTAMP", "NOW", "CURRENT_ROW_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIME")
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		return &tumbleNode{place: c.place(e), which: e.Name, args: args, from: e.Args[0].Type(), zone: c.zone}, nil
	}, "TUMBLE_START", "TUMBLE_END", "TUMBLE_TIME")
}

// unitOf returns the unit that an argument names.
func unitOf(e plan.Expr) string {
	s, _ := e.(*plan.Literal).Value.(string)
	return strings.TrimPrefix(s, "SQL_TSI_")
}

// millisOf are the units that always last the same.
var millisOf = map[string]int64{
	"WEEK": 7 * kernel.MillisPerDay, "DAY": kernel.MillisPerDay, "HOUR": kernel.MillisPerHour, "MINUTE": kernel.MillisPerMinute,
	"SECOND": kernel.MillisPerSecond, "MILLISECOND": 1,
}

// monthsOf are the units that are so many months.
var monthsOf = map[string]int64{"MILLENNIUM": 12000, "CENTURY": 1200, "DECADE": 120, "YEAR": 12, "QUARTER": 3, "MONTH": 1}

// extractNode is EXTRACT.
type extractNode struct {
	scratch
	x    node
	unit string
	from vector.Type
	zone *kernel.Zone
}

func (n *extractNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	valid := n.validity(rows, x)
	dst := take(n.kept, &n.i64, rows)
	switch n.from.Kind {
	case vector.IntervalMonth:
		for i, v := range x.Int32() {
			dst[i] = int64(v / 12)
			if n.unit == "MONTH" {
				dst[i] = int64(v % 12)
			}
		}
		return vector.NewColumn(dst, valid), nil
	case vector.IntervalSecond:
		for i, v := range x.Int64() {
			dst[i] = clockField(n.unit, v)
		}
		return vector.NewColumn(dst, valid), nil
	}
	read := pointReader(x, n.from)
	for i := range dst {
		if valid != nil && !valid.At(i) {
			continue
		}
		v := read(i)
		if n.from.Kind == vector.TimestampLTZ {
			v.micros = n.zone.ToLocal(v.micros, kernel.MicrosPerSecond)
		}
		dst[i] = fieldOf(n.unit, v)
	}
	return vector.NewColumn(dst, valid), nil
}

// clockField returns a field of a length of time in milliseconds; days are not cut into weeks.
func clockField(unit string, millis int64) int64 {
	switch unit {
	case "DAY":
		return millis / kernel.MillisPerDay
	case "HOUR":
		return millis / kernel.MillisPerHour % 24
	case "MINUTE":
		return millis / kernel.MillisPerMinute % 60
	case "SECOND":
		return millis / kernel.MillisPerSecond % 60
	}
	return millis % 1000
}

// fieldOf returns a field of a local time.
func fieldOf(unit string, v instant) int64 {
	days := kernel.FloorDiv(v.micros, kernel.MicrosPerDay)
	clock := v.micros - days*kernel.MicrosPerDay
	switch unit {
	case "HOUR":
		return clock / (3600 * kernel.MicrosPerSecond)
	case "MINUTE":
		return clock / (60 * kernel.MicrosPerSecond) % 60
	case "SECOND":
		return clock / kernel.MicrosPerSecond % 60
	case "MILLISECOND":
		return clock % kernel.MicrosPerSecond / 1000
	case "MICROSECOND":
		return clock % kernel.MicrosPerSecond
	case "NANOSECOND":
		return clock%kernel.MicrosPerSecond*1000 + v.nanos
	case "EPOCH":
		return kernel.FloorDiv(v.micros, kernel.MicrosPerSecond)
	case "DOW":
		return int64(kernel.WeekDay(days)) + 1
	case "ISODOW":
		return kernel.FloorMod(days+3, 7) + 1
	case "WEEK":
		_, w := kernel.ISOWeek(days)
		return int64(w)
	case "ISOYEAR":
		y, _ := kernel.ISOWeek(days)
		return y
	}
	y, m, d := kernel.CivilFromDays(days)
	switch unit {
	case "YEAR":
		return y
	case "QUARTER":
		return int64(m-1)/3 + 1
	case "MONTH":
		return int64(m)
	case "DAY":
		return int64(d)
	case "DOY":
		return days - kernel.DaysFromCivil(y, 1, 1) + 1
	case "DECADE":
		return kernel.FloorDiv(y, 10)
	case "CENTURY":
		return kernel.FloorDiv(y+99, 100)
	case "MILLENNIUM":
		return kernel.FloorDiv(y+999, 1000)
	}
	panic("expr: no field " + unit)
}

func buildFloorTo(c *compiler, e *plan.Call, args []node) (node, error) {
	t := e.Args[0].Type()
	n := &floorToNode{x: args[0], unit: unitOf(e.Args[1]), t: t, ceil: e.Name[0] == 'C', zone: c.zone}
	// A date has no part of a day, a time of day nothing else.
	if millis, ok := millisOf[n.unit]; t.Kind == vector.Date && ok && millis < 7*kernel.MillisPerDay || t.Kind == vector.TimeOfDay && (!ok || millis >= kernel.MillisPerDay) {
		return args[0], nil
	}
	return n, nil
}

// floorToNode is FLOOR or CEIL of a time to a unit. Weeks begin on Sunday.
type floorToNode struct {
	scratch
	x    node
	unit string
	t    vector.Type
	ceil bool
	zone *kernel.Zone
}

func (n *floorToNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	valid := n.validity(rows, x)
	read := pointReader(x, n.t)
	return storePoints(&n.scratch, n.t, rows, valid, func(i int) instant {
		v := read(i)
		at := v.micros
		if n.t.Kind == vector.TimestampLTZ {
			v.micros = n.zone.ToLocal(at, kernel.MicrosPerSecond)
		}
		floor := floorTo(n.unit, v.micros)
		if n.ceil && (floor != v.micros || v.nanos != 0) {
			floor = nextUnit(n.unit, floor)
		}
		switch {
		case n.t.Kind != vector.TimestampLTZ:
		case n.isClock():
			// The distance counts: in an hour that comes twice each begins for itself.
			floor += at - v.micros
		default:
			floor = n.zone.ToInstant(floor, kernel.MicrosPerSecond)
		}
		return instant{micros: floor}
	}), nil
}

// isClock reports whether the unit is a part of a day.
func (n *floorToNode) isClock() bool {
	millis, ok := millisOf[n.unit]
	return ok && millis < kernel.MillisPerDay
}

// floorTo returns when the unit began that a local time is in, in microseconds.
func floorTo(unit string, micros int64) int64 {
	days := kernel.FloorDiv(micros, kernel.MicrosPerDay)
	if unit == "WEEK" {
		return (days - int64(kernel.WeekDay(days))) * kernel.MicrosPerDay
	}
	if millis, ok := millisOf[unit]; ok {
		step := millis * 1000
		return micros - kernel.FloorMod(micros, step)
	}
	y, m, _ := kernel.CivilFromDays(days)
	months := y*12 + int64(m) - 1
	step := monthsOf[unit]
	if step >= 1200 { // centuries and millennia begin with a year 1
		months = kernel.FloorDiv(months-12, step)*step + 12
	} else {
		months = kernel.FloorDiv(months, step) * step
	}
	return kernel.DaysFromCivil(kernel.FloorDiv(months, 12), int(kernel.FloorMod(months, 12))+1, 1) * kernel.MicrosPerDay
}

// nextUnit returns the beginning of the unit after the one that begins at micros.
func nextUnit(unit string, micros int64) int64 {
	if millis, ok := millisOf[unit]; ok {
		return micros + millis*1000
	}
	return kernel.AddMonths(kernel.FloorDiv(micros, kernel.MicrosPerDay), monthsOf[unit]) * kernel.MicrosPerDay
}

// buildInterval makes sums, differences and products in which intervals take part.
func buildInterval(c *compiler, e *plan.Call, args []node) (node, error) {
	a, b := e.Args[0].Type(), e.Args[1].Type()
	if a.IsInterval() && b.IsInterval() {
		// Stored as numbers of one kind.
		return &arithmeticNode{place: c.place(e), op: e.Name[0], a: args[0], b: args[1], ta: a, tb: b, t: e.T}, nil
	}
	if e.Name == "*" {
		x, y, interval := args[0], args[1], a
		if b.IsInterval() {
			x, y, interval = args[1], args[0], b
		}
		if interval.Kind == vector.IntervalMonth {
			// The integer is a BIGINT here.
			y = &convertNode{x: y, from: vector.BigIntType, to: vector.IntType}
		}
		return &arithmeticNode{place: c.place(e), op: '*', a: x, b: y, ta: interval, tb: interval, t: interval}, nil
	}
	point, by, interval := args[0], args[1], b
	if a.IsInterval() {
		point, by, interval = args[1], args[0], a
	}
	n := &shiftNode{x: point, by: by, t: e.T, unit: "MILLISECOND", wide: true, zone: c.zone, sign: 1}
	if interval.Kind == vector.IntervalMonth {
		n.unit, n.wide = "MONTH", false
	}
	if e.Name == "-" {
		n.sign = -1
	}
	return n, nil
}

// shiftNode moves a time by so many units. A day is always 24 hours; months are counted in local time.
type shiftNode struct {
	scratch
	x, by node
	t     vector.Type
	unit  string
	wide  bool // by is BIGINT, not INT
	sign  int64
	zone  *kernel.Zone
}

func (n *shiftNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	by, err := n.by.eval(f)
	if err != nil {
		return by, err
	}
	if isNull(x, f) || isNull(by, f) {
		return vector.Nulls(n.t, 1), nil
	}
	rows := rowsOf(f, x, by)
	valid := n.validity(rows, x, by)
	var steps []int64
	if n.wide {
		steps = by.Int64()
	} else {
		steps = make([]int64, by.Len())
		kernel.Convert(steps, by.Int32())
	}
	months, isMonths := monthsOf[n.unit]
	micros := millisOf[n.unit] * 1000
	if n.unit == "MICROSECOND" {
		micros = 1
	}
	if (n.t.IsTimestamp() && n.t.Precision == 3) && !isMonths && micros%1000 == 0 {
		return n.millis(x.Int64(), steps, micros/1000*n.sign, valid, rows), nil
	}
	read := pointReader(x, n.t)
	return storePoints(&n.scratch, n.t, rows, valid, func(i int) instant {
		v := read(i)
		if !isMonths {
			v.micros += one(steps, i) * n.sign * micros
			return v
		}
		if n.t.Kind == vector.TimeOfDay {
			return v
		}
		at := v.micros
		if n.t.Kind == vector.TimestampLTZ {
			v.micros = n.zone.ToLocal(at, kernel.MicrosPerSecond)
		}
		days := kernel.FloorDiv(v.micros, kernel.MicrosPerDay)
		v.micros += (kernel.AddMonths(days, one(steps, i)*n.sign*months) - days) * kernel.MicrosPerDay
		if n.t.Kind == vector.TimestampLTZ {
			v.micros = n.zone.ToInstantNear(v.micros, at, kernel.MicrosPerSecond)
		}
		return v
	}), nil
}

// millis is the plain sum that a watermark's expression is.
func (n *shiftNode) millis(x, steps []int64, unit int64, valid vector.Bitmap, rows int) vector.Column {
	dst := take(n.kept, &n.i64, rows)
	if len(steps) == 1 {
		kernel.Add(dst, x, []int64{steps[0] * unit})
		return vector.NewColumn(dst, valid)
	}
	for i := range dst {
		dst[i] = one(x, i) + steps[i]*unit
	}
	return vector.NewColumn(dst, valid)
}

// diffNode is TIMESTAMPDIFF: whole units, cut towards zero.
type diffNode struct {
	scratch
	from, to node
	unit     string
	t        vector.Type
}

func (n *diffNode) eval(f *frame) (vector.Column, error) {
	a, err := n.from.eval(f)
	if err != nil {
		return a, err
	}
	b, err := n.to.eval(f)
	if err != nil {
		return b, err
	}
	if isNull(a, f) || isNull(b, f) {
		return vector.Nulls(vector.IntType, 1), nil
	}
	rows := rowsOf(f, a, b)
	valid := n.validity(rows, a, b)
	dst := take(n.kept, &n.i32, rows)
	from, to := pointReader(a, n.t), pointReader(b, n.t)
	months, isMonths := monthsOf[n.unit]
	micros := millisOf[n.unit] * 1000
	if n.unit == "MICROSECOND" {
		micros = 1
	}
	for i := range dst {
		x, y := from(i).micros, to(i).micros
		if isMonths {
			dst[i] = int32(monthsBetween(x, y) / months)
		} else {
			dst[i] = int32((y - x) / micros)
		}
	}
	return vector.NewColumn(dst, valid), nil
}

// monthsBetween counts the whole months from x to y, negative if y is before x.
func monthsBetween(x, y int64) int64 {
	if y < x {
		return -monthsBetween(y, x)
	}
	days := kernel.FloorDiv(x, kernel.MicrosPerDay)
	y1, m1, _ := kernel.CivilFromDays(days)
	y2, m2, _ := kernel.CivilFromDays(kernel.FloorDiv(y, kernel.MicrosPerDay))
	n := (y2-y1)*12 + int64(m2-m1)
	if kernel.AddMonths(days, n)*kernel.MicrosPerDay+(x-days*kernel.MicrosPerDay) > y {
		n--
	}
	return n
}

// buildNow asks for the time once: it is the same for all rows of a program.
func buildNow(c *compiler, e *plan.Call, _ []node) (node, error) {
	if c.env.Now == nil {
		return nil, c.place(e).fail(codeUnsupplied, "%s is not supported in this place", e.Name)
	}
	if e.Name == "CURRENT_ROW_TIMESTAMP" {
		return &rowTimeNode{now: c.env.Now}, nil
	}
	millis := c.present()
	local := c.zone.ToLocal(millis, 1000)
	value := millis
	switch e.Name {
	case "LOCALTIMESTAMP":
		value = local
	case "CURRENT_DATE":
		value = kernel.FloorDiv(local, kernel.MillisPerDay)
	case "CURRENT_TIME", "LOCALTIME":
		value = kernel.FloorMod(local, kernel.MillisPerDay)
		value -= value % int64(math.Pow10(3-min(e.T.Precision, 3)))
	}
	return &constantNode{column: literalColumn(e.T, value)}, nil
}

// present is the time that all expressions of a program agree on.
func (c *compiler) present() int64 {
	if c.now == nil {
		millis := c.env.Now().UnixMilli()
		c.now = &millis
	}
	return *c.now
}

// rowTimeNode is CURRENT_ROW_TIMESTAMP, which goes on while a query runs.
type rowTimeNode struct{ now func() time.Time }

func (n *rowTimeNode) keep() {}

func (n *rowTimeNode) eval(*frame) (vector.Column, error) {
	return vector.NewColumn([]int64{n.now().UnixMilli()}, nil), nil
}

// tumbleNode finds the window of a rowtime. Windows of instants begin at local times of the session's zone; a window
// whose last millisecond comes twice lasts until the second.
type tumbleNode struct {
	scratch
	place
	which string
	args  []node
	from  vector.Type
	zone  *kernel.Zone
}

func (n *tumbleNode) eval(f *frame) (vector.Column, error) {
	x, err := n.args[0].eval(f)
	if err != nil {
		return x, err
	}
	size, err := n.args[1].eval(f)
	if err != nil {
		return size, err
	}
	offset, err := n.args[2].eval(f)
	if err != nil {
		return offset, err
	}
	step, from := size.Int64()[0], offset.Int64()[0]
	if step <= 0 {
		return x, n.fail(codeArgument, "the size of a window must be positive")
	}
	rows := x.Len()
	dst := take(n.kept, &n.i64, rows)
	ltz := n.from.Kind == vector.TimestampLTZ && !n.zone.IsUTC()
	times := x.Int64()
	if ltz {
		for i, v := range times {
			dst[i] = n.zone.ToLocal(v, 1000)
		}
		times = dst
	}
	add := int64(0)
	switch n.which {
	case "TUMBLE_END":
		add = step
	case "TUMBLE_TIME":
		add = step - 1
	}
	for i, v := range times {
		m := (v - from) % step
		if m < 0 {
			m += step
		}
		dst[i] = v - m + add
	}
	if ltz && n.which == "TUMBLE_TIME" {
		for i, v := range dst {
			dst[i] = n.zone.ToLastInstant(v, 1000)
		}
	}
	return vector.NewColumn(dst, n.validity(rows, x)), nil
}
