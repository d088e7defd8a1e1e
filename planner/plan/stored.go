package plan

import "weir/parser/diag"

// Stored is what the planner is told of an operator whose state is to be restored.
type Stored struct {
	UID, Name, Kind  string // as Node has them
	Parallelism, Max int
	MaxOrigin        Origin
	Stateful         bool
	// Pending says that a sink has rows of which nobody knows whether they were committed: whoever restores it commits
	// them.
	Pending bool
}

func (s Stored) keeps() bool { return s.Stateful || isSource(s.Kind) }

// The codes of numbers that do not go with those of stored state.
const (
	codeAboveStored = "W3011"
	codeOtherMax    = "W3012"
)

// rewrites is the way out where the numbers of stored state are in the way.
const rewrites = "'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism"

// AboveStored is the error for a parallelism of an operator above the maximum of the state that it is restored from, and
// OtherMax that for another maximum: the key groups of a state are as many as its maximum, and stay that. from says who
// decided the number; it is empty where only one can.
func AboveStored(at diag.Span, operator string, parallelism int, from Origin, stored int) *diag.Diagnostic {
	return diag.New(codeAboveStored, at, "the parallelism (%d%s) of %s is higher than the maximum parallelism (%d) of the state that it is restored from", parallelism, decided(from), operator, stored).
		WithHint("lower the parallelism to %d or less; %s", stored, rewrites)
}

// OtherMax is described at AboveStored.
func OtherMax(at diag.Span, operator string, max int, from Origin, stored int) *diag.Diagnostic {
	return diag.New(codeOtherMax, at, "the maximum parallelism (%d%s) of %s is not that of the state that it is restored from (%d)", max, decided(from), operator, stored).
		WithHint("leave the maximum parallelism unset, or set it to %d; %s", stored, rewrites)
}

func decided(from Origin) string {
	if from == "" {
		return ""
	}
	return ", from " + string(from)
}
