package planner

import (
	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
)

// Identify completes a name with the current catalog and database. Its error is a *diag.Diagnostic.
func Identify(c *catalog.Catalog, name ast.Name) (catalog.Identifier, error) {
	parts := make([]string, len(name.Parts))
	for i, p := range name.Parts {
		parts[i] = p.Name
	}
	id, ok := c.Identify(parts...)
	if !ok {
		return id, diag.New(codeNoTable, name.At, "'%s' has %d parts", name, len(parts)).WithHint("a name is at most catalog.database.name")
	}
	return id, nil
}

// QuotedPath is a full name in backticks, as Flink prints it.
func QuotedPath(id catalog.Identifier) string {
	return ast.QuoteIdent(id.Catalog) + "." + ast.QuoteIdent(id.Database) + "." + ast.QuoteIdent(id.Name)
}
