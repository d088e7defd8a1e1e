package parser

import (
	"weir/parser/ast"
)

// typeName reads a type: INT, DECIMAL(10, 2), TIMESTAMP(3) WITH LOCAL TIME ZONE, ARRAY<STRING> NOT NULL.
func (r *reader) typeName() *ast.TypeName {
	if !r.nest() {
		return nil
	}
	defer r.unnest()
	start := r.start()
	t := r.baseType()
	if t == nil {
		return nil
	}
	t.Pos = r.from(start)
	r.nullability(t)
	t.Pos = r.from(start)
	for isKeyword(r.peek(), "ARRAY") || isKeyword(r.peek(), "MULTISET") {
		kind := r.next().Value
		t = &ast.TypeName{Name: kind, Elem: t}
		r.nullability(t)
		t.Pos = r.from(start)
		r.grow()
	}
	return t
}

// nullability reads NOT NULL or NULL behind a type.
func (r *reader) nullability(t *ast.TypeName) {
	if isKeyword(r.peek(), "NOT") && isKeyword(r.ahead(1), "NULL") {
		r.next()
		r.next()
		t.NotNull = true
		return
	}
	if !isKeyword(r.ahead(1), "ON") { // NULL ON EMPTY behind RETURNING INT
		r.accept("NULL")
	}
}

func (r *reader) baseType() *ast.TypeName {
	tok := r.peek()
	switch {
	case isWord(tok, "MAP") && isOp(r.ahead(1), "<"):
		return r.mapType()
	case isWord(tok, "STRUCTURED") && isOp(r.ahead(1), "<"):
		return r.structuredType()
	case isName(tok):
		return r.userType()
	}
	if tok.Type != kindKeyword {
		r.unexpected("a type")
		return nil
	}
	t := &ast.TypeName{Name: tok.Value}
	switch tok.Value {
	case "BOOLEAN", "TINYINT", "SMALLINT", "BIGINT", "FLOAT", "DATE", "STRING", "BYTES":
		r.next()
		return t
	case "INT", "INTEGER":
		t.Name = "INT"
		r.next()
		return t
	case "DOUBLE":
		r.next()
		r.accept("PRECISION")
		return t
	case "DECIMAL", "DEC", "NUMERIC":
		t.Name = "DECIMAL"
		r.next()
		r.typeParameters(t, 2)
		return t
	case "CHAR", "CHARACTER":
		r.next()
		t.Name = "CHAR"
		if r.accept("VARYING") {
			t.Name = "VARCHAR"
		}
		r.typeParameters(t, 1)
		return t
	case "VARCHAR", "VARBINARY":
		r.next()
		r.typeParameters(t, 1)
		return t
	case "BINARY":
		r.next()
		if r.accept("VARYING") {
			t.Name = "VARBINARY"
		}
		r.typeParameters(t, 1)
		return t
	case "TIME", "TIMESTAMP":
		r.next()
		r.typeParameters(t, 1)
		r.timeZone(t)
		return t
	case "TIMESTAMP_LTZ":
		r.next()
		r.typeParameters(t, 1)
		return t
	case "INTERVAL":
		return r.intervalType()
	case "ARRAY", "MULTISET":
		r.next()
		r.expectOp("<")
		t.Elem = r.typeName()
		r.closeAngle()
		return t
	case "ROW":
		return r.rowType()
	case "RAW":
		r.next()
		r.expectOp("(")
		t.Class = r.text("the name of a class in single quotes")
		r.expectOp(",")
		t.Serializer = r.text("a serializer in single quotes")
		r.expectOp(")")
		return t
	case "REAL":
		r.next()
		return t
	case "BIT", "BLOB", "CLOB", "NCHAR", "NCLOB", "NATIONAL":
		r.unsupported("the type " + tok.Value + " is")
		return nil
	}
	r.unexpected("a type")
	return nil
}

// userType reads the name of a user's type, which has no parameters: VARCHAR2(10) is a mistyped type.
func (r *reader) userType() *ast.TypeName {
	t := r.peek()
	name := r.name("a type")
	if r.err == nil && isOp(r.peek(), "(") {
		r.fail(NoType(span(t), t.Value))
	}
	return &ast.TypeName{User: &name}
}

// structuredType reads STRUCTURED<'class', name type 'comment', …>.
func (r *reader) structuredType() *ast.TypeName {
	t := &ast.TypeName{Name: "STRUCTURED"}
	r.next()
	r.expectOp("<")
	t.Class = r.text("the name of a class in single quotes")
	if r.acceptOp(",") {
		t.Fields = r.typeFields()
	}
	r.closeAngle()
	return t
}

// typeFields reads name type 'comment', ….
func (r *reader) typeFields() []ast.TypeField {
	var list []ast.TypeField
	for {
		f := ast.TypeField{Name: r.ident("a field's name")}
		f.Type = r.typeName()
		if r.peek().Type == kindString {
			f.Comment = r.text("a comment")
		}
		list = append(list, f)
		if !r.acceptOp(",") {
			return list
		}
	}
}

// typeParameters reads (n) or (n, m), of which at most most are allowed.
func (r *reader) typeParameters(t *ast.TypeName, most int) {
	if !r.acceptOp("(") {
		return
	}
	t.Params = append(t.Params, r.integer("a number"))
	if most == 2 && r.acceptOp(",") {
		t.Params = append(t.Params, r.integer("a number"))
	}
	r.expectOp(")")
}

// timeZone reads what follows TIME(p) and TIMESTAMP(p).
func (r *reader) timeZone(t *ast.TypeName) {
	if r.accept("WITHOUT") {
		r.expect("TIME")
		r.expectWord("ZONE")
		return
	}
	if !isKeyword(r.peek(), "WITH") {
		return
	}
	if t.Name == "TIME" || !isKeyword(r.ahead(1), "LOCAL") {
		r.unsupported("the type " + t.Name + " WITH TIME ZONE is")
		return
	}
	r.next()
	r.next()
	r.expect("TIME")
	r.expectWord("ZONE")
	t.Name = "TIMESTAMP_LTZ"
}

// intervalType reads INTERVAL unit[(p)] [TO unit[(p)]]. Its name holds both units; the parameters are the digits of
// the leading unit and those of the seconds' fraction.
func (r *reader) intervalType() *ast.TypeName {
	r.next()
	from := r.unit()
	t := &ast.TypeName{Name: "INTERVAL " + from}
	r.typeParameters(t, 2)
	if isKeyword(r.peek(), "TO") {
		to := r.unitRange(from)
		t.Name += " TO " + to
		if to == "SECOND" && r.acceptOp("(") {
			if len(t.Params) == 0 {
				t.Params = append(t.Params, defaultIntervalPrecision)
			}
			t.Params = append(t.Params, r.integer("a number"))
			r.expectOp(")")
		}
	}
	return t
}

// defaultIntervalPrecision is the number of digits of the leading unit where a type does not say it.
const defaultIntervalPrecision = 2

func (r *reader) mapType() *ast.TypeName {
	t := &ast.TypeName{Name: "MAP"}
	r.next()
	r.expectOp("<")
	t.Key = r.typeName()
	r.expectOp(",")
	t.Elem = r.typeName()
	r.closeAngle()
	return t
}

// rowType reads ROW<name type 'comment', …>, also in parentheses and without fields.
func (r *reader) rowType() *ast.TypeName {
	row := &ast.TypeName{Name: "ROW"}
	r.next()
	if r.acceptOp("<>") {
		return row
	}
	round := r.acceptOp("(")
	if !round {
		r.expectOp("<")
	}
	if t := r.peek(); !isOp(t, ")") && !isOp(t, ">") {
		row.Fields = r.typeFields()
	}
	if round {
		r.expectOp(")")
	} else {
		r.closeAngle()
	}
	return row
}

// closeAngle reads the > behind type arguments.
func (r *reader) closeAngle() { r.expectOp(">") }
