package catalog

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

func init() {
	registerFormat(&Format{
		Name: "csv",
		Options: []OptionSpec{
			{Key: "field-delimiter", Default: ",", Check: characterOption, Doc: "between fields"},
			{Key: "disable-quote-character", Default: "false", Check: boolOption, Doc: "fields are never quoted"},
			{Key: "quote-character", Default: `"`, Check: characterOption, Doc: "around fields that need it"},
			{Key: "allow-comments", Default: "false", Check: boolOption, Doc: "lines that begin with # are no rows"},
			{Key: "ignore-parse-errors", Default: "false", Check: boolOption, Doc: "what cannot be read is NULL, or no row, and counted"},
			{Key: "array-element-delimiter", Default: ";", Check: textOption, Doc: "between the elements of an ARRAY"},
			{Key: "escape-character", Check: characterOption, Doc: "takes its meaning from the character behind it"},
			{Key: "null-literal", Doc: "text that stands for NULL"},
			{Key: "write-bigdecimal-in-scientific-notation", Default: "true", Check: boolOption, Doc: "accepted; weir writes decimals at their scale"},
			{Key: "header", Default: "false", Check: headerOption, Doc: "true: the first line of each file names its columns, in any order; skip: it is left out"},
			{Key: "skip-empty-lines", Default: "false", Check: boolOption, Doc: "lines without any text are no rows"},
			{Key: "timestamp-format.standard", Default: "SQL", Check: wordOption("SQL", "ISO-8601"), Doc: "SQL: 2020-01-01 00:00:00; ISO-8601: 2020-01-01T00:00:00"},
		},
	})
}

// characterOption accepts one character of ASCII, also as \t, \n and the like.
func characterOption(v string) error {
	if len(v) == 2 && v[0] == '\\' {
		return nil
	}
	if utf8.RuneCountInString(v) != 1 {
		return fmt.Errorf("must be a string with single character, but was: %s", v)
	}
	if len(v) != 1 {
		return fmt.Errorf("a character outside ASCII is not supported: %s", v)
	}
	return nil
}

// headerOption accepts true, false and skip.
func headerOption(v string) error {
	if strings.EqualFold(v, "skip") || boolOption(v) == nil {
		return nil
	}
	return fmt.Errorf("true, false or skip is expected, found '%s'", v)
}

func textOption(v string) error {
	if v == "" {
		return fmt.Errorf("must not be empty")
	}
	return nil
}
