package catalog

import (
	"slices"

	"weir/vector"
)

func init() {
	register(
		&Function{Name: "EXTRACT", Infer: func(args []Arg) (vector.Type, []vector.Type, error) { return extract(args) }, Syntax: "EXTRACT(unit FROM time)", Doc: "a field of a date, a time or an interval"},
		&Function{Name: "FLOOR TO", Infer: floorTo("FLOOR"), Syntax: "FLOOR(time TO unit)", Doc: "time cut to a unit"},
		&Function{Name: "CEIL TO", Infer: floorTo("CEIL"), Syntax: "CEIL(time TO unit)", Doc: "time rounded up to a unit"},
		&Function{Name: "TIMESTAMPADD", Infer: timestampAdd, Syntax: "TIMESTAMPADD(unit, n, time)", Doc: "time so many units later"},
		&Function{Name: "TIMESTAMPDIFF", Infer: timestampDiff, Syntax: "TIMESTAMPDIFF(unit, from, to)", Doc: "whole units between two times"},
		&Function{Name: "TO_TIMESTAMP", Infer: shaped("TO_TIMESTAMP", []shape{aString, aString}, 1, fixed(vector.TimestampType(3))), Syntax: "TO_TIMESTAMP(string [, format])", Doc: "string read as a TIMESTAMP(3); NULL if it is none"},
		&Function{Name: "TO_TIMESTAMP_LTZ", Infer: toTimestampLTZ, Syntax: "TO_TIMESTAMP_LTZ(number [, precision]) or TO_TIMESTAMP_LTZ(string [, format [, zone]])", Doc: "instant of so many milliseconds (precision 3) or seconds (0) since 1970, or read from a string, in UTC if no zone is given"},
		&Function{Name: "TO_DATE", Infer: shaped("TO_DATE", []shape{aString, aString}, 1, fixed(vector.DateType)), Syntax: "TO_DATE(string [, format])", Doc: "string read as a DATE; NULL if it is none"},
		&Function{Name: "DATE_FORMAT", Infer: dateFormat, Syntax: "DATE_FORMAT(timestamp, format)", Doc: "timestamp written in a format such as yyyy-MM-dd HH:mm:ss"},
		&Function{Name: "FROM_UNIXTIME", Infer: shaped("FROM_UNIXTIME", []shape{aBigInt, aString}, 1, fixed(vector.StringType)), Syntax: "FROM_UNIXTIME(seconds [, format])", Doc: "seconds since 1970 written in the session's time zone"},
		&Function{Name: "UNIX_TIMESTAMP", Infer: shaped("UNIX_TIMESTAMP", []shape{aString, aString}, 0, func(args []Arg) vector.Type { return vector.BigIntType.WithNullable(anyNullable(args)) }), NonDeterministic: true, Syntax: "UNIX_TIMESTAMP([string [, format]])", Doc: "seconds since 1970, now or of a time in the session's time zone"},
	)
	for _, f := range []struct {
		name string
		t    vector.Type
		doc  string
	}{
		{"CURRENT_TIMESTAMP", vector.TimestampLTZType(3), "the present instant"}, {"NOW", vector.TimestampLTZType(3), "the present instant"},
		{"CURRENT_ROW_TIMESTAMP", vector.TimestampLTZType(3), "the present instant"}, {"LOCALTIMESTAMP", vector.TimestampType(3), "the present time in the session's time zone"},
		{"CURRENT_DATE", vector.DateType, "today in the session's time zone"}, {"CURRENT_TIME", vector.TimeType, "the present time of day in the session's time zone"},
		{"LOCALTIME", vector.TimeType, "the present time of day in the session's time zone"},
	} {
		register(&Function{Name: f.name, NonDeterministic: true, Syntax: f.name, Doc: f.doc, Infer: func(args []Arg) (vector.Type, []vector.Type, error) {
			return f.t.NotNull(), nil, count(f.name, args, 0, 0)
		}})
	}
	for _, f := range []struct{ name, doc string }{
		{"YEAR", "year of a date or a timestamp"}, {"QUARTER", "quarter of a date or a timestamp, 1 to 4"}, {"MONTH", "month of a date or a timestamp"},
		{"WEEK", "ISO week of a date or a timestamp"}, {"DAYOFYEAR", "day of the year of a date or a timestamp"}, {"DAYOFMONTH", "day of the month of a date or a timestamp"},
		{"DAYOFWEEK", "day of the week of a date or a timestamp, 1 is Sunday"}, {"HOUR", "hour of a time"}, {"MINUTE", "minute of a time"}, {"SECOND", "second of a time"},
	} {
		register(&Function{Name: f.name, Syntax: f.name + "(time)", Doc: f.doc, Infer: func(args []Arg) (vector.Type, []vector.Type, error) {
			if err := count(f.name, args, 1, 1); err != nil {
				return vector.Type{}, nil, err
			}
			return extract([]Arg{{Type: vector.StringType.NotNull(), Literal: fieldOf(f.name), Constant: true}, args[0]}, f.name)
		}})
	}
	register(
		&Function{Name: "TUMBLE_START", Infer: tumble(vector.TimestampType(3)), Syntax: "TUMBLE_START(rowtime, size, offset)", Doc: "start of the tumbling window of a row, sizes in milliseconds; the planner's own"},
		&Function{Name: "TUMBLE_END", Infer: tumble(vector.TimestampType(3)), Syntax: "TUMBLE_END(rowtime, size, offset)", Doc: "end of the tumbling window of a row; the planner's own"},
		&Function{Name: "TUMBLE_TIME", Infer: tumble(vector.Type{}), Syntax: "TUMBLE_TIME(rowtime, size, offset)", Doc: "last millisecond of the tumbling window of a row; the planner's own"},
	)
}

// fieldOf is the unit of EXTRACT that a function such as DAYOFWEEK takes.
func fieldOf(name string) string {
	switch name {
	case "DAYOFYEAR":
		return "DOY"
	case "DAYOFMONTH":
		return "DAY"
	case "DAYOFWEEK":
		return "DOW"
	}
	return name
}

// Units that a time has, coarse to fine.
var (
	dateUnits  = []string{"MILLENNIUM", "CENTURY", "DECADE", "YEAR", "ISOYEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DOW", "ISODOW", "DOY", "EPOCH"}
	clockUnits = []string{"HOUR", "MINUTE", "SECOND", "MILLISECOND"}
	fineUnits  = []string{"MICROSECOND", "NANOSECOND"}
	floorUnits = []string{"MILLENNIUM", "CENTURY", "DECADE", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"}
	addUnits   = []string{"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"}
)

func fixed(t vector.Type) func([]Arg) vector.Type { return func([]Arg) vector.Type { return t } }

func extract(args []Arg, as ...string) (vector.Type, []vector.Type, error) {
	name := "EXTRACT"
	if len(as) > 0 {
		name = as[0]
	}
	if err := count(name, args, 2, 2); err != nil {
		return vector.Type{}, nil, err
	}
	unit, _ := args[0].Literal.(string)
	t := args[1].Type
	ok := false
	switch t.Kind {
	case vector.Date:
		ok = slices.Contains(dateUnits, unit) || slices.Contains(clockUnits, unit)
	case vector.TimeOfDay:
		ok = slices.Contains(clockUnits, unit)
	case vector.Timestamp, vector.TimestampLTZ:
		ok = slices.Contains(dateUnits, unit) || slices.Contains(clockUnits, unit) || slices.Contains(fineUnits, unit)
	case vector.IntervalMonth:
		ok = unit == "YEAR" || unit == "MONTH"
	case vector.IntervalSecond:
		ok = unit == "DAY" || slices.Contains(clockUnits, unit)
	default:
		return vector.Type{}, nil, cannotApply(name, args[1:])
	}
	if !ok {
		return vector.Type{}, nil, refuse("unit %s can not be applied to a value of type %s", unit, t.Name())
	}
	casts := []vector.Type{args[0].Type, t}
	if len(as) > 0 {
		casts = casts[1:]
	}
	return vector.BigIntType.WithNullable(t.Nullable), casts, nil
}

func floorTo(name string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, 2, 2); err != nil {
			return vector.Type{}, nil, err
		}
		t := args[0].Type
		unit, ok := args[1].Literal.(string)
		if !t.IsPoint() || !ok {
			return vector.Type{}, nil, cannotApply(name, args)
		}
		if !slices.Contains(floorUnits, unit) {
			return vector.Type{}, nil, refuse("%s of a time to %s is not supported", name, unit)
		}
		return t, typesOf(args), nil
	}
}

// addUnit normalises the unit of TIMESTAMPADD and TIMESTAMPDIFF.
func addUnit(name string, a Arg) (string, error) {
	unit, _ := a.Literal.(string)
	if len(unit) > 8 && unit[:8] == "SQL_TSI_" {
		unit = unit[8:]
	}
	if !slices.Contains(addUnits, unit) {
		return "", refuse("'%s' is not a valid time frame of %s", unit, name)
	}
	return unit, nil
}

func timestampAdd(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("TIMESTAMPADD", args, 3, 3); err != nil {
		return vector.Type{}, nil, err
	}
	unit, err := addUnit("TIMESTAMPADD", args[0])
	if err != nil {
		return vector.Type{}, nil, err
	}
	t := args[2].Type
	if !args[1].Type.IsInteger() || !t.IsPoint() {
		return vector.Type{}, nil, cannotApply("TIMESTAMPADD", args)
	}
	fine := slices.Contains(clockUnits, unit) || unit == "MICROSECOND"
	casts := []vector.Type{args[0].Type, vector.BigIntType, t}
	switch {
	case t.Kind == vector.Date && fine:
		t = vector.TimestampType(6)
		casts[2] = t
	case unit == "MICROSECOND" && t.IsTimestamp() && t.Precision < 6:
		t.Precision = 6
		casts[2] = t
	}
	return t.WithNullable(anyNullable(args)), casts, nil
}

func timestampDiff(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("TIMESTAMPDIFF", args, 3, 3); err != nil {
		return vector.Type{}, nil, err
	}
	if _, err := addUnit("TIMESTAMPDIFF", args[0]); err != nil {
		return vector.Type{}, nil, err
	}
	a, b := args[1].Type, args[2].Type
	result := vector.IntType.WithNullable(anyNullable(args))
	isDay := func(t vector.Type) bool { return t.Kind == vector.Date || t.Kind == vector.Timestamp }
	switch {
	case a.Kind == vector.TimestampLTZ && b.Kind == vector.TimestampLTZ:
		t := vector.TimestampLTZType(max(a.Precision, b.Precision))
		return result, []vector.Type{args[0].Type, t, t}, nil
	case isDay(a) && isDay(b):
		precision := 3
		for _, t := range []vector.Type{a, b} {
			if t.Kind == vector.Timestamp {
				precision = max(precision, t.Precision)
			}
		}
		t := vector.TimestampType(precision)
		return result, []vector.Type{args[0].Type, t, t}, nil
	case a.IsPoint() && b.IsPoint() && a.Kind != vector.TimeOfDay && b.Kind != vector.TimeOfDay:
		return vector.Type{}, nil, refuse("TIMESTAMP_LTZ only supports diff between the same type")
	}
	return vector.Type{}, nil, cannotApply("TIMESTAMPDIFF", args)
}

func toTimestampLTZ(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("TO_TIMESTAMP_LTZ", args, 1, 3); err != nil {
		return vector.Type{}, nil, err
	}
	t := vector.TimestampLTZType(3)
	if !args[0].Type.IsNumeric() {
		return shaped("TO_TIMESTAMP_LTZ", []shape{aString, aString, aString}, 1, fixed(t))(args)
	}
	casts := typesOf(args)
	// A fraction of a millisecond is cut off, and of a DECIMAL any fraction.
	casts[0] = vector.BigIntType
	if args[0].Type.IsApprox() {
		casts[0] = vector.DoubleType
	}
	if len(args) > 2 || len(args) == 2 && !args[1].Type.IsInteger() {
		return vector.Type{}, nil, cannotApply("TO_TIMESTAMP_LTZ", args)
	}
	if len(args) == 2 {
		casts[1] = vector.IntType
	}
	return t, casts, nil
}

func dateFormat(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("DATE_FORMAT", args, 2, 2); err != nil {
		return vector.Type{}, nil, err
	}
	a, b := args[0].Type, args[1].Type
	if !a.IsTimestamp() && !a.IsString() || !b.IsString() {
		return vector.Type{}, nil, cannotApply("DATE_FORMAT", args)
	}
	return vector.StringType, typesOf(args), nil
}

// tumble is the signature of the planner's window functions; without a type the result has the rowtime's kind.
func tumble(t vector.Type) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if len(args) != 3 || !args[0].Type.IsTimestamp() || args[0].Type.Precision > 3 {
			return vector.Type{}, nil, cannotApply("TUMBLE", args)
		}
		out := t
		if out.Kind == vector.Invalid {
			out = vector.Type{Kind: args[0].Type.Kind, Precision: 3}
		}
		return out.NotNull(), []vector.Type{args[0].Type, vector.BigIntType, vector.BigIntType}, nil
	}
}
