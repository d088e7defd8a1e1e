package json

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"weir/exec/format"
)

// kind is what a value is.
type kind uint8

const (
	brokenValue kind = iota
	nullValue
	wordValue   // true, false
	numberValue // also NaN and Infinity
	textValue   // a string
	nestedValue // an object or array
)

// scanner walks through the JSON of data[:stop]. Its place is at; nothing of the text is copied.
type scanner struct {
	data []byte
	at   int
	stop int
	// backslash is the first one at or behind some place that at has not passed yet, or behind stop: strings that end
	// before it hold no escapes.
	backslash int
}

// space passes white space and returns the byte at the place, 0 at the end.
func (s *scanner) space() byte {
	for s.at < s.stop {
		c := s.data[s.at]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
		s.at++
	}
	return 0
}

// value passes a value and returns its span: of a string what is between the quotes, as it is written. escaped says
// that it holds escapes.
func (s *scanner) value() (v format.Span, k kind, escaped bool) {
	switch c := s.space(); c {
	case '"':
		return s.text()
	case '{', '[':
		from := s.at
		if !s.pass() {
			return v, brokenValue, false
		}
		return format.Span{From: int32(from), To: int32(s.at)}, nestedValue, false
	case '-', '+', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return s.number()
	case 't', 'f', 'n', 'N', 'I':
		return s.word()
	}
	return v, brokenValue, false
}

// text passes the string that begins at the place.
func (s *scanner) text() (v format.Span, k kind, escaped bool) {
	from := s.at + 1
	i := bytes.IndexByte(s.data[from:s.stop], '"')
	if i < 0 {
		return v, brokenValue, false
	}
	to := from + i
	if s.backslash < from {
		s.findBackslash(from)
	}
	for s.backslash < to {
		escaped = true
		// The escaped byte is passed, whatever it is.
		p := s.backslash + 2
		if p > s.stop {
			return v, brokenValue, false
		}
		s.findBackslash(p)
		if p > to {
			if i = bytes.IndexByte(s.data[p:s.stop], '"'); i < 0 {
				return v, brokenValue, false
			}
			to = p + i
		}
	}
	s.at = to + 1
	return format.Span{From: int32(from), To: int32(to)}, textValue, escaped
}

func (s *scanner) findBackslash(from int) {
	if i := bytes.IndexByte(s.data[from:s.stop], '\\'); i >= 0 {
		s.backslash = from + i
		return
	}
	s.backslash = s.stop
}

// number passes a number and checks its form: -?int[.digits][e[±]digits].
func (s *scanner) number() (v format.Span, k kind, escaped bool) {
	from, p := s.at, s.at
	d := s.data[:s.stop]
	if d[p] == '-' || d[p] == '+' {
		p++
		if p < len(d) && d[p] == 'I' {
			s.at = p
			w, k, _ := s.word()
			return format.Span{From: int32(from), To: w.To}, k, false
		}
		if d[from] == '+' {
			return v, brokenValue, false
		}
	}
	begin := p
	for p < len(d) && d[p]-'0' <= 9 {
		p++
	}
	if p == begin || d[begin] == '0' && p > begin+1 {
		return v, brokenValue, false
	}
	if p < len(d) && d[p] == '.' {
		p++
		begin = p
		for p < len(d) && d[p]-'0' <= 9 {
			p++
		}
		if p == begin {
			return v, brokenValue, false
		}
	}
	if p < len(d) && d[p]|0x20 == 'e' {
		p++
		if p < len(d) && (d[p] == '-' || d[p] == '+') {
			p++
		}
		begin = p
		for p < len(d) && d[p]-'0' <= 9 {
			p++
		}
		if p == begin {
			return v, brokenValue, false
		}
	}
	s.at = p
	return format.Span{From: int32(from), To: int32(p)}, numberValue, false
}

// word passes true, false, null, NaN or Infinity.
func (s *scanner) word() (v format.Span, k kind, escaped bool) {
	from, p := s.at, s.at
	for p < s.stop && s.data[p]|0x20 >= 'a' && s.data[p]|0x20 <= 'z' {
		p++
	}
	v = format.Span{From: int32(from), To: int32(p)}
	switch string(s.data[from:p]) {
	case "true", "false":
		k = wordValue
	case "null":
		k = nullValue
	case "NaN", "Infinity":
		k = numberValue
	default:
		return v, brokenValue, false
	}
	s.at = p
	return v, k, false
}

// depthLimit is how deep objects and arrays may nest.
const depthLimit = 1000

// pass passes an object or array.
func (s *scanner) pass() bool {
	var closers [depthLimit]byte
	depth := 0
	for {
		// A value is due.
		c := s.space()
		if c == '{' || c == '[' {
			if depth == depthLimit {
				return false
			}
			closers[depth] = c + 2 // of '{' it is '}', of '[' ']'
			depth++
			s.at++
			if s.space() == c+2 {
				s.at++
				depth--
			} else if c == '{' {
				if !s.key() {
					return false
				}
				continue
			} else {
				continue
			}
		} else if _, k, _ := s.value(); k == brokenValue {
			return false
		}
		// A value is done.
		for {
			if depth == 0 {
				return true
			}
			c := s.space()
			if c == ',' {
				s.at++
				if closers[depth-1] == '}' {
					if s.space(); !s.key() {
						return false
					}
				}
				break
			}
			if c != closers[depth-1] {
				return false
			}
			s.at++
			depth--
		}
	}
}

// key passes a key and its colon.
func (s *scanner) key() bool {
	if s.at >= s.stop || s.data[s.at] != '"' {
		return false
	}
	if _, k, _ := s.text(); k == brokenValue || s.space() != ':' {
		return false
	}
	s.at++
	return true
}

// unescape takes the escapes out of a string, in place; ok is false for one that JSON does not know.
func unescape(data []byte, v format.Span) (format.Span, bool) {
	to := v.From
	for i := v.From; i < v.To; {
		c := data[i]
		i++
		if c != '\\' {
			data[to] = c
			to++
			continue
		}
		if i == v.To {
			return v, false
		}
		c = data[i]
		i++
		switch c {
		case '"', '\\', '/':
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, ok := hex4(data[i:v.To])
			if !ok {
				return v, false
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low, ok := rune(0), false
				if int(v.To-i) >= 6 && data[i] == '\\' && data[i+1] == 'u' {
					low, ok = hex4(data[i+2 : v.To])
				}
				if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
					i += 6
				}
			}
			to += int32(utf8.EncodeRune(data[to:to+4], r))
			continue
		default:
			return v, false
		}
		data[to] = c
		to++
	}
	return format.Span{From: v.From, To: to}, true
}

func hex4(t []byte) (rune, bool) {
	if len(t) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range t[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// compact takes the white space out of an object or array, in place.
func compact(data []byte, v format.Span) format.Span {
	to := v.From
	inside := false
	for i := v.From; i < v.To; i++ {
		c := data[i]
		switch {
		case inside && c == '\\':
			data[to] = c
			to++
			i++
			c = data[i]
		case c == '"':
			inside = !inside
		case !inside && (c == ' ' || c == '\t' || c == '\r' || c == '\n'):
			continue
		}
		data[to] = c
		to++
	}
	return format.Span{From: v.From, To: to}
}
