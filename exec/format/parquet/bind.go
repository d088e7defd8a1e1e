package parquet

import (
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"weir/exec/format"
	"weir/parser/diag"
	"weir/vector"
)

// The codes of files that can't be read as the table they should be.
const (
	codeDamaged = "W4011"
	codeSchema  = "W4012"
)

// levels are those of a node of a file's schema: how many groups above it, itself included, may be missing (def) or
// repeat (rep); slot is the definition level of the innermost one that repeats.
type levels struct{ def, rep, slot int }

// below are the levels of a node below.
func (l levels) below(n schema.Node) levels {
	switch n.RepetitionType() {
	case parquet.Repetitions.Optional:
		l.def++
	case parquet.Repetitions.Repeated:
		l.def++
		l.rep++
		l.slot = l.def
	}
	return l
}

// binder finds the columns of a table in a file.
type binder struct {
	file   *schema.Schema
	path   string
	shared map[int]*texts // collectors that outlive the file, by column of the table
}

// mismatch is why a column can't be read.
func (b *binder) mismatch(format string, args ...any) *diag.Diagnostic {
	return diag.New(codeSchema, diag.Span{}, "%s: %s", b.path, fmt.Sprintf(format, args...))
}

// column binds a column of the table.
func (b *binder) column(i int, f format.Field) (*node, error) {
	root := b.file.Root()
	n := find(root, f.Name)
	if n == nil {
		return b.missing(root, f.Name, f.Type)
	}
	if leaf, ok := n.(*schema.PrimitiveNode); ok && n.RepetitionType() != parquet.Repetitions.Repeated {
		at := levels{}.below(n)
		out, err := b.leaf(leaf, f.Type, at, f.Name, true)
		if err != nil {
			return nil, err
		}
		out.shape = flat
		if t, ok := out.leaf.values.(*texts); ok && !t.binary {
			if b.shared[i] == nil {
				b.shared[i] = t
			}
			out.leaf.values = b.shared[i]
		}
		return out, nil
	}
	return b.node(n, f.Type, levels{}, f.Name)
}

// find returns the field of that name; nil: there is none.
func find(g *schema.GroupNode, name string) schema.Node {
	for i := range g.NumFields() {
		if f := g.Field(i); f.Name() == name {
			return f
		}
	}
	return nil
}

// missing binds what the file has not: NULL, as in Flink, unless it likely has it under another name.
func (b *binder) missing(g *schema.GroupNode, name string, t vector.Type) (*node, error) {
	names := make([]string, g.NumFields())
	for i := range names {
		names[i] = g.Field(i).Name()
		if strings.EqualFold(names[i], name) {
			return nil, b.mismatch("there is no column '%s'", name).WithHint("names are case-sensitive: the file has '%s'", names[i])
		}
	}
	if !t.Nullable {
		d := b.mismatch("there is no column '%s', which is NOT NULL", name)
		if near, ok := diag.Nearest(name, names); ok {
			d.WithHint("did you mean '%s'?", near)
		}
		return nil, d
	}
	return &node{typ: t, shape: absent}, nil
}

// leaf binds a value.
func (b *binder) leaf(n *schema.PrimitiveNode, t vector.Type, at levels, path string, coded bool) (*node, error) {
	v := newValues(n, t, coded)
	column := b.file.ColumnIndexByNode(n)
	if v == nil || column < 0 {
		return nil, b.unreadable(n, t, path)
	}
	l := &leaf{column: column, path: path, maxDef: at.def, maxRep: at.rep, values: v}
	return &node{typ: t, shape: value, leaf: l, slot: at.slot, rep: at.rep, def: at.def}, nil
}

// unreadable says that a column is of another type.
func (b *binder) unreadable(n schema.Node, t vector.Type, path string) error {
	what := "a group"
	if p, ok := n.(*schema.PrimitiveNode); ok {
		what = p.PhysicalType().String()
	}
	if l := n.LogicalType(); l != nil && !l.IsNone() {
		what += " (" + l.String() + ")"
	}
	return b.mismatch("column %s is %s in the file, which can't be read as %s", path, what, t.Name())
}

// node binds a node below others. It may repeat: then it is the list itself.
func (b *binder) node(n schema.Node, t vector.Type, above levels, path string) (*node, error) {
	at := above.below(n)
	if n.RepetitionType() == parquet.Repetitions.Repeated {
		// A list without a group around it is never NULL.
		if t.Kind != vector.Array {
			return nil, b.unreadable(n, t, path)
		}
		list := &node{typ: t, shape: listed, slot: above.slot, rep: above.rep, def: above.def, elem: at.def, elemRep: at.rep}
		elem, err := b.inside(n, *t.Elem, at, path)
		list.parts = []*node{elem}
		return list, err
	}
	return b.inside(n, t, at, path)
}

// inside binds a node whose own levels are at.
func (b *binder) inside(n schema.Node, t vector.Type, at levels, path string) (*node, error) {
	if p, ok := n.(*schema.PrimitiveNode); ok {
		return b.leaf(p, t, at, path, false)
	}
	g := n.(*schema.GroupNode)
	out := &node{typ: t, slot: at.slot, rep: at.rep, def: at.def}
	switch t.Kind {
	case vector.Row:
		out.shape = grouped
		for _, f := range t.Fields {
			var part *node
			var err error
			if field := find(g, f.Name); field != nil {
				part, err = b.node(field, f.Type, at, path+"."+f.Name)
			} else {
				part, err = b.missing(g, f.Name, f.Type)
			}
			if err != nil {
				return nil, err
			}
			out.parts = append(out.parts, part)
		}
		if out.first() == nil {
			return nil, b.mismatch("column %s has none of the fields of %s", path, t.Name())
		}
		return out, nil
	case vector.Array:
		if g.NumFields() != 1 || g.Field(0).RepetitionType() != parquet.Repetitions.Repeated {
			return nil, b.unreadable(n, t, path)
		}
		repeated := g.Field(0)
		inner := at.below(repeated)
		out.shape, out.elem, out.elemRep = listed, inner.def, inner.rep
		var elem *node
		var err error
		if r, ok := repeated.(*schema.GroupNode); ok && !isElement(r, n.Name()) {
			elem, err = b.node(r.Field(0), *t.Elem, inner, path)
		} else {
			elem, err = b.inside(repeated, *t.Elem, inner, path)
		}
		out.parts = []*node{elem}
		return out, err
	case vector.Map, vector.Multiset:
		if g.NumFields() != 1 || g.Field(0).RepetitionType() != parquet.Repetitions.Repeated {
			return nil, b.unreadable(n, t, path)
		}
		pair, ok := g.Field(0).(*schema.GroupNode)
		if !ok || pair.NumFields() != 2 {
			return nil, b.unreadable(n, t, path)
		}
		inner := at.below(pair)
		out.shape, out.elem, out.elemRep = mapped, inner.def, inner.rep
		k, v := t.Entry()
		key, err := b.node(pair.Field(0), k, inner, path+".key")
		if err != nil {
			return nil, err
		}
		value, err := b.node(pair.Field(1), v, inner, path+".value")
		out.parts = []*node{key, value}
		return out, err
	}
	return nil, b.unreadable(n, t, path)
}

// isElement says of the repeated group in a list whether it is the element itself, as old writers have it, or a group
// around it.
func isElement(g *schema.GroupNode, list string) bool {
	return g.NumFields() != 1 || g.Name() == "array" || g.Name() == list+"_tuple"
}
