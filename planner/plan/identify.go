package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// uidBytes is the length of a UID before it is spelled in hexadecimal digits: a graph has some dozens of operators, so
// that 64 bits never meet by chance.
const uidBytes = 8

// Identify fills in every node's UID: a hash of what the operator means, told without its place in the plan, without
// parallelism, column numbers, names of the query's own and columns that nobody reads. Operators of equal UID have
// state of one layout and, over the same input, of the same content: the order of keys and aggregates, types and the
// phase are part of it. What stands behind an operator is not, and what stands in front of it is. Equal operators of one
// graph are told apart by a running number in the order of the nodes.
//
// The UID is part of what a savepoint means: the text that is hashed may grow for what could not be planned before, and
// is otherwise never changed.
func Identify(g *Graph) {
	seen := map[string]int{}
	for i, d := range describe(g) {
		seen[d.text]++
		text := d.text
		if k := seen[text]; k > 1 {
			text = fmt.Sprintf("%s #%d", text, k)
		}
		g.Nodes[i].UID = digest(text)[:2*uidBytes]
	}
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
		case n.Kind() == kindSink || n.Kind() == kindResult:
			fmt.Fprintf(&s, "%s of %s\n", d.text, g.inputs(n, d.in, allOf(g.Nodes[n.Inputs[0].From].Schema)))
		}
	}
	return digest(s.String())
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
