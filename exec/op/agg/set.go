// Package agg is the accumulators of aggregate functions: dense columns by slot of a state.Table. An aggregate is put
// together from registers (sums, extremes, lists), which aggregates over the same values share.
package agg

import (
	"fmt"

	"weir/exec/state"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// codeUnsupported is the code of what an aggregate can't do over the types that it gets.
const codeUnsupported = "W4201"

// Set is the aggregates of one operator. It belongs to one goroutine.
type Set struct {
	calls    []call
	views    []*view // views[0]: all rows
	kinds    []registerKind
	retracts bool
	distinct distinctScratch
	every    []state.Slot // scratch: one slot for all rows
}

// call is an aggregate by what its result is made of.
type call struct {
	name      string
	typ       vector.Type // of the argument
	result    vector.Type
	distinct  bool
	separator []byte
	final     bool
	view      int // of the argument, or of the first partial column
	reg       int // register of the argument; -1: none
	count     int // final AVG: register of the sum of counts
}

// registerKind is how a register is made for a table, and what it sees.
type registerKind struct {
	view    int
	spelled string // equal registers of a view are shared
	make    func(t *state.Table) register
}

// register accumulates the rows of a view by slot.
type register interface {
	update(in *input)
}

// New prepares the aggregates of an operator. In the final phase they merge partial columns. retracts says that the
// input takes rows back.
func New(aggs []plan.Aggregate, phase plan.Phase, retracts bool) (*Set, error) {
	s := &Set{views: []*view{{arg: -1, filter: -1}}, retracts: retracts}
	for _, a := range aggs {
		if phase == plan.Final {
			s.merging(a)
			continue
		}
		c, err := s.from(a)
		if err != nil {
			return nil, err
		}
		s.calls = append(s.calls, c)
	}
	return s, nil
}

// Len is the number of aggregates.
func (s *Set) Len() int { return len(s.calls) }

// addView returns the number of a view; equal ones are one.
func (s *Set) addView(v view) int {
	for i, o := range s.views {
		if o.arg == v.arg && o.filter == v.filter && o.distinct == v.distinct && o.nulls == v.nulls {
			return i
		}
	}
	s.views = append(s.views, &v)
	return len(s.views) - 1
}

// addRegister returns the number of a register; equal ones over a view are one.
func (s *Set) addRegister(view int, spelled string, make func(t *state.Table) register) int {
	for i, k := range s.kinds {
		if k.view == view && k.spelled == spelled {
			return i
		}
	}
	s.kinds = append(s.kinds, registerKind{view: view, spelled: spelled, make: make})
	return len(s.kinds) - 1
}

func refused(format string, args ...any) error {
	return diag.New(codeUnsupported, diag.Span{}, format+" is not supported", args...)
}

// from puts an aggregate together from its arguments.
func (s *Set) from(a plan.Aggregate) (call, error) {
	v := view{arg: -1, filter: a.Filter, distinct: a.Distinct}
	if len(a.Args) > 0 {
		v.arg, v.typ = a.Args[0], a.Types[0]
	}
	c := call{name: a.Func, typ: v.typ, result: a.Result, distinct: a.Distinct, reg: -1}
	if a.Distinct {
		switch a.Func {
		case "MIN", "MAX", "FIRST_VALUE", "LISTAGG", "ARRAY_AGG":
			// The same without, or, where values are listed, decided when all are known.
			v.distinct = false
		case "LAST_VALUE":
			return c, refused("LAST_VALUE over DISTINCT values")
		}
	}
	v.nulls = a.Func == "ARRAY_AGG"
	c.view = s.addView(v)
	switch a.Func {
	case "COUNT":
	case "SUM", "AVG":
		c.reg = s.sum(c.view, v.typ, a.Func == "AVG")
	case "MIN", "MAX":
		c.reg = s.extreme(c.view, v.typ, a.Func == "MAX")
	case "FIRST_VALUE", "LAST_VALUE":
		if s.retracts {
			c.reg = s.list(c.view)
		} else {
			last := a.Func == "LAST_VALUE"
			c.reg = s.addRegister(c.view, a.Func, func(t *state.Table) register { return newArrival(t, v.typ, last) })
		}
	case "LISTAGG":
		c.separator = []byte{','}
		if len(a.Constants) > 0 {
			text, ok := a.Constants[0].Value.(string)
			if !ok {
				return c, refused("NULL as separator of LISTAGG")
			}
			c.separator = []byte(text)
		}
		c.reg = s.list(c.view)
	case "ARRAY_AGG":
		c.reg = s.list(c.view)
	case "COLLECT":
		c.reg = s.addRegister(c.view, "collect", func(t *state.Table) register { return newMultiset(t, v.typ, false) })
	default:
		return c, refused("the aggregate function %s", a.Func)
	}
	return c, nil
}

// sum returns the register of the sum of a view's values; wide asks for a wide type, which AVG needs.
func (s *Set) sum(view int, t vector.Type, wide bool) int {
	switch {
	case t.Kind == vector.Decimal:
		return s.addRegister(view, "sum decimal", func(t *state.Table) register { return newDecimalSum(t, -1) })
	case t.Kind == vector.Float && !wide:
		return s.addRegister(view, "sum float", func(t *state.Table) register { return &floatSum{state.NewColumn[float32](t, 0)} })
	case t.IsApprox():
		return s.addRegister(view, "sum double", func(t *state.Table) register { return &doubleSum{state.NewColumn[float64](t, 0)} })
	}
	return s.addRegister(view, "sum", func(t *state.Table) register { return &intSum{state.NewColumn[int64](t, 0)} })
}

// list returns the register of all values of a view.
func (s *Set) list(view int) int {
	return s.addRegister(view, "list", func(t *state.Table) register { return newList(t, s.views[view].typ, s.retracts) })
}

// extreme returns the register of the least or greatest of a view's values.
func (s *Set) extreme(view int, t vector.Type, greatest bool) int {
	name := fmt.Sprint("extreme ", greatest)
	if s.retracts {
		return s.addRegister(view, "retracted "+name, func(x *state.Table) register { return newMultiset(x, t, greatest) })
	}
	switch t.Physical() {
	case vector.I128:
		return s.addRegister(view, name, func(x *state.Table) register {
			return &wideExtreme{values: state.NewColumn(x, vector.Num128{}), has: state.NewColumn[uint8](x, 0), greatest: greatest}
		})
	case vector.Bytes:
		return s.addRegister(view, name, func(x *state.Table) register {
			return &textExtreme{values: state.NewBytes(x), has: state.NewColumn[uint8](x, 0), greatest: greatest}
		})
	}
	return s.addRegister(view, name, func(x *state.Table) register { return newIntExtreme(x, greatest) })
}

// merging puts an aggregate together from its partial columns.
func (s *Set) merging(a plan.Aggregate) {
	column := func(i int, t vector.Type) int { return s.addView(view{arg: a.Args[i], filter: -1, typ: t}) }
	c := call{name: a.Func, result: a.Result, final: true, reg: -1, count: -1}
	if len(a.Types) > 0 {
		c.typ = a.Types[0]
	}
	count := vector.BigIntType.NotNull()
	switch a.Func {
	case "COUNT":
		c.view = column(0, count)
		c.reg = s.sum(c.view, count, false)
	case "MIN", "MAX":
		c.view = column(0, c.typ.AsNullable())
		c.reg = s.extreme(c.view, c.typ, a.Func == "MAX")
	case "SUM", "AVG":
		counted := 1
		switch {
		case c.typ.Kind == vector.Decimal:
			c.view = column(0, c.typ.AsNullable())
			high := a.Args[1]
			c.reg = s.addRegister(c.view, fmt.Sprint("merge decimal ", high), func(t *state.Table) register { return newDecimalSum(t, high) })
			counted = 2
		case c.typ.IsApprox() && a.Func == "AVG":
			c.view = column(0, vector.DoubleType)
			c.reg = s.sum(c.view, vector.DoubleType, true)
		case c.typ.IsInteger() && a.Func == "AVG":
			c.view = column(0, vector.BigIntType)
			c.reg = s.sum(c.view, vector.BigIntType, true)
		default:
			c.view = column(0, c.typ.AsNullable())
			c.reg = s.sum(c.view, c.typ, false)
		}
		if a.Func == "AVG" {
			c.count = s.sum(column(counted, count), count, false)
		}
	default:
		panic("agg: " + a.Func + " has no partial results")
	}
	s.calls = append(s.calls, c)
}
