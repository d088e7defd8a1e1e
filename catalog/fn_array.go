package catalog

import (
	"weir/vector"
)

func init() {
	register(
		&Function{Name: "ARRAY", Infer: arrayOf, Syntax: "ARRAY[a, …]", Doc: "array of values of one type"},
		&Function{Name: "ITEM", Infer: item, Syntax: "array[index]", Doc: "element of an array, counted from 1; NULL if there is none"},
		&Function{Name: "CARDINALITY", Infer: cardinality, Syntax: "CARDINALITY(array)", Doc: "number of elements"},
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

func item(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) != 2 || args[0].Type.Kind != vector.Array || !args[1].Type.IsInteger() {
		return vector.Type{}, nil, cannotApply("ITEM", args)
	}
	if i, ok := args[1].Literal.(int64); ok && i < 1 {
		return vector.Type{}, nil, refuse("Array element access needs an index starting at 1 but was %d", i)
	}
	return args[0].Type.Elem.AsNullable(), []vector.Type{args[0].Type, vector.BigIntType}, nil
}

func cardinality(args []Arg) (vector.Type, []vector.Type, error) {
	if len(args) != 1 || args[0].Type.Kind != vector.Array {
		return vector.Type{}, nil, cannotApply("CARDINALITY", args)
	}
	return vector.IntType.WithNullable(args[0].Type.Nullable), typesOf(args), nil
}
