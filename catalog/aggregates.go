package catalog

import (
	"weir/vector"
)

func init() {
	registerAggregate(
		&Aggregate{Name: "COUNT", Infer: inferCount, Partial: sameResult, Retracts: true, Syntax: "COUNT(* | [DISTINCT] value)", Doc: "number of rows, or of values that are not NULL"},
		&Aggregate{Name: "SUM", Infer: inferSum, Partial: partialSum, Retracts: true, Syntax: "SUM([DISTINCT] number)", Doc: "sum; integers keep their type and wrap around"},
		&Aggregate{Name: "AVG", Infer: inferAvg, Partial: partialAvg, Retracts: true, Syntax: "AVG([DISTINCT] number)", Doc: "mean; of integers an integer, cut towards zero"},
		&Aggregate{Name: "MIN", Infer: inferExtreme("MIN", "Min"), Partial: sameResult, Retracts: true, Syntax: "MIN(value)", Doc: "least value"},
		&Aggregate{Name: "MAX", Infer: inferExtreme("MAX", "Max"), Partial: sameResult, Retracts: true, Syntax: "MAX(value)", Doc: "greatest value"},
		&Aggregate{Name: "FIRST_VALUE", Infer: inferArrival("FIRST_VALUE"), Ordered: true, Retracts: true, Syntax: "FIRST_VALUE(value)", Doc: "value that arrived first and is not NULL"},
		&Aggregate{Name: "LAST_VALUE", Infer: inferArrival("LAST_VALUE"), Ordered: true, Retracts: true, Syntax: "LAST_VALUE(value)", Doc: "value that arrived last and is not NULL"},
		&Aggregate{Name: "LISTAGG", Infer: inferListAgg, Ordered: true, Retracts: true, Syntax: "LISTAGG([DISTINCT] string [, separator])", Doc: "values in order of arrival, joined by a separator, a comma if none is given; NULLs are left out"},
		&Aggregate{Name: "ARRAY_AGG", Infer: inferArrayAgg, Ordered: true, Retracts: true, Syntax: "ARRAY_AGG([DISTINCT] value [IGNORE NULLS])", Doc: "array of the values in order of arrival; NULL where there is none"},
		&Aggregate{Name: "COLLECT", Infer: inferCollect, Retracts: true, Syntax: "COLLECT([DISTINCT] value)", Doc: "multiset of the values; NULLs are left out"},
	)
}

// one checks that an aggregate has one argument.
func one(name string, args []Arg) error {
	if len(args) != 1 {
		return refuse("Invalid number of arguments to function '%s'. Was expecting 1 arguments", name)
	}
	return nil
}

func inferCount(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) > 1 {
		return vector.Type{}, nil, refuse("COUNT of more than one value is not supported")
	}
	return vector.BigIntType.NotNull(), typesOf(args), nil
}

func numeric(name string, args []Arg) error {
	if err := one(name, args); err != nil {
		return err
	}
	if t := args[0].Type; !t.IsNumeric() {
		return refuse("Cannot apply '%s' to arguments of type '%s(<%s>)'. Supported form(s): '%s(<NUMERIC>)'", name, name, t.Name(), name)
	}
	return nil
}

func inferSum(args []Arg) (vector.Type, []vector.Type, error) {
	if err := numeric("SUM", args); err != nil {
		return vector.Type{}, nil, err
	}
	t := args[0].Type.Plain()
	if t.Kind == vector.Decimal {
		t = vector.DecimalType(vector.MaxDecimal, t.Scale)
	}
	return t.AsNullable(), typesOf(args), nil
}

func inferAvg(args []Arg) (vector.Type, []vector.Type, error) {
	if err := numeric("AVG", args); err != nil {
		return vector.Type{}, nil, err
	}
	t := args[0].Type.Plain()
	if t.Kind == vector.Decimal {
		t = vector.DecimalType(vector.MaxDecimal, max(6, t.Scale))
	}
	return t.AsNullable(), typesOf(args), nil
}

func inferExtreme(name, title string) func([]Arg) (vector.Type, []vector.Type, error) {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := one(name, args); err != nil {
			return vector.Type{}, nil, err
		}
		t := args[0].Type.Plain()
		switch t.Kind {
		case vector.Binary, vector.Varbinary, vector.Array, vector.Map, vector.Row, vector.Multiset, vector.IntervalMonth, vector.IntervalSecond:
			return vector.Type{}, nil, refuse("%s aggregate function does not support type: '%s'", title, t.Name())
		}
		return t.AsNullable(), typesOf(args), nil
	}
}

func inferArrival(name string) func([]Arg) (vector.Type, []vector.Type, error) {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := one(name, args); err != nil {
			return vector.Type{}, nil, err
		}
		return args[0].Type.Plain().AsNullable(), typesOf(args), nil
	}
}

func inferArrayAgg(args []Arg) (vector.Type, []vector.Type, error) {
	if err := one("ARRAY_AGG", args); err != nil {
		return vector.Type{}, nil, err
	}
	return vector.ArrayType(args[0].Type.Plain()), typesOf(args), nil
}

func inferCollect(args []Arg) (vector.Type, []vector.Type, error) {
	if err := one("COLLECT", args); err != nil {
		return vector.Type{}, nil, err
	}
	return vector.MultisetType(args[0].Type.Plain()).NotNull(), typesOf(args), nil
}

func inferListAgg(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) < 1 || len(args) > 2 {
		return vector.Type{}, nil, refuse("Invalid number of arguments to function 'LISTAGG'. Was expecting 1 or 2 arguments")
	}
	for i, a := range args {
		if !a.Type.IsString() || i == 1 && !a.Constant {
			return vector.Type{}, nil, refuse("Cannot apply 'LISTAGG' to arguments of type %s. Supported form(s): 'LISTAGG(<CHARACTER>)', 'LISTAGG(<CHARACTER>, <CHARACTER_LITERAL>)'", a.Type.Name())
		}
	}
	return args[0].Type.Plain().AsNullable(), typesOf(args), nil
}

func sameResult(_ []vector.Type, result vector.Type) []vector.Type { return []vector.Type{result} }

// partialSum: the sum of DECIMALs may need more than 128 bits on the way; the second column has the bits above.
func partialSum(args []vector.Type, result vector.Type) []vector.Type {
	if result.Kind == vector.Decimal {
		return []vector.Type{result.AsNullable(), vector.BigIntType.NotNull()}
	}
	return []vector.Type{result.AsNullable()}
}

// partialAvg: the sum, in a wider type than the result's where that is narrow, and the number of values.
func partialAvg(args []vector.Type, result vector.Type) []vector.Type {
	switch {
	case result.Kind == vector.Decimal:
		return []vector.Type{vector.DecimalType(vector.MaxDecimal, args[0].Scale), vector.BigIntType.NotNull(), vector.BigIntType.NotNull()}
	case result.IsApprox():
		return []vector.Type{vector.DoubleType, vector.BigIntType.NotNull()}
	}
	return []vector.Type{vector.BigIntType, vector.BigIntType.NotNull()}
}
