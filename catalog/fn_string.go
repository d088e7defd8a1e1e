package catalog

import (
	"weir/vector"
)

// shape is what an argument of a string function may be.
type shape uint8

const (
	aString       shape = iota
	anInt               // cast to INT
	aBigInt             // cast to BIGINT
	bytesOrString       // all arguments alike
)

func init() {
	s, i := aString, anInt
	for _, f := range []struct {
		name   string
		args   []shape
		least  int
		result func(args []Arg) vector.Type
		syntax string
		doc    string
	}{
		{"UPPER", []shape{s}, 1, likeFirst, "UPPER(string)", "string in upper case"},
		{"LOWER", []shape{s}, 1, likeFirst, "LOWER(string)", "string in lower case"},
		{"LTRIM", []shape{s, s}, 1, varcharLikeFirst, "LTRIM(string [, characters])", "string without characters at its beginning"},
		{"RTRIM", []shape{s, s}, 1, varcharLikeFirst, "RTRIM(string [, characters])", "string without characters at its end"},
		{"BTRIM", []shape{s, s}, 1, toString, "BTRIM(string [, characters])", "string without characters at both ends"},
		{"SUBSTRING", []shape{s, i, i}, 2, nullable(varcharLikeFirst), "SUBSTRING(string FROM start [FOR length])", "part of a string; a negative start counts from its end"},
		{"SUBSTR", []shape{s, i, i}, 2, nullable(varcharLikeFirst), "SUBSTR(string, start [, length])", "part of a string; a negative start counts from its end"},
		{"CHAR_LENGTH", []shape{s}, 1, toInt, "CHAR_LENGTH(string)", "number of characters"},
		{"CHARACTER_LENGTH", []shape{s}, 1, toInt, "CHARACTER_LENGTH(string)", "number of characters"},
		{"REPLACE", []shape{s, s, s}, 3, toString, "REPLACE(string, old, new)", "string with every old replaced by new"},
		{"POSITION", []shape{s, s, i}, 2, toInt, "POSITION(part IN string [FROM start])", "where part first begins at or behind start, counted from 1, or 0"},
		{"LOCATE", []shape{s, s, i}, 2, toInt, "LOCATE(part, string [, start])", "where part first begins at or behind start, counted from 1, or 0"},
		{"INSTR", []shape{s, s, i, i}, 2, toInt, "INSTR(string, part [, start [, occurrence]])", "where part begins for the given time, counted from 1, or 0; a negative start searches backwards from there"},
		{"LEFT", []shape{s, i}, 2, nullable(varcharLikeFirst), "LEFT(string, length)", "first characters"},
		{"RIGHT", []shape{s, i}, 2, nullable(varcharLikeFirst), "RIGHT(string, length)", "last characters"},
		{"LPAD", []shape{s, i, s}, 3, toString, "LPAD(string, length, filler)", "string filled up, or cut, to a length from the left"},
		{"RPAD", []shape{s, i, s}, 3, toString, "RPAD(string, length, filler)", "string filled up, or cut, to a length from the right"},
		{"REPEAT", []shape{s, i}, 2, toString, "REPEAT(string, times)", "string so many times"},
		{"REVERSE", []shape{s}, 1, nullable(toString), "REVERSE(string)", "characters in reverse order"},
		{"SPLIT", []shape{s, s}, 2, toStrings, "SPLIT(string, delimiter)", "parts of a string as an array"},
		{"SPLIT_INDEX", []shape{s, s, i}, 3, nullable(toString), "SPLIT_INDEX(string, delimiter, index)", "part of a string, counted from 0; NULL if there is none"},
		{"STARTSWITH", []shape{bytesOrString, bytesOrString}, 2, toBool, "STARTSWITH(string, part)", "whether a string begins with part"},
		{"ENDSWITH", []shape{bytesOrString, bytesOrString}, 2, toBool, "ENDSWITH(string, part)", "whether a string ends with part"},
		{"LIKE", []shape{s, s, s}, 2, toBool, "string LIKE pattern [ESCAPE character]", "whether a string matches a pattern of % and _"},
		{"MD5", []shape{s}, 1, toChar(32), "MD5(string)", "MD5 digest in hexadecimal"},
		{"SHA1", []shape{s}, 1, toChar(40), "SHA1(string)", "SHA-1 digest in hexadecimal"},
		{"SHA224", []shape{s}, 1, toChar(56), "SHA224(string)", "SHA-224 digest in hexadecimal"},
		{"SHA256", []shape{s}, 1, toChar(64), "SHA256(string)", "SHA-256 digest in hexadecimal"},
		{"SHA384", []shape{s}, 1, toChar(96), "SHA384(string)", "SHA-384 digest in hexadecimal"},
		{"SHA512", []shape{s}, 1, toChar(128), "SHA512(string)", "SHA-512 digest in hexadecimal"},
	} {
		register(&Function{Name: f.name, Infer: shaped(f.name, f.args, f.least, f.result), Syntax: f.syntax, Doc: f.doc})
	}
	register(
		&Function{Name: "TRIM", Infer: trim, Syntax: "TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)", Doc: "string without characters at its ends"},
		&Function{Name: "||", Infer: concatenation, Syntax: "a || b", Doc: "strings joined; NULL if one is NULL"},
		&Function{Name: "CONCAT", Infer: manyStrings("CONCAT", 1), Syntax: "CONCAT(string, …)", Doc: "strings joined; NULL if one is NULL"},
		&Function{Name: "CONCAT_WS", Infer: manyStrings("CONCAT_WS", 2), Syntax: "CONCAT_WS(separator, string, …)", Doc: "strings joined with a separator, without those that are NULL"},
	)
}

// shaped is the signature of functions with arguments of fixed shapes, of which the last may be missing.
func shaped(name string, shapes []shape, least int, result func([]Arg) vector.Type) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, least, len(shapes)); err != nil {
			return vector.Type{}, nil, err
		}
		casts := typesOf(args)
		for i, a := range args {
			ok := false
			switch shapes[i] {
			case aString:
				ok = a.Type.IsString()
				if a.Type.Kind == vector.Null {
					casts[i], ok = vector.StringType, true
				}
			case anInt:
				ok = a.Type.IsInteger()
				if ok && a.Type.Kind == vector.BigInt {
					// Flink cannot compile this; a length beyond INT would have no meaning anyway.
					return vector.Type{}, nil, refuse("%s: cast it to INT", cannotApply(name, args))
				}
				casts[i] = vector.IntType
			case aBigInt:
				ok = a.Type.IsInteger()
				casts[i] = vector.BigIntType
			case bytesOrString:
				ok = (a.Type.IsString() || a.Type.IsBytes()) && a.Type.IsString() == args[0].Type.IsString()
			}
			if !ok {
				return vector.Type{}, nil, cannotApply(name, args)
			}
		}
		return result(args), casts, nil
	}
}

func likeFirst(args []Arg) vector.Type { return args[0].Type.WithNullable(anyNullable(args)) }

func varcharLikeFirst(args []Arg) vector.Type {
	return vector.Type{Kind: vector.Varchar, Precision: args[0].Type.Precision, Nullable: anyNullable(args)}
}

func likeLast(args []Arg) vector.Type {
	return vector.Type{Kind: vector.Varchar, Precision: args[len(args)-1].Type.Precision, Nullable: anyNullable(args)}
}

func toString(args []Arg) vector.Type { return vector.StringType.WithNullable(anyNullable(args)) }
func toInt(args []Arg) vector.Type    { return vector.IntType.WithNullable(anyNullable(args)) }
func toBool(args []Arg) vector.Type   { return vector.BooleanType.WithNullable(anyNullable(args)) }
func toStrings(args []Arg) vector.Type {
	return vector.ArrayType(vector.StringType).WithNullable(anyNullable(args))
}

func toChar(n int) func([]Arg) vector.Type {
	return func(args []Arg) vector.Type {
		return vector.Type{Kind: vector.Char, Precision: n, Nullable: anyNullable(args)}
	}
}

func nullable(result func([]Arg) vector.Type) func([]Arg) vector.Type {
	return func(args []Arg) vector.Type { return result(args).AsNullable() }
}

// trim takes which ends, the characters and the string; the parser fills in what was not written.
func trim(args []Arg) (vector.Type, []vector.Type, error) {
	t, casts, err := shaped("TRIM", []shape{aString, aString, aString}, 3, likeLast)(args)
	if err != nil {
		return t, casts, err
	}
	switch args[0].Literal {
	case "BOTH", "LEADING", "TRAILING":
		return t, casts, nil
	}
	return t, casts, cannotApply("TRIM", args)
}

func concatenation(args []Arg) (vector.Type, []vector.Type, error) {
	if err := count("||", args, 2, 2); err != nil {
		return vector.Type{}, nil, err
	}
	a, b := args[0].Type, args[1].Type
	if a.IsBytes() && b.IsBytes() {
		return vector.Type{}, nil, refuse("|| of binary strings is not supported")
	}
	if !a.IsString() || !b.IsString() {
		return vector.Type{}, nil, cannotApply("||", args)
	}
	t := vector.Type{Kind: vector.Varchar, Precision: min(a.Precision+b.Precision, vector.MaxLength), Nullable: anyNullable(args)}
	if a.Kind == vector.Char && b.Kind == vector.Char {
		t.Kind = vector.Char
	}
	return t, typesOf(args), nil
}

// manyStrings is the signature of functions over any number of strings.
func manyStrings(name string, least int) infer {
	return func(args []Arg) (vector.Type, []vector.Type, error) {
		if err := count(name, args, least, -1); err != nil {
			return vector.Type{}, nil, err
		}
		for _, a := range args {
			if !a.Type.IsString() {
				return vector.Type{}, nil, cannotApply(name, args)
			}
		}
		return toString(args), typesOf(args), nil
	}
}
