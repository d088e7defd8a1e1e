package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Level says who set a setting; a higher level wins.
type Level uint8

// The levels: the config file (system), -p (client), SET and -D (environment).
const (
	Unset Level = iota
	System
	Client
	Environment
)

// String names the level as EXPLAIN prints it.
func (l Level) String() string {
	return [...]string{"default", "config file", "-p", "SET"}[l]
}

// Setting describes a key that weir knows.
type Setting struct {
	Key     string
	Aliases []string // older names, which mean the key wherever one may be written
	Default string   // empty: unset
	// Check parses a value and returns it in normal form; its error is a sentence for the user.
	Check func(value string) (string, error)
	Doc   string
}

// Settings holds the values of a session by level. It is used by one goroutine.
type Settings struct {
	values map[string]map[Level]string
}

// NewSettings returns settings without any value set.
func NewSettings() *Settings { return &Settings{values: map[string]map[Level]string{}} }

// Set stores a value at a level after checking it. The error is a sentence for the user.
func (s *Settings) Set(key, value string, level Level) error {
	key = resolve(key)
	if spec := LookupSetting(key); spec != nil && spec.Check != nil {
		v, err := spec.Check(value)
		if err != nil {
			return err
		}
		value = v
	}
	if s.values[key] == nil {
		s.values[key] = map[Level]string{}
	}
	s.values[key][level] = value
	return nil
}

// Reset forgets what SET and -D said of a key; an empty key means all keys.
func (s *Settings) Reset(key string) {
	if key != "" {
		delete(s.values[resolve(key)], Environment)
		return
	}
	for _, levels := range s.values {
		delete(levels, Environment)
	}
}

// Get returns the value in force and who set it; the default, at level Unset, where nobody did.
func (s *Settings) Get(key string) (string, Level) {
	levels := s.values[resolve(key)]
	for l := Environment; l > Unset; l-- {
		if v, ok := levels[l]; ok {
			return v, l
		}
	}
	if spec := LookupSetting(key); spec != nil {
		return spec.Default, Unset
	}
	return "", Unset
}

// IsSet reports whether somebody set the key, be it to its default.
func (s *Settings) IsSet(key string) bool {
	_, level := s.Get(key)
	return level != Unset
}

// At returns the value that was set at exactly that level.
func (s *Settings) At(key string, level Level) (string, bool) {
	v, ok := s.values[resolve(key)][level]
	return v, ok
}

// Bool, Int and Duration return the value in force of a key whose Check guarantees the form.
func (s *Settings) Bool(key string) bool {
	v, _ := s.Get(key)
	return strings.EqualFold(v, "true")
}

func (s *Settings) Int(key string) int64 {
	v, _ := s.Get(key)
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil && v != "" {
		panic(fmt.Sprintf("catalog: setting %s holds %q", key, v))
	}
	return n
}

func (s *Settings) Duration(key string) time.Duration {
	v, _ := s.Get(key)
	if v == "" {
		return 0
	}
	d, err := ParseDuration(v)
	if err != nil {
		panic(fmt.Sprintf("catalog: setting %s holds %q", key, v))
	}
	return d
}

// Keys lists the keys that have a value set, sorted.
func (s *Settings) Keys() []string {
	var keys []string
	for k, levels := range s.values {
		if len(levels) > 0 {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// Clone returns an independent copy.
func (s *Settings) Clone() *Settings {
	c := NewSettings()
	for k, levels := range s.values {
		c.values[k] = maps.Clone(levels)
	}
	return c
}
