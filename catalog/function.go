package catalog

import "weir/vector"

// Arg is an argument of a call as the planner sees it when it looks for a signature.
type Arg struct {
	Type vector.Type
	// Literal is the argument's value where it is a constant (the Go value of plan.Literal), else nil.
	Literal  any
	Constant bool
}

// Function is the signature of a scalar function or operator; its kernel is registered under the same Name in
// exec/expr. Operators are functions too: "+", "-", "*", "/", "%", "||", "=", "<>", "<", "<=", ">", ">=", "AND", "OR",
// "NOT", "NEGATE", "IS NULL", "IS NOT NULL", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE",
// "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "LIKE", "IN" (first argument against the others).
type Function struct {
	Name string
	// Infer checks the arguments and returns the type of the result and the types to which the arguments are cast
	// first (as many as arguments). The error is a sentence for the user; the planner adds the span.
	Infer func(args []Arg) (result vector.Type, cast []vector.Type, err error)
	// NonDeterministic functions are not functions of the row: computed once, before the first exchange, never folded.
	NonDeterministic bool
	Syntax           string // one line for documentation: UPPER(string)
	Doc              string // one sentence
}

var functions = map[string]*Function{}

// register adds functions to the table; called from init functions in this package.
func register(fs ...*Function) {
	for _, f := range fs {
		if functions[f.Name] != nil {
			panic("catalog: function " + f.Name + " registered twice")
		}
		functions[f.Name] = f
	}
}

// LookupFunction finds a scalar function or operator by its upper-case name.
func LookupFunction(name string) (*Function, bool) {
	f, ok := functions[name]
	return f, ok
}

// Functions lists all scalar functions and operators, in no order.
func Functions() []*Function {
	out := make([]*Function, 0, len(functions))
	for _, f := range functions {
		out = append(out, f)
	}
	return out
}

// Aggregate is the signature of an aggregate function; its accumulator is registered under the same Name in
// exec/op/agg.
type Aggregate struct {
	Name string
	// Infer returns the type of the result and the types the arguments are cast to. global says there is no GROUP BY
	// key (an empty input gives a row in batch mode, so SUM is nullable, as it always is).
	Infer func(args []Arg) (result vector.Type, cast []vector.Type, err error)
	// Partial returns the types of the columns that a local phase hands to the global one.
	Partial func(args []vector.Type, result vector.Type) []vector.Type
	// Ordered aggregates depend on arrival order: the plan carries Origin for them.
	Ordered bool
	// Retracts says that the accumulator can take a row back.
	Retracts bool
	Syntax   string
	Doc      string
}

var aggregates = map[string]*Aggregate{}

func registerAggregate(as ...*Aggregate) {
	for _, a := range as {
		if aggregates[a.Name] != nil {
			panic("catalog: aggregate " + a.Name + " registered twice")
		}
		aggregates[a.Name] = a
	}
}

// LookupAggregate finds an aggregate function by its upper-case name.
func LookupAggregate(name string) (*Aggregate, bool) {
	a, ok := aggregates[name]
	return a, ok
}

// Aggregates lists all aggregate functions, in no order.
func Aggregates() []*Aggregate {
	out := make([]*Aggregate, 0, len(aggregates))
	for _, a := range aggregates {
		out = append(out, a)
	}
	return out
}
