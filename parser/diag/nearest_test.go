package diag

import "testing"

func TestNearest(t *testing.T) {
	words := []string{"SELECT", "FROM", "GROUP", "WATERMARK", "id", "price", "prices"}
	for word, want := range map[string]string{
		"selec":     "SELECT",    // one letter is missing
		"SELCET":    "SELECT",    // two neighbours changed places
		"form":      "FROM",      // that is one edit, not two
		"watermrk":  "WATERMARK", //
		"WATRMRK":   "WATERMARK", // two edits are the most
		"WATRMK":    "",          // three are too many
		"gruop":     "GROUP",     //
		"pirces":    "prices",    // the nearer one
		"price":     "price",     // no edit at all
		"ie":        "id",        // a word of two letters may have one edit
		"xy":        "",          // but not two
		"":          "",          //
		"größe":     "",          //
		"unrelated": "",
	} {
		got, ok := Nearest(word, words)
		if got != want || ok != (want != "") {
			t.Errorf("Nearest(%q) = %q, %v, want %q", word, got, ok, want)
		}
	}
	if got, _ := Nearest("ab", []string{"ax", "ay"}); got != "ax" {
		t.Errorf("of two equally near ones the first is meant, not %q", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3},
		{"abcd", "acbd", 1}, {"größe", "grösse", 2}, {"flaw", "lawn", 2},
	} {
		if got := distance([]rune(c.a), []rune(c.b), 5); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if got := distance([]rune("kitten"), []rune("sitting"), 1); got != 2 {
		t.Errorf("above the limit of 1 the distance is %d, want 2", got)
	}
}
