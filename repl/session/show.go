package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner"
	"weir/vector"
)

// show handles SHOW.
func (r *running) show(x *ast.Show) error {
	var names []string
	var column string
	switch x.What {
	case "COLUMNS":
		return r.showColumns(x)
	case "JOBS":
		return r.showJobs(r.jobs...)
	case "MODULES", "FULL MODULES":
		return r.showModules(x.What == "FULL MODULES")
	case "CATALOGS":
		column, names = "catalog name", r.Catalog.Catalogs()
	case "CURRENT CATALOG":
		c, _ := r.Catalog.Current()
		column, names = "current catalog name", []string{c}
	case "CURRENT DATABASE":
		_, db := r.Catalog.Current()
		column, names = "current database name", []string{db}
	case "DATABASES":
		c, _ := r.Catalog.Current()
		if x.From != nil {
			c = last(*x.From)
			if len(x.From.Parts) > 1 {
				return diag.New(codeObject, x.From.Span(), "'%s' is no name of a catalog", x.From)
			}
			if err := r.catalogExists(c, x.From.Span()); err != nil {
				return err
			}
		}
		column, names = "database name", r.Catalog.Databases(c)
	case "TABLES", "VIEWS", "MATERIALIZED TABLES":
		c, db, err := r.shownDatabase(x)
		if err != nil {
			return err
		}
		return r.showObjects(x, c, db)
	case "FUNCTIONS", "USER FUNCTIONS":
		if _, _, err := r.shownDatabase(x); err != nil {
			return err
		}
		column = "function name"
		if x.What == "FUNCTIONS" {
			names = functionNames()
		}
	case "JARS":
		column = "jars"
	default:
		return diag.New(codeUnsupported, x.Span(), "SHOW %s is not supported", x.What)
	}
	l := newListing(column)
	for _, n := range names {
		if shows(x, n) {
			l.add(text(n))
		}
	}
	return r.listing(l)
}

// shownDatabase is the database of SHOW … FROM; without FROM the current one.
func (r *running) shownDatabase(x *ast.Show) (c, db string, err error) {
	c, db = r.Catalog.Current()
	if x.From == nil {
		return c, db, nil
	}
	if c, db, err = r.database(*x.From); err == nil {
		err = r.databaseExists(c, db, x.From.Span())
	}
	return c, db, err
}

// showObjects lists the tables and views of a database, or its views.
func (r *running) showObjects(x *ast.Show, c, db string) error {
	column := strings.ToLower(strings.TrimSuffix(x.What, "S"))
	if x.What != "MATERIALIZED TABLES" { // of which there are none
		column += " name"
	}
	l := newListing(column)
	for _, n := range r.Catalog.Objects(c, db) {
		_, v, _ := r.Catalog.Lookup(catalog.Identifier{Catalog: c, Database: db, Name: n})
		wanted := x.What == "TABLES" || x.What == "VIEWS" && v != nil
		if wanted && shows(x, n) {
			l.add(text(n))
		}
	}
	return r.listing(l)
}

// functionNames lists the functions that a user can call, sorted.
func functionNames() []string {
	names := map[string]bool{}
	for _, f := range catalog.Functions() {
		if !strings.HasPrefix(f.Name, "TUMBLE_") { // only the planner calls these
			names[f.Name] = true
		}
	}
	for _, f := range catalog.Aggregates() {
		names[f.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
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
	id, err := planner.Identify(r.Catalog, name)
	if err != nil {
		return nil, nil, err
	}
	if t, v, ok := r.Catalog.Lookup(id); ok {
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

// showCreate handles SHOW CREATE TABLE, SHOW CREATE VIEW and SHOW CREATE CATALOG.
func (r *running) showCreate(x *ast.ShowCreate) error {
	if x.Kind == "CATALOG" {
		name := last(x.Name)
		if err := r.catalogExists(name, x.Name.Span()); err != nil {
			return err
		}
		return r.document(createCatalogText(name, r.Catalog.CatalogProperties(name)))
	}
	id, err := planner.Identify(r.Catalog, x.Name)
	if err != nil {
		return err
	}
	t, v, ok := r.Catalog.Lookup(id)
	switch {
	case !ok:
		return r.missing(x.Name, noun(x.Kind)+" with the identifier")
	case x.Kind == "VIEW" && v == nil:
		return diag.New(codeObject, x.Name.Span(), "'%s' is a table, not a view", id.Path()).WithHint("write SHOW CREATE TABLE")
	case x.Kind != "VIEW" && t == nil:
		return diag.New(codeObject, x.Name.Span(), "'%s' is a view, not a table", id.Path()).WithHint("write SHOW CREATE VIEW")
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

func createHead(kind string, id catalog.Identifier, temporary bool) string {
	if temporary {
		kind = "TEMPORARY " + kind
	}
	return fmt.Sprintf("CREATE %s %s", kind, planner.QuotedPath(id))
}

// elements prints the lines of a schema, in parentheses; a table may have none.
func elements(lines []string) string {
	if len(lines) == 0 {
		return "\n"
	}
	return " (\n" + strings.Join(lines, ",\n") + "\n)\n"
}

// optionLines prints options, a line each, sorted by key.
func optionLines(options map[string]string) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(options)) {
		lines = append(lines, "  "+ast.Quote(k)+" = "+ast.Quote(options[k]))
	}
	return strings.Join(lines, ",\n")
}

// distributionText prints DISTRIBUTED as Flink does.
func distributionText(d *catalog.Distribution) string {
	s := "DISTRIBUTED"
	if len(d.Columns) > 0 {
		s += " BY " + d.Kind + "(" + identifiers(d.Columns) + ")"
	}
	if d.Buckets > 0 {
		s += fmt.Sprintf(" INTO %d BUCKETS", d.Buckets)
	}
	return s + "\n"
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
		lines = append(lines, fmt.Sprintf("  CONSTRAINT %s PRIMARY KEY (%s) NOT ENFORCED", ast.QuoteIdent(t.KeyName), identifiers(t.PrimaryKey)))
	}
	s := createHead("TABLE", t.Identifier, t.Temporary) + elements(lines)
	if t.Comment != "" {
		s += "COMMENT " + ast.Quote(t.Comment) + "\n"
	}
	if t.Distribution != nil {
		s += distributionText(t.Distribution)
	}
	if len(t.Partitions) > 0 {
		s += "PARTITIONED BY (" + identifiers(t.Partitions) + ")\n"
	}
	if len(t.Options) > 0 {
		s += "WITH (\n" + optionLines(t.Options) + "\n)\n"
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
	s := createHead("VIEW", v.Identifier, v.Temporary) + elements(lines)
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
