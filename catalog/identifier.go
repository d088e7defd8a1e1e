package catalog

// The catalog and the database that a session begins in, as in Flink.
const (
	DefaultCatalog  = "default_catalog"
	DefaultDatabase = "default_database"
)

// Identifier is the full name of a table, a view or a function.
type Identifier struct{ Catalog, Database, Name string }

// Default identifies an object of the database that a session begins in.
func Default(name string) Identifier { return Identifier{DefaultCatalog, DefaultDatabase, name} }

// Path is the full name as messages and names of jobs have it: catalog.database.name.
func (i Identifier) Path() string { return i.Catalog + "." + i.Database + "." + i.Name }

// Beside identifies an object of the same database.
func (i Identifier) Beside(name string) Identifier { return Identifier{i.Catalog, i.Database, name} }
