package ast

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// ColumnRef is a possibly qualified column: c, t.c.
type ColumnRef struct {
	Pos
	Parts []Ident
}

// Star is * or t.* in a select list, or the argument of COUNT(*).
type Star struct {
	Pos
	Qualifier []Ident
}

// NumberLit is a number as written: 1, 1.50, .5, 1e3.
type NumberLit struct {
	Pos
	Text string
}

// StringLit is 'text'; Value is without quotes and escapes.
type StringLit struct {
	Pos
	Value string
}

// BinaryLit is x'4142'.
type BinaryLit struct {
	Pos
	Value []byte
}

// BoolLit is TRUE, FALSE or UNKNOWN (Null).
type BoolLit struct {
	Pos
	Value bool
	Null  bool
}

// NullLit is NULL.
type NullLit struct{ Pos }

// TemporalLit is DATE '…', TIME '…' or TIMESTAMP '…' (Kind in upper case); TIMESTAMP WITH LOCAL TIME ZONE '…' has the
// Kind TIMESTAMP_LTZ.
type TemporalLit struct {
	Pos
	Kind string
	Text string
}

// IntervalLit is INTERVAL [-] 'text' qualifier: From and To are units in upper case (To may be empty), Precision and
// FracPrecision are -1 where not written.
type IntervalLit struct {
	Pos
	Negative      bool
	Text          string
	From, To      string
	Precision     int
	FracPrecision int
}

// IntervalExpr is INTERVAL [-] X qualifier with an amount that is no text: INTERVAL 5 DAY, INTERVAL (a + b) DAY, INTERVAL c
// DAY. From and To are as in IntervalLit.
type IntervalExpr struct {
	Pos
	Negative      bool
	X             Expr
	From, To      string
	Precision     int
	FracPrecision int
}

// Unary is -x, +x or NOT x.
type Unary struct {
	Pos
	Op string
	X  Expr
}

// Binary is an infix operator in upper case: OR AND = <> < <= > >= + - * / % ||; of periods OVERLAPS, CONTAINS, EQUALS,
// [IMMEDIATELY] PRECEDES and SUCCEEDS; of multisets MEMBER OF, SUBMULTISET OF and MULTISET UNION|INTERSECT|EXCEPT [ALL].
type Binary struct {
	Pos
	Op   string
	X, Y Expr
}

// Is is X IS [NOT] What: NULL, TRUE, FALSE, UNKNOWN, EMPTY, A SET, or JSON [VALUE|OBJECT|ARRAY|SCALAR].
type Is struct {
	Pos
	X    Expr
	Not  bool
	What string
}

// IsDistinct is X IS [NOT] DISTINCT FROM Y.
type IsDistinct struct {
	Pos
	X, Y Expr
	Not  bool
}

// Between is X [NOT] BETWEEN [SYMMETRIC] Low AND High.
type Between struct {
	Pos
	X, Low, High Expr
	Not          bool
	Symmetric    bool
}

// In is X [NOT] IN (list) or (query).
type In struct {
	Pos
	X     Expr
	Not   bool
	List  []Expr
	Query *Query
}

// Quantified is X Op ANY|SOME|ALL (list) or (query), where Op compares.
type Quantified struct {
	Pos
	X          Expr
	Op         string
	Quantifier string
	List       []Expr
	Query      *Query
}

// Like is X [NOT] Op Pattern [ESCAPE e]; Op is LIKE, ILIKE, RLIKE or SIMILAR TO.
type Like struct {
	Pos
	X, Pattern, Escape Expr
	Op                 string
	Not                bool
}

// Case is CASE [Operand] WHEN … THEN … ELSE … END.
type Case struct {
	Pos
	Operand Expr
	Whens   []When
	Else    Expr
}

// When is one branch of a CASE. More are the values behind the first one in WHEN 1, 2 THEN.
type When struct {
	Cond Expr
	More []Expr
	Then Expr
}

// Cast is CAST(X AS Type) or TRY_CAST.
type Cast struct {
	Pos
	X    Expr
	Type *TypeName
	Try  bool
}

// Call is a function call; Name is as written (compare without case). Forms with words for separators become calls
// with ordinary arguments: SUBSTRING(x FROM a FOR b) is SUBSTRING(x, a, b); TRIM(LEADING c FROM x) is
// TRIM('LEADING', c, x) (TRIM(x) has BOTH and ' '); POSITION(a IN b) is POSITION(a, b); EXTRACT(u FROM x) is
// EXTRACT(Unit, x); FLOOR(x TO u) is FLOOR(x, Unit), CEIL likewise; OVERLAY(a PLACING b FROM c FOR d) is
// OVERLAY(a, b, c, d); TIMESTAMPADD(u, n, x) is TIMESTAMPADD(Unit, n, x), TIMESTAMPDIFF likewise. Printing restores
// the form. CURRENT_TIMESTAMP and its like are calls with NoParens.
type Call struct {
	Pos
	Qualifier []Ident // catalog and database in front of the name
	Name      Ident
	Args      []Expr
	Distinct  bool
	Star      bool // COUNT(*)
	Filter    Expr // FILTER (WHERE …)
	NoParens  bool

	OrderBy        []Order      // of the values that are aggregated: ARRAY_AGG(x ORDER BY y)
	Nulls          string       // IGNORE or RESPECT NULLS
	WithinDistinct []Expr       // WITHIN DISTINCT (…)
	WithinGroup    []Order      // WITHIN GROUP (ORDER BY …)
	Over           *Window      // OVER (…) or OVER w
	Semantics      string       // RUNNING or FINAL in front of a call in MATCH_RECOGNIZE
	JSON           *JSONClauses // of the JSON functions
}

// NamedArg is name => value as an argument of a function.
type NamedArg struct {
	Pos
	Name  Ident
	Value Expr
}

// DefaultArg is DEFAULT as an argument of a function or as a value.
type DefaultArg struct{ Pos }

// Param is the parameter ?.
type Param struct{ Pos }

// Unit is a time unit (YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, …) as an argument, in upper case.
type Unit struct {
	Pos
	Name string
}

// Using is X USING Charset, the argument of CONVERT and TRANSLATE.
type Using struct {
	Pos
	X       Expr
	Charset Name
}

// Constructor is ARRAY[…], MAP[…], MULTISET[…], ROW(…) or PERIOD(…) (Kind in upper case), or with a Query ARRAY(query),
// MAP(query), MULTISET(query) or CURSOR(query).
type Constructor struct {
	Pos
	Kind  string
	Args  []Expr
	Query *Query
}

// Field is X.Name, where X is no name itself: f(x).a, (r).a, a[1].b.
type Field struct {
	Pos
	X    Expr
	Name Ident
}

// TimeDifference is (X - Y) in units of time: (a - b) DAY TO SECOND. From and To are as in IntervalLit.
type TimeDifference struct {
	Pos
	X, Y          Expr
	From, To      string
	Precision     int
	FracPrecision int
}

// Grouping is an element of GROUP BY that stands for several sets of keys: GROUPING SETS (…), ROLLUP (…) or CUBE (…).
// Its elements are expressions, GroupingSets and, in GROUPING SETS, other Groupings.
type Grouping struct {
	Pos
	Kind     string
	Elements []Expr
}

// GroupingSet is (a, b) or () among the elements of a Grouping.
type GroupingSet struct {
	Pos
	Keys []Expr
}

// Index is X[I].
type Index struct {
	Pos
	X, I Expr
}

// Subquery is a scalar subquery, or EXISTS (query).
type Subquery struct {
	Pos
	Exists bool
	Query  *Query
}

func (*ColumnRef) expr()      {}
func (*Star) expr()           {}
func (*NumberLit) expr()      {}
func (*StringLit) expr()      {}
func (*BinaryLit) expr()      {}
func (*BoolLit) expr()        {}
func (*NullLit) expr()        {}
func (*TemporalLit) expr()    {}
func (*IntervalLit) expr()    {}
func (*IntervalExpr) expr()   {}
func (*Unary) expr()          {}
func (*Binary) expr()         {}
func (*Is) expr()             {}
func (*IsDistinct) expr()     {}
func (*Between) expr()        {}
func (*In) expr()             {}
func (*Quantified) expr()     {}
func (*Like) expr()           {}
func (*Case) expr()           {}
func (*Cast) expr()           {}
func (*Call) expr()           {}
func (*NamedArg) expr()       {}
func (*DefaultArg) expr()     {}
func (*Param) expr()          {}
func (*Unit) expr()           {}
func (*Constructor) expr()    {}
func (*Field) expr()          {}
func (*TimeDifference) expr() {}
func (*Grouping) expr()       {}
func (*GroupingSet) expr()    {}
func (*Index) expr()          {}
func (*Subquery) expr()       {}
func (*JSONPair) expr()       {}
func (*JSONFormat) expr()     {}
func (*Using) expr()          {}
