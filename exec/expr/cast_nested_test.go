package expr_test

import (
	"strings"
	"testing"
	"time"
)

// TestCastJoinsKeys: keys and elements that a cast makes equal are one key, one element.
func TestCastJoinsKeys(t *testing.T) {
	for sql, want := range map[string]string{
		"CAST(CAST(MAP[1.2, 'a', 2.5, 'c', 1.4, 'b'] AS MAP<INT, STRING>) AS STRING)":                           "{1=b, 2=c}",
		"CAST(CAST(MAP[1.2, 'a', CAST(NULL AS DECIMAL(2, 1)), 'n', 1.4, 'b'] AS MAP<INT, STRING>) AS STRING)":   "{1=b, NULL=n}",
		"CAST(TRY_CAST(MAP['1', 1, 'x', 2] AS MAP<INT, INT>) AS STRING)":                                        "NULL",
		"CAST(TRY_CAST(MAP['1', 1, '2', 2] AS MAP<INT, INT>) AS STRING)":                                        "{1=1, 2=2}",
		"CAST(CAST(MAP[ROW(1.2), 1, ROW(1.3), 2] AS MAP<ROW<x INT>, INT>) AS STRING)":                           "{(1)=2}",
		"CAST(CAST(ARRAY[MAP[1.2, 1, 1.3, 2], MAP[4.1, 1], MAP[1.2, 1]] AS ARRAY<MAP<INT, STRING>>) AS STRING)": "[{1=2}, {4=1}, {1=1}]",
		"CARDINALITY(CAST(MAP[1.2, 'a', 1.4, 'b'] AS MAP<INT, STRING>))":                                        "1",
	} {
		_, rows, err := query("SELECT "+sql, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if got := strings.Trim(show(rows[0][0]), `"`); got != want {
			t.Errorf("%s is %s, want %s", sql, got, want)
		}
	}
}
