package state

import (
	"fmt"
	"strings"

	"weir/parser/diag"
	"weir/vector"
)

// codeMisfit is for state that was stored by an operator that kept it in another way.
const codeMisfit = "W6105"

// shape spells what a table's rows are made of: two tables have the same shape if it is spelled alike.
func (t *Table) shape() string {
	keys := make([]string, len(t.types))
	for i, k := range t.types {
		keys[i] = typeShape(k)
	}
	columns := make([]string, len(t.columns))
	for i, c := range t.columns {
		columns[i] = columnShape(c.shape())
	}
	subs := make([]string, len(t.subs))
	for i, s := range t.subs {
		subs[i] = s.shape()
	}
	return spellShape(keys, columns, subs)
}

func (x *TableSnapshot) shape() string {
	columns := make([]string, len(x.Values))
	for i, d := range x.Values {
		columns[i] = columnShape(d.Kind, d.Width)
	}
	subs := make([]string, len(x.Subs))
	for i := range x.Subs {
		subs[i] = x.Subs[i].shape()
	}
	keys := make([]string, len(x.KeyTypes))
	for i, p := range x.KeyTypes {
		if keys[i] = physicalName(p); p >= vector.List {
			keys[i] = storedShape(x.Keys[i])
		}
	}
	return spellShape(keys, columns, subs)
}

// typeShape spells how values of a type are stored.
func typeShape(t vector.Type) string {
	p := t.Physical()
	var parts []string
	switch p {
	case vector.List:
		parts = []string{typeShape(*t.Elem)}
	case vector.Pairs:
		key, value := t.Entry()
		parts = []string{typeShape(key), typeShape(value)}
	case vector.Struct:
		for _, f := range t.Fields {
			parts = append(parts, typeShape(f.Type))
		}
	default:
		return physicalName(p)
	}
	return partsShape(p, parts)
}

// storedShape spells how the values of a column are stored.
func storedShape(c vector.Column) string {
	p := c.Physical()
	var parts []vector.Column
	switch p {
	case vector.List:
		_, elems := c.List()
		parts = []vector.Column{elems}
	case vector.Pairs:
		_, keys, values := c.Pairs()
		parts = []vector.Column{keys, values}
	case vector.Struct:
		_, parts = c.Struct()
	default:
		return physicalName(p)
	}
	names := make([]string, len(parts))
	for i, x := range parts {
		names[i] = storedShape(x)
	}
	return partsShape(p, names)
}

func partsShape(p vector.Physical, parts []string) string {
	return physicalName(p) + " of (" + strings.Join(parts, ", ") + ")"
}

func spellShape(keys, columns, subs []string) string {
	s := "key (" + strings.Join(keys, ", ") + ") with values (" + strings.Join(columns, ", ") + ")"
	for _, sub := range subs {
		s += " and [" + sub + "]"
	}
	return s
}

func columnShape(kind DataKind, width int) string {
	switch kind {
	case FixedData:
		return fmt.Sprintf("%d bytes", width)
	case BytesData:
		return "string"
	case RowsData:
		return "rows"
	}
	return fmt.Sprintf("kind %d", kind)
}

func physicalName(p vector.Physical) string {
	names := [...]string{vector.Bool: "boolean", vector.I8: "8-bit integer", vector.I16: "16-bit integer", vector.I32: "32-bit integer",
		vector.I64: "64-bit integer", vector.F32: "32-bit float", vector.F64: "64-bit float", vector.I128: "128-bit integer", vector.Bytes: "string",
		vector.List: "list", vector.Struct: "row", vector.Pairs: "map"}
	if int(p) < len(names) && names[p] != "" {
		return names[p]
	}
	return fmt.Sprintf("physical type %d", p)
}

// fits reports whether x can be loaded into t, and remembers the first that can't.
func (s *Store) fits(t *Table, x *TableSnapshot) bool {
	stored, wanted := x.shape(), t.shape()
	if stored == wanted {
		return true
	}
	if s.misfit == nil {
		s.misfit = diag.New(codeMisfit, diag.Span{}, "the stored state %q does not fit the operator that would continue with it", x.Name).
			WithNote("stored: %s", stored).WithNote("wanted: %s", wanted).
			WithHint("restore it with the statement and the version of weir that stored it, or begin without it")
	}
	return false
}

// Err returns what did not fit when the operator's tables were to get their restored content: a *diag.Diagnostic that
// says which table, what was stored and what is wanted. The runtime asks behind the operator's Open, and before using
// it if there is an error, since a table that did not fit is empty.
func (s *Store) Err() error {
	if s.misfit == nil {
		return nil
	}
	return s.misfit
}

// Unclaimed names the restored tables and families that the operator has not opened, in the snapshots' order. The
// runtime asks behind the operator's Open: their content would be lost.
func (s *Store) Unclaimed() []string {
	type key struct {
		name     string
		inFamily bool
	}
	known := map[key]bool{}
	for _, name := range s.names {
		known[key{name, false}] = true
	}
	for _, f := range s.families {
		known[key{f.name, true}] = true
	}
	var names []string
	for _, part := range s.restored {
		for _, x := range part.Tables {
			if k := (key{x.Name, x.InFamily}); !known[k] {
				known[k] = true
				names = append(names, x.Name)
			}
		}
	}
	return names
}
