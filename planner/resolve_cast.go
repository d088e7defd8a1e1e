package planner

import (
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// cast resolves CAST and TRY_CAST.
func (x *expressions) cast(e *ast.Cast) (plan.Expr, error) {
	v, err := x.expr(e.X)
	if err != nil {
		return nil, err
	}
	t, err := typeOf(e.Type)
	if err != nil {
		return nil, err
	}
	from := v.Type()
	t = t.WithNullable(from.Nullable || e.Try)
	if from.Kind == vector.Null {
		return null(t, x.r.span(e)), nil
	}
	if unit, ok := singleUnit(e.Type); ok && from.IsInteger() {
		return x.interval(v, unit, t, e)
	}
	if ok, _ := catalog.Castable(from.Plain(), t); !ok {
		return nil, noCast(from, t, e.At)
	}
	return &plan.Cast{X: v, T: t, Try: e.Try, At: x.r.span(e)}, nil
}

// singleUnit returns the unit of an interval type that has but one, like INTERVAL DAY.
func singleUnit(t *ast.TypeName) (intervalUnit, bool) {
	name, ok := strings.CutPrefix(t.Name, "INTERVAL ")
	u, known := intervalUnits[name]
	return u, ok && known
}

// interval makes an interval of so many units; the type's values do not know their unit any more.
func (x *expressions) interval(n plan.Expr, unit intervalUnit, t vector.Type, e *ast.Cast) (plan.Expr, error) {
	one := &plan.Literal{T: t.NotNull(), Value: unit.months + unit.ms, At: x.r.span(e)}
	v, err := x.apply("*", e, []plan.Expr{n, one})
	if err != nil {
		return nil, err
	}
	product := v.(*plan.Call)
	product.T.Nullable = t.Nullable
	return product, nil
}

// noCast refuses a cast, saying what to use instead where there is something.
func noCast(from, to vector.Type, at diag.Span) error {
	d := diag.New(codeCast, at, "Cast function cannot convert value of type %s to type %s", from.Name(), to.Name())
	switch {
	case from.IsNumeric() && to.Kind == vector.Timestamp:
		return d.WithHint("use TO_TIMESTAMP(FROM_UNIXTIME(seconds))")
	case from.IsNumeric() && to.Kind == vector.TimestampLTZ:
		return d.WithHint("use TO_TIMESTAMP_LTZ(number, precision)")
	case from.IsNumeric() && to.Kind == vector.Date:
		return d.WithHint("add days to a date: DATE '1970-01-01' + n * INTERVAL '1' DAY")
	case from.IsNumeric() && to.Kind == vector.TimeOfDay:
		return d.WithHint("add seconds to a time: TIME '00:00:00' + n * INTERVAL '1' SECOND")
	case from.IsInteger() && to.IsInterval():
		return d.WithHint("an interval of one unit can be made of a number, as INTERVAL DAY; or multiply: n * INTERVAL '1' DAY")
	case from.IsNumeric() && to.IsInterval():
		return d.WithHint("CAST the number to BIGINT and multiply: n * INTERVAL '1' SECOND")
	case from.IsTimestamp() && to.IsNumeric():
		return d.WithHint("use EXTRACT(EPOCH FROM …)")
	case from.Kind == vector.Date && to.IsNumeric():
		return d.WithHint("use TIMESTAMPDIFF(DAY, DATE '1970-01-01', …), or EXTRACT for a part of it")
	case from.Kind == vector.TimeOfDay && to.IsNumeric():
		return d.WithHint("use EXTRACT(HOUR FROM …), MINUTE and SECOND")
	case from.Kind == vector.Date && to.Kind == vector.TimeOfDay:
		return d.WithHint("a date has no time of day; CAST to TIMESTAMP gives midnight")
	case from.Kind == vector.TimeOfDay && to.Kind == vector.Date:
		return d.WithHint("a time of day has no date; CAST to TIMESTAMP gives it on 1970-01-01")
	case from.IsInterval() && to.IsNumeric():
		return d.WithHint("use TIMESTAMPDIFF(SECOND, a, b) for the time between two times")
	case from.IsInterval() && to.IsInterval():
		return d.WithHint("months have no fixed number of days")
	case from.IsInterval() && to.IsPoint():
		return d.WithHint("add it to a time")
	case from.IsPoint() && to.IsInterval():
		return d.WithHint("use TIMESTAMPDIFF(SECOND, a, b) * INTERVAL '1' SECOND for the time between two times")
	case from.IsString() && to.IsInterval():
		return d.WithHint("CAST to a number and multiply: CAST(s AS BIGINT) * INTERVAL '1' SECOND")
	case from.IsBytes() && to.Kind < vector.Array:
		return d.WithHint("if the bytes are text, CAST them to STRING first")
	case to.IsBytes():
		return d.WithHint("CAST to STRING first, whose bytes are UTF-8")
	case from.Kind == vector.Boolean:
		return d.WithHint("write CASE WHEN … THEN … ELSE … END")
	case to.Kind == vector.Boolean:
		return d.WithHint("write a comparison")
	}
	return d
}
