package format

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// Bounds is what is known of a column's values in some rows before they are read. The zero value says nothing.
type Bounds struct {
	// Low and High are values as those of a plan.Literal of the column's type; nil: not known. No value lies outside
	// but NULL and NaN.
	Low, High any
	// NoNulls says that none is NULL, OnlyNulls that all are.
	NoNulls, OnlyNulls bool
}

// BoundsOf are those of rows that all have one value: the first row of a column.
func BoundsOf(c vector.Column, t vector.Type) Bounds {
	if c.IsNull(0) {
		return Bounds{OnlyNulls: true}
	}
	v := ValueAt(c, t, 0)
	return Bounds{Low: v, High: v, NoNulls: true}
}

// ValueAt is the value of a row that is not NULL, as that of a plan.Literal; nil for what is no literal.
func ValueAt(c vector.Column, t vector.Type, row int) any {
	switch t.Physical() {
	case vector.Bool:
		return c.Bool(row)
	case vector.I8:
		return int64(c.Int8()[row])
	case vector.I16:
		return int64(c.Int16()[row])
	case vector.I32:
		return int64(c.Int32()[row])
	case vector.I64:
		return c.Int64()[row]
	case vector.F32:
		return float64(c.Float32()[row])
	case vector.F64:
		return c.Float64()[row]
	case vector.I128:
		return c.Int128()[row]
	case vector.Bytes:
		return string(c.Strings().At(row))
	}
	return nil
}

// Disordered reports whether bounds that were read somewhere are none: a NaN, or the one above the other.
func Disordered(b Bounds, t vector.Type) bool {
	order, ok := compare(b.Low, t, b.High, t)
	return !ok || order > 0
}

// Pruner tells which rows need not be read for a filter, one of plan.Pushed. One goroutine uses it.
type Pruner struct {
	filter plan.Expr
	lists  map[*plan.Call]*literals // of IN; nil: they have no order
	of     func(column int) Bounds
	known  map[int]Bounds // what of has said
}

// NewPruner prepares a filter.
func NewPruner(filter plan.Expr) *Pruner {
	return &Pruner{filter: filter, lists: map[*plan.Call]*literals{}, known: map[int]Bounds{}}
}

// MayPass reports whether the filter may be TRUE for a row of some of which bounds are known, by column of the filter.
// Only where it can't be is the answer false. It asks for the bounds of a column once at most.
func (p *Pruner) MayPass(of func(column int) Bounds) bool {
	p.of = of
	clear(p.known)
	return p.possible(p.filter)&isTrue != 0
}

func (p *Pruner) bounds(column int) Bounds {
	b, ok := p.known[column]
	if !ok {
		b = p.of(column)
		p.known[column] = b
	}
	return b
}

// outcomes are those of a condition that are possible for some row: a set, which may be too large.
type outcomes uint8

const (
	isTrue outcomes = 1 << iota
	isFalse
	isNull
	anything = isTrue | isFalse | isNull
)

// when is a set with an outcome in it or not.
func (o outcomes) when(possible bool) outcomes {
	if possible {
		return o
	}
	return 0
}

func (p *Pruner) possible(e plan.Expr) outcomes {
	switch e := e.(type) {
	case *plan.Column:
		return p.compared("=", e, &plan.Literal{T: vector.BooleanType, Value: true})
	case *plan.Call:
		switch e.Name {
		case "AND":
			return p.joined(e, isTrue, isFalse)
		case "OR":
			return p.joined(e, isFalse, isTrue)
		case "NOT":
			x := p.possible(e.Args[0])
			return isTrue.when(x&isFalse != 0) | isFalse.when(x&isTrue != 0) | x&isNull
		case "IS TRUE":
			return tested(p.possible(e.Args[0]), isTrue)
		case "IS NOT TRUE":
			return tested(p.possible(e.Args[0]), isFalse|isNull)
		case "IS FALSE":
			return tested(p.possible(e.Args[0]), isFalse)
		case "IS NOT FALSE":
			return tested(p.possible(e.Args[0]), isTrue|isNull)
		case "IS NULL", "IS NOT NULL":
			c, ok := e.Args[0].(*plan.Column)
			if !ok {
				return anything
			}
			b := p.bounds(c.Index)
			x := isNull.when(!b.NoNulls) | isTrue.when(!b.OnlyNulls)
			if e.Name == "IS NULL" {
				return tested(x, isNull)
			}
			return tested(x, isTrue)
		case "IN":
			return p.member(e)
		case "=", "<>", "<", "<=", ">", ">=":
			return p.compared(e.Name, e.Args[0], e.Args[1])
		}
	}
	return anything
}

// tested is what a test gives that is TRUE for some outcomes and FALSE for others.
func tested(x, yes outcomes) outcomes {
	return isTrue.when(x&yes != 0) | isFalse.when(x&^yes != 0)
}

// joined is AND, of which TRUE is the neutral outcome and FALSE the one that decides, or OR.
func (p *Pruner) joined(e *plan.Call, neutral, decides outcomes) outcomes {
	out := neutral
	for _, a := range e.Args {
		out = either(out, p.possible(a), neutral, decides)
	}
	return out
}

func either(x, y, neutral, decides outcomes) outcomes {
	return decides.when((x|y)&decides != 0) |
		neutral.when(x&neutral != 0 && y&neutral != 0) |
		isNull.when(x&isNull != 0 && y&(isNull|neutral) != 0 || y&isNull != 0 && x&neutral != 0)
}

// compared is a column beside a literal.
func (p *Pruner) compared(op string, x, y plan.Expr) outcomes {
	c, ok := x.(*plan.Column)
	l, ok2 := y.(*plan.Literal)
	if !ok || !ok2 {
		return anything
	}
	b := p.bounds(c.Index)
	if l.Value == nil || b.OnlyNulls {
		return isNull
	}
	nulls := isNull.when(!b.NoNulls)
	low, okLow := compare(b.Low, c.T, l.Value, l.T)
	high, okHigh := compare(b.High, c.T, l.Value, l.T)
	// Of the values that there may be: which are less than the literal, equal to it, greater.
	less := !okLow || low < 0
	greater := !okHigh || high > 0
	equal := (!okLow || low <= 0) && (!okHigh || high >= 0)
	// Bounds say nothing of NaN, which is neither, and compares as FALSE but for <>.
	unordered := c.T.IsApprox()
	if f, ok := l.Value.(float64); ok && math.IsNaN(f) {
		return anything
	}
	var yes, no bool
	switch op {
	case "=":
		yes, no = equal, less || greater || unordered
	case "<>":
		yes, no = less || greater || unordered, equal
	case "<":
		yes, no = less, equal || greater || unordered
	case "<=":
		yes, no = less || equal, greater || unordered
	case ">":
		yes, no = greater, equal || less || unordered
	default:
		yes, no = greater || equal, less || unordered
	}
	return isTrue.when(yes) | isFalse.when(no) | nulls
}

// literals are those of an IN in ascending order, and whether NULL is one.
type literals struct {
	t      vector.Type
	values []any
	null   bool
}

// sorted puts the literals of an IN in order; nil where they have none.
func sorted(e *plan.Call) *literals {
	l := &literals{}
	for _, a := range e.Args[1:] {
		x, ok := a.(*plan.Literal)
		if !ok {
			return nil
		}
		if x.Value == nil {
			l.null = true
			continue
		}
		if len(l.values) == 0 {
			l.t = x.T
		}
		_, ok = compare(x.Value, x.T, x.Value, x.T) // no NaN
		if !ok || !x.T.Same(l.t) && !(x.T.IsString() && l.t.IsString()) {
			return nil
		}
		l.values = append(l.values, x.Value)
	}
	slices.SortFunc(l.values, func(a, b any) int {
		order, _ := compare(a, l.t, b, l.t)
		return order
	})
	return l
}

// member is IN: that a column equals one of the literals, each of them as compared has it.
func (p *Pruner) member(e *plan.Call) outcomes {
	l, met := p.lists[e]
	if !met {
		l = sorted(e)
		p.lists[e] = l
	}
	c, ok := e.Args[0].(*plan.Column)
	if !ok {
		return anything
	}
	b := p.bounds(c.Index)
	if b.OnlyNulls {
		return isNull
	}
	if l != nil && len(l.values) > 0 {
		_, okLow := compare(b.Low, c.T, l.values[0], l.t)
		_, okHigh := compare(b.High, c.T, l.values[0], l.t)
		if okLow && okHigh {
			return l.between(b, c.T)
		}
	}
	out := isFalse
	for _, v := range e.Args[1:] {
		out = either(out, p.compared("=", c, v), isFalse, isTrue)
	}
	return out
}

// between is what IN may be for values of type t between bounds, both of them known.
func (l *literals) between(b Bounds, t vector.Type) outcomes {
	at, _ := slices.BinarySearchFunc(l.values, b.Low, func(v, low any) int {
		order, _ := compare(low, t, v, l.t)
		return -order
	})
	found, only := false, false
	if at < len(l.values) {
		low, _ := compare(b.Low, t, l.values[at], l.t)
		high, _ := compare(b.High, t, l.values[at], l.t)
		found = high >= 0
		only = low == 0 && high == 0 && !t.IsApprox() // every value is this literal, but for NaN
	}
	return isTrue.when(found) | isFalse.when(!only && !l.null) | isNull.when(!b.NoNulls || l.null && !only)
}

// compare orders values of two types as a query does; ok is false where that is not known.
func compare(a any, ta vector.Type, b any, tb vector.Type) (order int, ok bool) {
	if a == nil || b == nil {
		return 0, false
	}
	switch {
	case ta.IsInteger() && tb.IsInteger(), ta.Kind == vector.Date && tb.Kind == vector.Date, ta.Kind == vector.TimeOfDay && tb.Kind == vector.TimeOfDay:
		return cmp.Compare(a.(int64), b.(int64)), true
	case ta.IsExact() && tb.IsExact():
		x, sx := unscaled(a, ta)
		y, sy := unscaled(b, tb)
		return kernel.DecimalCompare(x, sx, y, sy), true
	case (ta.IsInteger() || ta.IsApprox()) && tb.IsApprox():
		x, isFloat := a.(float64)
		if !isFloat {
			x = float64(a.(int64))
		}
		y := b.(float64)
		if math.IsNaN(x) || math.IsNaN(y) {
			return 0, false
		}
		return cmp.Compare(x, y), true // −0 and 0 are equal, as they are to a query
	case ta.IsString() && tb.IsString(), ta.IsBytes() && tb.IsBytes():
		return strings.Compare(a.(string), b.(string)), true
	case ta.IsTimestamp() && ta.Kind == tb.Kind:
		x, okX := micros(a, ta)
		y, okY := micros(b, tb)
		return x.Cmp(y), okX && okY
	case ta.Kind == vector.Boolean && tb.Kind == vector.Boolean:
		number := map[bool]int{true: 1}
		return number[a.(bool)] - number[b.(bool)], true
	}
	return 0, false
}

// unscaled is an exact number as that of a DECIMAL, and its scale.
func unscaled(v any, t vector.Type) (vector.Num128, int) {
	if i, ok := v.(int64); ok {
		return vector.Int128(i), 0
	}
	return v.(vector.Num128), t.Scale
}

// micros is a time as one of TIMESTAMP(9) is stored.
func micros(v any, t vector.Type) (vector.Num128, bool) {
	switch v := v.(type) {
	case vector.Num128:
		return v, true
	case int64:
		if t.Precision > 3 {
			return vector.NewInt128(v, 0), true
		}
		us := v * 1000
		return vector.NewInt128(us, 0), us/1000 == v
	}
	return vector.Num128{}, false
}
