package planner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
)

// What LIKE does with a feature of the other table.
const (
	including   = "INCLUDING"
	excluding   = "EXCLUDING"
	overwriting = "OVERWRITING" // take it over where the statement doesn't say it anew
)

// features are what LIKE may take over or leave, beside the physical columns, which it takes over.
var features = []string{"CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS"}

// whole are the features that can't be taken over in part.
var whole = []string{"ALL", "CONSTRAINTS", "DISTRIBUTION", "PARTITIONS"}

// strategies says what is to happen with each feature: what the statement says of it, else what it says of ALL, else
// INCLUDING ALL OVERWRITING OPTIONS.
func strategies(l *ast.TableLike) (map[string]string, error) {
	s, said := map[string]string{}, map[string]bool{}
	for _, o := range l.Options {
		if said[o.Feature] {
			return nil, diag.New(codeLike, o.At, "Each like option feature can be declared only once: %s", o.Feature)
		}
		if o.Strategy == overwriting && slices.Contains(whole, o.Feature) {
			return nil, diag.New(codeLike, o.At, "Illegal merging strategy '%s' for '%s' option", o.Strategy, o.Feature).WithHint("write INCLUDING %s or EXCLUDING %s", o.Feature, o.Feature)
		}
		said[o.Feature] = true
	}
	for _, f := range features {
		s[f] = including
	}
	s["OPTIONS"] = overwriting
	for _, o := range l.Options {
		if o.Feature == "ALL" {
			for _, f := range features {
				s[f] = o.Strategy
			}
		}
	}
	for _, o := range l.Options {
		if o.Feature != "ALL" {
			s[o.Feature] = o.Strategy
		}
	}
	return s, nil
}

// like adds what CREATE TABLE … LIKE says: what it takes over from the other table, then what it declares itself.
func (d *draft) like(stmt *ast.CreateTable) error {
	base, err := likeTable(stmt.Like, d.env)
	if err != nil {
		return err
	}
	s, err := strategies(stmt.Like)
	if err != nil {
		return err
	}
	d.inherit(base, s)
	have := d.columns
	d.columns = nil
	key, watermark, partitions, spread := d.key, d.watermark, d.partitions, d.table.Distribution
	if s["OPTIONS"] != excluding {
		d.table.Options = maps.Clone(base.Options)
	}
	if err := d.declare(stmt); err != nil {
		return err
	}
	var errs problems
	again := func(at diag.Span, what, feature string, overwritable bool) {
		hint := "(EXCLUDING " + feature + ")"
		if overwritable {
			hint += ", or (OVERWRITING " + feature + ")"
		}
		errs.add(diag.New(codeLike, at, "%s already in the base table '%s'", what, base.Path()).WithHint("write LIKE %s %s", stmt.Like.Table, hint))
	}
	if key != nil && d.key != key {
		again(d.key.columns[0].At, "A primary key is", "CONSTRAINTS", false)
	}
	if watermark != nil && d.watermark != watermark && s["WATERMARKS"] != overwriting {
		again(d.watermark.column.At, "A watermark is", "WATERMARKS", true)
	}
	if len(partitions) > 0 && len(stmt.PartitionBy) > 0 {
		again(stmt.PartitionBy[0].At, "PARTITIONED BY is", "PARTITIONS", false)
	}
	if spread != nil && stmt.Distribution != nil {
		again(stmt.Distribution.At, "DISTRIBUTED is", "DISTRIBUTION", false)
	}
	if s["OPTIONS"] == including {
		for _, o := range stmt.Options {
			if _, ok := base.Options[o.Key]; ok {
				again(o.At, fmt.Sprintf("The option '%s' is", o.Key), "OPTIONS", true)
			}
		}
	}
	own := d.columns
	d.columns = have
	for _, c := range own {
		i := d.column(c.Name)
		switch feature := featureOf(c.Column); {
		case i < 0:
			d.columns = append(d.columns, c)
		case feature == "" || featureOf(d.columns[i].Column) != feature:
			errs.add(diag.New(codeLike, c.at, "A column named '%s' is already in the base table '%s'", c.Name, base.Path()).WithHint("LIKE takes over all physical columns: give this one another name"))
		case s[feature] != overwriting:
			again(c.at, fmt.Sprintf("A column named '%s' is", c.Name), feature, true)
		default:
			d.columns[i] = c
		}
	}
	return errs.err()
}

// inherit takes over columns, key, watermark, partitions and distribution; options are for like.
func (d *draft) inherit(base *catalog.Table, s map[string]string) {
	for _, c := range base.Columns {
		if s[featureOf(c)] != excluding {
			d.columns = append(d.columns, d.known(c))
		}
	}
	if s["CONSTRAINTS"] != excluding {
		d.key = d.keyOf(base)
	}
	if s["WATERMARKS"] != excluding {
		d.watermark = d.watermarkOf(base)
	}
	if s["PARTITIONS"] != excluding {
		d.partitions = d.idents(base.Partitions)
	}
	if s["DISTRIBUTION"] != excluding {
		d.table.Distribution = base.Distribution
	}
}

// featureOf is the feature of LIKE that a column belongs to; empty for a physical one.
func featureOf(c catalog.Column) string {
	switch {
	case c.Expr != "":
		return "GENERATED"
	case c.Metadata != "":
		return "METADATA"
	}
	return ""
}

// likeTable finds the table that LIKE names.
func likeTable(l *ast.TableLike, env *Env) (*catalog.Table, error) {
	id, err := Identify(env.Catalog, l.Table)
	if err != nil {
		return nil, err
	}
	t, v, ok := env.Catalog.Lookup(id)
	switch {
	case !ok:
		return nil, suggest(diag.New(codeNoTable, l.Table.At, "Source table '%s' of the LIKE clause not found in the catalog", QuotedPath(id)), id.Name, env.Catalog.Objects(id.Catalog, id.Database))
	case v != nil:
		return nil, diag.New(codeLike, l.Table.At, "Source table '%s' of the LIKE clause can not be a VIEW", QuotedPath(id)).
			WithHint("write CREATE TABLE … AS SELECT * FROM %s", strings.TrimSpace(l.Table.String()))
	}
	return t, nil
}
