package golden

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/exec/connector"
)

const wrong = `mode: batch
-- query.sql --
SELECT x FROM (VALUES (1), (2), (CAST(NULL AS INT))) AS t(x);
SELECT nope
-- expected/1 --
x INT
+I,1
+I,3
+I,""
-- error --
W2002 2:8 another
`

const right = `LIMIT without ORDER BY: any two.
compare: count=2
-- query.sql --
SELECT x FROM (VALUES (1), (2), (3)) AS t(x) LIMIT 2
-- expected --
x INT NOT NULL
+I,1
+I,2
+I,3
`

// run is weir test with the two files in the current folder.
func run(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"wrong.txtar": wrong, filepath.Join("sub", "right.txtar"): right, "notes.txt": "no golden file"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code = Main(args, &stdout, &stderr, connector.Registry{})
	return code, stdout.String(), stderr.String()
}

// A failure names the world, what differs, and the command that runs it again.
func TestAFailureIsToldWithItsWorld(t *testing.T) {
	code, out, _ := run(t, "--world", "p3-b1-c3-m128-f1-s7", ".")
	want := `FAIL wrong.txtar
  in world p3-b1-c3-m128-f1-s7; again: weir test --world p3-b1-c3-m128-f1-s7 wrong.txtar
    statement 1: rows
    statement 1: - +I,""
    statement 1: - +I,3
    statement 1: + +I,
    statement 1: + +I,2
    statement 2: error
    statement 2: - W2002 2:8 another
    statement 2: + W2002 2:8 Column 'nope' not found in any table
1 of 2 golden files are right; worlds: 1
`
	if code != 1 || out != want {
		t.Errorf("exit code %d with\n%s\nexpected\n%s", code, out, want)
	}
}

// What is wrong in the same way in all worlds is told once, with a command for one of them.
func TestAFailureOfAllWorldsIsToldOnce(t *testing.T) {
	code, out, _ := run(t, "wrong.txtar")
	again := "  in all 12 worlds; again: weir test --world " + CoveringWorlds()[0].Name() + " wrong.txtar\n"
	if code != 1 || !strings.Contains(out, again) || strings.Count(out, "  in ") != 1 || strings.Count(out, "another") != 1 {
		t.Errorf("exit code %d with\n%s", code, out)
	}
}

func TestMainsArguments(t *testing.T) {
	for _, c := range []struct {
		args, out, err string
		code           int
	}{
		{"sub", "1 of 1 golden files are right; worlds: 12\n", "", 0},
		{"-v --all-worlds sub", "ok   " + filepath.Join("sub", "right.txtar") + "\n1 of 1 golden files are right; worlds: 432\n", "", 0},
		{"--help", help, "", 0},
		{"", "", "weir test: no golden files: name a *.txtar file or a folder that has some\n", 2},
		{"nope.txtar", "", "weir test: lstat nope.txtar: no such file or directory\n", 2},
		{"--words sub", "", "weir test: unknown flag --words: weir test --help lists them\n", 2},
		{"--world x9 sub", "", "weir test: 'x9' is no world: write it as p3-b7-c64-m131-f2-s5-k8\n", 2},
	} {
		if code, out, errOut := run(t, strings.Fields(c.args)...); code != c.code || out != c.out || errOut != c.err {
			t.Errorf("%s: exit code %d, %q, %q", c.args, code, out, errOut)
		}
	}
}
