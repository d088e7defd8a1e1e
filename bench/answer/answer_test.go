package answer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEqualAndDifferentAnswers(t *testing.T) {
	const reference = "k,n\na,1\n\"b,c\",2\na,1\n"
	tests := []struct {
		name, text string
		equal      bool
		mentions   []string // in the explanation of a difference
	}{
		{"the same", reference, true, nil},
		{"another order", "k,n\n\"b,c\",2\na,1\na,1\n", true, nil},
		{"more quotes", "\"k\",\"n\"\r\n\"a\",\"1\"\r\n\"b,c\",\"2\"\r\n\"a\",\"1\"\r\n", true, nil},
		{"another value", "k,n\na,1\n\"b,c\",3\na,1\n", false, []string{`"b,c",2`, `"b,c",3`}},
		{"a row too few", "k,n\na,1\n\"b,c\",2\n", false, []string{"3 against 2", "a,1"}},
		{"a row too many", reference + "a,1\n", false, []string{"3 against 4", "a,1"}},
		{"another row twice", "k,n\na,1\n\"b,c\",2\n\"b,c\",2\n", false, []string{"a,1", `"b,c",2`}},
		{"another column", strings.Replace(reference, "k,n", "k,m", 1), false, []string{"columns: k,n against k,m"}},
		{"values in other columns", "k,n\na,1\n1,a\n\"b,c\",2\n", false, []string{"1,a"}},
		{"fields cut elsewhere", "k,n\na,1\nb,\"c,2\"\na,1\n", false, []string{`b,"c,2"`}},
		{"no rows", "k,n\n", false, []string{"3 against 0"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			a := Result{Path: write(t, filepath.Join(dir, "a"), reference), Header: true}
			b := Result{Path: write(t, filepath.Join(dir, "b"), test.text), Header: true}
			da, err := a.Digest()
			if err != nil {
				t.Fatal(err)
			}
			db, err := b.Digest()
			if err != nil {
				t.Fatal(err)
			}
			text, err := Difference(a, b, 5)
			if err != nil {
				t.Fatal(err)
			}
			if (da == db) != test.equal || (text == "") != test.equal {
				t.Errorf("digests equal: %v, difference %q, want equal: %v", da == db, text, test.equal)
			}
			for _, part := range test.mentions {
				if !strings.Contains(text, part) {
					t.Errorf("the difference does not mention %q:\n%s", part, text)
				}
			}
		})
	}
}

func TestDirectoryIsOneAnswer(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "parts", "part-0"), "a,1\nb,2\n")
	write(t, filepath.Join(dir, "parts", "part-1"), "a,1\n")
	write(t, filepath.Join(dir, "parts", ".part-2"), "never,9\n")
	whole := Result{Path: write(t, filepath.Join(dir, "whole"), "b,2\na,1\na,1\n")}

	want, err := whole.Digest()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Result{Path: filepath.Join(dir, "parts")}.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got != want || got.Rows != 3 {
		t.Errorf("the parts have digest %+v, the whole %+v", got, want)
	}
}

func TestDifferenceNamesFewRows(t *testing.T) {
	dir := t.TempDir()
	a := Result{Path: write(t, filepath.Join(dir, "a"), strings.Repeat("x\n", 3)+"c\nb\na\n")}
	b := Result{Path: write(t, filepath.Join(dir, "b"), strings.Repeat("x\n", 3))}
	text, err := Difference(a, b, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := "rows: 6 against 3\n3 different rows only in " + a.Path + ":\n  a\n  b\n"
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestUnreadableAnswersAreErrors(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{
		"missing":          filepath.Join(dir, "nothing"),
		"of uneven length": write(t, filepath.Join(dir, "uneven"), "a,1\nb\n"),
		"open quote":       write(t, filepath.Join(dir, "open"), "a,\"1\n"),
	} {
		if d, err := (Result{Path: path}).Digest(); err == nil {
			t.Errorf("%s: no error, but %+v", name, d)
		}
	}
}
