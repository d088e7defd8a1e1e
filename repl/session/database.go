package session

import (
	"maps"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/vector"
)

// catalogExists refuses the name of a catalog that there is not.
func (r *running) catalogExists(name string, at diag.Span) error {
	if r.Catalog.HasCatalog(name) {
		return nil
	}
	return near(diag.New(codeObject, at, "catalog %s does not exist", name), name, r.Catalog.Catalogs())
}

// databaseExists refuses the name of a database that there is not.
func (r *running) databaseExists(c, name string, at diag.Span) error {
	if err := r.catalogExists(c, at); err != nil || r.Catalog.HasDatabase(c, name) {
		return err
	}
	return near(diag.New(codeObject, at, "database %s does not exist in catalog %s", name, c), name, r.Catalog.Databases(c))
}

func near(d *diag.Diagnostic, word string, candidates []string) *diag.Diagnostic {
	if n, ok := diag.Nearest(word, candidates); ok {
		d.WithHint("did you mean '%s'?", n)
	}
	return d
}

// database takes the name of a database apart: database, or catalog.database.
func (r *running) database(name ast.Name) (c, db string, err error) {
	c, _ = r.Catalog.Current()
	switch p := name.Parts; len(p) {
	case 1:
		return c, p[0].Name, nil
	case 2:
		return p[0].Name, p[1].Name, nil
	}
	return "", "", diag.New(codeObject, name.Span(), "'%s' is no name of a database", name).WithHint("write database, or catalog.database")
}

// inMemory is the one type of catalogs, Flink's default.
const inMemory = "generic_in_memory"

// createCatalog handles CREATE CATALOG.
func (r *running) createCatalog(x *ast.CreateCatalog) error {
	done := Done{Verb: "CREATE CATALOG"}
	if r.Catalog.HasCatalog(x.Name.Name) {
		if x.IfNotExists {
			return r.finish(done)
		}
		return diag.New(codeObject, x.Name.At, "catalog %s already exists", x.Name.Name).WithHint("write IF NOT EXISTS to keep it")
	}
	options := optionMap(x.Options)
	for _, o := range x.Options {
		switch o.Key {
		case "type":
			if o.Value != inMemory {
				return diag.New(codeUnsupported, o.ValueSpan, "catalogs of the type '%s' are not supported", o.Value).WithHint("weir has '%s'", inMemory)
			}
		case "default-database":
			if o.Value == "" {
				return diag.New(codeObject, o.ValueSpan, "the default database has no name")
			}
		default:
			return near(diag.New(codeObject, o.KeySpan, "a catalog of the type '%s' has no option '%s'", inMemory, o.Key), o.Key, []string{"type", "default-database"})
		}
	}
	if _, ok := options["type"]; !ok {
		return diag.New(codeObject, x.Name.At, "catalog options do not contain an option key 'type' for discovering a catalog").WithHint("write WITH ('type' = '%s')", inMemory)
	}
	first, ok := options["default-database"]
	if !ok {
		first = "default"
	}
	r.Catalog.AddCatalog(x.Name.Name, first, catalog.Properties{Comment: x.Comment, Options: options})
	return r.finish(done)
}

// createDatabase handles CREATE DATABASE.
func (r *running) createDatabase(x *ast.CreateDatabase) error {
	done := Done{Verb: "CREATE DATABASE"}
	c, name, err := r.database(x.Name)
	if err == nil {
		err = r.catalogExists(c, x.Name.Span())
	}
	if err != nil {
		return err
	}
	if r.Catalog.HasDatabase(c, name) {
		if x.IfNotExists {
			return r.finish(done)
		}
		return diag.New(codeObject, x.Name.Span(), "database %s already exists in catalog %s", name, c).WithHint("write IF NOT EXISTS to keep it")
	}
	r.Catalog.AddDatabase(c, name, catalog.Properties{Comment: x.Comment, Options: optionMap(x.Options)})
	return r.finish(done)
}

func optionMap(options []ast.Option) map[string]string {
	m := map[string]string{}
	for _, o := range options {
		m[o.Key] = o.Value
	}
	return m
}

// dropCatalog handles DROP CATALOG.
func (r *running) dropCatalog(x *ast.Drop) error {
	done := Done{Verb: "DROP CATALOG"}
	if len(x.Name.Parts) > 1 {
		return diag.New(codeObject, x.Name.Span(), "'%s' is no name of a catalog", x.Name)
	}
	name := last(x.Name)
	if err := r.catalogExists(name, x.Name.Span()); err != nil {
		if x.IfExists {
			return r.finish(done)
		}
		return err
	}
	if current, _ := r.Catalog.Current(); name == current {
		return diag.New(codeObject, x.Name.Span(), "cannot drop a catalog which is currently in use").WithHint("USE CATALOG another first")
	}
	r.Catalog.DropCatalog(name)
	return r.finish(done)
}

// dropDatabase handles DROP DATABASE: one that holds tables or views goes with CASCADE only.
func (r *running) dropDatabase(x *ast.Drop) error {
	done := Done{Verb: "DROP DATABASE"}
	c, name, err := r.database(x.Name)
	if err != nil {
		return err
	}
	if err := r.catalogExists(c, x.Name.Span()); err != nil {
		return err
	}
	if err := r.databaseExists(c, name, x.Name.Span()); err != nil {
		if x.IfExists {
			return r.finish(done)
		}
		return err
	}
	if inC, inDB := r.Catalog.Current(); c == inC && name == inDB {
		return diag.New(codeObject, x.Name.Span(), "cannot drop a database which is currently in use").WithHint("USE another first")
	}
	if x.Behavior != "CASCADE" && !r.Catalog.Empty(c, name) {
		return diag.New(codeObject, x.Name.Span(), "database %s in catalog %s is not empty", name, c).WithHint("write CASCADE to drop what it holds, too")
	}
	r.Catalog.DropDatabase(c, name)
	return r.finish(done)
}

// alterProperties handles ALTER DATABASE and ALTER CATALOG: both change what was said at their creation, which nothing
// depends on.
func (r *running) alterProperties(x *ast.Alter) error {
	var p *catalog.Properties
	if x.Kind == "CATALOG" {
		if err := r.catalogExists(last(x.Name), x.Name.Span()); err != nil {
			return err
		}
		p = r.Catalog.CatalogProperties(last(x.Name))
	} else {
		c, name, err := r.database(x.Name)
		if err == nil {
			err = r.databaseExists(c, name, x.Name.Span())
		}
		if err != nil {
			return err
		}
		p = r.Catalog.DatabaseProperties(c, name)
	}
	fixed := func(key string) bool { return x.Kind == "CATALOG" && (key == "type" || key == "default-database") }
	switch a := x.Action.(type) {
	case *ast.SetOptions:
		for _, o := range a.Options {
			if fixed(o.Key) {
				return diag.New(codeObject, o.At, "'%s' of a catalog can't be changed", o.Key)
			}
		}
		maps.Copy(p.Options, optionMap(a.Options))
	case *ast.ResetOptions:
		for _, o := range a.Keys {
			if fixed(o.Key) {
				return diag.New(codeObject, o.Span, "'%s' of a catalog can't be changed", o.Key)
			}
		}
		for _, o := range a.Keys {
			delete(p.Options, o.Key)
		}
	case *ast.SetComment:
		p.Comment = a.Text
	default:
		return diag.New(codeUnsupported, x.Action.Span(), "this form of ALTER %s is not supported", x.Kind)
	}
	return r.finish(Done{Verb: "ALTER " + x.Kind})
}

// use handles USE, USE CATALOG and USE MODULES.
func (r *running) use(x *ast.Use) error {
	name := x.Names[0]
	switch x.Kind {
	case "MODULES":
		return r.useModules(x)
	case "CATALOG":
		if err := r.catalogExists(last(name), name.Span()); err != nil {
			return err
		}
		if current, _ := r.Catalog.Current(); current != last(name) {
			first := r.Catalog.First(last(name))
			if !r.Catalog.HasDatabase(last(name), first) {
				return diag.New(codeObject, name.Span(), "the database %s of catalog %s, which USE CATALOG goes to, was dropped", first, last(name)).WithHint("USE %s and one of its databases: %s", last(name), strings.Join(r.Catalog.Databases(last(name)), ", "))
			}
			r.Catalog.Use(last(name), first)
		}
		return r.finish(Done{Verb: "USE CATALOG"})
	}
	c, db, err := r.database(name)
	if err == nil {
		err = r.databaseExists(c, db, name.Span())
	}
	if d, ok := err.(*diag.Diagnostic); ok && len(name.Parts) == 1 && r.Catalog.HasCatalog(db) {
		d.WithHint("it is a catalog: USE CATALOG %s", db)
	}
	if err != nil {
		return err
	}
	r.Catalog.Use(c, db)
	return r.finish(Done{Verb: "USE"})
}

// coreModule is the one module that there is.
const coreModule = "core"

func (r *running) useModules(x *ast.Use) error {
	m := r.Catalog.Modules()
	for i, n := range x.Names {
		switch {
		case last(n) != coreModule || !m.Loaded:
			return diag.New(codeObject, n.Span(), "no module with name '%s' exists", last(n))
		case i > 0:
			return diag.New(codeObject, n.Span(), "module '%s' appears more than once", last(n))
		}
	}
	m.Used = true
	return r.finish(Done{Verb: "USE MODULES"})
}

func (r *running) loadModule(x *ast.LoadModule) error {
	m := r.Catalog.Modules()
	switch {
	case x.Name.Name != coreModule:
		return diag.New(codeUnsupported, x.Name.At, "the module '%s' is not supported", x.Name.Name).WithHint("weir has the module '%s'", coreModule)
	case m.Loaded:
		return diag.New(codeObject, x.Name.At, "a module with name '%s' already exists", x.Name.Name)
	}
	m.Loaded, m.Used = true, true
	return r.finish(Done{Verb: "LOAD MODULE"})
}

func (r *running) unloadModule(x *ast.UnloadModule) error {
	m := r.Catalog.Modules()
	if x.Name.Name != coreModule || !m.Loaded {
		return diag.New(codeObject, x.Name.At, "no module with name '%s' exists", x.Name.Name)
	}
	m.Loaded, m.Used = false, false
	return r.finish(Done{Verb: "UNLOAD MODULE"})
}

// showModules handles SHOW MODULES, which lists those used, and SHOW FULL MODULES.
func (r *running) showModules(full bool) error {
	m := r.Catalog.Modules()
	if full {
		l := newListing("module name", "used")
		l.columns[1].Type = vector.BooleanType
		if m.Loaded {
			l.add(text(coreModule), truth(m.Used))
		}
		return r.listing(l)
	}
	l := newListing("module name")
	if m.Used {
		l.add(text(coreModule))
	}
	return r.listing(l)
}

// describeCatalog handles DESCRIBE CATALOG in Flink's form; EXTENDED adds its options.
func (r *running) describeCatalog(x *ast.Describe) error {
	name := last(x.Name)
	if err := r.catalogExists(name, x.Name.Span()); err != nil {
		return err
	}
	p := r.Catalog.CatalogProperties(name)
	l := newListing("info name", "info value")
	l.add(text("name"), text(name))
	l.add(text("type"), text(p.Options["type"]))
	l.add(text("comment"), textOrNull(p.Comment))
	if x.Extended {
		for _, k := range slices.Sorted(maps.Keys(p.Options)) {
			l.add(text("option:"+k), text(p.Options[k]))
		}
	}
	return r.listing(l)
}

// createCatalogText prints a catalog in the form of Flink's SHOW CREATE CATALOG.
func createCatalogText(name string, p *catalog.Properties) string {
	var b strings.Builder
	b.WriteString("CREATE CATALOG " + ast.QuoteIdent(name))
	if p.Comment != "" {
		b.WriteString("\nCOMMENT " + ast.Quote(p.Comment))
	}
	b.WriteString(" WITH (\n" + optionLines(p.Options) + "\n)\n")
	return b.String()
}
