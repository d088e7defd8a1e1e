package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// show handles SHOW.
func (r *running) show(x *ast.Show) error {
	if x.What == "COLUMNS" {
		return r.showColumns(x)
	}
	if err := r.showFrom(x); err != nil {
		return err
	}
	var column string
	names := map[string]bool{}
	switch x.What {
	case "TABLES":
		column = "table name"
		for _, n := range r.Catalog.Names() {
			names[n] = true
		}
	case "VIEWS":
		column = "view name"
		for _, n := range r.Catalog.Names() {
			if _, v, _ := r.Catalog.Lookup(n); v != nil {
				names[n] = true
			}
		}
	case "FUNCTIONS":
		column = "function name"
		for _, f := range catalog.Functions() {
			if !strings.HasPrefix(f.Name, "TUMBLE_") { // only the planner calls these
				names[f.Name] = true
			}
		}
		for _, f := range catalog.Aggregates() {
			names[f.Name] = true
		}
	case "DATABASES":
		column, names["default_database"] = "database name", true
	case "CATALOGS":
		column, names["default_catalog"] = "catalog name", true
	case "JOBS":
		return r.showJobs(r.jobs...)
	default:
		return diag.New(codeUnsupported, x.Span(), "SHOW %s is not supported", x.What)
	}
	l := newListing(column)
	for _, n := range sorted(names) {
		if shows(x, n) {
			l.add(text(n))
		}
	}
	return r.listing(l)
}

// showFrom checks the database or catalog that SHOW … FROM names.
func (r *running) showFrom(x *ast.Show) error {
	if x.From == nil || x.What == "PARTITIONS" {
		return nil
	}
	parts := x.From.Parts
	if x.What == "DATABASES" {
		if parts[0].Name == "default_catalog" && len(parts) == 1 {
			return nil
		}
		return diag.New(codeObject, x.From.Span(), "catalog %s does not exist", x.From)
	}
	if n := len(parts); n > 1 && parts[0].Name != "default_catalog" {
		return diag.New(codeObject, x.From.Span(), "catalog %s does not exist", parts[0].Name)
	}
	if db := parts[len(parts)-1].Name; db != "default_database" {
		return diag.New(codeObject, x.From.Span(), "database 'default_catalog'.'%s' doesn't exist", db)
	}
	return nil
}

// shows reports whether a name passes the LIKE or ILIKE of SHOW.
func shows(x *ast.Show, name string) bool {
	switch {
	case x.Like == nil:
		return true
	case x.ILike:
		return like(strings.ToUpper(name), strings.ToUpper(*x.Like)) != x.Not
	}
	return like(name, *x.Like) != x.Not
}

// like matches a name with a pattern of LIKE; the backslash escapes. As in Flink an empty pattern matches nothing.
func like(name, pattern string) bool {
	if pattern == "" {
		return false
	}
	return likeRunes([]rune(name), []rune(pattern))
}

func likeRunes(s, p []rune) bool {
	for len(p) > 0 {
		switch {
		case p[0] == '%':
			for i := 0; i <= len(s); i++ {
				if likeRunes(s[i:], p[1:]) {
					return true
				}
			}
			return false
		case len(s) == 0:
			return false
		case p[0] == '\\' && len(p) > 1:
			p = p[1:]
			if p[0] != s[0] {
				return false
			}
		case p[0] != '_' && p[0] != s[0]:
			return false
		}
		s, p = s[1:], p[1:]
	}
	return len(s) == 0
}

// lookup finds the object of DESCRIBE, which may be a file, and of SHOW COLUMNS.
func (r *running) lookup(name ast.Name) (*catalog.Table, *catalog.View, error) {
	if name.File {
		t, err := r.fileAt(name)
		return t, nil, err
	}
	if t, v, ok := r.Catalog.Lookup(last(name)); ok && local(name) {
		return t, v, nil
	}
	return nil, nil, r.missing(name, "a table or view with the identifier")
}

// describe handles DESCRIBE.
func (r *running) describe(x *ast.Describe) error {
	t, v, err := r.lookup(x.Name)
	if err != nil {
		return err
	}
	return r.listing(description(t, v, func(string) bool { return true }))
}

// showColumns handles SHOW COLUMNS, which is DESCRIBE for some columns.
func (r *running) showColumns(x *ast.Show) error {
	if x.From == nil {
		return diag.New(codeObject, x.Span(), "SHOW COLUMNS needs FROM and a table")
	}
	t, v, err := r.lookup(*x.From)
	if err != nil {
		return err
	}
	return r.listing(description(t, v, func(name string) bool { return shows(x, name) }))
}

// description lists columns as Flink's DESCRIBE does; the column comment is there only if one has a comment.
func description(t *catalog.Table, v *catalog.View, shown func(name string) bool) *listing {
	l := newListing("name", "type", "null", "key", "extras", "watermark")
	l.columns[2].Type = vector.BooleanType
	commented := t != nil && slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return c.Comment != "" })
	if commented {
		l.columns = append(l.columns, stringColumn("comment"))
	}
	for i, c := range columnsOf(t, v) {
		if !shown(c.Name) {
			continue
		}
		key, extras, watermark := "", "", ""
		if t != nil {
			if slices.Contains(t.PrimaryKey, c.Name) {
				key = "PRI(" + strings.Join(t.PrimaryKey, ", ") + ")"
			}
			if t.Columns[i].Expr != "" {
				extras = "AS " + t.Columns[i].Expr
			} else {
				extras = metadataText(t.Columns[i])
			}
			if t.Watermark != nil && t.Watermark.Column == c.Name {
				watermark = t.Watermark.Expr
			}
		}
		row := []value{text(c.Name), text(c.Type.WithNullable(true).String()), truth(c.Type.Nullable), textOrNull(key), textOrNull(extras), textOrNull(watermark)}
		if commented {
			row = append(row, textOrNull(t.Columns[i].Comment))
		}
		l.add(row...)
	}
	return l
}

// showCreate handles SHOW CREATE TABLE and SHOW CREATE VIEW.
func (r *running) showCreate(x *ast.ShowCreate) error {
	t, v, ok := r.Catalog.Lookup(last(x.Name))
	if !ok || !local(x.Name) {
		return r.missing(x.Name, fmt.Sprintf("%s with the identifier", noun(x.Kind)))
	}
	switch {
	case x.Kind == "VIEW" && v == nil:
		return diag.New(codeObject, x.Name.Span(), "'%s' is a table, not a view", path(x.Name)).WithHint("write SHOW CREATE TABLE")
	case x.Kind != "VIEW" && t == nil:
		return diag.New(codeObject, x.Name.Span(), "'%s' is a view, not a table", path(x.Name)).WithHint("write SHOW CREATE VIEW")
	case v != nil:
		return r.document(createViewText(v))
	}
	return r.document(createTableText(t))
}

func identifiers(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = ast.QuoteIdent(n)
	}
	return strings.Join(quoted, ", ")
}

func createHead(kind, name string, temporary bool) string {
	if temporary {
		kind = "TEMPORARY " + kind
	}
	return fmt.Sprintf("CREATE %s `default_catalog`.`default_database`.%s (\n", kind, ast.QuoteIdent(name))
}

// createTableText prints a table in the form of Flink's SHOW CREATE TABLE.
func createTableText(t *catalog.Table) string {
	var lines []string
	for _, c := range t.Columns {
		line := "  " + ast.QuoteIdent(c.Name) + " "
		if c.Expr != "" {
			line += "AS " + c.Expr
		} else {
			line += typeText(c.Type.Plain())
			if m := metadataText(c); m != "" {
				line += " " + m
			}
		}
		if c.Comment != "" {
			line += " COMMENT " + ast.Quote(c.Comment)
		}
		lines = append(lines, line)
	}
	if w := t.Watermark; w != nil {
		lines = append(lines, fmt.Sprintf("  WATERMARK FOR %s AS %s", ast.QuoteIdent(w.Column), w.Expr))
	}
	if len(t.PrimaryKey) > 0 {
		lines = append(lines, fmt.Sprintf("  CONSTRAINT %s PRIMARY KEY (%s) NOT ENFORCED", ast.QuoteIdent("PK_"+strings.Join(t.PrimaryKey, "_")), identifiers(t.PrimaryKey)))
	}
	s := createHead("TABLE", t.Name, t.Temporary) + strings.Join(lines, ",\n") + "\n)\n"
	if t.Comment != "" {
		s += "COMMENT " + ast.Quote(t.Comment) + "\n"
	}
	if len(t.Partitions) > 0 {
		s += "PARTITIONED BY (" + identifiers(t.Partitions) + ")\n"
	}
	if len(t.Options) > 0 {
		var options []string
		for _, k := range slices.Sorted(maps.Keys(t.Options)) {
			options = append(options, "  "+ast.Quote(k)+" = "+ast.Quote(t.Options[k]))
		}
		s += "WITH (\n" + strings.Join(options, ",\n") + "\n)\n"
	}
	return s
}

// metadataText is what follows the type of a metadata column; empty for others.
func metadataText(c catalog.Column) string {
	if c.Metadata == "" {
		return ""
	}
	s := "METADATA"
	if c.Metadata != c.Name {
		s += " FROM " + ast.Quote(c.Metadata)
	}
	if c.Virtual {
		s += " VIRTUAL"
	}
	return s
}

// createViewText prints a view in the form of Flink's SHOW CREATE VIEW.
func createViewText(v *catalog.View) string {
	var lines []string
	for _, c := range v.Columns {
		lines = append(lines, "  "+ast.QuoteIdent(c.Name))
	}
	s := createHead("VIEW", v.Name, v.Temporary) + strings.Join(lines, ",\n") + "\n)\n"
	if v.Comment != "" {
		s += "COMMENT " + ast.Quote(v.Comment) + "\n"
	}
	return s + "AS " + v.Query + "\n"
}

// typeText is a type as SHOW CREATE prints it: in the standard's words, without weir's and Flink's short ones.
func typeText(t vector.Type) string {
	var s string
	switch t.Kind {
	case vector.Varchar:
		s = fmt.Sprintf("VARCHAR(%d)", t.Precision)
	case vector.Varbinary:
		s = fmt.Sprintf("VARBINARY(%d)", t.Precision)
	case vector.TimestampLTZ:
		s = fmt.Sprintf("TIMESTAMP(%d) WITH LOCAL TIME ZONE", t.Precision)
	case vector.Array:
		s = "ARRAY<" + typeText(*t.Elem) + ">"
	case vector.Multiset:
		s = "MULTISET<" + typeText(*t.Elem) + ">"
	case vector.Map:
		s = "MAP<" + typeText(*t.Key) + ", " + typeText(*t.Elem) + ">"
	case vector.Row:
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = ast.QuoteIdent(f.Name) + " " + typeText(f.Type)
			if f.Comment != "" {
				fields[i] += " " + ast.Quote(f.Comment)
			}
		}
		s = "ROW<" + strings.Join(fields, ", ") + ">"
	default:
		s = t.Name()
	}
	if !t.Nullable {
		s += " NOT NULL"
	}
	return s
}
