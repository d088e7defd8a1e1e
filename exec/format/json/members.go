package json

import (
	"bytes"
)

// Form is what a value is.
type Form uint8

const (
	Null    Form = iota
	Boolean      // true, false
	Number       // also NaN and Infinity
	Text
	Object
	Array
)

// Value is a value of an object: its text without quotes and escapes.
type Value struct {
	Form Form
	Text []byte
}

// Objects calls object for each object of a line, and member for each of its members, by the rules of the reader. The
// values are copies. It returns what is wrong with the line, or nothing; by then the objects before have been told.
func Objects(line []byte, object func(), member func(key string, v Value)) string {
	s := scanner{data: bytes.Clone(line), stop: len(line), backslash: -1}
	one := func() string { object(); return s.members(member) }
	problem := ""
	switch s.space() {
	case 0:
		return ""
	case '{':
		problem = one()
	case '[':
		s.at++
		if s.space() == ']' {
			s.at++
			break
		}
		for problem == "" {
			if s.space() != '{' {
				return "an object is expected"
			}
			if problem = one(); problem != "" {
				break
			}
			c := s.space()
			s.at++
			if c == ']' {
				break
			}
			if c != ',' {
				return "a comma or ] is expected"
			}
		}
	default:
		return "an object is expected"
	}
	if problem == "" && s.space() != 0 {
		problem = "one object a line is expected, and there is more behind it"
	}
	return problem
}

// members passes the object at the place.
func (s *scanner) members(member func(key string, v Value)) string {
	s.at++
	if s.space() == '}' {
		s.at++
		return ""
	}
	for {
		if s.space() != '"' {
			return "a key is expected"
		}
		k, what, escaped := s.text()
		if what == brokenValue || s.space() != ':' {
			return "a key is expected"
		}
		s.at++
		ok := true
		if escaped {
			k, ok = unescape(s.data, k)
		}
		v, valid := s.copied()
		if !ok || !valid {
			return "a value is expected"
		}
		member(string(s.data[k.From:k.To]), v)
		c := s.space()
		s.at++
		if c == '}' {
			return ""
		}
		if c != ',' {
			return "a comma or } is expected"
		}
	}
}

// copied passes a value and returns it.
func (s *scanner) copied() (Value, bool) {
	v, what, escaped := s.value()
	forms := [...]Form{nullValue: Null, wordValue: Boolean, numberValue: Number, textValue: Text, nestedValue: Object}
	if what == brokenValue {
		return Value{}, false
	}
	if escaped {
		var ok bool
		if v, ok = unescape(s.data, v); !ok {
			return Value{}, false
		}
	}
	out := Value{Form: forms[what], Text: bytes.Clone(s.data[v.From:v.To])}
	if what == nestedValue && out.Text[0] == '[' {
		out.Form = Array
	}
	return out, true
}

// Elements returns the values of an array.
func (v Value) Elements() []Value {
	s := scanner{data: bytes.Clone(v.Text), at: 1, stop: len(v.Text), backslash: -1}
	var all []Value
	if s.space() == ']' {
		return nil
	}
	for {
		e, ok := s.copied()
		if !ok {
			return all // not met: the whole was checked before
		}
		all = append(all, e)
		if s.space() == ']' {
			return all
		}
		s.at++
	}
}
