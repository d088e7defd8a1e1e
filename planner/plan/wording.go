package plan

import (
	"fmt"
	"slices"
	"strconv"

	"weir/vector"
)

// wording spells what expressions mean.
type wording struct {
	zone string // the session's: part of the meaning of what depends on it
}

// meaning spells an expression over columns that are described.
func (w wording) meaning(e Expr, columns []string) string {
	if c, ok := e.(*Column); ok {
		return columns[c.Index]
	}
	return short(w.spelled(e, columns))
}

// spelled gives everything that is computed its type: the same function of the same values may be computed in another.
func (w wording) spelled(e Expr, columns []string) string {
	typ := e.Type().Plain().Uncommented().String()
	if zoned(e) {
		typ += fmt.Sprintf(" in zone %q", w.zone)
	}
	switch e := e.(type) {
	case *Literal:
		return value(e) + ":" + typ
	case *CurrentWatermark:
		return "CURRENT_WATERMARK:" + typ
	case *Cast:
		name := "CAST"
		if e.Try {
			name = "TRY_CAST"
		}
		return name + list([]string{w.meaning(e.X, columns)}) + ":" + typ
	case *Case:
		var parts []string
		for _, x := range e.Whens {
			parts = append(parts, w.meaning(x.Cond, columns), w.meaning(x.Then, columns))
		}
		if e.Else != nil {
			parts = append(parts, w.meaning(e.Else, columns))
		}
		return "CASE" + list(parts) + ":" + typ
	case *Call:
		parts := make([]string, len(e.Args))
		for i, a := range e.Args {
			parts[i] = w.meaning(a, columns)
		}
		return strconv.Quote(e.Name) + list(parts) + ":" + typ
	}
	panic(fmt.Sprintf("plan: no meaning of %T", e))
}

// The functions that are computed in the session's time zone without having an instant as argument, and those that have
// one and look at no zone. Any other function of an instant counts as one that does: a function that is forgotten here
// costs a restore in another zone, and no wrong result.
var (
	zonedFunctions    = []string{"FROM_UNIXTIME", "UNIX_TIMESTAMP", "LOCALTIMESTAMP", "LOCALTIME", "CURRENT_DATE", "CURRENT_TIME"}
	zonelessFunctions = []string{
		"=", "<>", "<", "<=", ">", ">=", "IN", "IS NULL", "IS NOT NULL", "IS DISTINCT FROM", "IS NOT DISTINCT FROM",
		"ARRAY", "COALESCE", "IFNULL", "NULLIF", "IF", "GREATEST", "LEAST",
		"ROW", "MAP", "FIELD", "ELEMENT",
	}
)

// zoned reports whether it depends on the session's time zone what an expression makes of its arguments.
func zoned(e Expr) bool {
	switch e := e.(type) {
	case *Cast:
		return hasInstant(e.X.Type()) != hasInstant(e.T)
	case *Call:
		if slices.Contains(zonedFunctions, e.Name) {
			return true
		}
		of := func(is func(vector.Type) bool) bool {
			return slices.ContainsFunc(e.Args, func(a Expr) bool { return is(a.Type()) })
		}
		switch {
		case !of(hasInstant) || slices.Contains(zonelessFunctions, e.Name):
			return false
		case e.Name == "+" || e.Name == "-":
			// Months are counted in local time; a day is always 24 hours.
			return of(func(t vector.Type) bool { return t.Kind == vector.IntervalMonth })
		}
		return true
	}
	return false
}

// hasInstant reports whether there are TIMESTAMP_LTZ values in those of a type.
func hasInstant(t vector.Type) bool {
	return t.Kind == vector.TimestampLTZ || t.Elem != nil && hasInstant(*t.Elem) || t.Key != nil && hasInstant(*t.Key) ||
		slices.ContainsFunc(t.Fields, func(f vector.Field) bool { return hasInstant(f.Type) })
}

// value spells a literal's value, every bit of it.
func value(l *Literal) string {
	switch v := l.Value.(type) {
	case nil:
		return "NULL"
	case bool:
		return strconv.FormatBool(v)
	case string:
		return strconv.Quote(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'x', -1, 64)
	case vector.Num128:
		return fmt.Sprintf("%d/%d", v.HighBits(), v.LowBits())
	}
	panic(fmt.Sprintf("plan: a literal of Go type %T", l.Value))
}
