package parser

import (
	"strings"
	"testing"

	"weir/parser/diag"
)

// TestHintsOfUnitsParse checks that what a hint gives for an interval with its unit within the quotes is one.
func TestHintsOfUnitsParse(t *testing.T) {
	const before = "the unit stands behind the quotes: "
	for spelling, unit := range unitSpellings {
		for _, text := range []string{"5 " + spelling, "5" + strings.ToUpper(spelling), "-1000  " + spelling} {
			_, sql, ok := strings.Cut(hintOf(t, "SELECT INTERVAL '"+text+"'"), before)
			if !ok || !strings.Contains(sql, unit) {
				t.Errorf("%s: no hint of %s, but %q", text, unit, sql)
				continue
			}
			if all := Script(&diag.Source{Text: "SELECT " + sql}); all[0].Err != nil {
				t.Errorf("%s: the hint %s: %s", text, sql, all[0].Err.Message)
			}
		}
	}
	for _, text := range []string{"5 fortnights", "1 day 2 hours", "1.5 days", "day", "", "5", "99999999999 days"} {
		if hint := hintOf(t, "SELECT INTERVAL '"+text+"'"); strings.Contains(hint, before) {
			t.Errorf("%q: %s", text, hint)
		}
	}
}

// TestHintsOfNames checks how hints write the names that they repeat.
func TestHintsOfNames(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT * FROM my-Data":          "`my-Data`",
		"SELECT * FROM a-b-2024":         "`a-b-2024`",
		"SELECT * FROM my-data.t":        "`my-data`.t",
		"SELECT * FROM my-Order":         "`my-order`",
		"SELECT * FROM a - b":            "",
		"INSERT my-T SELECT 1":           "INSERT INTO `my-T`",
		"INSERT db.my-T SELECT 1":        "INSERT INTO db.`my-T`",
		"INSERT `a b` SELECT 1":          "INSERT INTO `a b`",
		"SELECT a FROM t GROUP the-Data": "GROUP BY `the-Data`",
		"SELECT a FROM t ORDER t.a":      "ORDER BY t.a",
	} {
		if hint := hintOf(t, text); !strings.HasSuffix(hint, want) || want == "" && hint != "" {
			t.Errorf("%s: %q, want %s", text, hint, want)
		}
	}
}

// hintOf is the hint of the error in a statement.
func hintOf(t *testing.T, text string) string {
	t.Helper()
	all := Script(&diag.Source{Text: text})
	if len(all) != 1 || all[0].Err == nil {
		t.Fatalf("%s: no error", text)
	}
	return all[0].Err.Hint
}
