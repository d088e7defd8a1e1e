package parquet

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"weir/exec/format"
	"weir/vector"
)

// passes reports whether rows of a group may meet the filter that was pushed into the scan, and where none does, the
// latest event time among them, if it was asked for. What the statistics do not say for certain is read.
func (r *Reader) passes(g *group) (may bool, latest int64) {
	if r.pushed == nil {
		return true, 0
	}
	if r.pushed.Time >= 0 {
		b := r.bounds(g, r.columns[r.pushed.Time])
		ms, ok := b.High.(int64)
		if !ok || !b.NoNulls {
			return true, 0
		}
		latest = ms
	}
	return r.pruner.MayPass(func(column int) format.Bounds {
		if at := r.pushed.Columns[column]; at >= 0 {
			return r.bounds(g, r.columns[at])
		}
		return format.Bounds{}
	}), latest
}

// bounds is what the footer says of a column's values in a row group. They are values of the table's type: those of the
// file go the way that they go when they are read, which keeps their order. Where one of the two can't be read, nothing
// is known, and whoever reads the group says so.
func (r *Reader) bounds(g *group, n *node) (b format.Bounds) {
	defer func() {
		if recover() != nil {
			b = format.Bounds{} // a damaged footer is no reason not to read
		}
	}()
	if n.shape == absent {
		return format.Bounds{OnlyNulls: true}
	}
	if n.shape != flat {
		return format.Bounds{}
	}
	c, err := g.chunk(n.leaf.column, r.split.Size)
	if err != nil || c.values != g.rows {
		return format.Bounds{}
	}
	b.NoNulls = n.leaf.maxDef == 0
	s := r.footer.meta.RowGroups[g.number].Columns[n.leaf.column].GetMetaData().GetStatistics()
	if s == nil {
		return b
	}
	if s.IsSetNullCount() {
		nulls := s.GetNullCount()
		if nulls < 0 || nulls > g.rows || b.NoNulls && nulls > 0 {
			return format.Bounds{}
		}
		b.NoNulls, b.OnlyNulls = nulls == 0, nulls == g.rows
	}
	p, ok := r.footer.schema.Column(n.leaf.column).SchemaNode().(*schema.PrimitiveNode)
	if !ok {
		return b
	}
	var low, high []byte
	order := orderOf(p, n.typ)
	if orders := r.footer.meta.FileMetaData.GetColumnOrders(); n.leaf.column < len(orders) && orders[n.leaf.column].IsSetTYPE_ORDER() || order == signed {
		low, high = s.GetMinValue(), s.GetMaxValue()
	}
	if (low == nil || high == nil) && order == signed {
		low, high = s.GetMin(), s.GetMax() // of the time when all values were compared as signed ones
	}
	if low == nil || high == nil || order == unknown {
		return b
	}
	column, err := readBounds(p, n.typ, low, high)
	if err != nil {
		return b
	}
	b.Low, b.High = format.ValueAt(column, n.typ, 0), format.ValueAt(column, n.typ, 1)
	if format.Disordered(b, n.typ) {
		b.Low, b.High = nil, nil
	}
	return b
}

// order is how the writer of a column's statistics compared its values.
type order uint8

const (
	unknown order = iota
	signed        // as it ever was
	defined       // as the column's logical type asks for, if the file says so
)

// orderOf says what order the statistics of a column have that is read as type t; it is unknown where it is not that of
// t, or writers disagree.
func orderOf(n *schema.PrimitiveNode, t vector.Type) order {
	l := n.LogicalType()
	switch n.PhysicalType() {
	case parquet.Types.Boolean, parquet.Types.Float, parquet.Types.Double:
		return signed
	case parquet.Types.Int32, parquet.Types.Int64:
		if i, ok := l.(*schema.IntLogicalType); ok && !i.IsSigned() {
			return defined
		}
		return signed
	case parquet.Types.ByteArray, parquet.Types.FixedLenByteArray:
		switch l.(type) {
		case *schema.DecimalLogicalType:
			if t.Kind == vector.Decimal {
				return defined
			}
		case schema.StringLogicalType, schema.EnumLogicalType, schema.JSONLogicalType, schema.BSONLogicalType, schema.UUIDLogicalType,
			schema.NoLogicalType, schema.UnknownLogicalType, nil:
			if t.IsString() || t.IsBytes() {
				return defined // bytes, unsigned
			}
		}
	}
	return unknown
}

// readBounds reads the two values as a plain page that has them.
func readBounds(n *schema.PrimitiveNode, t vector.Type, low, high []byte) (vector.Column, error) {
	var data []byte
	width := 0
	switch n.PhysicalType() {
	case parquet.Types.Boolean:
		if len(low) != 1 || len(high) != 1 || low[0] > 1 || high[0] > 1 {
			return vector.Column{}, errValues
		}
		data = []byte{low[0] | high[0]<<1}
	case parquet.Types.ByteArray:
		for _, v := range [][]byte{low, high} {
			data = binary.LittleEndian.AppendUint32(data, uint32(len(v)))
			data = append(data, v...)
		}
	case parquet.Types.Int32, parquet.Types.Float:
		width = 4
	case parquet.Types.Int64, parquet.Types.Double:
		width = 8
	case parquet.Types.FixedLenByteArray:
		width = n.TypeLength()
	}
	if width > 0 {
		if len(low) != width || len(high) != width {
			return vector.Column{}, errValues
		}
		data = append(append(data, low...), high...)
	}
	v := newValues(n, t, false)
	if v == nil {
		return vector.Column{}, errValues
	}
	const both = 2
	v.begin(both)
	v.reset(both)
	if err := v.page(&page{kind: dataPage, values: both, encoding: parquet.Encodings.Plain, data: data}); err != nil {
		return vector.Column{}, err
	}
	if err := v.take(both); err != nil {
		return vector.Column{}, err
	}
	return v.column(nil, both)
}
