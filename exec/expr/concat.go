package expr

import (
	"bytes"

	"weir/planner/plan"
	"weir/vector"
)

func buildConcat(c *compiler, e *plan.Call, args []node) (node, error) {
	// a || b || c leans to the left. Joined at once, nothing is copied more than once.
	if left, ok := args[0].(*concatNode); ok && e.Name == "||" && !left.separated {
		args = append(left.args, args[1:]...)
	}
	return &concatNode{place: c.place(e), args: args, t: e.T, separated: e.Name == "CONCAT_WS"}, nil
}

// concatNode is ||, CONCAT and CONCAT_WS, which leaves NULLs out.
type concatNode struct {
	scratch
	place
	args      []node
	t         vector.Type
	separated bool
	views     []vector.Strings
	columns   []vector.Column
}

func (n *concatNode) eval(f *frame) (vector.Column, error) {
	n.views, n.columns = n.views[:0], n.columns[:0]
	for k, a := range n.args {
		c, err := a.eval(f)
		if err != nil {
			return c, err
		}
		if isNull(c, f) && (k == 0 || !n.separated) {
			return vector.Nulls(n.t, 1), nil
		}
		n.columns = append(n.columns, c)
		n.views = append(n.views, c.Strings())
	}
	rows := rowsOf(f, n.columns...)
	if n.separated {
		return n.join(rows)
	}
	valid := n.validity(rows, n.columns...)
	offsets := make([]int32, rows+1)
	size := 0
	for i := range rows {
		if valid == nil || valid.At(i) {
			for k := range n.views {
				size += len(n.text(k, i))
			}
		}
		if size > maxColumn {
			return vector.Column{}, n.fail(codeArgument, tooLong, maxText)
		}
		offsets[i+1] = int32(size)
	}
	data := make([]byte, 0, size)
	for i := range rows {
		if offsets[i+1] > offsets[i] {
			for k := range n.views {
				data = append(data, n.text(k, i)...)
			}
		}
	}
	return vector.NewBytes(offsets, data, valid, false), nil
}

// text returns argument k of row i.
func (n *concatNode) text(k, i int) []byte {
	if n.columns[k].Len() == 1 {
		i = 0
	}
	return n.views[k].At(i)
}

// join is CONCAT_WS: the first argument between the others that are not NULL.
func (n *concatNode) join(rows int) (vector.Column, error) {
	valid := n.validity(rows, n.columns[0])
	offsets := make([]int32, rows+1)
	data := make([]byte, 0, rows*24)
	for i := range rows {
		first := true
		for k := 1; k < len(n.views) && (valid == nil || valid.At(i)); k++ {
			if n.columns[k].IsNull(min(i, n.columns[k].Len()-1)) {
				continue
			}
			if !first {
				data = append(data, n.text(0, i)...)
			}
			first = false
			data = append(data, n.text(k, i)...)
		}
		if len(data) > maxColumn {
			return vector.Column{}, n.fail(codeArgument, tooLong, maxText)
		}
		offsets[i+1] = int32(len(data))
	}
	return vector.NewBytes(offsets, data, valid, false), nil
}

// splitNode is SPLIT.
type splitNode struct {
	scratch
	stringArgs
	t vector.Type
}

func (n *splitNode) eval(f *frame) (vector.Column, error) {
	null, err := n.load(f)
	if err != nil {
		return vector.Column{}, err
	}
	if null {
		return vector.Nulls(n.t, 1), nil
	}
	columns := n.columns[:2]
	rows := rowsOf(f, columns...)
	valid := n.validity(rows, columns...)
	lists := make([]int32, rows+1)
	offsets := make([]int32, 1, rows*4+1)
	data := make([]byte, 0, rows*16)
	for i := range rows {
		if valid == nil || valid.At(i) {
			a := n.at(i)
			s, delimiter := a.s[0], a.s[1]
			for more := len(s) > 0; more; {
				var part []byte
				part, s, more = nextPart(s, delimiter)
				data = append(data, part...)
				offsets = append(offsets, int32(len(data)))
			}
		}
		lists[i+1] = int32(len(offsets) - 1)
	}
	return vector.NewList(lists, vector.NewBytes(offsets, data, nil, false), valid), nil
}

// nextPart cuts a string at the first delimiter; an empty delimiter stands between all characters.
func nextPart(s, delimiter []byte) (part, rest []byte, more bool) {
	if len(delimiter) == 0 {
		size := skip(s, 1)
		return s[:size], s[size:], size < len(s)
	}
	i := bytes.Index(s, delimiter)
	if i < 0 {
		return s, nil, false
	}
	return s[:i], s[i+len(delimiter):], true
}
