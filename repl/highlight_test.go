package repl

import (
	"strings"
	"testing"
)

func TestOpened(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1": "-", "SELECT (1, (2)": "(", "SELECT ')": "'", "SELECT `a'": "`", "SELECT /* '": "/*", "SELECT 1 -- '": "-", "((;": "-", "'it''s'": "-", ") (": "(",
	} {
		if got := opened(text); got != want {
			t.Errorf("%s: %s, expected %s", text, got, want)
		}
	}
}

// paint draws a line with the cursor at |.
func paint(p *painter, text string) string {
	before, after, _ := strings.Cut(text, "|")
	return string(p.Paint([]rune(encode(before+after)), len([]rune(before))))
}

func TestHighlight(t *testing.T) {
	p := &painter{color: true}
	for text, want := range map[string]string{
		"SELECT a|":    "\033[1;36mSELECT\033[0m a",
		"1 'x' `y`|":   "\033[35m1\033[0m \033[32m'x'\033[0m \033[33m`y`\033[0m",
		"/* a|":        "\033[90m/* a\033[0m",
		".mode select": ".mode select",
		"a\nb\tc|":     "a↵b c",
	} {
		if got := paint(p, text); got != want {
			t.Errorf("%q shows %q, expected %q", text, got, want)
		}
	}
	p.setBefore("SELECT 'a\n")
	if got, want := paint(p, "b' AS|"), "\033[32mb'\033[0m \033[1;36mAS\033[0m"; got != want {
		t.Errorf("behind a line with an open string: %q, expected %q", got, want)
	}
	p.color = false
	if got, want := paint(p, "b' AS|"), "b' AS"; got != want {
		t.Errorf("without colours: %q, expected %q", got, want)
	}
}

// A newline with its filling is painted as blanks and the next line's prompt, which has no colour.
func TestPaintOfSeveralLines(t *testing.T) {
	y := newTyping("ab 'c\nd'\n(\n")
	p := &painter{color: true}
	if got, want := string(p.Paint(y.line, y.pos)), "ab \033[32m'c\033[0m            '> \033[32md'\033[0m               -> (                (> "; got != want {
		t.Errorf("it is\n%q, expected\n%q", got, want)
	}
}

// Behind the cursor readline takes one column for each character.
func TestCursorAmongWideCharacters(t *testing.T) {
	p := &painter{room: func() int { return 12 }}
	for text, want := range map[string]string{
		"a|bc": "abc", "a|日本": "a日本\b\b", "日|本": "日本\b", "日本|": "日本", "e|\u0301": "e\u0301\033[1C", "日|本日本日本": "日本日本日本",
	} {
		if got := paint(p, text); got != want {
			t.Errorf("%q shows %q, expected %q", text, got, want)
		}
	}
}
