package expr

import (
	"math"

	"weir/vector"
	"weir/vector/kernel"
)

// moments are the times of a column in microseconds, whatever its type, and the nanoseconds behind them. Nodes keep
// one and use its memory again for every batch.
type moments struct {
	micros []int64
	nanos  []int64 // 0..999; nil for types of up to six digits
	room   []int64 // of nanos
}

// load reads a column of dates or times; a column of one row gives as many as are asked for.
func (m *moments) load(x vector.Column, t vector.Type, rows int) {
	m.micros = take(false, &m.micros, rows)
	m.nanos = nil
	n := x.Len()
	dst := m.micros[:n]
	switch {
	case t.Kind == vector.Date:
		kernel.Scale(dst, x.Int32(), kernel.MicrosPerDay)
	case t.Kind == vector.TimeOfDay:
		kernel.Scale(dst, x.Int32(), 1000)
	case t.Precision <= 3:
		kernel.Scale(dst, x.Int64(), 1000)
	case t.Precision <= 6:
		copy(dst, x.Int64())
	default:
		m.nanos = take(false, &m.room, rows)
		for i, v := range x.Int128() {
			dst[i], m.nanos[i] = v.HighBits(), int64(v.LowBits())
		}
	}
	for i := n; i < rows; i++ {
		m.micros[i] = m.micros[0]
		if m.nanos != nil {
			m.nanos[i] = m.nanos[0]
		}
	}
}

// store makes a column of a type; digits that the type does not have are cut off. The moments are used up.
func (m *moments) store(s *scratch, t vector.Type, valid vector.Bitmap) vector.Column {
	rows := len(m.micros)
	switch {
	case t.Kind == vector.Date:
		dst := take(s.kept, &s.i32, rows)
		kernel.Divide(dst, m.micros, kernel.MicrosPerDay)
		return vector.NewColumn(dst, valid)
	case t.Kind == vector.TimeOfDay:
		dst := take(s.kept, &s.i32, rows)
		step := int64(math.Pow10(6 - min(t.Precision, 3)))
		kernel.Cycle(m.micros, m.micros, kernel.MicrosPerDay, 1)
		kernel.FloorToStep(m.micros, m.micros, step)
		kernel.Divide(dst, m.micros, 1000)
		return vector.NewColumn(dst, valid)
	case t.Precision <= 3:
		dst := take(s.kept, &s.i64, rows)
		if t.Precision < 3 {
			kernel.FloorToStep(m.micros, m.micros, int64(math.Pow10(6-t.Precision)))
		}
		kernel.Divide(dst, m.micros, 1000)
		return vector.NewColumn(dst, valid)
	case t.Precision <= 6:
		dst := take(s.kept, &s.i64, rows)
		kernel.FloorToStep(dst, m.micros, int64(math.Pow10(6-t.Precision)))
		return vector.NewColumn(dst, valid)
	}
	dst := take(s.kept, &s.i128, rows)
	if m.nanos == nil {
		for i, x := range m.micros {
			dst[i] = kernel.NewDecimal128(x, 0)
		}
		return vector.NewColumn(dst, valid)
	}
	step := int64(math.Pow10(9 - t.Precision))
	for i, x := range m.micros {
		dst[i] = kernel.NewDecimal128(x, uint64(m.nanos[i]-m.nanos[i]%step))
	}
	return vector.NewColumn(dst, valid)
}

// instant is a date or a time in the parts that all of them share.
type instant struct {
	micros int64
	nanos  int64 // 0..999
}

// at returns the time of row i.
func (m *moments) at(i int) instant {
	v := instant{micros: m.micros[i]}
	if m.nanos != nil {
		v.nanos = m.nanos[i]
	}
	return v
}
