package op

import (
	"slices"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// keyColumns finds the keys of rows, their hashes and home hashes.
type keyColumns struct {
	columns []int
	types   []vector.Type
	hashed  int  // so many of the columns, the first ones, are hashed: they make the key together with few others
	home    bool // the hash of the last exchange's key is the hash of these columns
	hasher  kernel.Hasher
	hash    []uint64
	key     []vector.Column
}

// newKeys prepares keys of columns of the operator's input; more are columns that seldom tell keys apart.
func newKeys(t *exec.Task, columns []int, more ...int) *keyColumns {
	k := &keyColumns{columns: slices.Concat(columns, more), hashed: len(columns)}
	schema := input(t)
	for _, c := range k.columns {
		k.types = append(k.types, schema[c].Type)
	}
	edge := t.Node.Inputs[0]
	k.home = edge.Kind == plan.Hash && slices.Equal(edge.Keys, columns)
	k.key = make([]vector.Column, len(k.columns))
	return k
}

// of returns the keys of a batch's rows, their hashes and home hashes; valid until the next call.
func (k *keyColumns) of(b vector.Batch) (keys vector.Batch, hash, home []uint64) {
	for i, c := range k.columns {
		k.key[i] = b.Columns[c]
	}
	keys = vector.Batch{Columns: k.key, Rows: b.Rows}
	switch {
	case k.hashed == 0:
		k.hash = grown(k.hash, b.Rows)
		clear(k.hash)
		return keys, k.hash, nil
	case k.home && b.Home != nil:
		return keys, b.Home, nil
	}
	k.hash = grown(k.hash, b.Rows)
	return keys, k.hasher.Hash(k.hash, k.key[:k.hashed], k.types[:k.hashed]), b.Home
}
