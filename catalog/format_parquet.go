package catalog

import "fmt"

func init() {
	registerFormat(&Format{
		Name: "parquet",
		Options: []OptionSpec{
			{Key: "compression", Default: "SNAPPY", Check: wordOption("UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"), Doc: "of the pages that are written"},
			{Key: "block.size", Default: "128 mb", Check: sizeOption, Doc: "about how many bytes in memory make a row group"},
			{Key: "page.size", Default: "1 mb", Check: sizeOption, Doc: "about how many bytes make a page"},
			{Key: "enable.dictionary", Default: "true", Check: boolOption, Doc: "write values that repeat as a dictionary and codes"},
			{Key: "utc-timezone", Default: "true", Check: onOption, Doc: "times are read and written as they are, which is UTC; false is not supported"},
			{Key: "write.int64.timestamp", Default: "true", Check: boolOption, Doc: "false: write times as INT96, for old readers"},
			{Key: "timestamp.time.unit", Check: wordOption("millis", "micros", "nanos"), Doc: "unit of times that are written; unset: the coarsest that holds the type's digits"},
		},
	})
}

// onOption accepts an option only where it switches on what weir always does.
func onOption(v string) error {
	on, err := parseBool(v)
	if err == nil && !on {
		return fmt.Errorf("false is not supported")
	}
	return err
}
