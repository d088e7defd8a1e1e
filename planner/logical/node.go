// Package logical is a query after names and types are resolved and before parallelism is decided: a tree of
// relational nodes over typed expressions (those of plan). The resolver makes it, the rules rewrite it, the physical
// planner turns it into a plan.Graph.
package logical

import (
	"weir/catalog"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// Node is a relational operator. Expressions refer to the concatenated schemas of its inputs.
type Node interface {
	Schema() []vector.Field
	Inputs() []Node
	// Block is the query block the node was written in; its hints decide the node's parallelism.
	Block() *Block
	// Windows says which columns of the schema are window properties, nil if none.
	Windows() *Windows
}

// Block is a query block (a SELECT, with what stands in its FROM inside). Outer blocks' hints reach inwards where the
// inner one says nothing.
type Block struct {
	Outer       *Block
	Parallelism int // 0: not said
	Max         int // 0: not said
	// Named holds PARALLELISM('aggregate'='8'), by operator kind in lower case: scan, filter, project, calc,
	// aggregate, window, join, sort, limit, topn, union, unnest, sink.
	Named    map[string]int
	NamedMax map[string]int
	At       diag.Span // of the hints
	NamedAt  map[string]diag.Span
}

// Windows tells which columns carry a window: aggregates that group by Start and End are window aggregates. Columns
// are indices into the schema, −1 where the property was projected away.
type Windows struct {
	Start, End, Time int
	// Function is the windowing function that still has to be done by the aggregate above; nil where the rows come
	// out of a window aggregate already (then the window is plan.Attached).
	Function *WindowFunction
	LTZ      bool
}

// Base carries what all nodes have; nodes embed it.
type Base struct {
	Out []vector.Field
	In  []Node
	Blk *Block
	Win *Windows
}

func (b *Base) Schema() []vector.Field { return b.Out }
func (b *Base) Inputs() []Node         { return b.In }
func (b *Base) Block() *Block          { return b.Blk }
func (b *Base) Windows() *Windows      { return b.Win }

// Scan reads a table: its schema is all the table's columns, computed ones included, in their order.
type Scan struct {
	Base
	Table       *catalog.Table
	Options     map[string]string // with an OPTIONS hint's merged in
	Computed    map[int]plan.Expr // by table column, over the table's physical columns (indices into Table.Columns)
	Rowtime     int               // table column; -1: none
	Watermark   plan.Expr         // over Table.Columns; nil: none
	Parallelism int               // of a hint behind the table; 0: not said
	Max         int
	Stamp       bool // somebody asks for CURRENT_WATERMARK
	At          diag.Span
	Unbounded   bool
}

// Values gives constant rows.
type Values struct {
	Base
	Rows [][]plan.Expr
}

// Filter keeps rows for which Cond is true.
type Filter struct {
	Base
	Cond plan.Expr
}

// Project computes Exprs; the schema has their names.
type Project struct {
	Base
	Exprs []plan.Expr
}

// WindowFunction is TUMBLE as a table function: the schema is the input's and window_start, window_end, window_time.
type WindowFunction struct {
	Base
	Time         int // rowtime column of the input
	Size, Offset int64
	LTZ          bool
	At           diag.Span
}

// Aggregate groups by Keys (columns of the input: the resolver puts a Project under it that computes them and the
// arguments). Schema: Keys, Calls. Windowed says that the keys contain the window's start and end, so that it is a
// window aggregate; StartKey, EndKey, TimeKey are positions in Keys of the window properties, −1 where absent.
type Aggregate struct {
	Base
	Keys     []int
	Calls    []plan.Aggregate // Args and Filter are columns of the input
	Windowed bool
	StartKey int
	EndKey   int
	TimeKey  int
	At       diag.Span
}

// Unnest is CROSS JOIN UNNEST(array): the schema is the input's, the element (a ROW's fields, a MAP's key and value) and
// perhaps its ordinality.
type Unnest struct {
	Base
	Array      plan.Expr // over the input
	Ordinality bool
	Left       bool
}

// Union is UNION ALL: inputs have the same types but for nullability.
type Union struct{ Base }

// Sort is ORDER BY with its OFFSET and LIMIT (-1: none). Keys may be empty: LIMIT alone.
type Sort struct {
	Base
	Keys          []plan.SortKey
	Offset, Limit int64
	At            diag.Span
}

// Set is the top of several INSERTs that run as one job: the inputs are Sinks.
type Set struct{ Base }

// Sink is the top of INSERT: the input has the table's physical columns in order.
type Sink struct {
	Base
	Source      *diag.Source // of the INSERT
	Table       *catalog.Table
	Options     map[string]string
	Parallelism int // of a hint behind the target; 0: not said
	Max         int
	At          diag.Span
	// Overwrite says that the rows replace those that the table has, or those of the partitions that they are in. Static
	// are the values that PARTITION gives, by partition column.
	Overwrite bool
	Static    map[string]*plan.Literal
}

// Collect is the top of a query run for its result.
type Collect struct{ Base }
