package ast

import "strings"

// JSONClauses are what may follow the arguments of a JSON function.
type JSONClauses struct {
	Pos
	Returning *TypeName
	Wrapper   string        // WITHOUT ARRAY, WITH CONDITIONAL ARRAY or WITH UNCONDITIONAL ARRAY; empty: not written
	OnEmpty   *JSONBehavior // … ON EMPTY
	OnError   *JSONBehavior // … ON ERROR
	OnNull    string        // NULL or ABSENT, of ON NULL
}

// JSONBehavior is what a JSON function gives where there is no value or a wrong one. Kind is ERROR, NULL, DEFAULT, EMPTY
// ARRAY, EMPTY OBJECT, or of JSON_EXISTS TRUE, FALSE or UNKNOWN.
type JSONBehavior struct {
	Pos
	Kind    string
	Default Expr // of DEFAULT
}

// JSONPair is [KEY] Key VALUE Value, also written Key : Value, as an argument of JSON_OBJECT and JSON_OBJECTAGG.
type JSONPair struct {
	Pos
	Key, Value Expr
}

// JSONFormat is X FORMAT JSON [ENCODING e]: a text that is JSON already.
type JSONFormat struct {
	Pos
	X        Expr
	Encoding string // UTF8, UTF16, UTF32 or empty
}

func (p *printer) jsonClauses(c *JSONClauses) {
	if c.Returning != nil {
		p.text(" RETURNING ")
		p.typeName(c.Returning)
	}
	if c.Wrapper != "" {
		p.text(" ", c.Wrapper, " WRAPPER")
	}
	if c.OnEmpty != nil {
		p.jsonBehavior(c.OnEmpty, "EMPTY")
	}
	if c.OnError != nil {
		p.jsonBehavior(c.OnError, "ERROR")
	}
	if c.OnNull != "" {
		p.text(" ", c.OnNull, " ON NULL")
	}
}

func (p *printer) jsonBehavior(b *JSONBehavior, on string) {
	p.text(" ", b.Kind)
	if b.Default != nil {
		p.text(" ")
		p.expr(b.Default, lowest)
	}
	p.text(" ON ", on)
}

// jsonPair prints KEY k VALUE v. In front of a sign or a parameter KEY would be read as a column, and is left out.
func (p *printer) jsonPair(x *JSONPair) {
	key := &printer{quoted: p.quoted}
	key.expr(x.Key, lowest)
	text := key.String()
	p.text(word(!strings.ContainsAny(text[:1], "-+?"), "KEY "), text, " VALUE ")
	p.expr(x.Value, lowest)
}
