package catalog

import (
	"fmt"
	"strconv"
	"strings"

	"weir/keygroup"
)

func init() {
	registerConnector(&Connector{
		Name: "datagen", Source: true,
		Options: []OptionSpec{
			{Key: "connector", Required: true},
			{Key: "rows-per-second", Default: "10000", Check: wholeOption(1), Doc: "how many rows come in a second"},
			{Key: "number-of-rows", Check: wholeOption(-1), Doc: "rows in all; unset: it never ends, unless a field is a sequence"},
			{Key: "scan.parallelism", Check: parallelismOption, Doc: "parallelism of the source"},
			{Key: "fields.*.kind", Pattern: true, Default: "random", Check: func(v string) error {
				if v != "random" && v != "sequence" {
					return fmt.Errorf("unsupported generator kind '%s': it must be random or sequence", v)
				}
				return nil
			}, Doc: "random or sequence"},
			{Key: "fields.*.min", Pattern: true, Doc: "smallest random value"},
			{Key: "fields.*.max", Pattern: true, Doc: "greatest random value"},
			{Key: "fields.*.max-past", Pattern: true, Check: durationOption, Doc: "how far back a random timestamp may lie"},
			{Key: "fields.*.length", Pattern: true, Check: wholeOption(1), Doc: "length of a random string or binary (100), elements of an ARRAY, MAP or MULTISET (3)"},
			{Key: "fields.*.var-len", Pattern: true, Check: boolOption, Doc: "random strings have any length up to that one"},
			{Key: "fields.*.start", Pattern: true, Doc: "first value of a sequence"},
			{Key: "fields.*.end", Pattern: true, Doc: "last value of a sequence"},
			{Key: "fields.*.null-rate", Pattern: true, Check: rateOption, Doc: "share of NULLs, 0 to 1"},
		},
		Unbounded: func(options map[string]string) bool {
			if _, ok := options["number-of-rows"]; ok {
				return false
			}
			for k, v := range options {
				if strings.HasPrefix(k, "fields.") && strings.HasSuffix(k, ".kind") && v == "sequence" {
					return false
				}
			}
			return true
		},
	})
	registerConnector(&Connector{
		Name: "print", Sink: true, Changelog: true,
		Options: []OptionSpec{
			{Key: "connector", Required: true},
			{Key: "print-identifier", Doc: "text before each row"},
			{Key: "standard-error", Default: "false", Check: boolOption, Doc: "write to standard error instead of standard output"},
			{Key: "sink.parallelism", Check: parallelismOption, Doc: "parallelism of the sink"},
		},
	})
	registerConnector(&Connector{
		Name: "blackhole", Sink: true, Changelog: true,
		Options: []OptionSpec{
			{Key: "connector", Required: true},
			{Key: "sink.parallelism", Check: parallelismOption, Doc: "parallelism of the sink"},
		},
	})
}

// wholeOption checks for a whole number of at least min.
func wholeOption(min int64) func(string) error {
	return func(v string) error {
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		if err != nil || n < min {
			return fmt.Errorf("a whole number of at least %d is expected, found '%s'", min, v)
		}
		return nil
	}
}

func boolOption(v string) error {
	if !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false") {
		return fmt.Errorf("true or false is expected, found '%s'", v)
	}
	return nil
}

func rateOption(v string) error {
	if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err != nil || !(f >= 0 && f <= 1) {
		return fmt.Errorf("a number from 0 to 1 is expected, found '%s'", v)
	}
	return nil
}

func durationOption(v string) error {
	_, err := ParseDuration(v)
	return err
}

// parallelismOption checks 'scan.parallelism' and 'sink.parallelism'.
func parallelismOption(v string) error {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || n < 1 || n > keygroup.UpperBound {
		return fmt.Errorf("invalid configured parallelism %s: it must be between 1 and %d", v, keygroup.UpperBound)
	}
	return nil
}
