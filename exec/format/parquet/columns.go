package parquet

import (
	"context"
	"strings"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"weir/exec"
	"weir/exec/format"
	"weir/parser/diag"
	"weir/vector"
)

// Columns lists the columns of a file, each with the type that keeps all of its values. All are nullable: in another
// file of the same table they may be.
func Columns(ctx context.Context, s exec.Split, open OpenFunc) (fields []format.Field, err error) {
	r := &Reader{openFile: open}
	defer func() {
		if e := r.Close(); err == nil && e != nil {
			err = r.damaged(e)
		}
	}()
	defer r.recovered(&err)
	if err := r.Reopen(ctx, exec.Range{Split: s}); err != nil {
		return nil, err
	}
	b := &binder{file: r.footer.schema, path: s.Path, shared: map[int]*texts{}}
	root := b.file.Root()
	for i := range root.NumFields() {
		n := root.Field(i)
		t, ok := typeOf(n)
		if !ok {
			return nil, diag.New(codeSchema, diag.Span{}, "%s: column %s has no type that can be read", s.Path, n.Name()).
				WithHint("CREATE TABLE with the other columns")
		}
		f := format.Field{Name: n.Name(), Type: t}
		if _, err := b.column(i, f); err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// typeOf is the type of a node that may repeat: then it is a list.
func typeOf(n schema.Node) (vector.Type, bool) {
	t, ok := inner(n)
	if ok && n.RepetitionType() == parquet.Repetitions.Repeated {
		return vector.ArrayType(t), true
	}
	return t, ok
}

// inner is the type of a node but for its own repetition.
func inner(n schema.Node) (vector.Type, bool) {
	g, ok := n.(*schema.GroupNode)
	if !ok {
		return leafType(n.(*schema.PrimitiveNode)), true
	}
	switch n.LogicalType().(type) {
	case schema.ListLogicalType:
		if g.NumFields() == 1 && g.Field(0).RepetitionType() == parquet.Repetitions.Repeated {
			repeated := g.Field(0)
			elem, ok := inner(repeated)
			if r, group := repeated.(*schema.GroupNode); group && !isElement(r, n.Name()) {
				elem, ok = typeOf(r.Field(0))
			}
			return vector.ArrayType(elem), ok
		}
	case schema.MapLogicalType:
		if pair, ok := g.Field(0).(*schema.GroupNode); ok && g.NumFields() == 1 && pair.NumFields() == 2 {
			key, known := typeOf(pair.Field(0))
			value, read := typeOf(pair.Field(1))
			return vector.MapType(key.NotNull(), value), known && read
		}
	}
	row := vector.Type{Kind: vector.Row, Nullable: true}
	for i := range g.NumFields() {
		t, ok := typeOf(g.Field(i))
		if !ok || strings.ContainsRune(g.Field(i).Name(), '`') {
			return row, false
		}
		row.Fields = append(row.Fields, vector.Field{Name: g.Field(i).Name(), Type: t})
	}
	return row, len(row.Fields) > 0
}

// leafType is the type of a value: what its annotation says, else what it is stored as.
func leafType(n *schema.PrimitiveNode) vector.Type {
	switch l := n.LogicalType().(type) {
	case schema.StringLogicalType, schema.EnumLogicalType, schema.JSONLogicalType:
		return vector.StringType
	case *schema.DecimalLogicalType:
		return vector.DecimalType(int(l.Precision()), int(l.Scale()))
	case schema.DateLogicalType:
		return vector.DateType
	case *schema.TimeLogicalType:
		t := vector.TimeType
		t.Precision = 3 // a TIME has milliseconds
		return t
	case *schema.TimestampLogicalType:
		digits := map[schema.TimeUnitType]int{schema.TimeUnitMillis: 3, schema.TimeUnitMicros: 6, schema.TimeUnitNanos: 9}[l.TimeUnit()]
		if l.IsAdjustedToUTC() {
			return vector.TimestampLTZType(digits)
		}
		return vector.TimestampType(digits)
	case *schema.IntLogicalType:
		return integerType(l)
	}
	switch n.PhysicalType() {
	case parquet.Types.Boolean:
		return vector.BooleanType
	case parquet.Types.Int32:
		return vector.IntType
	case parquet.Types.Int64:
		return vector.BigIntType
	case parquet.Types.Int96:
		return vector.TimestampType(9)
	case parquet.Types.Float:
		return vector.FloatType
	case parquet.Types.Double:
		return vector.DoubleType
	}
	return vector.BytesType
}

// unsignedDigits are those of the greatest integer of 64 bits without a sign.
const unsignedDigits = 20

// integerType is the narrowest type for integers of so many bits; without a sign the next one, which of 64 bits is a
// DECIMAL.
func integerType(l *schema.IntLogicalType) vector.Type {
	bits := int(l.BitWidth())
	if !l.IsSigned() {
		bits *= 2
	}
	switch {
	case bits <= 8:
		return vector.TinyIntType
	case bits <= 16:
		return vector.SmallIntType
	case bits <= 32:
		return vector.IntType
	case bits > 64:
		return vector.DecimalType(unsignedDigits, 0)
	}
	return vector.BigIntType
}
