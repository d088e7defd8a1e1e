package catalog

import (
	"fmt"

	"weir/vector"
)

func init() {
	register(
		&Function{Name: "ARRAY", Infer: arrayOf, Syntax: "ARRAY[a, …]", Doc: "array of values of one type"},
		&Function{Name: "MAP", Infer: mapOf, Syntax: "MAP[key, value, …]", Doc: "map of keys of one type to values of one type"},
		&Function{Name: "ROW", Infer: rowOf, Syntax: "ROW(a, …)", Doc: "row of values, whose fields are called EXPR$0, EXPR$1, …"},
		&Function{Name: "ITEM", Infer: item, Syntax: "array[index]", Doc: "element of an array, counted from 1, or value of a key of a map; NULL if there is none"},
		&Function{Name: "FIELD", Infer: field, Syntax: "row.name", Doc: "field of a row; NULL if the row is"},
		&Function{Name: "CARDINALITY", Infer: cardinality, Syntax: "CARDINALITY(collection)", Doc: "number of elements of an array, or of entries of a map"},
		&Function{Name: "ELEMENT", Infer: element, Syntax: "ELEMENT(array)", Doc: "the only element of an array; NULL if there is none, and an error if there are more"},
	)
}

func arrayOf(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) == 0 {
		return vector.Type{}, nil, refuse("Require at least 1 argument")
	}
	elem, ok := CommonType(typesOf(args))
	if !ok || elem.Kind == vector.Null {
		return vector.Type{}, nil, refuse("Parameters must be of the same type")
	}
	return vector.ArrayType(elem).NotNull(), all(len(args), elem), nil
}

// mapOf types MAP[…]. Where all values are bare NULLs they have the type of the keys, as in Flink.
func mapOf(args []Arg) (vector.Type, []vector.Type, error) {
	switch {
	case len(args) == 0:
		return vector.Type{}, nil, refuse("Map requires at least 2 arguments")
	case len(args)%2 != 0:
		return vector.Type{}, nil, refuse("Map requires an even number of arguments")
	}
	var keys, values []vector.Type
	for i, t := range typesOf(args) {
		if i%2 == 0 {
			keys = append(keys, t)
		} else {
			values = append(values, t)
		}
	}
	key, ok := CommonType(keys)
	if !ok || key.Kind == vector.Null {
		return vector.Type{}, nil, refuse("Parameters must be of the same type")
	}
	value, ok := CommonType(values)
	if !ok {
		return vector.Type{}, nil, refuse("Parameters must be of the same type")
	}
	if value.Kind == vector.Null {
		value = key.AsNullable()
	}
	casts := make([]vector.Type, len(args))
	for i := range casts {
		if casts[i] = key; i%2 == 1 {
			casts[i] = value
		}
	}
	return vector.MapType(key, value).NotNull(), casts, nil
}

func rowOf(args []Arg) (vector.Type, []vector.Type, error) {
	t := vector.RowType()
	for i, a := range args {
		t.Fields = append(t.Fields, vector.Field{Name: fmt.Sprintf("EXPR$%d", i), Type: a.Type.Plain()})
	}
	return t.NotNull(), typesOf(args), nil
}

func item(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) != 2 {
		return vector.Type{}, nil, cannotApply("ITEM", args)
	}
	in, at := args[0].Type, args[1].Type
	if in.Kind == vector.Map {
		// Keys and what is looked for become one type: INTs are found by a BIGINT.
		key, ok := unify(*in.Key, at, true)
		if !ok {
			return vector.Type{}, nil, cannotApply("ITEM", args)
		}
		key = key.AsNullable()
		keyed := vector.MapType(key.WithNullable(in.Key.Nullable), *in.Elem).WithNullable(in.Nullable)
		return in.Elem.AsNullable(), []vector.Type{keyed, key}, nil
	}
	if in.Kind != vector.Array || !at.IsInteger() {
		return vector.Type{}, nil, cannotApply("ITEM", args)
	}
	if i, ok := args[1].Literal.(int64); ok && i < 1 {
		return vector.Type{}, nil, refuse("Array element access needs an index starting at 1 but was %d", i)
	}
	return in.Elem.AsNullable(), []vector.Type{in, vector.BigIntType}, nil
}

// field types the access to a field; its second argument is the name.
func field(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) == 2 && args[0].Type.Kind == vector.Row {
		for _, f := range args[0].Type.Fields {
			if f.Name == args[1].Literal {
				return f.Type.WithNullable(f.Type.Nullable || args[0].Type.Nullable), typesOf(args), nil
			}
		}
	}
	return vector.Type{}, nil, cannotApply("FIELD", args)
}

func cardinality(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) != 1 || args[0].Type.Kind != vector.Array && args[0].Type.Kind != vector.Map {
		return vector.Type{}, nil, cannotApply("CARDINALITY", args)
	}
	return vector.IntType.WithNullable(args[0].Type.Nullable), typesOf(args), nil
}

func element(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) != 1 || args[0].Type.Kind != vector.Array {
		return vector.Type{}, nil, cannotApply("ELEMENT", args)
	}
	return args[0].Type.Elem.AsNullable(), typesOf(args), nil
}
