package plan

// The kinds of operators. They stand in checkpoints: a word once used is never changed.
const (
	kindScan            = "scan"
	kindValues          = "values"
	kindCalc            = "calc"
	kindUnnest          = "unnest"
	kindAggregate       = "aggregate"
	kindWindowAggregate = "window aggregate"
	kindLocalAggregate  = "local window aggregate"
	kindLimit           = "limit"
	kindSort            = "sort"
	kindTopN            = "top-n"
	kindSink            = "sink"
	kindResult          = "result"
)

// Kind says in a word or three what the operator is, whatever its table or number.
func (n *Node) Kind() string {
	switch s := n.Spec.(type) {
	case *Scan:
		return kindScan
	case *Values:
		return kindValues
	case *Calc:
		return kindCalc
	case *Unnest:
		return kindUnnest
	case *GroupAggregate:
		return kindAggregate
	case *WindowAggregate:
		if s.Phase == Local {
			return kindLocalAggregate
		}
		return kindWindowAggregate
	case *Limit:
		return kindLimit
	case *Sort:
		return kindSort
	case *TopN:
		return kindTopN
	case *Sink:
		return kindSink
	case *Collect:
		return kindResult
	}
	panic("plan: an operator without kind")
}

// Stateful reports whether the operator keeps keyed state from one barrier to the next. A source has a position and a
// sink its parts instead; a local aggregate hands on what it holds in front of every barrier.
func (n *Node) Stateful() bool {
	switch n.Kind() {
	case kindAggregate, kindWindowAggregate, kindSort, kindTopN, kindLimit:
		return true
	}
	return false
}

// isSource reports whether operators of a kind have a position in what they read.
func isSource(kind string) bool { return kind == kindScan || kind == kindValues }

// Keeps reports whether the operator has something of its own to go on with after a restore: keyed state, or a
// source's position.
func (n *Node) Keeps() bool { return n.Stateful() || isSource(n.Kind()) }

// ends reports whether the operator is the end of the job.
func (n *Node) ends() bool { return n.Kind() == kindSink || n.Kind() == kindResult }
