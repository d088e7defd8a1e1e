//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The session in docs/shell.md and the picture show what the prompt does today.
func TestRecordingIsCurrent(t *testing.T) {
	lines, err := record(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(filepath.Join("..", "shell.md"))
	if err != nil {
		t.Fatal(err)
	}
	told, err := recorded(string(document))
	if err != nil {
		t.Fatal(err)
	}
	if got := transcript(lines); got != told {
		t.Errorf("the session shows\n%s\ndocs/shell.md says\n%s\ngo run ./docs/picture records it anew", got, told)
	}
	drawn, err := os.ReadFile(filepath.Join("..", "picture.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if svg(lines, columns) != string(drawn) {
		t.Error("docs/picture.svg is not current: go run ./docs/picture")
	}
}

func TestScreen(t *testing.T) {
	for _, c := range []struct{ name, shown, want string }{
		{"lines", "ab\r\ncd", "ab\ncd\n"},
		{"overwritten", "abc\rX", "Xbc\n"},
		{"wrapped", "abcdefghijk", "abcdefghij\nk\n"},
		{"full line and newline", "abcdefghij\r\nk", "abcdefghij\nk\n"},
		{"erased to the end", "abcdef\x1b[4D\x1b[K", "ab\n"},
		{"erased line", "abc\x1b[2K\rd", "d\n"},
		{"up", "a\r\nb\x1b[AX", "aX\nb\n"},
		{"erased below", "a\r\nb\r\nc\x1b[2A\x1b[J", "a\n"},
		{"home and clear", "a\r\nb\x1b[H\x1b[2Jc", "c\n\n"},
		{"passed over", "\x1b[?2004ha\x1b7b", "ab\n"},
		{"scrolled", "1\r\n2\r\n3\r\n4\x1b[9AX", "1\n2X\n3\n4\n"},
	} {
		// Each way of cutting the bytes shows the same.
		for _, size := range []int{1, 2, len(c.shown)} {
			s := newScreen(10, 3, nil)
			for rest := c.shown; rest != ""; {
				n := min(size, len(rest))
				if _, err := s.Write([]byte(rest[:n])); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if got := transcript(s.lines); got != c.want {
				t.Errorf("%s, %d bytes at a time: %q", c.name, size, got)
			}
		}
	}
}

func TestScreenTellsTheCursor(t *testing.T) {
	var told string
	s := newScreen(10, 3, func(answer string) { told = answer })
	if _, err := s.Write([]byte("a\r\nbc\x1b[6n")); err != nil {
		t.Fatal(err)
	}
	if told != "\x1b[2;3R" {
		t.Errorf("%q", told)
	}
}

func TestPictureHasRunsOfOneStyle(t *testing.T) {
	s := newScreen(20, 3, nil)
	if _, err := s.Write([]byte("a \x1b[1;31m<b>\x1b[0m \r\n\x1b[2mc")); err != nil {
		t.Fatal(err)
	}
	drawn := svg(s.lines, 20)
	for _, want := range []string{
		`fill="#d8dee9" textLength="16.8">a </text>`,
		`<text x="32.8" y="41" fill="#e06c75" textLength="25.2" font-weight="bold">&lt;b&gt;</text>`,
		`y="59" fill="#d8dee9" textLength="8.4" opacity="0.65">c</text>`,
	} {
		if !strings.Contains(drawn, want) {
			t.Errorf("no %s in\n%s", want, drawn)
		}
	}
	if n := strings.Count(drawn, "<text"); n != 3 {
		t.Errorf("%d runs in\n%s", n, drawn)
	}
}

func TestTimesAreSettled(t *testing.T) {
	s := newScreen(60, 3, nil)
	if _, err := s.Write([]byte("3 rows in set (17.31 seconds) x")); err != nil {
		t.Fatal(err)
	}
	if got := text(settled(s.lines[0])); got != "3 rows in set (0.02 seconds) x" {
		t.Error(got)
	}
}
