package catalog

import (
	"weir/vector"
)

func init() {
	for _, name := range []string{"AND", "OR"} {
		register(&Function{Name: name, Infer: logical(name, 2), Syntax: "a " + name + " b", Doc: "three-valued logic; b is computed only where it matters"})
	}
	register(&Function{Name: "NOT", Infer: logical("NOT", 1), Syntax: "NOT a", Doc: "negation; NULL stays NULL"})
	for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
		register(&Function{Name: op, Infer: comparison(op), Syntax: "a " + op + " b", Doc: "comparison; NULL if a side is NULL; strings compare by bytes, without padding"})
	}
	for _, op := range []string{"IS DISTINCT FROM", "IS NOT DISTINCT FROM"} {
		register(&Function{Name: op, Infer: distinct(op), Syntax: "a " + op + " b", Doc: "comparison in which two NULLs are equal"})
	}
	for _, op := range []string{"IS NULL", "IS NOT NULL"} {
		register(&Function{Name: op, Infer: func(args []Arg) (vector.Type, []vector.Type, error) {
			if err := count(op, args, 1, 1); err != nil {
				return vector.Type{}, nil, err
			}
			casts := typesOf(args)
			if casts[0].Kind == vector.Null {
				casts[0] = vector.BooleanType
			}
			return vector.BooleanType.NotNull(), casts, nil
		}, Syntax: "a " + op, Doc: "whether a value is missing"})
	}
	for _, op := range []string{"IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE"} {
		register(&Function{Name: op, Infer: func(args []Arg) (vector.Type, []vector.Type, error) {
			if len(args) != 1 || args[0].Type.Kind != vector.Boolean {
				return vector.Type{}, nil, cannotApply(op, args)
			}
			return vector.BooleanType.NotNull(), typesOf(args), nil
		}, Syntax: "a " + op, Doc: "truth value that is never NULL"})
	}
	register(
		&Function{Name: "IN", Infer: membership, Syntax: "a IN (b, …)", Doc: "whether a equals one of the others"},
		&Function{Name: "COALESCE", Infer: coalesce("COALESCE", 1, -1), Syntax: "COALESCE(a, …)", Doc: "first argument that is not NULL"},
		&Function{Name: "IFNULL", Infer: coalesce("IFNULL", 2, 2), Syntax: "IFNULL(a, b)", Doc: "a, or b where a is NULL"},
		&Function{Name: "NULLIF", Infer: nullIf, Syntax: "NULLIF(a, b)", Doc: "a, but NULL where it equals b"},
		&Function{Name: "IF", Infer: conditional, Syntax: "IF(condition, a, b)", Doc: "a where the condition is TRUE, else b"},
		&Function{Name: "GREATEST", Infer: extreme("GREATEST"), Syntax: "GREATEST(a, …)", Doc: "greatest argument; NULL if one is NULL"},
		&Function{Name: "LEAST", Infer: extreme("LEAST"), Syntax: "LEAST(a, …)", Doc: "least argument; NULL if one is NULL"},
	)
}

func logical(name string, n int) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, n, n); err != nil {
			return vector.Type{}, nil, err
		}
		for _, a := range args {
			if a.Type.Kind != vector.Boolean {
				return vector.Type{}, nil, cannotApply(name, args)
			}
		}
		return vector.BooleanType.WithNullable(anyNullable(args)), typesOf(args), nil
	}
}

// comparable returns the types to which two values are cast so that they compare.
func comparable(op string, a, b vector.Type) (x, y vector.Type, err error) {
	equality := op == "=" || op == "<>"
	switch {
	case a.Kind == vector.Null && b.Kind == vector.Null:
		return vector.BooleanType, vector.BooleanType, nil
	case a.Kind == vector.Null:
		return b, b, nil
	case b.Kind == vector.Null:
		return a, a, nil
	case a.IsNumeric() && b.IsNumeric():
		if a.IsExact() && b.IsExact() && (a.Kind == vector.Decimal || b.Kind == vector.Decimal) {
			return asDecimal(a), asDecimal(b), nil
		}
		t := unifyNumbers(a, b, false)
		return t, t, nil
	case a.IsString() && b.IsString(), a.IsBytes() && b.IsBytes():
		return a, b, nil
	case a.Kind == vector.Boolean && b.Kind == vector.Boolean, a.IsInterval() && a.Kind == b.Kind, a.Kind == vector.Date && b.Kind == vector.Date,
		a.Kind == vector.TimeOfDay && b.Kind == vector.TimeOfDay:
		return a, b, nil
	case a.IsTimestamp() && b.IsTimestamp():
		t, _ := unify(a, b, true)
		return t, t, nil
	case a.IsString() && (b.IsPoint() || b.Kind == vector.Boolean):
		return b, b, nil
	case b.IsString() && (a.IsPoint() || a.Kind == vector.Boolean):
		return a, a, nil
	case a.IsNumeric() && b.IsString(), a.IsString() && b.IsNumeric():
		if equality {
			return a, b, refuse("implicit type conversion between %s and %s is not supported now", bareName(a), bareName(b))
		}
		if a.IsString() {
			return b, b, nil
		}
		return a, a, nil
	case a.Kind == b.Kind && a.Kind >= vector.Array:
		if !equality && op != "IN" {
			return a, b, refuse("Comparable type expected, but was '%s'", a)
		}
		if t, ok := unify(a, b, true); ok {
			return t.WithNullable(a.Nullable), t.WithNullable(b.Nullable), nil
		}
	}
	return a, b, cannotApply(op, []Arg{{Type: a}, {Type: b}})
}

// bareName is the name of a type without its parameters.
func bareName(t vector.Type) string {
	switch t.Kind {
	case vector.Int:
		return "INTEGER"
	case vector.Decimal:
		return "DECIMAL"
	case vector.Char:
		return "CHAR"
	case vector.Varchar:
		return "VARCHAR"
	}
	return t.Name()
}

func comparison(op string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(op, args, 2, 2); err != nil {
			return vector.Type{}, nil, err
		}
		x, y, err := comparable(op, args[0].Type, args[1].Type)
		return vector.BooleanType.WithNullable(anyNullable(args)), []vector.Type{x, y}, err
	}
}

func distinct(op string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(op, args, 2, 2); err != nil {
			return vector.Type{}, nil, err
		}
		x, y, err := comparable("=", args[0].Type, args[1].Type)
		return vector.BooleanType.NotNull(), []vector.Type{x, y}, err
	}
}

// membership casts all arguments of IN to one type, but for decimals, which compare at any scale.
func membership(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("IN", args, 2, -1); err != nil {
		return vector.Type{}, nil, err
	}
	t := args[0].Type
	for _, a := range args[1:] {
		x, y, err := comparable("IN", t, a.Type)
		if err != nil {
			return vector.Type{}, nil, err
		}
		if x.Kind == vector.Decimal && y.Kind == vector.Decimal || x.IsString() {
			x = unifyOr(x, y)
		}
		t = x
	}
	casts := all(len(args), t)
	for i, a := range args {
		if d := asDecimal(a.Type); t.Kind == vector.Decimal && d.Kind == vector.Decimal {
			casts[i] = d
		} else if t.IsString() && a.Type.IsString() {
			casts[i] = a.Type
		}
	}
	return vector.BooleanType.WithNullable(anyNullable(args)), casts, nil
}

func unifyOr(x, y vector.Type) vector.Type {
	if t, ok := unify(x, y, true); ok {
		return t
	}
	return x
}

func coalesce(name string, least, most int) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, least, most); err != nil {
			return vector.Type{}, nil, err
		}
		t, ok := widestType(typesOf(args))
		if !ok || t.Kind == vector.Null {
			return vector.Type{}, nil, mixed(name, args)
		}
		nullable := true
		for _, a := range args {
			nullable = nullable && a.Type.Nullable
		}
		return t.WithNullable(nullable), all(len(args), t.AsNullable()), nil
	}
}

func mixed(name string, args []Arg) error {
	return refuse("Illegal mixing of types in CASE or COALESCE statement: %s", cannotApply(name, args))
}

func nullIf(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("NULLIF", args, 2, 2); err != nil {
		return vector.Type{}, nil, err
	}
	a := args[0].Type
	x, y, err := comparable("=", a, args[1].Type)
	if err != nil {
		return vector.Type{}, nil, err
	}
	// The result is the first argument as it is: the kernel compares it cast to x.
	if x.Same(a) {
		return a.AsNullable(), []vector.Type{a, y}, nil
	}
	if a.IsExact() && y.Kind == vector.Decimal {
		return a.AsNullable(), []vector.Type{a, y}, nil
	}
	return vector.Type{}, nil, refuse("NULLIF of %s and %s is not supported: cast one to the type of the other", a.Name(), args[1].Type.Name())
}

func conditional(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("IF", args, 3, 3); err != nil {
		return vector.Type{}, nil, err
	}
	t, ok := CommonType([]vector.Type{args[1].Type, args[2].Type})
	if args[0].Type.Kind != vector.Boolean || !ok || t.Kind == vector.Null {
		return vector.Type{}, nil, cannotApply("IF", args)
	}
	return t.WithNullable(anyNullable(args)), []vector.Type{args[0].Type, t, t}, nil
}

func extreme(name string) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, 1, -1); err != nil {
			return vector.Type{}, nil, err
		}
		t, ok := widestType(typesOf(args))
		if !ok || t.Kind == vector.Null || t.Kind >= vector.Array {
			return vector.Type{}, nil, cannotApply(name, args)
		}
		for _, a := range args {
			if a.Type.Kind == vector.Null {
				return vector.Type{}, nil, refuse("Unsupported casting from NULL to %s", t.Name())
			}
		}
		return t, all(len(args), t.AsNullable()), nil
	}
}
