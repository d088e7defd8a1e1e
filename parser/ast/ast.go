// Package ast holds the nodes of a parsed statement. Every node knows the bytes of the source it was read from and
// prints back to SQL that parses to the same tree.
package ast

import (
	"strings"

	"weir/parser/diag"
)

// Node is any node.
type Node interface{ Span() diag.Span }

// Pos is embedded by every node.
type Pos struct{ At diag.Span }

// Span returns the bytes the node was read from.
func (p Pos) Span() diag.Span { return p.At }

// Statement is a whole statement.
type Statement interface {
	Node
	statement()
}

// Query is what gives rows: a body with its WITH, ORDER BY, LIMIT (also written FETCH) and OFFSET.
type Query struct {
	Pos
	Recursive bool // WITH RECURSIVE
	With      []CTE
	Body      Body
	OrderBy   []Order
	Limit     Expr // nil: none (also LIMIT ALL)
	Offset    Expr // nil: none
}

// CTE is one element of WITH.
type CTE struct {
	Pos
	Name    Ident
	Columns []Ident
	Query   *Query
}

// Order is one element of ORDER BY. NullsFirst nil means the default: NULL is the smallest value.
type Order struct {
	Pos
	Expr       Expr
	Desc       bool
	NullsFirst *bool
}

// Body is a Select, Values, SetOperation, WholeTable, or a Query in parentheses (Parens).
type Body interface {
	Node
	body()
}

// Select is one query block.
type Select struct {
	Pos
	Hints    []Hint
	Stream   bool // SELECT STREAM
	Distinct bool
	Items    []Item
	From     From // nil: none
	Where    Expr
	// GroupBy holds the keys, among which Grouping and GroupingSet stand for several.
	GroupBy []Expr
	// Grouped says that GROUP BY was written, also as GROUP BY (); DistinctGroups that it was GROUP BY DISTINCT.
	Grouped        bool
	DistinctGroups bool
	Having         Expr
	Windows        []NamedWindow // WINDOW w AS (…)
	Qualify        Expr
}

// NamedWindow is an element of WINDOW.
type NamedWindow struct {
	Pos
	Name Ident
	Spec *Window
}

// Item is an element of the select list: an expression with an optional alias, or a star.
type Item struct {
	Pos
	Expr  Expr // *Star for * and t.*
	Alias *Ident
}

// Values is VALUES (…), (…).
type Values struct {
	Pos
	Rows [][]Expr
}

// SetOperation combines two bodies: Op is UNION, INTERSECT or EXCEPT.
type SetOperation struct {
	Pos
	Op          string
	All         bool
	Left, Right Body
}

// WholeTable is TABLE t as a query. Who keeps the query may set Select, which it is from then on: the table's columns as
// they were then.
type WholeTable struct {
	Pos
	Name   Name
	Select *Select // nil: not set
}

// Parens is a query in parentheses as a body.
type Parens struct {
	Pos
	Query *Query
}

// From is a table reference.
type From interface {
	Node
	from()
}

// Alias is AS name (columns…).
type Alias struct {
	Name    Ident
	Columns []Ident
}

// TableRef names a table or view, with hints: t /*+ OPTIONS('a'='b') */ AS x. AsOf is the time in FOR SYSTEM_TIME AS OF.
type TableRef struct {
	Pos
	Name  Name
	Hints []Hint
	AsOf  Expr // nil: none
	Alias *Alias
}

// Derived is a subquery in FROM.
type Derived struct {
	Pos
	Lateral bool
	Query   *Query
	Alias   *Alias
}

// TableFunction is TABLE(TUMBLE(…)), TUMBLE(…), LATERAL TABLE(f(…)), with its alias. The arguments of a windowing
// function are TableArg, Descriptor and expressions, each possibly named (=>).
type TableFunction struct {
	Pos
	Lateral   bool
	Table     bool    // TABLE(…) was written around it
	Qualifier []Ident // catalog and database in front of the name
	Name      Ident
	Args      []Arg
	Alias     *Alias
}

// Arg is an argument of a table function; Name is nil for a positional one.
type Arg struct {
	Pos
	Name  *Ident
	Value Node // *TableArg, *ModelArg, *Descriptor or Expr
}

// TableArg is TABLE t or a query in parentheses, with the PARTITION BY and ORDER BY of a function over sets of rows.
type TableArg struct {
	Pos
	Table       *TableRef // or
	Query       *Query
	PartitionBy []Expr
	OrderBy     []Order
}

// ModelArg is MODEL m.
type ModelArg struct {
	Pos
	Name Name
}

// Descriptor is DESCRIPTOR(col, …).
type Descriptor struct {
	Pos
	Columns []Ident
}

// Unnest is UNNEST(array, …) [WITH ORDINALITY]. More are the arrays behind the first.
type Unnest struct {
	Pos
	Array      Expr
	More       []Expr
	Ordinality bool
	Alias      *Alias
}

// Join combines two table references. Kind is CROSS (also for a comma), INNER, LEFT, RIGHT or FULL.
type Join struct {
	Pos
	Natural     bool
	Kind        string
	Left, Right From
	On          Expr
	Using       []Ident
}

// Hint is one hint of /*+ … */: PARALLELISM(4), PARALLELISM('aggregate'='8'), OPTIONS('k'='v').
type Hint struct {
	Pos
	Name string // as written
	Args []HintArg
}

// HintArg is an argument of a hint: a bare value (Key empty) or key = value. Texts are without their quotes.
type HintArg struct {
	Pos
	Key    string
	Value  string
	Quoted bool // the value was a string literal
}

// Ident is a name; Name is without backticks.
type Ident struct {
	Pos
	Name   string
	Quoted bool
}

// Name is a possibly qualified name: catalog.database.table. File says that it is the path of a file, which was written
// in single quotes and is its one part.
type Name struct {
	Pos
	Parts []Ident
	File  bool
}

// String prints the name with dots, unquoted.
func (n Name) String() string {
	var b strings.Builder
	for i, p := range n.Parts {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p.Name)
	}
	return b.String()
}

// Option is 'key' = 'value' in WITH.
type Option struct {
	Pos
	Key, Value         string
	KeySpan, ValueSpan diag.Span
}

// TypeName is a type as written: Name in upper case (TIMESTAMP_LTZ for its long form, STRING, …).
type TypeName struct {
	Pos
	Name    string
	Params  []int // (10, 2)
	NotNull bool
	Elem    *TypeName   // ARRAY<Elem>, MAP<Key, Elem>, MULTISET<Elem>
	Key     *TypeName   //
	Fields  []TypeField // ROW<…>, STRUCTURED<…>
	// Class is the name of the class of STRUCTURED<'class', …> and RAW('class', 'serializer'); Serializer is the second.
	Class, Serializer string
	// User names a type of the user's; Name is empty then.
	User *Name
}

// TypeField is a field of a ROW type.
type TypeField struct {
	Name    Ident
	Type    *TypeName
	Comment string
}

// Statements.

// QueryStatement is a query run for its result.
type QueryStatement struct {
	Pos
	Query *Query
}

// Insert is INSERT INTO|OVERWRITE t [hints] [PARTITION (…)] [(columns)] query.
type Insert struct {
	Pos
	Overwrite bool
	Table     Name
	Hints     []Hint
	Partition []PartitionValue
	Columns   []Ident
	Query     *Query
}

// Drop is DROP [TEMPORARY] [SYSTEM] kind [IF EXISTS] name [RESTRICT|CASCADE].
type Drop struct {
	Pos
	Temporary bool
	System    bool
	Kind      string // TABLE, VIEW, MATERIALIZED TABLE, CATALOG, DATABASE, FUNCTION, MODEL or CONNECTION
	IfExists  bool
	Name      Name
	Behavior  string // RESTRICT, CASCADE or empty
}

// Set is SET 'key' = 'value'; with an empty Key and HasValue false it lists the settings.
type Set struct {
	Pos
	Key, Value string
	HasValue   bool
	KeySpan    diag.Span
	ValueSpan  diag.Span
}

// Reset is RESET ['key'].
type Reset struct {
	Pos
	Key     string // empty: all
	KeySpan diag.Span
}

// Explain is EXPLAIN [PLAN FOR | ANALYZE | detail, …] statement: a query, INSERT, EXECUTE, a StatementSet or a CREATE
// TABLE with a query. Details are in upper case: ESTIMATED_COST,
// CHANGELOG_MODE, PLAN_ADVICE, JSON_EXECUTION_PLAN.
type Explain struct {
	Pos
	Analyze   bool
	Details   []string
	Statement Statement
}

// Show is SHOW TABLES|VIEWS|… . What is in upper case: TABLES, VIEWS, MATERIALIZED TABLES, FUNCTIONS, USER FUNCTIONS,
// PROCEDURES, MODELS, CONNECTIONS, JOBS, JARS, MODULES, FULL MODULES, DATABASES, CATALOGS, CURRENT CATALOG, CURRENT
// DATABASE, COLUMNS or PARTITIONS; the table of the last two is in From.
type Show struct {
	Pos
	What      string
	From      *Name
	Partition []PartitionValue // SHOW PARTITIONS t PARTITION (…)
	Like      *string
	ILike     bool // the pattern's case does not matter
	Not       bool
}

// ShowCreate is SHOW CREATE TABLE|VIEW|MATERIALIZED TABLE|CATALOG|MODEL|CONNECTION name.
type ShowCreate struct {
	Pos
	Kind string
	Name Name
}

// Describe is DESCRIBE|DESC [kind] [EXTENDED] name.
type Describe struct {
	Pos
	Kind     string // CATALOG, DATABASE, FUNCTION, MODEL or CONNECTION; empty for a table or view
	Extended bool
	Name     Name
}

// DescribeJob is DESCRIBE|DESC JOB 'id'. JobSpan is where the job is named, quotes included.
type DescribeJob struct {
	Pos
	Job     string
	JobSpan diag.Span
}

// StopJob is STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]. JobSpan is as in DescribeJob.
type StopJob struct {
	Pos
	Job       string
	JobSpan   diag.Span
	Savepoint bool
	Drain     bool // only with Savepoint
}

// SourceFile is SOURCE 'path', which runs the statements of a file.
type SourceFile struct {
	Pos
	Path     string
	PathSpan diag.Span
}

// Quit is QUIT or EXIT; Help is HELP; Clear is CLEAR.
type Quit struct{ Pos }
type Help struct{ Pos }
type Clear struct{ Pos }

func (*QueryStatement) statement() {}
func (*Insert) statement()         {}
func (*Drop) statement()           {}
func (*Set) statement()            {}
func (*Reset) statement()          {}
func (*Explain) statement()        {}
func (*Show) statement()           {}
func (*ShowCreate) statement()     {}
func (*Describe) statement()       {}
func (*DescribeJob) statement()    {}
func (*StopJob) statement()        {}
func (*SourceFile) statement()     {}
func (*Quit) statement()           {}
func (*Help) statement()           {}
func (*Clear) statement()          {}

func (*Select) body()       {}
func (*Values) body()       {}
func (*SetOperation) body() {}
func (*WholeTable) body()   {}
func (*Parens) body()       {}

func (*TableRef) from()      {}
func (*Derived) from()       {}
func (*TableFunction) from() {}
func (*Unnest) from()        {}
func (*Join) from()          {}
