package json

import (
	"bytes"
	"fmt"

	"weir/exec/format"
	"weir/vector"
)

// splitter finds the parts of arrays and objects that were checked and compacted before: there is no white space in them.
type splitter struct {
	strict bool // a missing field is an error
}

// Check refuses a MAP whose keys are no strings: those of JSON are.
func (splitter) Check(t vector.Type) error {
	if !writable(t) {
		return fmt.Errorf("JSON format doesn't support non-string as key type of %s. The type is: %s", pairsName(t), t.Name())
	}
	return nil
}

// writable reports whether the keys of a MAP, or elements of a MULTISET, can name the members of an object.
func writable(t vector.Type) bool {
	if t.Physical() != vector.Pairs {
		return true
	}
	key, _ := t.Entry()
	return key.IsString()
}

func pairsName(t vector.Type) string {
	if t.Kind == vector.Multiset {
		return "multiset"
	}
	return "map"
}

// open begins an array or object; false: the value is another.
func open(data []byte, v format.Span, bracket byte) (scanner, bool) {
	if v.To == v.From || data[v.From] != bracket || data[v.From-1] == '"' {
		return scanner{}, false // none, or a string that looks like one
	}
	return scanner{data: data, at: int(v.From) + 1, stop: int(v.To), backslash: -1}, true
}

// part takes the next value, of an array or behind a key.
func (s *scanner) part() (format.Span, bool) {
	v, k, escaped := s.value()
	switch {
	case k == nullValue:
		return format.Null, true
	case k == nestedValue:
		return compact(s.data, v), true
	case escaped:
		return unescape(s.data, v)
	}
	return v, true
}

// Elements splits an array.
func (splitter) Elements(dst []format.Span, data []byte, v format.Span) ([]format.Span, bool) {
	s, ok := open(data, v, '[')
	if !ok {
		return dst, false
	}
	if s.space() == ']' {
		return dst, true
	}
	for {
		e, ok := s.part()
		if !ok {
			return dst, false
		}
		dst = append(dst, e)
		if s.space() == ']' {
			return dst, true
		}
		s.at++ // a comma: the whole was checked before
	}
}

// name takes a key and its colon.
func (s *scanner) name() (format.Span, bool) {
	v, _, escaped := s.text()
	s.space()
	s.at++ // the colon
	if !escaped {
		return v, true
	}
	return unescape(s.data, v)
}

// Fields splits an object into the fields of these names. What is named twice counts where it comes first, as in rows.
func (x splitter) Fields(dst []format.Span, data []byte, v format.Span, names []string) ([]format.Span, bool) {
	s, ok := open(data, v, '{')
	if !ok {
		return dst, false
	}
	for range names {
		dst = append(dst, unset)
	}
	fields := dst[len(dst)-len(names):]
	for next := 0; s.space() != '}'; {
		name, ok := s.name()
		if !ok {
			return dst, false
		}
		value, ok := s.part()
		if !ok {
			return dst, false
		}
		// Keys most likely come in the order of the type.
		for i := range names {
			k := (next + i) % len(names)
			if names[k] == string(data[name.From:name.To]) {
				if fields[k] == unset {
					fields[k] = value
				}
				next = k + 1
				break
			}
		}
		if s.space() == ',' {
			s.at++
			s.space()
		}
	}
	for i := range fields {
		if fields[i] != unset {
			continue
		}
		if x.strict {
			return dst, false
		}
		fields[i] = format.Null
	}
	return dst, true
}

// Pairs splits an object into keys and values. Of a key that comes twice the last value counts.
func (splitter) Pairs(dst []format.Span, data []byte, v format.Span) ([]format.Span, bool) {
	s, ok := open(data, v, '{')
	if !ok {
		return dst, false
	}
	from := len(dst)
	var places map[string]int // of keys in dst, once they are many
	for s.space() != '}' {
		key, ok := s.name()
		if !ok {
			return dst, false
		}
		value, ok := s.part()
		if !ok {
			return dst, false
		}
		name := data[key.From:key.To]
		place := -1
		if places != nil {
			if at, ok := places[string(name)]; ok {
				place = at
			}
		} else {
			for i := from; i < len(dst) && place < 0; i += 2 {
				if bytes.Equal(data[dst[i].From:dst[i].To], name) {
					place = i
				}
			}
			if len(dst)-from >= 2*fewKeys {
				places = map[string]int{}
				for i := from; i < len(dst); i += 2 {
					places[string(data[dst[i].From:dst[i].To])] = i
				}
			}
		}
		if place >= 0 {
			dst[place+1] = value
		} else {
			if places != nil {
				places[string(name)] = len(dst)
			}
			dst = append(dst, key, value)
		}
		if s.space() == ',' {
			s.at++
			s.space()
		}
	}
	return dst, true
}

// fewKeys are compared one by one: looking them up takes longer.
const fewKeys = 16
