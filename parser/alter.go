package parser

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"weir/parser/ast"
	"weir/parser/diag"
)

// alterStatement parses ALTER, whose actions depend on what is altered.
func alterStatement(lex *lexer.PeekingLexer) (ast.Statement, *diag.Diagnostic) {
	r := newReader(lex)
	a := r.alter()
	if r.err != nil {
		return nil, r.err
	}
	return a, nil
}

// actions are the words that an action begins with, by what is altered.
var actions = map[string][]string{
	"TABLE":              {"RENAME", "SET", "RESET", "ADD", "MODIFY", "DROP", "PARTITION", "COMPACT"},
	"VIEW":               {"RENAME", "AS"},
	"MATERIALIZED TABLE": {"SUSPEND", "RESUME", "REFRESH", "SET", "RESET", "AS", "ADD", "MODIFY", "DROP"},
	"CATALOG":            {"SET", "RESET", "COMMENT"},
	"DATABASE":           {"SET"},
	"FUNCTION":           {"AS"},
	"MODEL":              {"RENAME", "SET", "RESET"},
	"CONNECTION":         {"RENAME", "SET", "RESET"},
}

func (r *reader) alter() *ast.Alter {
	start := r.start()
	r.expect("ALTER")
	a := &ast.Alter{Temporary: r.take("TEMPORARY"), System: r.take("SYSTEM")}
	switch a.Kind = strings.ToUpper(r.next().Value); a.Kind {
	case "MATERIALIZED":
		r.expect("TABLE")
		a.Kind += " TABLE"
	case "TABLE", "FUNCTION", "MODEL", "CONNECTION":
		a.IfExists = r.take("IF", "EXISTS")
	}
	if (a.Temporary || a.System) && a.Kind != "FUNCTION" && r.err == nil {
		r.fail(diag.New(codeSyntax, r.from(start).At, "only a function can be altered as TEMPORARY or SYSTEM"))
	}
	a.Name = r.name("a name")
	at := r.start()
	if a.Kind == "TABLE" && isKeyword(r.peek(), "ALTER") && r.err == nil {
		r.fail(unexpected(r.lex, alternatives(actions[a.Kind])).WithHint("write ALTER TABLE t MODIFY a INT"))
	}
	switch word := r.wantOneOf(actions[a.Kind]...); word {
	case "RENAME":
		a.Action = r.rename(at, a.Kind)
	case "SET":
		a.Action = r.setAction(at, a.Kind)
	case "RESET":
		keys := r.optionKeys()
		a.Action = &ast.ResetOptions{Pos: r.from(at), Keys: keys}
	case "ADD", "MODIFY":
		a.Action = r.changeSchema(at, a.Kind, word)
	case "DROP":
		a.Action = r.dropAction(at, a.Kind)
	case "PARTITION":
		values := r.partition(false)
		r.want("COMPACT")
		a.Action = &ast.Compact{Pos: r.from(at), Partition: values}
	case "COMPACT":
		a.Action = &ast.Compact{Pos: r.from(at)}
	case "AS":
		a.Action = r.asAction(at, a.Kind)
	case "COMMENT":
		text := r.text("a string in single quotes")
		a.Action = &ast.SetComment{Pos: r.from(at), Text: text}
	case "SUSPEND":
		a.Action = &ast.Suspend{Pos: r.from(at)}
	case "RESUME":
		resume := &ast.Resume{}
		if r.accept("WITH") {
			resume.Options = r.options()
		}
		resume.Pos = r.from(at)
		a.Action = resume
	case "REFRESH":
		refresh := &ast.Refresh{}
		if r.accept("PARTITION") {
			refresh.Partition = r.partition(false)
		}
		refresh.Pos = r.from(at)
		a.Action = refresh
	}
	a.Pos = r.from(start)
	if d := systemObject(a.At, a.Kind, a.Temporary, a.System, a.Name); d != nil && r.err == nil {
		r.fail(d)
	}
	return a
}

// rename reads TO name, or of a table column TO column.
func (r *reader) rename(at int, kind string) ast.Action {
	if kind != "TABLE" || isKeyword(r.peek(), "TO") {
		r.expect("TO")
		name := r.name("a name")
		return &ast.RenameTo{Pos: r.from(at), Name: name}
	}
	r.noColumnWord("RENAME %s TO new_name")
	from := r.name("TO or a column's name")
	r.expect("TO")
	to := r.name("a column's name")
	return &ast.RenameColumn{Pos: r.from(at), From: from, To: to}
}

// setAction reads options, or of a materialized table also FRESHNESS and REFRESH_MODE.
func (r *reader) setAction(at int, kind string) ast.Action {
	if kind == "MATERIALIZED TABLE" {
		switch {
		case r.take("FRESHNESS"):
			r.expectOp("=")
			freshness := r.freshness()
			return &ast.SetFreshness{Pos: r.from(at), Freshness: freshness}
		case r.take("REFRESH_MODE"):
			r.expectOp("=")
			mode := r.wantOneOf("FULL", "CONTINUOUS")
			return &ast.SetRefreshMode{Pos: r.from(at), Mode: mode}
		}
	}
	options := r.options()
	return &ast.SetOptions{Pos: r.from(at), Options: options}
}

// asAction reads a query, or of a function its class.
func (r *reader) asAction(at int, kind string) ast.Action {
	if kind == "FUNCTION" {
		class := r.text("the name of a class in single quotes")
		language := r.language()
		return &ast.SetClass{Pos: r.from(at), Class: class, Language: language}
	}
	q := r.query()
	return &ast.SetQuery{Pos: r.from(at), Query: q}
}

// changeSchema reads an element or (element, …); ADD also partitions.
func (r *reader) changeSchema(at int, kind, verb string) ast.Action {
	if t := r.peek(); kind == "TABLE" && verb == "ADD" && (isKeyword(t, "PARTITION") || isWord(t, "IF") && isKeyword(r.ahead(1), "NOT")) {
		return r.addPartitions(at)
	}
	c := &ast.ChangeSchema{Modify: verb == "MODIFY"}
	if r.acceptOp("(") {
		for {
			c.Elements = append(c.Elements, r.changedElement(verb))
			if !r.acceptOp(",") {
				break
			}
		}
		r.closeList(")")
	} else {
		c.Elements = []ast.SchemaElement{r.changedElement(verb)}
	}
	watermarks := 0
	for _, e := range c.Elements {
		if e.Watermark == nil {
			continue
		}
		if watermarks++; watermarks > 1 && r.err == nil {
			r.fail(secondWatermark(e.At))
		}
	}
	c.Pos = r.from(at)
	return c
}

// changedElement reads an element of ADD or MODIFY, the verb: that of a table, a distribution, or a column with its place.
func (r *reader) changedElement(verb string) ast.SchemaElement {
	start := r.start()
	e := ast.SchemaElement{}
	switch t := r.peek(); {
	case r.take("DISTRIBUTION"):
		e.Distribution = r.distribution()
	case isName(t):
		name := r.name("a column's name")
		last := len(name.Parts) - 1
		e.Column = r.columnDef(name.Parts[:last:last], name.Parts[last], start)
		switch {
		case r.take("FIRST"):
			e.First = true
		case r.take("AFTER"):
			after := r.name("a column's name")
			e.After = &after
		}
	case isKeyword(t, "COLUMN"):
		r.noColumnWord(verb + " %s INT")
	default:
		return r.schemaElement()
	}
	e.Pos = r.from(start)
	return e
}

// noColumnWord refuses the word COLUMN, which stands in front of columns in other databases. The form is that of the
// action, for its hint.
func (r *reader) noColumnWord(form string) {
	if !isKeyword(r.peek(), "COLUMN") || r.err != nil {
		return
	}
	column := "a"
	for _, t := range []*lexer.Token{r.ahead(1), r.ahead(2)} { // also in parentheses
		if isName(t) {
			column = shorten(t.Value)
			break
		}
	}
	d := unexpected(r.lex, "a column")
	d.Code = codeSyntax
	r.fail(d.WithHint("the word COLUMN is left out: ALTER TABLE t "+form, column))
}

// addPartitions reads [IF NOT EXISTS] PARTITION (…) [WITH (…)] ….
func (r *reader) addPartitions(at int) ast.Action {
	a := &ast.AddPartitions{IfNotExists: r.take("IF", "NOT", "EXISTS")}
	for first := true; first || isKeyword(r.peek(), "PARTITION"); first = false {
		start := r.start()
		r.expect("PARTITION")
		d := ast.PartitionDef{Values: r.partition(false)}
		if r.accept("WITH") {
			d.Options = r.options()
		}
		d.Pos = r.from(start)
		a.Partitions = append(a.Partitions, d)
	}
	a.Pos = r.from(at)
	return a
}

// dropAction reads what a table or materialized table loses.
func (r *reader) dropAction(at int, kind string) ast.Action {
	if kind != "TABLE" {
		r.want("DISTRIBUTION")
		return &ast.DropPart{Pos: r.from(at), What: "DISTRIBUTION"}
	}
	switch t := r.peek(); {
	case isKeyword(t, "PARTITION"), isWord(t, "IF") && isKeyword(r.ahead(1), "EXISTS"):
		return r.dropPartitions(at)
	case r.take("PRIMARY"):
		r.want("KEY")
		return &ast.DropPart{Pos: r.from(at), What: "PRIMARY KEY"}
	case r.take("CONSTRAINT"):
		name := r.ident("a name")
		return &ast.DropConstraint{Pos: r.from(at), Name: name}
	case r.take("WATERMARK"):
		return &ast.DropPart{Pos: r.from(at), What: "WATERMARK"}
	case r.take("DISTRIBUTION"):
		return &ast.DropPart{Pos: r.from(at), What: "DISTRIBUTION"}
	}
	r.noColumnWord("DROP %s")
	d := &ast.DropColumns{}
	if r.acceptOp("(") {
		for {
			d.Columns = append(d.Columns, r.name("a column's name"))
			if !r.acceptOp(",") {
				break
			}
		}
		r.closeList(")")
	} else {
		d.Columns = []ast.Name{r.name("a column's name")}
	}
	d.Pos = r.from(at)
	return d
}

// dropPartitions reads [IF EXISTS] PARTITION (…), PARTITION (…), ….
func (r *reader) dropPartitions(at int) ast.Action {
	d := &ast.DropPartitions{IfExists: r.take("IF", "EXISTS")}
	for {
		start := r.start()
		r.expect("PARTITION")
		p := ast.PartitionDef{Values: r.partition(false)}
		p.Pos = r.from(start)
		d.Partitions = append(d.Partitions, p)
		if !r.acceptOp(",") {
			break
		}
	}
	d.Pos = r.from(at)
	return d
}
