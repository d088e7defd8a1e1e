package catalog

func init() {
	registerFormat(&Format{
		Name: "json",
		Options: []OptionSpec{
			{Key: "fail-on-missing-field", Default: "false", Check: boolOption, Doc: "a missing field is an error; else it is NULL"},
			{Key: "ignore-parse-errors", Default: "false", Check: boolOption, Doc: "what cannot be read is NULL, or no row, and counted"},
			{Key: "timestamp-format.standard", Default: "SQL", Check: wordOption("SQL", "ISO-8601"), Doc: "SQL: 2020-01-01 00:00:00; ISO-8601: 2020-01-01T00:00:00"},
			{Key: "map-null-key.mode", Default: "FAIL", Check: wordOption("FAIL", "DROP", "LITERAL"), Doc: "what becomes of an entry of a MAP whose key is NULL: the job fails, it is left out, or it gets the key map-null-key.literal"},
			{Key: "map-null-key.literal", Default: "null", Doc: "the key that LITERAL writes for NULL"},
			{Key: "decode.json-parser.enabled", Default: "true", Check: boolOption, Doc: "accepted; weir has one parser"},
			{Key: "encode.decimal-as-plain-number", Default: "true", Check: boolOption, Doc: "accepted; weir writes decimals at their scale"},
			{Key: "encode.ignore-null-fields", Default: "false", Check: boolOption, Doc: "leave out fields that are NULL"},
		},
	})
}
