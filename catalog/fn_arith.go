package catalog

import (
	"weir/vector"
)

func init() {
	for _, f := range []struct{ name, doc string }{
		{"+", "sum of numbers, or of a time and an interval; integers wrap around"},
		{"-", "difference of numbers, or of a time and an interval; integers wrap around"},
		{"*", "product of numbers, or of an interval and an integer; integers wrap around"},
		{"/", "quotient; of integers, cut to an integer"},
	} {
		register(&Function{Name: f.name, Infer: arithmetic(f.name), Syntax: "a " + f.name + " b", Doc: f.doc})
	}
	register(
		&Function{Name: "%", Infer: remainder("%"), Syntax: "a % b", Doc: "remainder of a division, with the sign of a"},
		&Function{Name: "MOD", Infer: remainder("MOD"), Syntax: "MOD(a, b)", Doc: "remainder of a division, with the sign of a"},
		&Function{Name: "NEGATE", Infer: sameNumber("-", true), Syntax: "-a", Doc: "negated number or interval"},
		&Function{Name: "ABS", Infer: sameNumber("ABS", false), Syntax: "ABS(number)", Doc: "absolute value"},
		&Function{Name: "SIGN", Infer: sameNumber("SIGN", false), Syntax: "SIGN(number)", Doc: "-1, 0 or 1"},
		&Function{Name: "ROUND", Infer: rounding("ROUND"), Syntax: "ROUND(number [, digits])", Doc: "number rounded half up to so many digits behind the point"},
		&Function{Name: "TRUNCATE", Infer: rounding("TRUNCATE"), Syntax: "TRUNCATE(number [, digits])", Doc: "number cut to so many digits behind the point"},
		&Function{Name: "FLOOR", Infer: whole("FLOOR"), Syntax: "FLOOR(number) or FLOOR(time TO unit)", Doc: "greatest whole number, or time of a unit, that is not above"},
		&Function{Name: "CEIL", Infer: whole("CEIL"), Syntax: "CEIL(number) or CEIL(time TO unit)", Doc: "least whole number, or time of a unit, that is not below"},
		&Function{Name: "CEILING", Infer: whole("CEILING"), Syntax: "CEILING(number) or CEILING(time TO unit)", Doc: "least whole number, or time of a unit, that is not below"},
	)
	for _, f := range []struct{ name, doc string }{
		{"SQRT", "square root"}, {"EXP", "e to the power of a number"}, {"LN", "natural logarithm"}, {"LOG10", "logarithm to base 10"}, {"LOG2", "logarithm to base 2"},
	} {
		register(&Function{Name: f.name, Infer: double(f.name, 1, 1), Syntax: f.name + "(number)", Doc: f.doc})
	}
	register(
		&Function{Name: "POWER", Infer: double("POWER", 2, 2), Syntax: "POWER(a, b)", Doc: "a to the power of b"},
		&Function{Name: "LOG", Infer: double("LOG", 1, 2), Syntax: "LOG([base,] number)", Doc: "logarithm, natural if no base is given"},
		&Function{Name: "PI", Infer: double("PI", 0, 0), Syntax: "PI()", Doc: "the number pi"},
		&Function{Name: "E", Infer: double("E", 0, 0), Syntax: "E()", Doc: "Euler's number"},
	)
}

// decimalResult is the type of an operation on DECIMALs.
func decimalResult(op string, a, b vector.Type) vector.Type {
	switch op {
	case "*":
		return fewerDigits(a.Precision+b.Precision+1, a.Scale+b.Scale)
	case "/":
		scale := max(6, a.Scale+b.Precision+1)
		return fewerDigits(a.Precision-a.Scale+b.Scale+scale, scale)
	case "%":
		scale := max(a.Scale, b.Scale)
		return vector.DecimalType(max(min(a.Precision-a.Scale, b.Precision-b.Scale)+scale, 1), scale)
	}
	scale := max(a.Scale, b.Scale)
	return fewerDigits(max(a.Precision-a.Scale, b.Precision-b.Scale)+scale+1, scale)
}

func arithmetic(op string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(op, args, 2, 2); err != nil {
			return vector.Type{}, nil, err
		}
		a, b := args[0].Type, args[1].Type
		nullable := anyNullable(args)
		if a.IsNumeric() && b.IsNumeric() {
			if a.IsExact() && b.IsExact() && (a.Kind == vector.Decimal || b.Kind == vector.Decimal) {
				x, y := asDecimal(a), asDecimal(b)
				return decimalResult(op, x, y).WithNullable(nullable), []vector.Type{x, y}, nil
			}
			t := unifyNumbers(a, b, false).WithNullable(nullable)
			return t, all(2, t), nil
		}
		if t, ok := intervalArithmetic(op, a, b); ok {
			return t.WithNullable(nullable), typesOf(args), nil
		}
		if op == "*" {
			if a.IsInterval() && b.IsInteger() {
				return a.WithNullable(nullable), []vector.Type{a, vector.BigIntType}, nil
			}
			if a.IsInteger() && b.IsInterval() {
				return b.WithNullable(nullable), []vector.Type{vector.BigIntType, b}, nil
			}
			if a.IsInterval() && b.IsNumeric() || b.IsInterval() && a.IsNumeric() {
				return vector.Type{}, nil, refuse("an interval times a number that is no integer is not supported")
			}
		}
		return vector.Type{}, nil, cannotApply(op, args)
	}
}

// intervalArithmetic is the type of a sum or difference in which an interval takes part.
func intervalArithmetic(op string, a, b vector.Type) (vector.Type, bool) {
	if op != "+" && op != "-" {
		return vector.Type{}, false
	}
	switch {
	case a.IsInterval() && a.Kind == b.Kind:
		a.Unit = ""
		return a, true
	case a.IsPoint() && b.IsInterval():
		return a, true
	case op == "+" && a.IsInterval() && b.IsPoint():
		return b, true
	}
	return vector.Type{}, false
}

func remainder(name string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, 2, 2); err != nil {
			return vector.Type{}, nil, err
		}
		a, b := args[0].Type, args[1].Type
		if !a.IsExact() || !b.IsExact() {
			return vector.Type{}, nil, cannotApply(name, args)
		}
		if a.Kind == vector.Decimal || b.Kind == vector.Decimal {
			x, y := asDecimal(a), asDecimal(b)
			return decimalResult("%", x, y).WithNullable(anyNullable(args)), []vector.Type{x, y}, nil
		}
		return b.WithNullable(anyNullable(args)), all(2, unifyNumbers(a, b, false)), nil
	}
}

// sameNumber is the signature of functions whose result has the argument's type.
func sameNumber(name string, intervals bool) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, 1, 1); err != nil {
			return vector.Type{}, nil, err
		}
		t := args[0].Type
		if !t.IsNumeric() && !(intervals && t.IsInterval()) {
			return vector.Type{}, nil, cannotApply(name, args)
		}
		return t, typesOf(args), nil
	}
}

func rounding(name string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, 1, 2); err != nil {
			return vector.Type{}, nil, err
		}
		t := args[0].Type
		if !t.IsNumeric() || len(args) == 2 && !args[1].Type.IsInteger() {
			return vector.Type{}, nil, cannotApply(name, args)
		}
		casts := typesOf(args)
		digits, known := int64(0), true
		if len(args) == 2 {
			casts[1] = vector.IntType
			digits, known = args[1].Literal.(int64)
		}
		if t.Kind == vector.Decimal && known && digits < int64(t.Scale) {
			scale := int(max(digits, 0))
			t.Precision, t.Scale = min(1+t.Precision-t.Scale+scale, vector.MaxDecimal), scale
		}
		return t.WithNullable(anyNullable(args)), casts, nil
	}
}

// whole is the signature of FLOOR and CEIL over numbers, and with a second argument over times.
func whole(name string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if len(args) == 2 {
			return floorTo(name)(args)
		}
		if err := count(name, args, 1, 1); err != nil {
			return vector.Type{}, nil, err
		}
		t := args[0].Type
		if !t.IsNumeric() {
			return vector.Type{}, nil, cannotApply(name, args)
		}
		if t.Kind == vector.Decimal {
			t.Scale = 0
		}
		return t, typesOf(args), nil
	}
}

// double is the signature of functions over DOUBLEs.
func double(name string, least, most int) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, least, most); err != nil {
			return vector.Type{}, nil, err
		}
		for _, a := range args {
			if !a.Type.IsNumeric() {
				return vector.Type{}, nil, cannotApply(name, args)
			}
		}
		return vector.DoubleType.WithNullable(anyNullable(args)), all(len(args), vector.DoubleType), nil
	}
}
