package catalog

import (
	"fmt"
	"strconv"
	"strings"
)

// The settings of Flink's client that weir honours, and those of its engine of which weir knows only one value.
func init() {
	registerSetting(
		&Setting{Key: "sql-client.execution.result-mode", Check: oneOf("TABLEAU", "TABLE", "CHANGELOG"), Doc: "form of results where --format is not given; CHANGELOG is as TABLEAU"},
		&Setting{Key: "sql-client.display.print-time-cost", Default: "true", Check: checkBool, Doc: "whether the line below a result says how long it took"},
		&Setting{Key: "table.display.max-column-width", Default: "30", Check: checkPositive, Doc: "width at which tableau cuts strings"},
		&Setting{Key: "table.dml-sync", Default: "true", Check: checkBool, Doc: "whether INSERT, or a statement set, waits for its end; false: it starts a job in the background and gives its id"},
		&Setting{Key: "table.sql-dialect", Default: "default", Check: only("default"), Doc: "dialect of statements"},
		&Setting{Key: "table.exec.legacy-cast-behaviour", Default: "DISABLED", Check: only("DISABLED"), Doc: "the casts of Flink before 1.15"},
		&Setting{Key: "table.exec.sink.type-length-enforcer", Default: "IGNORE", Check: oneOf("IGNORE", "TRIM_PAD", "ERROR"), Doc: "what a sink does to CHAR, VARCHAR, BINARY and VARBINARY values of another length than their type's: IGNORE writes them, TRIM_PAD cuts and pads them, ERROR fails"},
	)
}

func checkBool(value string) (string, error) {
	switch v := strings.ToLower(strings.TrimSpace(value)); v {
	case "true", "false":
		return v, nil
	}
	return "", fmt.Errorf("unrecognized boolean '%s': it must be true or false", value)
}

// only accepts the one value that weir has; Flink knows more.
func only(word string) func(string) (string, error) {
	return func(value string) (string, error) {
		if strings.EqualFold(strings.TrimSpace(value), word) {
			return word, nil
		}
		return "", fmt.Errorf("the value '%s' is not supported: only %s is", value, strconv.Quote(word))
	}
}
