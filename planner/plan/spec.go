package plan

import (
	"weir/catalog"
	"weir/vector"
)

// Spec is what an operator does. Columns are indices into the input's schema unless said otherwise.
type Spec interface{ spec() }

// Scan reads a table. Its output is the Read columns, then the Computed ones.
type Scan struct {
	Table   *catalog.Table
	Options map[string]string // WITH with an OPTIONS hint's merged in
	Read    []int             // physical columns of Table that are parsed, ascending
	// Computed are expressions over the Read columns.
	Computed []Expr
	Rowtime  int // output column of the event time; -1: none
	// Watermark is an expression over the output columns; nil: none.
	Watermark Expr
	// Origin asks for vector.Batch.Origin. Stamp asks for Behind on every row (CURRENT_WATERMARK).
	Origin, Stamp bool
	Unbounded     bool
	// Pushed is what the operators behind ask of the rows; nil: nothing that a source could make use of.
	Pushed *Pushed
}

// Values gives constant rows; every expression is over no columns. Origin as in Scan.
type Values struct {
	Rows   [][]Expr
	Origin bool
}

// Calc filters and projects: rows for which Filter is true (nil: all), then Exprs over the input. A plain Column
// expression copies nothing.
type Calc struct {
	Filter Expr
	Exprs  []Expr
}

// Unnest gives each input row once per element of its array, map or multiset column, the element as last column, or
// columns: the fields of a ROW (a NULL among them is none), key and value of a MAP's entry; no row for NULL or
// empty, unless Left (then one with NULL).
type Unnest struct {
	Array      int
	Drops      bool // the array is no column of the output: repeating it by its elements costs their square
	Ordinality bool // a further INT column, from 1
	Left       bool
}

// WindowKind is the shape of windows.
type WindowKind uint8

// The shapes. Attached windows were assigned by an earlier operator: the rows have their start and end as columns.
const (
	Tumble WindowKind = iota
	Attached
)

// Window assigns rows to windows. Times are ms.
type Window struct {
	Kind         WindowKind
	Time         int // Tumble: the rowtime column
	Size, Offset int64
	Start, End   int // Attached: columns of window_start and window_end (TIMESTAMP(3)); the row's rowtime is End − 1
	// LTZ says that Time is TIMESTAMP_LTZ: windows align to local time, starts and ends are local, and lateness
	// compares the window's end taken back to an instant.
	LTZ bool
}

// Phase is the place of an aggregate in two-phase aggregation.
type Phase uint8

// Single is the only phase; Local works before the exchange, Final behind it.
const (
	Single Phase = iota
	Local
	Final
)

// Aggregate is one aggregate call. In Final phase Args are the input's partial columns instead.
type Aggregate struct {
	Func     string // name in catalog
	Args     []int
	Filter   int // BOOLEAN column; -1: none
	Distinct bool
	Types    []vector.Type // of the arguments in Single and Local phase
	Result   vector.Type
	Name     string // for EXPLAIN
	// Constants are literal arguments that are no columns (LISTAGG's separator), after Args.
	Constants []*Literal
}

// WindowProperty is a column that a window aggregate adds.
type WindowProperty uint8

// The properties of a window.
const (
	WindowStart WindowProperty = iota
	WindowEnd
	WindowTime
)

// WindowAggregate groups by window and keys. Output, Single and Final: Keys, Aggregates, Properties. Output, Local:
// Keys, each aggregate's partial columns, then the window's end (TIMESTAMP(3), as an instant for LTZ local time) and,
// for Attached windows, its start. Input of Final is Local's output; its Keys are the first columns.
type WindowAggregate struct {
	Phase      Phase
	Window     Window
	Keys       []int
	Aggregates []Aggregate
	Properties []WindowProperty
	// TimeType is the type of WindowTime: TIMESTAMP(3) or TIMESTAMP_LTZ(3).
	TimeType vector.Type
	// Retracts says that the input is a changelog.
	Retracts bool
	// Batch: nothing is late, rows with NULL rowtime drop out and are counted.
	Batch bool
	Zone  string // session zone, for LTZ
}

// GroupAggregate groups without windows. Output: Keys, Aggregates. In streaming mode it gives a changelog, compacted
// per batch; in batch mode (Batch) final rows at the end of input. Without Keys and in batch mode an empty input gives
// one row.
type GroupAggregate struct {
	Keys       []int
	Aggregates []Aggregate
	Retracts   bool // the input is a changelog
	Batch      bool
}

// SortKey is one column of an ordering.
type SortKey struct {
	Column     int
	Desc       bool
	NullsFirst bool
}

// Sort orders the whole input (batch mode), then skips Offset rows and gives at most Limit (-1: all).
type Sort struct {
	Keys          []SortKey
	Offset, Limit int64
}

// TopN keeps the Offset+Limit first rows of a changing input in streaming mode and gives a changelog of rows
// Offset.. of them.
type TopN struct {
	Keys          []SortKey
	Offset, Limit int64
	Retracts      bool // the input is a changelog
}

// Limit gives the first Limit rows after Offset in arrival order. Over a changelog (Retracts) a row's deletion lets
// the next one in.
type Limit struct {
	Offset, Limit int64
	Retracts      bool
}

// Sink writes into a table.
type Sink struct {
	Table   *catalog.Table
	Options map[string]string // WITH with an OPTIONS hint's merged in
	// NotNull are columns that are declared NOT NULL; Drop says whether a NULL there drops the row or fails the job.
	NotNull []int
	Drop    bool
	// InsertOnly says that the rows are all inserts.
	InsertOnly bool
	// Lengths are columns whose strings or bytes have a length that their type bounds, which the sink checks.
	Lengths []int
	// Overwrite says that the rows replace those that the table has, or those of the partitions that they are in. Static
	// are the values that PARTITION gives, by partition column: if they are all of its columns that partition is replaced
	// also where there are no rows.
	Overwrite bool
	Static    map[string]*Literal
}

// Collect hands rows to the session as a query's result.
type Collect struct {
	NotNull []int
}

func (*Scan) spec()            {}
func (*Values) spec()          {}
func (*Calc) spec()            {}
func (*Unnest) spec()          {}
func (*WindowAggregate) spec() {}
func (*GroupAggregate) spec()  {}
func (*Sort) spec()            {}
func (*TopN) spec()            {}
func (*Limit) spec()           {}
func (*Sink) spec()            {}
func (*Collect) spec()         {}
