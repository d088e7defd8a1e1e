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

// TemporalLit is DATE '…', TIME '…' or TIMESTAMP '…' (Kind in upper case).
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

// Unary is -x, +x or NOT x.
type Unary struct {
	Pos
	Op string
	X  Expr
}

// Binary is an infix operator: OR AND = <> < <= > >= + - * / % ||, in upper case.
type Binary struct {
	Pos
	Op   string
	X, Y Expr
}

// Is is X IS [NOT] What: NULL, TRUE, FALSE or UNKNOWN.
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

// Like is X [NOT] LIKE|SIMILAR TO Pattern [ESCAPE e].
type Like struct {
	Pos
	X, Pattern, Escape Expr
	Not                bool
	Similar            bool
}

// Case is CASE [Operand] WHEN … THEN … ELSE … END.
type Case struct {
	Pos
	Operand Expr
	Whens   []When
	Else    Expr
}

// When is one branch of a CASE.
type When struct{ Cond, Then Expr }

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
	Name     Ident
	Args     []Expr
	Distinct bool
	Star     bool // COUNT(*)
	Filter   Expr // FILTER (WHERE …)
	NoParens bool
}

// Unit is a time unit (YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND, …) as an argument, in upper case.
type Unit struct {
	Pos
	Name string
}

// Constructor is ARRAY[…], MAP[…] or ROW(…) (Kind in upper case).
type Constructor struct {
	Pos
	Kind string
	Args []Expr
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

func (*ColumnRef) expr()   {}
func (*Star) expr()        {}
func (*NumberLit) expr()   {}
func (*StringLit) expr()   {}
func (*BinaryLit) expr()   {}
func (*BoolLit) expr()     {}
func (*NullLit) expr()     {}
func (*TemporalLit) expr() {}
func (*IntervalLit) expr() {}
func (*Unary) expr()       {}
func (*Binary) expr()      {}
func (*Is) expr()          {}
func (*IsDistinct) expr()  {}
func (*Between) expr()     {}
func (*In) expr()          {}
func (*Like) expr()        {}
func (*Case) expr()        {}
func (*Cast) expr()        {}
func (*Call) expr()        {}
func (*Unit) expr()        {}
func (*Constructor) expr() {}
func (*Index) expr()       {}
func (*Subquery) expr()    {}
