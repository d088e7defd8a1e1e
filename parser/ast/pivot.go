package ast

import "strconv"

// Pivot turns rows of Input into columns: PIVOT (aggregate, … FOR column IN (value, …)).
type Pivot struct {
	Pos
	Input      From
	Aggregates []Item
	Columns    []Ident
	Values     []PivotValue
	Alias      *Alias
}

// PivotValue is a value, or one for each column in parentheses, with the name of the column it becomes.
type PivotValue struct {
	Pos
	Values []Expr
	Alias  *Ident
}

// Unpivot turns columns of Input into rows: UNPIVOT [INCLUDE|EXCLUDE NULLS] (measure FOR axis IN (columns AS value, …)).
type Unpivot struct {
	Pos
	Input    From
	Nulls    string // INCLUDE or EXCLUDE; empty: not written
	Measures []Ident
	Axes     []Ident
	In       []UnpivotColumns
	Alias    *Alias
}

// UnpivotColumns are columns, one for each measure, and the values that the axes get for them.
type UnpivotColumns struct {
	Pos
	Columns []Ident
	Values  []Expr // empty: the names of the columns
}

// Sample is Input TABLESAMPLE BERNOULLI|SYSTEM (percent) [REPEATABLE (seed)], or, with a Name, TABLESAMPLE SUBSTITUTE
// ('name').
type Sample struct {
	Pos
	Input   From
	Method  string // BERNOULLI or SYSTEM
	Percent string // a number as written
	Seed    *Seed
	Name    string // of SUBSTITUTE
}

// Seed is the number of REPEATABLE.
type Seed struct {
	Pos
	Number int
}

func (*Pivot) from()   {}
func (*Unpivot) from() {}
func (*Sample) from()  {}

func (p *printer) pivot(f *Pivot) {
	p.from(f.Input)
	p.text(" PIVOT (")
	p.list(len(f.Aggregates), func(i int) { p.item(f.Aggregates[i]) })
	p.text(" FOR ")
	p.idents(f.Columns)
	p.text(" IN (")
	p.list(len(f.Values), func(i int) {
		v := f.Values[i]
		p.row(v.Values)
		if v.Alias != nil {
			p.text(" AS ")
			p.ident(*v.Alias)
		}
	})
	p.text("))")
	p.alias(f.Alias)
}

func (p *printer) unpivot(f *Unpivot) {
	p.from(f.Input)
	p.text(" UNPIVOT ", f.Nulls, word(f.Nulls != "", " NULLS "), "(")
	p.idents(f.Measures)
	p.text(" FOR ")
	p.idents(f.Axes)
	p.text(" IN (")
	p.list(len(f.In), func(i int) {
		p.idents(f.In[i].Columns)
		if len(f.In[i].Values) > 0 {
			p.text(" AS ")
			p.row(f.In[i].Values)
		}
	})
	p.text("))")
	p.alias(f.Alias)
}

func (p *printer) sample(f *Sample) {
	p.from(f.Input)
	p.text(" TABLESAMPLE ")
	if f.Method == "" {
		p.text("SUBSTITUTE (", Quote(f.Name), ")")
		return
	}
	p.text(f.Method, " (", f.Percent, ")")
	if f.Seed != nil {
		p.text(" REPEATABLE (", strconv.Itoa(f.Seed.Number), ")")
	}
}
