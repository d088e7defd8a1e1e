package expr

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"weir/planner/plan"
	"weir/vector"
)

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
