package repl

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/chzyer/readline"
)

// typing is what readline does with a line of two rows on a terminal of 20 columns, as far as the layout sees it.
type typing struct {
	layout
	line []rune
	pos  int
}

func newTyping(text string) *typing {
	y := &typing{}
	y.width = func() int { return 20 }
	y.begin(prompt)
	y.line = []rune(encode(text))
	y.pos = len(y.line)
	y.key('x')
	return y
}

// key arranges the line after a key has done its work on it.
func (y *typing) key(key rune) { y.line, y.pos = y.arrange(y.line, y.pos, key) }

// shown is the text with | at the cursor.
func (y *typing) shown() string {
	return decode(string(y.line[:y.pos])) + "|" + decode(string(y.line[y.pos:]))
}

func (y *typing) expect(t *testing.T, want string) {
	t.Helper()
	if got := y.shown(); got != want {
		t.Errorf("it shows %q, expected %q", got, want)
	}
}

func TestNewlinesFillTheirLines(t *testing.T) {
	for text, want := range map[string]string{
		"ab":                    "ab",
		"ab\nc":                 "abN___________ ______c", // 6 of the prompt, 2, and 12 of 20
		"12345678901234\nx":     "12345678901234 N___________________ ______x",
		"1234567890123\nx":      "1234567890123N ______x",
		"日本\n":                  "日本N_________ ______",
		"12345678901234567\n\n": "12345678901234 567N________________ ______N_____________ ______",
	} {
		y := newTyping(text)
		got := strings.NewReplacer(string(newlineMark), "N", string(fillMark), "_").Replace(string(y.line))
		if want = strings.ReplaceAll(want, " ", ""); got != want {
			t.Errorf("%q becomes\n%s, expected\n%s", text, got, want)
		}
		if decode(string(y.line)) != text || y.pos != len(y.line) {
			t.Errorf("%q means %q, the cursor is at %d of %d", text, decode(string(y.line)), y.pos, len(y.line))
		}
	}
	y := newTyping("a\nb")
	y.width = func() int { return narrowest - 1 }
	if y.key('x'); string(y.line) != encode("a\nb") {
		t.Errorf("on a terminal that is too narrow it is %q", string(y.line))
	}
}

func TestKeysAcrossNewlines(t *testing.T) {
	y := newTyping("ab\nc")
	left := func() { y.pos--; y.key(readline.CharBackward) }
	right := func() { y.pos++; y.key(readline.CharForward) }
	left()
	y.expect(t, "ab\n|c")
	left()
	y.expect(t, "ab|\nc")
	right()
	y.expect(t, "ab\n|c")
	y.line, y.pos = slices.Delete(y.line, y.pos-1, y.pos), y.pos-1 // backspace takes one of the filling
	y.key(readline.CharBackspace)
	y.expect(t, "ab|c")
	y.line = slices.Insert(y.line, y.pos, newlineMark)
	y.pos++
	y.key(newlineMark)
	y.expect(t, "ab\n|c")
	left()
	y.line = slices.Delete(y.line, y.pos, y.pos+1) // and Delete the newline in front of it
	y.key(readline.CharDelete)
	y.expect(t, "ab|c")
	y.line, y.pos = slices.Delete(y.line, y.pos-1, y.pos), y.pos-1
	y.key(readline.CharBackspace)
	y.expect(t, "a|c")
}

// Whatever is inserted and erased where, the text is that of an editor that knows nothing of fillings.
func TestLayoutLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		y := newTyping("")
		text, at := []rune{}, 0
		for range 60 {
			switch n := r.IntN(8); {
			case n < 3:
				x := []rune{'a', 'b', newlineMark, newlineMark, tabMark}[r.IntN(5)]
				y.line, y.pos = slices.Insert(y.line, y.pos, x), y.pos+1
				y.key(x)
				text, at = slices.Insert(text, at, x), at+1
			case n < 5 && y.pos > 0:
				y.line, y.pos = slices.Delete(y.line, y.pos-1, y.pos), y.pos-1
				y.key(readline.CharBackspace)
				text, at = slices.Delete(text, at-1, at), at-1
			case n == 5 && y.pos < len(y.line):
				y.line = slices.Delete(y.line, y.pos, y.pos+1)
				y.key(readline.CharDelete)
				text = slices.Delete(text, at, at+1)
			case n == 6 && y.pos > 0:
				y.pos--
				y.key(readline.CharBackward)
				at--
			case n == 7 && y.pos < len(y.line):
				y.pos++
				y.key(readline.CharForward)
				at++
			}
			want := decode(string(text[:at])) + "|" + decode(string(text[at:]))
			if got := y.shown(); got != want {
				t.Fatalf("it shows %q, expected %q", got, want)
			}
		}
	}
}

func TestOpenedAt(t *testing.T) {
	if got, want := strings.Join(openedAt("a\n(\n'b\n\n' /*\n*/ )\n`\n` -- '\n("), " "), "- ( ' ' /* - ` -"; got != want {
		t.Errorf("got %s, expected %s", got, want)
	}
}
