// Package kernel computes over slices: hashes, text forms and their parsing, calendar and decimal arithmetic,
// comparison and arithmetic of whole columns. It decides nothing: types, NULL rules and errors are its callers'.
// Every kernel spells its operator in its body and never allocates per row.
package kernel
