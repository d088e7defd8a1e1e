package expr_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/parser/diag"
)

var update = flag.Bool("update", false, "write testdata/casts.txt anew; read it before it is committed")

// castSource is a type to cast from, with values of it.
type castSource struct {
	name   string
	family string
	values []string
}

var castSources = []castSource{
	{"BOOLEAN", "boolean", []string{"TRUE", "FALSE"}},
	{"TINYINT", "integer", []string{"CAST(-5 AS TINYINT)", "CAST(127 AS TINYINT)", "CAST(0 AS TINYINT)"}},
	{"SMALLINT", "integer", []string{"CAST(300 AS SMALLINT)", "CAST(-32768 AS SMALLINT)"}},
	{"INT", "integer", []string{"70000", "-2147483648"}},
	{"BIGINT", "integer", []string{"5000000000", "-9223372036854775808"}},
	{"FLOAT", "float", []string{"CAST(1.75 AS FLOAT)", "CAST('-3.4028235E38' AS FLOAT)", "CAST('Infinity' AS FLOAT)"}},
	{"DOUBLE", "float", []string{"-2.5e0", "1e300", "CAST('NaN' AS DOUBLE)", "CAST('-0.0' AS DOUBLE)"}},
	{"DECIMAL(10, 2)", "decimal", []string{"CAST(123.45 AS DECIMAL(10, 2))", "CAST(-99999999.99 AS DECIMAL(10, 2))", "CAST(0 AS DECIMAL(10, 2))"}},
	{"DECIMAL(38, 10)", "decimal", []string{"CAST('1234567890123456789012345678.0123456789' AS DECIMAL(38, 10))", "CAST('-0.0000000001' AS DECIMAL(38, 10))"}},
	{"DECIMAL(38, 0)", "decimal", []string{"CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0))"}},
	{"CHAR(5)", "string", []string{"CAST('12' AS CHAR(5))", "CAST('false' AS CHAR(5))"}},
	{"VARCHAR(30)", "string", []string{"CAST('2020-02-03 04:05:06.789' AS VARCHAR(30))", "CAST('04:05:06.789' AS VARCHAR(30))", "CAST('t' AS VARCHAR(30))"}},
	{"STRING", "string", []string{"CAST('-12.9' AS STRING)", "CAST('1e2' AS STRING)", "CAST('ß😀x' AS STRING)", "CAST('' AS STRING)"}},
	{"BINARY(4)", "bytes", []string{"CAST(x'31323334' AS BINARY(4))"}},
	{"VARBINARY(8)", "bytes", []string{"CAST(x'c3' AS VARBINARY(8))", "CAST(x'' AS VARBINARY(8))"}},
	{"BYTES", "bytes", []string{"CAST(x'48656c6c6f' AS BYTES)"}},
	{"DATE", "date", []string{"DATE '2020-02-29'", "DATE '1969-12-31'", "DATE '0001-01-01'"}},
	{"TIME", "time", []string{"TIME '04:05:06'", "TIME '23:59:59'"}},
	{"TIMESTAMP(0)", "timestamp", []string{"TIMESTAMP '2020-02-03 04:05:06'"}},
	{"TIMESTAMP(3)", "timestamp", []string{"TIMESTAMP '2020-02-03 04:05:06.789'", "TIMESTAMP '1969-12-31 23:59:59.999'"}},
	{"TIMESTAMP(6)", "timestamp", []string{"TIMESTAMP '2020-02-03 04:05:06.789012'", "TIMESTAMP '1969-12-31 23:59:59.999999'"}},
	{"TIMESTAMP(9)", "timestamp", []string{"TIMESTAMP '2020-02-03 04:05:06.789012345'", "TIMESTAMP '0001-01-01 00:00:00.000000001'"}},
	// In summer the zone of this test is two hours ahead, in winter one; half past two of 29 March there was none.
	{"TIMESTAMP_LTZ(0)", "instant", []string{"CAST('2020-07-03 00:05:06' AS TIMESTAMP_LTZ(0))"}},
	{"TIMESTAMP_LTZ(3)", "instant", []string{"TO_TIMESTAMP_LTZ(-1, 3)", "CAST('2020-03-29 02:30:00.5' AS TIMESTAMP_LTZ(3))"}},
	{"TIMESTAMP_LTZ(9)", "instant", []string{"CAST('1969-12-31 23:59:59.123456789' AS TIMESTAMP_LTZ(9))"}},
	{"INTERVAL YEAR TO MONTH", "months", []string{"INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '-5' MONTH"}},
	{"INTERVAL DAY TO SECOND", "seconds", []string{"INTERVAL '1 02:03:04.567' DAY TO SECOND", "INTERVAL '-0.5' SECOND"}},
}

// castTargets are the types to cast to.
var castTargets = []struct{ name, family string }{
	{"BOOLEAN", "boolean"}, {"TINYINT", "number"}, {"SMALLINT", "number"}, {"INT", "number"}, {"BIGINT", "number"}, {"FLOAT", "number"}, {"DOUBLE", "number"},
	{"DECIMAL(10, 2)", "number"}, {"DECIMAL(38, 10)", "number"}, {"DECIMAL(38, 0)", "number"}, {"CHAR", "string"}, {"CHAR(5)", "string"}, {"VARCHAR(3)", "string"}, {"VARCHAR", "string"}, {"STRING", "string"},
	{"BINARY", "bytes"}, {"BINARY(4)", "bytes"}, {"VARBINARY(4)", "bytes"}, {"VARBINARY", "bytes"}, {"BYTES", "bytes"}, {"DATE", "date"}, {"TIME", "time"}, {"TIMESTAMP(0)", "timestamp"}, {"TIMESTAMP(3)", "timestamp"},
	{"TIMESTAMP(6)", "timestamp"}, {"TIMESTAMP(9)", "timestamp"}, {"TIMESTAMP_LTZ(0)", "timestamp"}, {"TIMESTAMP_LTZ(3)", "timestamp"}, {"TIMESTAMP_LTZ(6)", "timestamp"},
	{"TIMESTAMP_LTZ(9)", "timestamp"}, {"INTERVAL YEAR", "unit"}, {"INTERVAL MONTH", "unit"}, {"INTERVAL YEAR TO MONTH", "months"}, {"INTERVAL DAY", "unit"},
	{"INTERVAL SECOND", "unit"}, {"INTERVAL DAY TO SECOND", "seconds"},
}

// castable are the families that Flink casts a family to. An interval of a single unit is made of an integer only.
var castable = map[string]string{
	"boolean":   "boolean number string",
	"integer":   "boolean number string unit",
	"float":     "boolean number string",
	"decimal":   "boolean number string",
	"string":    "boolean number string bytes date time timestamp",
	"bytes":     "string bytes",
	"date":      "string date timestamp",
	"time":      "string time timestamp",
	"timestamp": "string date time timestamp",
	"instant":   "string date time timestamp",
	"months":    "string months",
	"seconds":   "string seconds",
}

// casts reports whether a pair of types can be cast.
func (s castSource) casts(to, family string) bool {
	if family == "unit" && s.family != "integer" {
		// The units of an interval's type say nothing about its values.
		family = "seconds"
		if to == "INTERVAL YEAR" || to == "INTERVAL MONTH" {
			family = "months"
		}
	}
	return slices.Contains(strings.Fields(castable[s.family]), family)
}

// TestCastPairs casts from every type to every type: constants and nullable columns, in slices, dictionaries and alone,
// with CAST and with TRY_CAST. testdata/casts.txt holds the answers; those of pairs that Flink was asked about are
// compared with it in TestOracle. What Flink does not cast is refused with a code and a hint.
func TestCastPairs(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, from := range castSources {
		for _, to := range castTargets {
			if !from.casts(to.name, to.family) {
				refusedCast(t, from, to.name, berlin)
				continue
			}
			for _, v := range from.values {
				lines = append(lines, fmt.Sprintf("%s -> %s: %s", v, to.name, castAnswers(t, from, v, to.name, berlin)))
			}
			castTogether(t, from, to.name, berlin)
		}
	}
	got := strings.Join(lines, "\n") + "\n"
	const path = "testdata/casts.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(want) != len(lines) {
		t.Errorf("%d answers, want %d", len(lines), len(want))
	}
	for i := range min(len(want), len(lines)) {
		if lines[i] != want[i] {
			t.Errorf("%s\nwant %s", lines[i], want[i])
		}
	}
}

// refusedCast checks that the planner refuses a pair in every form.
func refusedCast(t *testing.T, from castSource, to string, zone *time.Location) {
	t.Helper()
	for _, f := range []string{"CAST", "TRY_CAST"} {
		for _, sql := range []string{
			fmt.Sprintf("SELECT %s(%s AS %s)", f, from.values[0], to),
			fmt.Sprintf("SELECT %s(a AS %s) FROM (VALUES (CAST(NULL AS %s))) AS t(a)", f, to, from.name),
		} {
			_, rows, err := query(sql, zone)
			var d *diag.Diagnostic
			if !errors.As(err, &d) || d.Code != "W2012" || d.Hint == "" {
				t.Errorf("%s: %v, %v", sql, rows, err)
			}
		}
	}
}

// castAnswers returns what CAST of a value gives, and TRY_CAST where it differs, and checks that a column of the type
// gives the same and keeps its NULL.
func castAnswers(t *testing.T, from castSource, v, to string, zone *time.Location) string {
	t.Helper()
	var answers []string
	for _, f := range []string{"CAST", "TRY_CAST"} {
		sql := fmt.Sprintf("SELECT %s(a AS %s) FROM (VALUES (CAST(%s AS %s)), (CAST(NULL AS %s))) AS t(a)", f, to, v, from.name, from.name)
		types, rows, err := query(sql, zone)
		var d *diag.Diagnostic
		switch {
		case errors.As(err, &d):
			answers = append(answers, "error "+d.Code)
		case err != nil:
			t.Errorf("%s: %v", sql, err)
		default:
			if len(rows) != 2 || rows[1][0] != nil {
				t.Errorf("%s: the NULL is gone", sql)
			}
			if name := strings.TrimSuffix(types[0], " NOT NULL"); name != types[0] {
				t.Errorf("%s: %s", sql, types[0])
			}
			answers = append(answers, show(rows[0][0]))
		}
		sql = fmt.Sprintf("SELECT %s(%s AS %s)", f, v, to)
		_, rows, err = query(sql, zone)
		constant := ""
		switch {
		case errors.As(err, &d) && d.Code == "W4104":
			// A constant is NOT NULL, and its CAST is NULL: that fails where the column's NULL does not.
			constant = "NULL"
		case errors.As(err, &d):
			constant = "error " + d.Code
		case err != nil:
			t.Errorf("%s: %v", sql, err)
		default:
			constant = show(rows[0][0])
		}
		if column := answers[len(answers)-1]; constant != column {
			t.Errorf("%s: %s, over a column %s", sql, constant, column)
		}
	}
	if answers[0] == answers[1] {
		return answers[0]
	}
	return answers[0] + ", tried " + answers[1]
}

// castTogether checks that a column of all values of a type, with NULLs between them, gives what each gives alone.
func castTogether(t *testing.T, from castSource, to string, zone *time.Location) {
	t.Helper()
	var rows []string
	for _, v := range from.values {
		rows = append(rows, fmt.Sprintf("(CAST(%s AS %s)), (CAST(NULL AS %s))", v, from.name, from.name))
	}
	sql := fmt.Sprintf("SELECT TRY_CAST(a AS %s) FROM (VALUES %s) AS t(a)", to, strings.Join(rows, ", "))
	_, got, err := query(sql, zone)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
		return
	}
	for i, v := range from.values {
		_, alone, err := query(fmt.Sprintf("SELECT TRY_CAST(%s AS %s)", v, to), zone)
		if err != nil {
			t.Error(err)
			continue
		}
		if show(got[2*i][0]) != show(alone[0][0]) || got[2*i+1][0] != nil {
			t.Errorf("%s, row %d: %s and %s, alone %s", sql, 2*i, show(got[2*i][0]), show(got[2*i+1][0]), show(alone[0][0]))
		}
	}
}
