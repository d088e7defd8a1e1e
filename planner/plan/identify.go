package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// uidBytes is the length of a UID before it is spelled in hexadecimal digits: a graph has some dozens of operators, so
// that 64 bits never meet by chance.
const uidBytes = 8

// Identify fills in every node's UID: a hash of what the operator means, told without its place in the plan, without
// parallelism, column numbers, names of the query's own and columns that nobody reads. Operators of equal UID have
// state of one layout and, over the same input, of the same content: the order of keys and aggregates, types and the
// phase are part of it. What stands behind an operator is not, and what stands in front of it is.
//
// Where several operators of one graph mean the same, as two scans of one table do, a UID also says what each of them
// reads and is read by: that two jobs have the same UIDs then says that the same operators feed each other in both.
//
// The UID is part of what a savepoint means: the text that is hashed may grow for what could not be planned before, and
// is otherwise never changed.
func Identify(g *Graph) {
	all := describe(g)
	groups := map[string][]int{}
	for i, d := range all {
		groups[d.text] = append(groups[d.text], i)
	}
	var place []string
	if len(groups) < len(all) {
		place = places(g, all, groups)
	}
	for i, n := range g.Nodes {
		text := all[i].text
		if n.Alike = len(groups[text]) > 1; n.Alike {
			text += " " + place[i]
		}
		n.UID = digest(text)[:2*uidBytes]
	}
}

// neighbour is a node that feeds another or is fed by it, without one that keeps something in between.
type neighbour struct {
	node int
	how  string
}

// places tells nodes of equal text, the groups, apart: by what is around each of them, as far around as it takes, and
// only where that is not enough by what the end of the job makes of their rows. Nodes with equal surroundings get
// numbers in the order of the graph, those behind them follow. As such an order need not be that of another graph, and
// surroundings may be cut short before they meet, the place of a node says in the end what its neighbours are called:
// where that is not consistent in two graphs the UIDs differ.
func places(g *Graph, all []description, groups map[string][]int) []string {
	around, ending := make([][]neighbour, len(all)), make([][]neighbour, len(all)) // without the end of the job, and with it
	first := make([]string, len(all))
	depth := make([]int, len(all)) // nodes of equal text have the same
	for i, d := range all {
		first[i] = digest(d.text)
		for _, r := range d.reads {
			around[i] = append(around[i], neighbour{r.from, "reads " + r.what})
			depth[i] = max(depth[i], depth[r.from]+1)
			reader := neighbour{i, "is read as " + r.what}
			switch n := g.Nodes[i]; {
			case n.Keeps():
				around[r.from] = append(around[r.from], reader)
			case n.ends():
				ending[r.from] = append(ending[r.from], reader)
			}
		}
	}
	for i := range all {
		ending[i] = append(ending[i], around[i]...)
	}
	rounds := surroundings(first, around)
	rounds = append(rounds, surroundings(rounds[len(rounds)-1], ending)...)
	names := make([]string, len(all))
	numbers := make([]int, len(all))
	for _, group := range slices.SortedFunc(maps.Values(groups), func(a, b []int) int { return cmp.Compare(depth[a[0]], depth[b[0]]) }) {
		labels := rounds[0]
		for _, r := range rounds {
			if kinds(r, group) > kinds(labels, group) {
				labels = r
			}
		}
		feeding := func(i int) []int {
			var of []int
			for _, r := range all[i].reads {
				of = append(of, numbers[r.from])
			}
			slices.Sort(of)
			return of
		}
		slices.SortFunc(group, func(a, b int) int {
			return cmp.Or(slices.Compare(feeding(a), feeding(b)), cmp.Compare(a, b))
		})
		times := map[string]int{}
		for _, i := range group {
			times[labels[i]]++
			numbers[i] = times[labels[i]]
			names[i] = fmt.Sprintf("%s #%d", labels[i], numbers[i])
		}
	}
	out := make([]string, len(all))
	for i := range all {
		out[i] = names[i] + " " + told(around[i], names)
	}
	return out
}

// surroundings tells of each node what it was called first, then in each round what its neighbours were called in the
// round before, until that tells no more nodes apart.
func surroundings(first []string, around [][]neighbour) [][]string {
	everything := make([]int, len(first))
	for i := range everything {
		everything[i] = i
	}
	rounds := [][]string{first}
	for {
		last := rounds[len(rounds)-1]
		next := make([]string, len(last))
		for i := range last {
			next[i] = digest(last[i] + " " + told(around[i], last))
		}
		if kinds(next, everything) == kinds(last, everything) {
			return rounds
		}
		rounds = append(rounds, next)
	}
}

// told describes neighbours by their names, in no order.
func told(around []neighbour, names []string) string {
	parts := make([]string, len(around))
	for i, n := range around {
		parts[i] = n.how + " " + names[n.node]
	}
	slices.Sort(parts)
	return list(parts)
}

// kinds is how many different labels some nodes have.
func kinds(labels []string, of []int) int {
	seen := map[string]bool{}
	for _, i := range of {
		seen[labels[i]] = true
	}
	return len(seen)
}

// Fingerprint is a hash of all that the job means: its sources, the operators with state, what ends it, and the rows
// and columns that each of them gets. Jobs that differ in parallelism, and so in operators without state, have one
// fingerprint.
func (g *Graph) Fingerprint() string {
	var s strings.Builder
	fmt.Fprintf(&s, "batch %v, zone %q\n", g.Batch, g.Zone)
	for i, d := range describe(g) {
		switch n := g.Nodes[i]; {
		case n.Keeps():
			s.WriteString(d.text + "\n")
		case n.ends():
			fmt.Fprintf(&s, "%s of %s\n", d.text, d.input)
		}
	}
	return digest(s.String())
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
