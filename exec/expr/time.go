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
	register(func(c *compiler, e *plan.Call, args []node) (node, error) {
		return &diffNode{from: args[1], to: args[2], unit: unitOf(e.Args[0]), t: e.Args[1].Type(), zone: c.zone}, nil
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
	x       node
	unit    string
	from    vector.Type
	zone    *kernel.Zone
	moments moments
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
		}
		if n.unit == "MONTH" {
			for i, v := range x.Int32() {
				dst[i] = int64(v % 12)
			}
		}
		return vector.NewColumn(dst, valid), nil
	case vector.IntervalSecond:
		part, most := lengthField(n.unit)
		for i, v := range x.Int64() {
			dst[i] = v / part % most
		}
		return vector.NewColumn(dst, valid), nil
	}
	n.moments.load(x, n.from, rows)
	local := n.moments.micros
	if n.from.Kind == vector.TimestampLTZ {
		n.zone.ToLocals(local, local, valid)
	}
	if cycle, part, ok := clockField(n.unit); ok {
		kernel.Cycle(dst, local, cycle, part)
		return vector.NewColumn(dst, valid), nil
	}
	switch n.unit {
	case "NANOSECOND":
		kernel.Cycle(dst, local, kernel.MicrosPerSecond, 1)
		kernel.Scale(dst, dst, 1000)
		if n.moments.nanos != nil {
			kernel.Add(dst, dst, n.moments.nanos)
		}
	case "EPOCH":
		kernel.Divide(dst, local, kernel.MicrosPerSecond)
	default:
		kernel.EachDay(dst, local, func(day int64) int64 { return dayField(n.unit, day) })
	}
	return vector.NewColumn(dst, valid), nil
}

// lengthField returns the milliseconds of a field of a length of time, and how many of it make the next greater one;
// days are not cut into weeks.
func lengthField(unit string) (part, most int64) {
	switch unit {
	case "DAY":
		return kernel.MillisPerDay, math.MaxInt64
	case "HOUR":
		return kernel.MillisPerHour, 24
	case "MINUTE":
		return kernel.MillisPerMinute, 60
	case "SECOND":
		return kernel.MillisPerSecond, 60
	}
	return 1, 1000
}

// clockField returns the microseconds of a field of a clock, and after how many it begins again; ok is false for a
// field of the calendar.
func clockField(unit string) (cycle, part int64, ok bool) {
	switch unit {
	case "HOUR":
		return kernel.MicrosPerDay, 1000 * kernel.MillisPerHour, true
	case "MINUTE":
		return 1000 * kernel.MillisPerHour, 1000 * kernel.MillisPerMinute, true
	case "SECOND":
		return 1000 * kernel.MillisPerMinute, kernel.MicrosPerSecond, true
	case "MILLISECOND":
		return kernel.MicrosPerSecond, 1000, true
	case "MICROSECOND":
		return kernel.MicrosPerSecond, 1, true
	}
	return 0, 0, false
}

// dayField returns a field of the calendar.
func dayField(unit string, days int64) int64 {
	switch unit {
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
	x     node
	unit  string
	t     vector.Type
	ceil  bool
	zone  *kernel.Zone
	in    moments
	out   moments
	local []int64
	next  []int64
}

func (n *floorToNode) eval(f *frame) (vector.Column, error) {
	x, err := n.x.eval(f)
	if err != nil {
		return x, err
	}
	rows := x.Len()
	valid := n.validity(rows, x)
	n.in.load(x, n.t, rows)
	local := n.in.micros
	if n.t.Kind == vector.TimestampLTZ {
		local = take(false, &n.local, rows)
		n.zone.ToLocals(local, n.in.micros, valid)
	}
	dst := take(false, &n.out.micros, rows)
	n.out.micros = dst
	if millis, ok := millisOf[n.unit]; ok && millis < kernel.MillisPerDay {
		// The distance counts: in an hour that comes twice each begins for itself.
		n.toClock(dst, n.in.micros, local, millis*1000)
		return n.out.store(&n.scratch, n.t, valid), nil
	}
	kernel.EachDay(dst, local, func(day int64) int64 { return floorTo(n.unit, day) * kernel.MicrosPerDay })
	if n.ceil {
		next := take(false, &n.next, rows)
		kernel.EachDay(next, local, func(day int64) int64 { return nextUnit(n.unit, floorTo(n.unit, day)) * kernel.MicrosPerDay })
		for i, v := range local {
			if dst[i] != v || n.in.nanos != nil && n.in.nanos[i] != 0 {
				dst[i] = next[i]
			}
		}
	}
	if n.t.Kind == vector.TimestampLTZ {
		n.zone.ToInstants(dst, dst, valid)
	}
	return n.out.store(&n.scratch, n.t, valid), nil
}

// toClock goes from moments to the step of their local clock before or behind them.
func (n *floorToNode) toClock(dst, at, local []int64, step int64) {
	if !n.ceil {
		for i, v := range local {
			dst[i] = at[i] - kernel.FloorMod(v, step)
		}
		return
	}
	for i, v := range local {
		past := kernel.FloorMod(v, step)
		dst[i] = at[i] - past
		if past != 0 || n.in.nanos != nil && n.in.nanos[i] != 0 {
			dst[i] += step
		}
	}
}

// floorTo returns the first day of the unit that a day is in.
func floorTo(unit string, day int64) int64 {
	switch unit {
	case "DAY":
		return day
	case "WEEK":
		return day - int64(kernel.WeekDay(day))
	}
	y, m, _ := kernel.CivilFromDays(day)
	months := y*12 + int64(m) - 1
	step := monthsOf[unit]
	if step >= 1200 { // centuries and millennia begin with a year 1
		months = kernel.FloorDiv(months-12, step)*step + 12
	} else {
		months = kernel.FloorDiv(months, step) * step
	}
	return kernel.DaysFromCivil(kernel.FloorDiv(months, 12), int(kernel.FloorMod(months, 12))+1, 1)
}

// nextUnit returns the first day of the unit after the one that begins with a day.
func nextUnit(unit string, day int64) int64 {
	if millis, ok := millisOf[unit]; ok {
		return day + millis/kernel.MillisPerDay
	}
	return kernel.AddMonths(day, monthsOf[unit])
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

	moments moments
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
	n.moments.load(x, n.t, rows)
	switch {
	case !isMonths && len(steps) == 1:
		kernel.Add(n.moments.micros, n.moments.micros, []int64{steps[0] * n.sign * micros})
	case !isMonths:
		for i, v := range steps {
			n.moments.micros[i] += v * n.sign * micros
		}
	case n.t.Kind != vector.TimeOfDay:
		n.addMonths(steps, n.sign*months, valid)
	}
	return n.moments.store(&n.scratch, n.t, valid), nil
}

// addMonths moves the moments by steps of so many months, in local time.
func (n *shiftNode) addMonths(steps []int64, months int64, valid vector.Bitmap) {
	ltz := n.t.Kind == vector.TimestampLTZ
	for i, at := range n.moments.micros {
		if valid != nil && !valid.At(i) {
			continue
		}
		local := at
		if ltz {
			local = n.zone.ToLocal(at, kernel.MicrosPerSecond)
		}
		days := kernel.FloorDiv(local, kernel.MicrosPerDay)
		local += (kernel.AddMonths(days, one(steps, i)*months) - days) * kernel.MicrosPerDay
		if ltz {
			local = n.zone.ToInstantNear(local, at, kernel.MicrosPerSecond)
		}
		n.moments.micros[i] = local
	}
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

// diffNode is TIMESTAMPDIFF: whole units, cut towards zero. Months are counted in local time.
type diffNode struct {
	scratch
	from, to node
	unit     string
	t        vector.Type
	zone     *kernel.Zone

	start, end moments
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
	n.start.load(a, n.t, rows)
	n.end.load(b, n.t, rows)
	start, end := n.start.micros, n.end.micros
	if months, ok := monthsOf[n.unit]; ok {
		if n.t.Kind == vector.TimestampLTZ {
			n.zone.ToLocals(start, start, valid)
			n.zone.ToLocals(end, end, valid)
		}
		for i, v := range start {
			dst[i] = int32(monthsBetween(v, end[i]) / months)
		}
		return vector.NewColumn(dst, valid), nil
	}
	micros := millisOf[n.unit] * 1000
	if n.unit == "MICROSECOND" {
		micros = 1
	}
	for i, v := range start {
		dst[i] = int32((end[i] - v) / micros)
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
