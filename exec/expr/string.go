package expr

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"math"
	"unicode/utf8"

	"weir/planner/plan"
)

// maxText bounds a string that a function makes, maxColumn a column of them: Arrow's offsets end at 2 GiB.
const (
	maxText   = 1 << 28
	maxColumn = 4 * maxText
)

// tooLong is the error for longer ones.
const tooLong = "a result of this function is too long: strings of more than %d bytes are not supported, nor batches of them that take four times as much"

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
