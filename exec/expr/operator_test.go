package expr_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// ascending are values of every type, each greater than the one before.
var ascending = map[string][]string{
	"BOOLEAN":                {"FALSE", "TRUE"},
	"TINYINT":                {"CAST(-128 AS TINYINT)", "CAST(0 AS TINYINT)", "CAST(127 AS TINYINT)"},
	"SMALLINT":               {"CAST(-32768 AS SMALLINT)", "CAST(0 AS SMALLINT)", "CAST(5 AS SMALLINT)"},
	"INT":                    {"-2147483648", "0", "7"},
	"BIGINT":                 {"-9223372036854775808", "CAST(0 AS BIGINT)", "9223372036854775807"},
	"FLOAT":                  {"CAST('-Infinity' AS FLOAT)", "CAST('0.1' AS FLOAT)", "CAST('3.4E38' AS FLOAT)"},
	"DOUBLE":                 {"-1.5e0", "0.1e0", "1e300"},
	"DECIMAL(5, 2)":          {"-1.50", "0.10", "9.99"},
	"DECIMAL(38, 10)":        {"CAST('-1234567890123456789012345678.1' AS DECIMAL(38, 10))", "CAST('0.0000000001' AS DECIMAL(38, 10))", "CAST('1234567890123456789012345678.1' AS DECIMAL(38, 10))"},
	"CHAR(3)":                {"'a  '", "'a b'", "'abc'"},
	"VARCHAR(5)":             {"CAST('' AS VARCHAR(5))", "CAST('a' AS VARCHAR(5))", "CAST('ß' AS VARCHAR(5))"},
	"STRING":                 {"CAST('A' AS STRING)", "CAST('a' AS STRING)", "CAST('😀' AS STRING)"},
	"BINARY(2)":              {"x'0001'", "x'7f00'", "x'ff00'"},
	"VARBINARY(3)":           {"CAST(x'' AS VARBINARY(3))", "CAST(x'00' AS VARBINARY(3))", "CAST(x'80' AS VARBINARY(3))"},
	"BYTES":                  {"CAST(x'' AS BYTES)", "CAST(x'0102' AS BYTES)", "CAST(x'ff' AS BYTES)"},
	"DATE":                   {"DATE '0001-01-01'", "DATE '1969-12-31'", "DATE '9999-12-31'"},
	"TIME":                   {"TIME '00:00:00'", "TIME '04:05:06'", "TIME '23:59:59'"},
	"TIMESTAMP(0)":           {"TIMESTAMP '1969-12-31 23:59:59'", "TIMESTAMP '1970-01-01 00:00:00'", "TIMESTAMP '2020-01-01 00:00:00'"},
	"TIMESTAMP(3)":           {"TIMESTAMP '1969-12-31 23:59:59.999'", "TIMESTAMP '1970-01-01 00:00:00.000'", "TIMESTAMP '2020-01-01 00:00:00.001'"},
	"TIMESTAMP(6)":           {"TIMESTAMP '1969-12-31 23:59:59.999999'", "TIMESTAMP '1970-01-01 00:00:00.000000'", "TIMESTAMP '2020-01-01 00:00:00.000001'"},
	"TIMESTAMP(9)":           {"TIMESTAMP '1969-12-31 23:59:59.999999998'", "TIMESTAMP '1969-12-31 23:59:59.999999999'", "TIMESTAMP '2020-01-01 00:00:00.000000001'"},
	"TIMESTAMP_LTZ(3)":       {"TO_TIMESTAMP_LTZ(-1, 3)", "TO_TIMESTAMP_LTZ(0, 3)", "TO_TIMESTAMP_LTZ(1, 0)"},
	"TIMESTAMP_LTZ(9)":       {"CAST('1969-12-31 23:59:59.999999998' AS TIMESTAMP_LTZ(9))", "CAST('1969-12-31 23:59:59.999999999' AS TIMESTAMP_LTZ(9))", "CAST('2020-01-01 00:00:00.000000001' AS TIMESTAMP_LTZ(9))"},
	"INTERVAL YEAR TO MONTH": {"INTERVAL '-1' YEAR", "INTERVAL '0' MONTH", "INTERVAL '5' YEAR"},
	"INTERVAL DAY TO SECOND": {"INTERVAL '-1' DAY", "INTERVAL '0.001' SECOND", "INTERVAL '5' DAY"},
}

// TestComparisons compares every value of a type with every other and with NULL, over columns and with constants, in
// all operators and functions that compare.
func TestComparisons(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	truth := func(known, holds bool) string {
		switch {
		case !known:
			return "NULL"
		case holds:
			return "TRUE"
		}
		return "FALSE"
	}
	for name, values := range ascending {
		const none = -1 // NULL
		var pairs [][2]int
		var rows []string
		cell := func(i int) string {
			if i == none {
				return fmt.Sprintf("CAST(NULL AS %s)", name)
			}
			return fmt.Sprintf("CAST(%s AS %s)", values[i], name)
		}
		for i := none; i < len(values); i++ {
			for k := none; k < len(values); k++ {
				pairs = append(pairs, [2]int{i, k})
				rows = append(rows, fmt.Sprintf("(%s, %s)", cell(i), cell(k)))
			}
		}
		first, last := values[0], values[len(values)-1]
		most := len(values) - 1
		for _, c := range []struct {
			sql string
			// want of positions i and k; known says that neither is NULL.
			want func(i, k int, known bool) string
		}{
			{"a = b", func(i, k int, known bool) string { return truth(known, i == k) }},
			{"a <> b", func(i, k int, known bool) string { return truth(known, i != k) }},
			{"a < b", func(i, k int, known bool) string { return truth(known, i < k) }},
			{"a <= b", func(i, k int, known bool) string { return truth(known, i <= k) }},
			{"a > b", func(i, k int, known bool) string { return truth(known, i > k) }},
			{"a >= b", func(i, k int, known bool) string { return truth(known, i >= k) }},
			{"NOT a < b", func(i, k int, known bool) string { return truth(known, i >= k) }},
			{"a IS DISTINCT FROM b", func(i, k int, _ bool) string { return truth(true, i != k) }},
			{"a IS NOT DISTINCT FROM b", func(i, k int, _ bool) string { return truth(true, i == k) }},
			{"a = " + last, func(i, _ int, _ bool) string { return truth(i != none, i == most) }},
			{first + " < a", func(i, _ int, _ bool) string { return truth(i != none, i > 0) }},
			{"a >= " + last, func(i, _ int, _ bool) string { return truth(i != none, i == most) }},
			{"a IN (" + first + ", " + last + ")", func(i, _ int, _ bool) string { return truth(i != none, i == 0 || i == most) }},
			{"a NOT IN (" + first + ", b)", func(i, k int, known bool) string {
				return truth(i != none && (known || i == 0), i != 0 && i != k)
			}},
			{"a BETWEEN " + first + " AND b", func(i, k int, known bool) string { return truth(known, i <= k) }},
			{"CASE a WHEN b THEN TRUE ELSE FALSE END", func(i, k int, known bool) string { return truth(true, known && i == k) }},
			{"NULLIF(a, b) = a", func(i, k int, _ bool) string { return truth(i != none && i != k, true) }},
			{"COALESCE(a, b) = b", func(i, k int, _ bool) string { return truth(k != none, i == none || i == k) }},
			{"GREATEST(a, b) = a", func(i, k int, known bool) string { return truth(known, i >= k) }},
			{"LEAST(a, b, " + last + ") = a", func(i, k int, known bool) string { return truth(known, i <= k) }},
			{"CASE WHEN a < b THEN a ELSE b END = a", func(i, k int, known bool) string { return truth(known, i <= k) }},
		} {
			sql := fmt.Sprintf("SELECT %s FROM (VALUES %s) AS t(a, b)", c.sql, strings.Join(rows, ", "))
			_, got, err := query(sql, berlin)
			if err != nil {
				t.Errorf("%s: %s: %v", name, c.sql, err)
				continue
			}
			for r, p := range pairs {
				answer := "NULL"
				if got[r][0] != nil {
					answer = *got[r][0]
				}
				if want := c.want(p[0], p[1], p[0] != none && p[1] != none); answer != want {
					t.Errorf("%s: %s of %s and %s is %s, want %s", name, c.sql, cell(p[0]), cell(p[1]), answer, want)
				}
			}
		}
	}
}
