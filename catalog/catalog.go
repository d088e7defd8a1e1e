package catalog

import (
	"fmt"
	"maps"
	"slices"
)

// Catalog holds the tables and views of a session. It is used by one goroutine.
type Catalog struct {
	tables map[string]*Table // permanent ones
	views  map[string]*View
	temp   map[string]any // *Table or *View: hides a permanent object of the same name
}

// New returns an empty catalog.
func New() *Catalog {
	return &Catalog{tables: map[string]*Table{}, views: map[string]*View{}, temp: map[string]any{}}
}

// Lookup finds a table or a view by name: one of the results is not nil where ok. A temporary object hides a permanent one.
func (c *Catalog) Lookup(name string) (t *Table, v *View, ok bool) {
	switch x := c.temp[name].(type) {
	case *Table:
		return x, nil, true
	case *View:
		return nil, x, true
	}
	if t := c.tables[name]; t != nil {
		return t, nil, true
	}
	v = c.views[name]
	return nil, v, v != nil
}

// exists reports whether an object of the same lifetime has that name.
func (c *Catalog) exists(name string, temporary bool) bool {
	if temporary {
		return c.temp[name] != nil
	}
	return c.tables[name] != nil || c.views[name] != nil
}

// AddTable registers a table; it fails if an object of that name and lifetime exists.
func (c *Catalog) AddTable(t *Table) error {
	if c.exists(t.Name, t.Temporary) {
		return fmt.Errorf("table or view %s already exists", t.Name)
	}
	if t.Temporary {
		c.temp[t.Name] = t
	} else {
		c.tables[t.Name] = t
	}
	return nil
}

// AddView registers a view; it fails if an object of that name and lifetime exists.
func (c *Catalog) AddView(v *View) error {
	if c.exists(v.Name, v.Temporary) {
		return fmt.Errorf("table or view %s already exists", v.Name)
	}
	if v.Temporary {
		c.temp[v.Name] = v
	} else {
		c.views[v.Name] = v
	}
	return nil
}

// Exists reports whether an object of that name and lifetime is registered.
func (c *Catalog) Exists(name string, temporary bool) bool { return c.exists(name, temporary) }

// DropTable removes a table and reports whether there was one of that name and lifetime.
func (c *Catalog) DropTable(name string, temporary bool) bool {
	if temporary {
		_, ok := c.temp[name].(*Table)
		if ok {
			delete(c.temp, name)
		}
		return ok
	}
	_, ok := c.tables[name]
	delete(c.tables, name)
	return ok
}

// DropView removes a view and reports whether there was one of that name and lifetime.
func (c *Catalog) DropView(name string, temporary bool) bool {
	if temporary {
		_, ok := c.temp[name].(*View)
		if ok {
			delete(c.temp, name)
		}
		return ok
	}
	_, ok := c.views[name]
	delete(c.views, name)
	return ok
}

// Names lists all tables and views, sorted by code point, each name once.
func (c *Catalog) Names() []string {
	all := map[string]bool{}
	for n := range c.tables {
		all[n] = true
	}
	for n := range c.views {
		all[n] = true
	}
	for n := range c.temp {
		all[n] = true
	}
	return slices.Sorted(maps.Keys(all))
}
