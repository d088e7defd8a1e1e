package diag

import (
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	src := &Source{Name: "job.sql", Text: "SELECT 1;\nSELECT\ta,\t日本 FORM t\r\nWHERE x\n"}
	at := func(s string) Span {
		i := strings.Index(src.Text, s)
		return Span{i, i + len(s)}
	}
	for name, c := range map[string]struct {
		d    *Diagnostic
		want string
	}{
		"no source": {New("W7001", Span{}, "no %s", "file"), "error[W7001]: no file"},
		"no span":   {New("W7001", Span{}, "no file").In(src).WithHint("make one"), "error[W7001]: no file\n = hint: make one"},
		"tabs and wide characters": {New("W1001", at("FORM"), "wrong").In(src), "error[W1001]: wrong\n" +
			" --> job.sql:2:14\n" +
			"  |\n" +
			"2 | SELECT    a,    日本 FORM t\n" +
			"  |                      ^~~~"},
		"wide characters": {New("W1001", at("日本"), "wrong").In(src), "error[W1001]: wrong\n" +
			" --> job.sql:2:11\n" +
			"  |\n" +
			"2 | SELECT    a,    日本 FORM t\n" +
			"  |                 ^~~~"},
		"several lines": {New("W1001", at("t\r\nWHERE"), "wrong").In(src), "error[W1001]: wrong\n" +
			" --> job.sql:2:19\n" +
			"  |\n" +
			"2 | SELECT    a,    日本 FORM t\n" +
			"  |                           ^"},
		"end of the text": {New("W1001", Span{len(src.Text), len(src.Text)}, "wrong").In(src), "error[W1001]: wrong\n" +
			" --> job.sql:4:1\n" +
			"  |\n" +
			"4 | \n" +
			"  | ^"},
		"beyond the text": {New("W1001", Span{1000, 2000}, "wrong").In(src), "error[W1001]: wrong\n" +
			" --> job.sql:4:1\n" +
			"  |\n" +
			"4 | \n" +
			"  | ^"},
		"hint and notes": {New("W1001", Span{7, 8}, "wrong").In(&Source{Text: "SELECT 1"}).WithHint("one\ntwo").WithNote("three").WithNote("four"), "error[W1001]: wrong\n" +
			" --> line 1, column 8\n" +
			"  |\n" +
			"1 | SELECT 1\n" +
			"  |        ^\n" +
			"  = hint: one\n" +
			"          two\n" +
			"  = note: three\n" +
			"  = note: four"},
	} {
		if got := Render(c.d, false); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestRenderInColor(t *testing.T) {
	d := New("W1001", Span{7, 8}, "wrong").In(&Source{Text: "SELECT 1"}).WithHint("right")
	colored := Render(d, true)
	for _, s := range []string{red + "error[W1001]" + normal, red + "^" + normal, green + "hint: " + normal} {
		if !strings.Contains(colored, s) {
			t.Errorf("%q is not in %q", s, colored)
		}
	}
	for _, code := range []string{bold, red, blue, green, normal} {
		colored = strings.ReplaceAll(colored, code, "")
	}
	if plain := Render(d, false); colored != plain {
		t.Errorf("without its colours it is\n%s\nnot\n%s", colored, plain)
	}
}

// TestRenderLongLine checks that of a long line the surroundings are shown, with the marks below the right characters.
func TestRenderLongLine(t *testing.T) {
	text := strings.Repeat("before ", 100_000) + "HERE" + strings.Repeat(" behind", 100_000)
	i := strings.Index(text, "HERE")
	for _, span := range []Span{{i, i + 4}, {i, len(text)}, {i, i}, {2, 5}, {len(text) - 3, len(text)}} {
		lines := strings.Split(Render(New("W1001", span, "wrong").In(&Source{Text: text}), false), "\n")
		excerpt, marks := []rune(lines[3]), lines[4]
		if len(excerpt) > widestLine+4 || len(marks) > widestLine+4 {
			t.Errorf("%v: lines of %d and %d characters", span, len(excerpt), len(marks))
		}
		column := strings.IndexByte(marks, '^')
		if want := text[span.Start]; byte(excerpt[column]) != want {
			t.Errorf("%v: the mark is below %q, want %q", span, excerpt[column], want)
		}
	}
}

// On a narrow terminal an excerpt does not wrap, or its marks would stand below nothing.
func TestRenderInNarrowTerminal(t *testing.T) {
	text := strings.Repeat("日本 before ", 30) + "HERE IT IS" + strings.Repeat(" 日本 behind", 30)
	i := strings.Index(text, "HERE")
	for columns := 30; columns < 150; columns++ {
		for _, span := range []Span{{i, i + 10}, {i, len(text)}, {i, i}, {7, 10}, {len(text) - 3, len(text)}} {
			lines := strings.Split(RenderIn(New("W1001", span, "wrong").In(&Source{Text: text}), false, columns), "\n")
			for _, l := range lines[3:] {
				if width(l) > columns {
					t.Errorf("%d columns: %v: %q takes %d", columns, span, l, width(l))
				}
			}
			if at := width(lines[4][:strings.IndexByte(lines[4], '^')]); !strings.HasPrefix(lines[3][len(lines[3])-len(strings.TrimPrefix(lines[3], firstColumns(lines[3], at))):], text[span.Start:span.Start+1]) {
				t.Errorf("%d columns: %v: the mark is below the wrong place:\n%s\n%s", columns, span, lines[3], lines[4])
			}
		}
	}
}

// Positions are asked from front to back, and sometimes back again.
func TestPositionIsCountedOn(t *testing.T) {
	s := &Source{Text: strings.Repeat("aä日\n\r\nb", 50)}
	for _, step := range []int{1, 3, 7, -5, 11} {
		for at := 0; at >= 0 && at <= len(s.Text); at += step {
			line, column := s.Position(at)
			if l, c := (&Source{Text: s.Text}).Position(at); l != line || c != column {
				t.Fatalf("%d is %d:%d, counted anew %d:%d", at, line, column, l, c)
			}
		}
		s.Position(len(s.Text))
	}
}

func TestPosition(t *testing.T) {
	s := &Source{Text: "aä\nb"}
	for offset, want := range map[int][2]int{-1: {1, 1}, 0: {1, 1}, 1: {1, 2}, 3: {1, 3}, 4: {2, 1}, 5: {2, 2}, 99: {2, 2}} {
		if line, column := s.Position(offset); [2]int{line, column} != want {
			t.Errorf("Position(%d) = %d, %d, want %v", offset, line, column, want)
		}
	}
}
