package catalog

import (
	"fmt"
	"strings"

	"weir/vector"
)

// CommonType returns the type that values of all types become where a query unifies them: CASE, IF, ARRAY, VALUES,
// UNION ALL. It is nullable if one of them is; bare NULLs only make it so. Of FLOAT and DOUBLE the first wins, as in
// Flink. There is none for types that do not mix.
func CommonType(types []vector.Type) (vector.Type, bool) { return commonType(types, false) }

// widestType is CommonType for COALESCE, GREATEST and LEAST, where DOUBLE wins over FLOAT.
func widestType(types []vector.Type) (vector.Type, bool) { return commonType(types, true) }

func commonType(types []vector.Type, widest bool) (vector.Type, bool) {
	var out vector.Type
	nullable := false
	for _, t := range types {
		t = t.Plain()
		nullable = nullable || t.Nullable
		switch {
		case t.Kind == vector.Null:
		case out.Kind == vector.Invalid:
			out = t
		default:
			var ok bool
			if out, ok = unify(out, t, widest); !ok {
				return vector.Type{}, false
			}
		}
	}
	if out.Kind == vector.Invalid {
		return vector.Type{Kind: vector.Null, Nullable: true}, len(types) > 0
	}
	return out.WithNullable(nullable), true
}

// unify is the common type of two.
func unify(a, b vector.Type, widest bool) (vector.Type, bool) {
	if a.Same(b) {
		return a, true
	}
	switch {
	case a.IsNumeric() && b.IsNumeric():
		return unifyNumbers(a, b, widest), true
	case a.IsString() && b.IsString():
		return vector.Type{Kind: vector.Varchar, Precision: max(a.Precision, b.Precision)}, true
	case a.IsBytes() && b.IsBytes():
		return vector.Type{Kind: vector.Varbinary, Precision: max(a.Precision, b.Precision)}, true
	case a.Kind == b.Kind && (a.IsTimestamp() || a.Kind == vector.TimeOfDay):
		a.Precision = max(a.Precision, b.Precision)
		return a, true
	case a.IsTimestamp() && b.IsTimestamp():
		return vector.TimestampLTZType(max(a.Precision, b.Precision)), true
	case a.Kind == vector.Array && b.Kind == vector.Array:
		elem, ok := commonType([]vector.Type{*a.Elem, *b.Elem}, widest)
		return vector.ArrayType(elem), ok
	case a.Kind == vector.Multiset && b.Kind == vector.Multiset:
		elem, ok := commonType([]vector.Type{*a.Elem, *b.Elem}, widest)
		return vector.MultisetType(elem), ok
	case a.Kind == vector.Map && b.Kind == vector.Map:
		key, ok := commonType([]vector.Type{*a.Key, *b.Key}, widest)
		elem, ok2 := commonType([]vector.Type{*a.Elem, *b.Elem}, widest)
		return vector.MapType(key, elem), ok && ok2
	case a.Kind == vector.Row && b.Kind == vector.Row && len(a.Fields) == len(b.Fields):
		fields := make([]vector.Field, len(a.Fields))
		for i := range fields {
			t, ok := commonType([]vector.Type{a.Fields[i].Type, b.Fields[i].Type}, widest)
			if !ok {
				return vector.Type{}, false
			}
			fields[i] = vector.Field{Name: a.Fields[i].Name, Type: t}
		}
		return vector.RowType(fields...), true
	}
	return vector.Type{}, false
}

// unifyNumbers is the common type of two numeric types.
func unifyNumbers(a, b vector.Type, widest bool) vector.Type {
	switch {
	case a.IsApprox() || b.IsApprox():
		switch {
		case a.Kind == vector.Decimal || b.Kind == vector.Decimal:
			return vector.DoubleType
		case a.IsApprox() && b.IsApprox():
			if widest && a.Kind != b.Kind {
				return vector.DoubleType
			}
			return a
		case a.IsApprox():
			return a
		}
		return b
	case a.Kind == vector.Decimal || b.Kind == vector.Decimal:
		x, y := asDecimal(a), asDecimal(b)
		scale := max(x.Scale, y.Scale)
		whole := max(x.Precision-x.Scale, y.Precision-y.Scale)
		if whole+scale > vector.MaxDecimal {
			scale = vector.MaxDecimal - whole
		}
		return vector.DecimalType(whole+scale, scale)
	}
	if b.Kind > a.Kind {
		return b
	}
	return a
}

// asDecimal returns the DECIMAL that holds every value of an exact type.
func asDecimal(t vector.Type) vector.Type {
	digits := map[vector.Kind]int{vector.TinyInt: 3, vector.SmallInt: 5, vector.Int: 10, vector.BigInt: 19}
	if n, ok := digits[t.Kind]; ok {
		return vector.DecimalType(n, 0).WithNullable(t.Nullable)
	}
	return t
}

// fewerDigits fits a DECIMAL of more than 38 digits: whole digits are kept as far as at least six, or all there are,
// stay behind the point.
func fewerDigits(precision, scale int) vector.Type {
	if precision <= vector.MaxDecimal {
		return vector.DecimalType(precision, scale)
	}
	whole := precision - scale
	return vector.DecimalType(vector.MaxDecimal, max(vector.MaxDecimal-whole, min(scale, 6)))
}

// Castable reports whether CAST converts from one type to another, and whether it also happens unasked where a value
// is written into a column of that type.
func Castable(from, to vector.Type) (explicit, implicit bool) {
	if from.Kind == vector.Null || from.Same(to) {
		return true, true
	}
	switch to.Kind {
	case vector.Char:
		return from.Kind != vector.Invalid, from.Kind == vector.Char
	case vector.Varchar:
		return from.Kind != vector.Invalid, from.IsString()
	case vector.Boolean:
		return from.IsNumeric() || from.IsString(), false
	case vector.Binary:
		return from.IsBytes() || from.IsString(), from.Kind == vector.Binary
	case vector.Varbinary:
		return from.IsBytes() || from.IsString(), from.IsBytes()
	case vector.Decimal, vector.Double:
		return from.IsNumeric() || from.IsString() || from.Kind == vector.Boolean, from.IsNumeric()
	case vector.TinyInt, vector.SmallInt, vector.Int, vector.BigInt:
		return from.IsNumeric() || from.IsString() || from.Kind == vector.Boolean, from.IsInteger() && from.Kind <= to.Kind
	case vector.Float:
		return from.IsNumeric() || from.IsString() || from.Kind == vector.Boolean, from.IsNumeric() && from.Kind != vector.Double
	case vector.Date:
		return from.IsString() || from.IsTimestamp(), from.Kind == vector.Timestamp
	case vector.TimeOfDay:
		return from.IsString() || from.IsTimestamp() || from.Kind == vector.TimeOfDay, from.Kind == vector.Timestamp || from.Kind == vector.TimeOfDay
	case vector.Timestamp, vector.TimestampLTZ:
		return from.IsString() || from.IsTimestamp() || from.Kind == vector.Date || from.Kind == vector.TimeOfDay, from.IsTimestamp()
	case vector.IntervalMonth, vector.IntervalSecond:
		return from.Kind == to.Kind, from.Kind == to.Kind
	case vector.Array:
		if from.Kind != vector.Array {
			return false, false
		}
		return Castable(*from.Elem, *to.Elem)
	case vector.Multiset:
		if from.Kind != vector.Multiset {
			return false, false
		}
		return Castable(*from.Elem, *to.Elem)
	case vector.Map:
		if from.Kind != vector.Map {
			return false, false
		}
		k, ki := Castable(*from.Key, *to.Key)
		v, vi := Castable(*from.Elem, *to.Elem)
		return k && v, ki && vi
	case vector.Row:
		if from.Kind != vector.Row || len(from.Fields) != len(to.Fields) {
			return false, false
		}
		explicit, implicit = true, true
		for i := range to.Fields {
			e, m := Castable(from.Fields[i].Type, to.Fields[i].Type)
			explicit, implicit = explicit && e, implicit && m
		}
		return explicit, implicit
	}
	return false, false
}

// infer is the type of Function.Infer.
type infer = func(args []Arg) (vector.Type, []vector.Type, error)

// typesOf returns the arguments' types: no argument is cast.
func typesOf(args []Arg) []vector.Type {
	out := make([]vector.Type, len(args))
	for i, a := range args {
		out[i] = a.Type
	}
	return out
}

// all returns n times t.
func all(n int, t vector.Type) []vector.Type {
	out := make([]vector.Type, n)
	for i := range out {
		out[i] = t
	}
	return out
}

// anyNullable reports whether an argument may be NULL.
func anyNullable(args []Arg) bool {
	for _, a := range args {
		if a.Type.Nullable {
			return true
		}
	}
	return false
}

// sentence is an error in the words of Flink, which begin with a capital.
type sentence string

func (s sentence) Error() string { return string(s) }

// refuse makes the error of a signature.
func refuse(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

// sqlName is a type as messages about arguments name it.
func sqlName(t vector.Type) string {
	switch {
	case t.Kind == vector.Int:
		return "INTEGER"
	case t.Kind == vector.Varchar:
		return fmt.Sprintf("VARCHAR(%d)", t.Precision)
	case t.Kind == vector.TimestampLTZ:
		return fmt.Sprintf("TIMESTAMP_WITH_LOCAL_TIME_ZONE(%d)", t.Precision)
	case t.Kind == vector.Array:
		return sqlName(*t.Elem) + " ARRAY"
	case t.Kind == vector.Multiset:
		return sqlName(*t.Elem) + " MULTISET"
	case t.Kind == vector.Map:
		return "(" + sqlName(*t.Key) + ", " + sqlName(*t.Elem) + ") MAP"
	case t.Kind == vector.Row:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = sqlName(f.Type) + " " + f.Name
		}
		return "ROW(" + strings.Join(fields, ", ") + ")"
	}
	return t.Name()
}

// cannotApply says that no signature of a function takes the arguments.
func cannotApply(name string, args []Arg) error {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = "<" + sqlName(a.Type) + ">"
	}
	switch {
	case len(args) == 2 && !isCallable(name):
		return refuse("Cannot apply '%s' to arguments of type '%s %s %s'", name, names[0], name, names[1])
	case len(args) == 1 && !isCallable(name):
		return refuse("Cannot apply '%s' to arguments of type '%s%s'", name, name, names[0])
	}
	return refuse("Cannot apply '%s' to arguments of type '%s(%s)'", name, name, strings.Join(names, ", "))
}

// isCallable tells functions, which are called by name, from operators.
func isCallable(name string) bool {
	switch name {
	case "AND", "OR", "NOT", "NEGATE", "LIKE", "IN":
		return false
	}
	return name[0] >= 'A' && name[0] <= 'Z' && !strings.HasPrefix(name, "IS ")
}

// count checks the number of arguments; most < 0: any number.
func count(name string, args []Arg, least, most int) error {
	n := len(args)
	if n >= least && (n <= most || most < 0) {
		return nil
	}
	want := fmt.Sprint(least)
	switch {
	case most < 0:
		want = fmt.Sprintf("at least %d", least)
	case most > least:
		want = fmt.Sprintf("%d to %d", least, most)
	}
	return refuse("Invalid number of arguments to function '%s'. Was expecting %s arguments", name, want)
}
