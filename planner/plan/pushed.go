package plan

import "weir/vector"

// Pushed is a condition that the operators behind a scan ask of its rows, as far as a source can make use of it: rows
// for which it is not TRUE may be left out, and need not be. It says nothing that the plan does not say elsewhere, so
// it is no part of what a scan means.
type Pushed struct {
	// Filter is made of AND, OR, NOT, comparisons of a column with a literal, IN, the IS tests and BOOLEAN columns.
	Filter Expr
	// Columns are by column of Filter what it stands for, as index in Scan.Read; -1: a column that this reader has not.
	Columns []int
	// Records says that records may be left out, as row groups are. Time is the rowtime, as index in Scan.Read: then they
	// may only where the latest time among them is known, and none of theirs is NULL. -1: nobody asks.
	Records bool
	Time    int
	// Splits says that whole splits may be left out, without a word of their times.
	Splits bool
}

// WatermarkDelay recognises the watermarks ts and ts - INTERVAL of the rowtime column, which need no evaluation: the
// watermark is the rowtime less so many ms.
func WatermarkDelay(e Expr, rowtime int) (ms int64, ok bool) {
	switch e := e.(type) {
	case *Column:
		return 0, e.Index == rowtime
	case *Cast:
		if e.X.Type().Same(e.T) {
			return WatermarkDelay(e.X, rowtime)
		}
	case *Call:
		if e.Name != "-" || len(e.Args) != 2 {
			return 0, false
		}
		l, ok := e.Args[1].(*Literal)
		if !ok || l.T.Kind != vector.IntervalSecond || l.Value == nil {
			return 0, false
		}
		base, ok := WatermarkDelay(e.Args[0], rowtime)
		return base + l.Value.(int64), ok
	}
	return 0, false
}
