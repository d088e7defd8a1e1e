package catalog

import (
	"maps"
	"slices"
)

// Catalog is all that a session has created: catalogs in Flink's sense, which hold databases, which hold tables and
// views; and temporary tables and views, which belong to the session and hide what has their name. It keeps everything
// in memory and is used by one goroutine.
type Catalog struct {
	catalogs map[string]*namespace
	temp     map[Identifier]any // *Table or *View

	current struct{ catalog, database string }
	modules Modules
}

// namespace is a catalog in Flink's sense.
type namespace struct {
	Properties
	databases map[string]*database
	first     string // the database that USE CATALOG goes to
}

type database struct {
	Properties
	objects map[string]any // *Table or *View
}

// Properties are what a catalog or a database was created with beside its name. Options is never nil.
type Properties struct {
	Comment string
	Options map[string]string
}

// New returns a catalog with the one empty database that a session begins in.
func New() *Catalog {
	c := &Catalog{catalogs: map[string]*namespace{}, temp: map[Identifier]any{}, modules: Modules{Loaded: true, Used: true}}
	c.AddCatalog(DefaultCatalog, DefaultDatabase, Properties{Options: map[string]string{"type": "generic_in_memory"}})
	c.Use(DefaultCatalog, DefaultDatabase)
	return c
}

// AddCatalog creates a catalog with its first database, in which nothing may have that name yet.
func (c *Catalog) AddCatalog(name, first string, p Properties) {
	c.catalogs[name] = &namespace{Properties: p, databases: map[string]*database{}, first: first}
	c.AddDatabase(name, first, Properties{Options: map[string]string{}})
}

// DropCatalog removes a catalog with all that it holds.
func (c *Catalog) DropCatalog(name string) { delete(c.catalogs, name) }

// HasCatalog reports whether there is a catalog of that name.
func (c *Catalog) HasCatalog(name string) bool { return c.catalogs[name] != nil }

// Catalogs lists the names of catalogs, sorted by code point.
func (c *Catalog) Catalogs() []string { return slices.Sorted(maps.Keys(c.catalogs)) }

// CatalogProperties is what a catalog was created with, for its user to read and change. The catalog must exist.
func (c *Catalog) CatalogProperties(name string) *Properties { return &c.catalogs[name].Properties }

// First is the database that USE CATALOG goes to. The catalog must exist.
func (c *Catalog) First(catalog string) string { return c.catalogs[catalog].first }

// AddDatabase creates an empty database in a catalog that exists and has none of that name.
func (c *Catalog) AddDatabase(catalog, name string, p Properties) {
	c.catalogs[catalog].databases[name] = &database{Properties: p, objects: map[string]any{}}
}

// DropDatabase removes a database with all that it holds. Temporary objects of its name stay, as in Flink.
func (c *Catalog) DropDatabase(catalog, name string) { delete(c.catalogs[catalog].databases, name) }

// HasDatabase reports whether there is such a database.
func (c *Catalog) HasDatabase(catalog, name string) bool { return c.database(catalog, name) != nil }

// Databases lists the names of a catalog's databases, sorted by code point.
func (c *Catalog) Databases(catalog string) []string {
	if n := c.catalogs[catalog]; n != nil {
		return slices.Sorted(maps.Keys(n.databases))
	}
	return nil
}

// DatabaseProperties is what a database was created with, for its user to read and change. The database must exist.
func (c *Catalog) DatabaseProperties(catalog, name string) *Properties {
	return &c.database(catalog, name).Properties
}

func (c *Catalog) database(catalog, name string) *database {
	if n := c.catalogs[catalog]; n != nil {
		return n.databases[name]
	}
	return nil
}

// Use makes a database the one in which names without one are looked up.
func (c *Catalog) Use(catalog, database string) {
	c.current.catalog, c.current.database = catalog, database
}

// Current is the database in which names without one are looked up. Another session can't drop it: there is none.
func (c *Catalog) Current() (catalog, database string) { return c.current.catalog, c.current.database }

// Identify completes a name of one to three parts with the current database; ok is false for longer ones.
func (c *Catalog) Identify(parts ...string) (id Identifier, ok bool) {
	id = Identifier{Catalog: c.current.catalog, Database: c.current.database}
	n := len(parts)
	if n == 0 || n > 3 {
		return id, false
	}
	id.Name = parts[n-1]
	if n > 1 {
		id.Database = parts[n-2]
	}
	if n > 2 {
		id.Catalog = parts[n-3]
	}
	return id, true
}

// Lookup finds a table or a view: one of the results is not nil where ok. A temporary object hides a permanent one.
func (c *Catalog) Lookup(id Identifier) (t *Table, v *View, ok bool) {
	if t, v, ok = c.Registered(id, true); ok {
		return t, v, true
	}
	return c.Registered(id, false)
}

// Registered finds a table or a view of that name and lifetime.
func (c *Catalog) Registered(id Identifier, temporary bool) (t *Table, v *View, ok bool) {
	object := c.temp[id]
	if !temporary {
		object = nil
		if d := c.database(id.Catalog, id.Database); d != nil {
			object = d.objects[id.Name]
		}
	}
	switch x := object.(type) {
	case *Table:
		return x, nil, true
	case *View:
		return nil, x, true
	}
	return nil, nil, false
}

// Put registers a table or, if it is nil, a view, in place of what has that name and lifetime. The database of a
// permanent one must exist.
func (c *Catalog) Put(t *Table, v *View) {
	switch {
	case t != nil && t.Temporary:
		c.temp[t.Identifier] = t
	case t != nil:
		c.database(t.Catalog, t.Database).objects[t.Name] = t
	case v.Temporary:
		c.temp[v.Identifier] = v
	default:
		c.database(v.Catalog, v.Database).objects[v.Name] = v
	}
}

// Drop removes the object of that name and lifetime, if there is one.
func (c *Catalog) Drop(id Identifier, temporary bool) {
	if temporary {
		delete(c.temp, id)
	} else if d := c.database(id.Catalog, id.Database); d != nil {
		delete(d.objects, id.Name)
	}
}

// Objects lists the tables and views of a database, temporary ones too, sorted by code point, each name once.
func (c *Catalog) Objects(catalog, database string) []string {
	all := map[string]bool{}
	if d := c.database(catalog, database); d != nil {
		for n := range d.objects {
			all[n] = true
		}
	}
	for id := range c.temp {
		if id.Catalog == catalog && id.Database == database {
			all[id.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Empty reports whether a database holds nothing that lives as long as it does.
func (c *Catalog) Empty(catalog, name string) bool {
	d := c.database(catalog, name)
	return d == nil || len(d.objects) == 0
}

// Names lists what can be named without a database.
func (c *Catalog) Names() []string { return c.Objects(c.current.catalog, c.current.database) }

// Modules says what has become of the one module that there is, core. What it says has no effect: built-in functions
// are there in any case, as in Flink.
type Modules struct{ Loaded, Used bool }

// Modules is the session's, for LOAD, UNLOAD and USE MODULES to change.
func (c *Catalog) Modules() *Modules { return &c.modules }
