package expr

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"math"
	"slices"
	"unicode/utf8"

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

// maxText bounds a string that a function makes, and a column of them: Arrow's offsets end at 2 GiB.
const maxText = 1 << 28

// textFunc appends a string to dst; ok is false for NULL.
type textFunc func(dst []byte, a *operands) (out []byte, ok bool)

// numberFunc returns an INT or a BOOLEAN as 0 or 1; ok is false for NULL.
type numberFunc func(a *operands) (value int64, ok bool)

// A string costs more to work on than a call through a variable, and of dictionaries each entry is worked on once.
func init() {
	texts := map[string]textFunc{
		"UPPER": func(dst []byte, a *operands) ([]byte, bool) { return appendUpper(dst, a.s[0]), true },
		"LOWER": func(dst []byte, a *operands) ([]byte, bool) { return appendLower(dst, a.s[0]), true },
		"LTRIM": func(dst []byte, a *operands) ([]byte, bool) {
			return append(dst, trimLeft(a.s[0], a.set(1))...), true
		},
		"RTRIM": func(dst []byte, a *operands) ([]byte, bool) {
			return append(dst, trimRight(a.s[0], a.set(1))...), true
		},
		"BTRIM": func(dst []byte, a *operands) ([]byte, bool) {
			return append(dst, trimRight(trimLeft(a.s[0], a.set(1)), a.set(1))...), true
		},
		"TRIM": func(dst []byte, a *operands) ([]byte, bool) {
			x := a.s[2]
			if a.s[0][0] != 'T' {
				x = trimLeft(x, a.s[1])
			}
			if a.s[0][0] != 'L' {
				x = trimRight(x, a.s[1])
			}
			return append(dst, x...), true
		},
		"SUBSTRING": substring,
		"SUBSTR":    substring,
		"REPLACE": func(dst []byte, a *operands) ([]byte, bool) {
			return appendReplaced(dst, a.s[0], a.s[1], a.s[2]), true
		},
		"LEFT": func(dst []byte, a *operands) ([]byte, bool) {
			return append(dst, a.s[0][:skip(a.s[0], a.i[1])]...), true
		},
		"RIGHT": func(dst []byte, a *operands) ([]byte, bool) {
			if a.i[1] <= 0 {
				return dst, true
			}
			return append(dst, a.s[0][skip(a.s[0], int64(utf8.RuneCount(a.s[0]))-a.i[1]):]...), true
		},
		"LPAD": func(dst []byte, a *operands) ([]byte, bool) { return appendPadded(dst, a, true) },
		"RPAD": func(dst []byte, a *operands) ([]byte, bool) { return appendPadded(dst, a, false) },
		"REPEAT": func(dst []byte, a *operands) ([]byte, bool) {
			if n := int64(len(a.s[0])); n > 0 && a.i[1] > maxText/n {
				a.long = true
				return dst, false
			}
			for range a.i[1] {
				dst = append(dst, a.s[0]...)
			}
			return dst, true
		},
		"REVERSE": func(dst []byte, a *operands) ([]byte, bool) {
			for x := a.s[0]; len(x) > 0; {
				_, size := utf8.DecodeLastRune(x)
				dst = append(dst, x[len(x)-size:]...)
				x = x[:len(x)-size]
			}
			return dst, true
		},
		"SPLIT_INDEX": func(dst []byte, a *operands) ([]byte, bool) {
			part, ok := splitIndex(a.s[0], a.s[1], a.i[2])
			return append(dst, part...), ok
		},
		"MD5": func(dst []byte, a *operands) ([]byte, bool) {
			h := md5.Sum(a.s[0])
			return hex.AppendEncode(dst, h[:]), true
		},
		"SHA1": func(dst []byte, a *operands) ([]byte, bool) {
			h := sha1.Sum(a.s[0])
			return hex.AppendEncode(dst, h[:]), true
		},
		"SHA224": func(dst []byte, a *operands) ([]byte, bool) {
			h := sha256.Sum224(a.s[0])
			return hex.AppendEncode(dst, h[:]), true
		},
		"SHA256": func(dst []byte, a *operands) ([]byte, bool) {
			h := sha256.Sum256(a.s[0])
			return hex.AppendEncode(dst, h[:]), true
		},
		"SHA384": func(dst []byte, a *operands) ([]byte, bool) {
			h := sha512.Sum384(a.s[0])
			return hex.AppendEncode(dst, h[:]), true
		},
		"SHA512": func(dst []byte, a *operands) ([]byte, bool) {
			h := sha512.Sum512(a.s[0])
			return hex.AppendEncode(dst, h[:]), true
		},
	}
	for name, fn := range texts {
		register(func(c *compiler, e *plan.Call, args []node) (node, error) {
			return &textNode{place: c.place(e), stringArgs: newStringArgs(e, args), fn: fn, t: e.T}, nil
		}, name)
	}
	numbers := map[string]numberFunc{
		"CHAR_LENGTH":      func(a *operands) (int64, bool) { return int64(utf8.RuneCount(a.s[0])), true },
		"CHARACTER_LENGTH": func(a *operands) (int64, bool) { return int64(utf8.RuneCount(a.s[0])), true },
		"POSITION":         func(a *operands) (int64, bool) { return position(a.s[0], a.s[1], a.number(2, 1)), true },
		"LOCATE":           func(a *operands) (int64, bool) { return position(a.s[0], a.s[1], a.number(2, 1)), true },
		"INSTR":            func(a *operands) (int64, bool) { return instr(a.s[0], a.s[1], a.number(2, 1), a.number(3, 1)) },
		"STARTSWITH":       func(a *operands) (int64, bool) { return truth(bytes.HasPrefix(a.s[0], a.s[1])), true },
		"ENDSWITH":         func(a *operands) (int64, bool) { return truth(bytes.HasSuffix(a.s[0], a.s[1])), true },
	}
	for name, fn := range numbers {
		register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
			return &numberNode{stringArgs: newStringArgs(e, args), fn: fn, t: e.T}, nil
		}, name)
	}
	register(buildConcat, "||", "CONCAT", "CONCAT_WS")
	register(func(_ *compiler, e *plan.Call, args []node) (node, error) {
		return &splitNode{stringArgs: newStringArgs(e, args), t: e.T}, nil
	}, "SPLIT")
	register(buildLike, "LIKE")
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
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
			if n.row.long || len(data) > 4*maxText {
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
	return n.fail(codeArgument, "a result of this function is too long: strings of more than %d bytes are not supported", maxText)
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

// set returns the characters to trim: argument k, or the blank.
func (a *operands) set(k int) []byte {
	if a.n > k {
		return a.s[k]
	}
	return []byte{' '}
}

// number returns argument k, or what it is where it is missing.
func (a *operands) number(k int, missing int64) int64 {
	if a.n > k {
		return a.i[k]
	}
	return missing
}

func appendUpper(dst, s []byte) []byte {
	start := len(dst)
	dst = append(dst, s...)
	out := dst[start:]
	for i, c := range out {
		if c >= utf8.RuneSelf {
			return append(dst[:start], upperRunes(s)...)
		}
		if c-'a' < 26 {
			out[i] = c - ('a' - 'A')
		}
	}
	return dst
}

// upperRunes knows the characters that become two, which Go leaves as they are.
func upperRunes(s []byte) []byte {
	out := bytes.ToUpper(s)
	for lower, upper := range map[string]string{"ß": "SS", "ﬀ": "FF", "ﬁ": "FI", "ﬂ": "FL", "ﬃ": "FFI", "ﬄ": "FFL", "ﬅ": "ST", "ﬆ": "ST", "ŉ": "ʼN"} {
		if bytes.Contains(out, []byte(lower)) {
			out = bytes.ReplaceAll(out, []byte(lower), []byte(upper))
		}
	}
	return out
}

func appendLower(dst, s []byte) []byte {
	start := len(dst)
	dst = append(dst, s...)
	out := dst[start:]
	for i, c := range out {
		if c >= utf8.RuneSelf {
			return append(dst[:start], bytes.ToLower(s)...)
		}
		if c-'A' < 26 {
			out[i] = c + ('a' - 'A')
		}
	}
	return dst
}

func trimLeft(s, set []byte) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if !bytes.ContainsRune(set, r) {
			break
		}
		s = s[size:]
	}
	return s
}

func trimRight(s, set []byte) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeLastRune(s)
		if !bytes.ContainsRune(set, r) {
			break
		}
		s = s[:len(s)-size]
	}
	return s
}

// skip returns the byte at which character n begins, counted from 0, or the end.
func skip(s []byte, n int64) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(s[i:])
		i += size
	}
	return i
}

// substring is SUBSTRING: position 0 counts as 1, negative ones from the end; a start before the beginning leaves
// nothing.
func substring(dst []byte, a *operands) ([]byte, bool) {
	s, start, length := a.s[0], a.i[1], int64(math.MaxInt32)
	if a.n == 3 {
		if length = a.i[2]; length < 0 {
			return dst, false
		}
	}
	switch {
	case start > 0:
		start--
	case start < 0:
		if start += int64(utf8.RuneCount(s)); start < 0 {
			return dst, true
		}
	}
	s = s[skip(s, start):]
	return append(dst, s[:skip(s, length)]...), true
}

func appendReplaced(dst, s, old, with []byte) []byte {
	if len(old) == 0 {
		dst = append(dst, with...)
		for len(s) > 0 {
			_, size := utf8.DecodeRune(s)
			dst = append(append(dst, s[:size]...), with...)
			s = s[size:]
		}
		return dst
	}
	for {
		i := bytes.Index(s, old)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:i]...), with...)
		s = s[i+len(old):]
	}
}

// appendPadded is LPAD and RPAD: NULL for a negative length, and where nothing is there to fill with.
func appendPadded(dst []byte, a *operands, left bool) ([]byte, bool) {
	s, length, filler := a.s[0], a.i[1], a.s[2]
	if length < 0 || len(filler) == 0 {
		return dst, false
	}
	if length > maxText {
		a.long = true
		return dst, false
	}
	missing := length - int64(utf8.RuneCount(s))
	if missing <= 0 {
		return append(dst, s[:skip(s, length)]...), true
	}
	if !left {
		dst = append(dst, s...)
	}
	size := int64(utf8.RuneCount(filler))
	for ; missing >= size; missing -= size {
		dst = append(dst, filler...)
	}
	dst = append(dst, filler[:skip(filler, missing)]...)
	if left {
		dst = append(dst, s...)
	}
	return dst, true
}

// splitIndex returns a part of s, counted from 0; an empty string has none.
func splitIndex(s, delimiter []byte, index int64) ([]byte, bool) {
	if index < 0 || len(s) == 0 {
		return nil, false
	}
	if len(delimiter) == 0 {
		return s, index == 0
	}
	for ; ; index-- {
		i := bytes.Index(s, delimiter)
		if index == 0 {
			if i < 0 {
				return s, true
			}
			return s[:i], true
		}
		if i < 0 {
			return nil, false
		}
		s = s[i+len(delimiter):]
	}
}

// position returns where part begins in s at or behind a start, in characters from 1; 0 if nowhere. The empty string
// is everywhere: its answer is 1.
func position(part, s []byte, start int64) int64 {
	if len(part) == 0 {
		return 1
	}
	from := skip(s, start-1)
	i := bytes.Index(s[from:], part)
	if i < 0 {
		return 0
	}
	return int64(utf8.RuneCount(s[:from+i])) + 1
}

// instr finds the given occurrence of part from a start on; from a negative start, which counts from the end, backwards.
// An occurrence below 1 is NULL.
func instr(s, part []byte, start, occurrence int64) (int64, bool) {
	if occurrence < 1 {
		return 0, false
	}
	if start == 0 {
		return 0, true
	}
	if len(part) == 0 {
		return 1, true
	}
	if start > 0 {
		for at := start; ; at++ {
			at = position(part, s, at)
			if at == 0 || occurrence == 1 {
				return at, true
			}
			occurrence--
		}
	}
	runes := int64(utf8.RuneCount(s))
	for at := runes + start; at >= 0; at-- {
		if bytes.HasPrefix(s[skip(s, at):], part) {
			if occurrence--; occurrence == 0 {
				return at + 1, true
			}
		}
	}
	return 0, true
}

func buildConcat(_ *compiler, e *plan.Call, args []node) (node, error) {
	return &concatNode{args: args, t: e.T, separated: e.Name == "CONCAT_WS"}, nil
}

// concatNode is ||, CONCAT and CONCAT_WS, which leaves NULLs out.
type concatNode struct {
	scratch
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
		return n.join(rows), nil
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
func (n *concatNode) join(rows int) vector.Column {
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
		offsets[i+1] = int32(len(data))
	}
	return vector.NewBytes(offsets, data, valid, false)
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

// buildLike compiles constant patterns once.
func buildLike(c *compiler, e *plan.Call, args []node) (node, error) {
	p := c.place(e)
	n := &likeNode{numberNode: numberNode{stringArgs: newStringArgs(e, args), t: e.T}, place: p}
	n.fn = func(a *operands) (int64, bool) {
		if n.failure != nil {
			return 0, true
		}
		if !slices.Equal(n.text, a.s[1]) || !n.ready || a.n == 3 && !slices.Equal(n.escape, a.s[2]) {
			n.text = append(n.text[:0], a.s[1]...)
			n.escape = n.escape[:0]
			if a.n == 3 {
				n.escape = append(n.escape, a.s[2]...)
			}
			n.pattern, n.failure = n.parse(n.text, n.escape, a.n == 3)
			n.ready = true
			if n.failure != nil {
				return 0, true
			}
		}
		return truth(n.pattern.match(a.s[0])), true
	}
	return n, nil
}

// likeNode is LIKE.
type likeNode struct {
	numberNode
	place
	text, escape []byte
	ready        bool
	pattern      likePattern
	failure      error
}

func (n *likeNode) eval(f *frame) (vector.Column, error) {
	c, err := n.numberNode.eval(f)
	if err == nil && n.failure != nil {
		err = n.failure
		n.ready, n.failure = false, nil
	}
	return c, err
}

// likePattern is a pattern cut at its % signs: pieces that follow each other, the first and last tied to the ends.
type likePattern struct {
	pieces [][]rune // anyRune stands for _
	plain  []byte   // the text itself, if there is no wildcard
	exact  bool
	// contains is set for %text%, prefix for text%, suffix for %text.
	contains, prefix, suffix []byte
}

const anyRune rune = -1

func (n *likeNode) parse(text, escape []byte, escaped bool) (likePattern, error) {
	mark := rune(-2)
	if escaped {
		r, size := utf8.DecodeRune(escape)
		if size != len(escape) || size == 0 {
			return likePattern{}, n.fail(codeArgument, "Invalid escape character '%s'", escape)
		}
		mark = r
	}
	pieces := [][]rune{nil}
	wild := false
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		last := len(pieces) - 1
		switch {
		case r == mark:
			next, size := utf8.DecodeRune(text[i:])
			if size == 0 || next != '%' && next != '_' && next != mark {
				return likePattern{}, n.fail(codeArgument, "Invalid escape sequence '%s', %d", text, utf8.RuneCount(text[:i])-1)
			}
			i += size
			pieces[last] = append(pieces[last], next)
		case r == '%':
			pieces = append(pieces, nil)
		case r == '_':
			wild = true
			pieces[last] = append(pieces[last], anyRune)
		default:
			pieces[last] = append(pieces[last], r)
		}
	}
	p := likePattern{pieces: pieces}
	if wild {
		return p, nil
	}
	switch {
	case len(pieces) == 1:
		p.plain, p.exact = []byte(string(pieces[0])), true
	case len(pieces) == 2 && len(pieces[0]) == 0:
		p.suffix = []byte(string(pieces[1]))
	case len(pieces) == 2 && len(pieces[1]) == 0:
		p.prefix = []byte(string(pieces[0]))
	case len(pieces) == 3 && len(pieces[0]) == 0 && len(pieces[2]) == 0:
		p.contains = []byte(string(pieces[1]))
	}
	return p, nil
}

func (p *likePattern) match(s []byte) bool {
	switch {
	case p.exact:
		return bytes.Equal(s, p.plain)
	case p.prefix != nil:
		return bytes.HasPrefix(s, p.prefix)
	case p.suffix != nil:
		return bytes.HasSuffix(s, p.suffix)
	case p.contains != nil:
		return bytes.Contains(s, p.contains)
	}
	runes := bytes.Runes(s)
	first, rest := p.pieces[0], p.pieces[1:]
	if !begins(runes, first) {
		return false
	}
	runes = runes[len(first):]
	if len(rest) == 0 {
		return len(runes) == 0
	}
	last := rest[len(rest)-1]
	for _, piece := range rest[:len(rest)-1] {
		for !begins(runes, piece) {
			if len(runes) == 0 {
				return false
			}
			runes = runes[1:]
		}
		runes = runes[len(piece):]
	}
	return len(runes) >= len(last) && begins(runes[len(runes)-len(last):], last)
}

func begins(s, piece []rune) bool {
	if len(s) < len(piece) {
		return false
	}
	for i, r := range piece {
		if r != anyRune && r != s[i] {
			return false
		}
	}
	return true
}
