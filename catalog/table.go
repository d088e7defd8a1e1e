// Package catalog is what weir knows about the world of a session: tables, views, functions' signatures, settings and
// the options of connectors. It holds data and answers questions; it reads no file and plans nothing.
package catalog

import (
	"weir/parser/diag"
	"weir/vector"
)

// Column is a column of a table. A computed column has Expr, its SQL text, and the type that the planner found for it.
type Column struct {
	Name    string
	Type    vector.Type
	Expr    string // SQL text of a computed column; empty for a physical one
	Comment string
	// Metadata is the key of what the connector knows of a row beside its columns (file.path); empty for other columns.
	// Such a column is only read; Virtual says that it was declared so, and a writer passes over it.
	Metadata string
	Virtual  bool
}

// Watermark is WATERMARK FOR Column AS Expr.
type Watermark struct {
	Column string
	Expr   string // SQL text
}

// Table is a table as created. It is immutable once registered.
type Table struct {
	Identifier
	Columns    []Column
	Watermark  *Watermark // nil: none
	PrimaryKey []string   // columns; nil: none
	KeyName    string     // of the primary key's constraint
	Partitions []string   // columns by whose values files are kept in directories (PARTITIONED BY); nil: none
	// Distribution is what DISTRIBUTED says, which no connector of weir's does; nil: nothing.
	Distribution *Distribution
	Options      map[string]string
	// OptionSpans says where an option was written in Source, for errors about it.
	OptionSpans map[string]diag.Span
	Source      *diag.Source
	Comment     string
	Temporary   bool
	// Inferred says that nobody created the table: its columns were guessed from the file that a statement names.
	Inferred *Inferred
}

// Inferred is what a user is told who needs the table to be another.
type Inferred struct {
	// Create is the CREATE TABLE to begin with, with a WATERMARK if a column rises.
	Create string
	// Widen is the CREATE TABLE in which a column can hold a value that it can't hold now; without a column one that
	// passes over records that are none.
	Widen func(column string, value []byte) string
}

// Column returns the position of the column of that name, or -1.
func (t *Table) Column(name string) int {
	for i, c := range t.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// Distribution is DISTRIBUTED [BY [kind] (columns)] [INTO n BUCKETS].
type Distribution struct {
	Kind    string // HASH, RANGE or empty
	Columns []string
	Buckets int // 0: not said
}

// View is a stored query. Query is its text, printed from the AST when it was created, with full names of tables;
// Columns are its output. It is immutable once registered.
type View struct {
	Identifier
	Columns   []vector.Field
	Query     string
	Comment   string
	Temporary bool
}
