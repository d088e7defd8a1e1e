package expr

import (
	"weir/planner/plan"
	"weir/vector"
)

// operands are the arguments of one row: strings in s, integers in i, both by position. They are valid during the call.
type operands struct {
	s [4][]byte
	i [4]int64
	n int // how many there are
	// long is set by a function whose result would be longer than maxText.
	long bool
}

// stringArgs evaluates the arguments of a string function and hands them out row by row.
type stringArgs struct {
	args    []node
	types   []vector.Type
	columns [4]vector.Column
	views   [4]vector.Strings
	ints    [4][]int32
	wide    [4][]int64
	text    [4]bool
	single  [4]bool // the same for all rows
	row     operands
}

func newStringArgs(e *plan.Call, args []node) stringArgs {
	s := stringArgs{args: args}
	for _, a := range e.Args {
		s.types = append(s.types, a.Type())
	}
	return s
}

// load evaluates the arguments; null says that one is a constant NULL.
func (s *stringArgs) load(f *frame) (null bool, err error) {
	s.row.n = len(s.args)
	for k, a := range s.args {
		c, err := a.eval(f)
		if err != nil {
			return false, err
		}
		null = null || isNull(c, f)
		s.columns[k] = c
		s.single[k] = c.Len() == 1
		s.text[k], s.ints[k], s.wide[k] = false, nil, nil
		switch s.types[k].Physical() {
		case vector.I32:
			s.ints[k] = c.Int32()
		case vector.I64:
			s.wide[k] = c.Int64()
		default:
			s.text[k], s.views[k] = true, c.Strings()
		}
		if s.single[k] && !c.IsNull(0) {
			s.set(k, 0)
		}
	}
	return null, nil
}

func (s *stringArgs) set(k, i int) {
	switch {
	case s.text[k]:
		s.row.s[k] = s.views[k].At(i)
	case s.ints[k] != nil:
		s.row.i[k] = int64(s.ints[k][i])
	case s.wide[k] != nil:
		s.row.i[k] = s.wide[k][i]
	}
}

// at returns the arguments of row i, which are not NULL.
func (s *stringArgs) at(i int) *operands {
	for k := range s.args {
		if !s.single[k] {
			s.set(k, i)
		}
	}
	return &s.row
}

// dictionary returns which argument is the only one that varies, if it is dictionary coded, else -1.
func (s *stringArgs) dictionary() int {
	found := -1
	for k, a := range s.args {
		if isConstant(a) {
			continue
		}
		if found >= 0 || !s.text[k] || s.views[k].Codes == nil || s.views[k].Dict == nil {
			return -1
		}
		found = k
	}
	return found
}

// derived is the dictionary that a function makes of another one, entry by entry.
type derived struct {
	of    *vector.Dict
	dict  *vector.Dict
	codes []int32 // of the entries of of; -1 for NULL
	known map[string]int32
}

// textNode is a function that makes a string.
type textNode struct {
	scratch
	place
	stringArgs
	fn     textFunc
	t      vector.Type
	made   [4]derived
	next   int
	buffer []byte
	size   int // of the last result: the next is likely as large
}

func (n *textNode) eval(f *frame) (vector.Column, error) {
	null, err := n.load(f)
	if err != nil {
		return vector.Column{}, err
	}
	if null {
		return vector.Nulls(n.t, 1), nil
	}
	columns := n.columns[:len(n.args)]
	rows := rowsOf(f, columns...)
	valid := n.validity(rows, columns...)
	if k := n.dictionary(); k >= 0 && rows > 1 {
		c := n.entries(k, rows, valid)
		if n.row.long {
			n.row.long = false
			n.made = [4]derived{}
			return c, n.tooLong()
		}
		return c, nil
	}
	offsets := make([]int32, rows+1)
	data := make([]byte, 0, max(n.size+n.size/16, 8*rows))
	for i := range rows {
		if valid == nil || valid.At(i) {
			var ok bool
			start := len(data)
			if data, ok = n.fn(data, n.at(i)); !ok {
				data = data[:start]
				valid = clearBit(valid, rows, i)
			}
			if n.row.long || len(data) > maxColumn {
				n.row.long = false
				return vector.Column{}, n.tooLong()
			}
		}
		offsets[i+1] = int32(len(data))
	}
	n.size = len(data)
	return vector.NewBytes(offsets, data, valid, false), nil
}

func (n *textNode) tooLong() error {
	return n.fail(codeArgument, tooLong, maxText)
}

// entries applies the function to the entries of argument k that it has not met.
func (n *textNode) entries(k, rows int, valid vector.Bitmap) vector.Column {
	s := n.views[k]
	var d *derived
	for i := range n.made {
		if n.made[i].of == s.Dict {
			d = &n.made[i]
		}
	}
	if d == nil {
		d = &n.made[n.next]
		n.next = (n.next + 1) % len(n.made)
		*d = derived{of: s.Dict, dict: vector.NewDict(), known: map[string]int32{}}
		d.known[""] = d.dict.Add(nil) // so that NULL rows have a code
	}
	for e := len(d.codes); e < len(s.Offsets)-1; e++ {
		n.row.s[k] = s.Entry(e)
		out, ok := n.fn(n.buffer[:0], &n.row)
		n.buffer = out
		code := int32(-1)
		if ok {
			if code, ok = d.known[string(out)]; !ok {
				code = d.dict.Add(out)
				d.known[string(out)] = code
			}
		}
		d.codes = append(d.codes, code)
	}
	codes := make([]int32, rows)
	for i, c := range s.Codes {
		if valid != nil && !valid.At(i) {
			continue
		}
		if code := d.codes[c]; code >= 0 {
			codes[i] = code
		} else {
			valid = clearBit(valid, rows, i)
		}
	}
	return vector.NewDictColumn(codes, valid, d.dict)
}

// numberNode is a function of strings that makes an INT or a BOOLEAN.
type numberNode struct {
	scratch
	stringArgs
	fn   numberFunc
	t    vector.Type
	memo entryMemo[[2]int64] // value, and 1 if not NULL
}

func (n *numberNode) eval(f *frame) (vector.Column, error) {
	null, err := n.load(f)
	if err != nil {
		return vector.Column{}, err
	}
	if null {
		return vector.Nulls(n.t, 1), nil
	}
	columns := n.columns[:len(n.args)]
	rows := rowsOf(f, columns...)
	valid := n.validity(rows, columns...)
	dst := take(n.kept, &n.i32, rows)
	k := -1
	if rows > 1 {
		k = n.dictionary()
	}
	if k >= 0 {
		values, _ := n.memo.of(n.views[k], rows, func(entry []byte) [2]int64 {
			n.row.s[k] = entry
			v, ok := n.fn(&n.row)
			return [2]int64{v, truth(ok)}
		})
		for i, code := range n.views[k].Codes {
			if valid != nil && !valid.At(i) {
				continue
			}
			v := values[code]
			dst[i] = int32(v[0])
			if v[1] == 0 {
				valid = clearBit(valid, rows, i)
			}
		}
	} else {
		for i := range dst {
			if valid != nil && !valid.At(i) {
				continue
			}
			v, ok := n.fn(n.at(i))
			dst[i] = int32(v)
			if !ok {
				valid = clearBit(valid, rows, i)
			}
		}
	}
	if n.t.Kind != vector.Boolean {
		return vector.NewColumn(dst, valid), nil
	}
	bits := n.bitmap(rows)
	clear(bits)
	for i, v := range dst {
		if v != 0 {
			bits.Set(i)
		}
	}
	return vector.NewBools(bits, rows, valid), nil
}
