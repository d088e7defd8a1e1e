package repl

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"weir/exec"
	"weir/exec/connector"
	"weir/exec/connector/blackhole"
	"weir/parser/diag"
	"weir/repl/result"
	"weir/repl/session"
)

// tried is a session with its commands and what they have shown.
type tried struct {
	*meta
	out, err bytes.Buffer
}

func newTried(t *testing.T, format string) *tried {
	t.Helper()
	x := &tried{}
	w, err := result.New(result.Options{Format: format, Default: "csv", Out: &x.out, Err: &x.err})
	if err != nil {
		t.Fatal(err)
	}
	x.meta = newMeta(session.New(session.Config{Seams: exec.Seams{Clock: exec.SystemClock{}, FS: exec.OS{}, Rand: rand.New(rand.NewPCG(1, 2))},
		Connectors: connector.Registry{"blackhole": {Sink: blackhole.NewSink}}, Cores: 1, RAM: 1 << 30, Output: w}))
	return x
}

// do runs commands and statements, each on a line, and returns what came to standard output.
func (x *tried) do(t *testing.T, lines ...string) string {
	t.Helper()
	x.out.Reset()
	x.err.Reset()
	for _, l := range lines {
		var err error
		if isMeta(l) {
			err = x.run(context.Background(), l)
		} else {
			err = x.sql(context.Background(), &diag.Source{Text: l})
		}
		if err != nil {
			t.Fatalf("%s: %v: %s", l, err, x.err.String())
		}
	}
	return x.out.String()
}

// fails runs a command that must fail and returns what it says.
func (x *tried) fails(t *testing.T, line string) string {
	t.Helper()
	x.err.Reset()
	if err := x.run(context.Background(), line); !errors.Is(err, session.ErrFailed) {
		t.Errorf("%s: %v", line, err)
	}
	return x.err.String()
}

const twoTables = "CREATE TABLE orders (id BIGINT, price INT) WITH ('connector' = 'blackhole'); CREATE VIEW cheap AS SELECT 1 AS x"

func TestBothTongues(t *testing.T) {
	x := newTried(t, "csv")
	x.do(t, twoTables)
	for _, pair := range [][2]string{{".tables", `\dt`}, {".tables o%", `\dt o%`}, {".schema orders", `\d orders`}, {".schema", `\d`}, {".help", `\?`}} {
		if a, b := x.do(t, pair[0]), x.do(t, pair[1]); a != b || a == "" {
			t.Errorf("%s gives %q, %s gives %q", pair[0], a, pair[1], b)
		}
	}
	if got, want := x.do(t, ".tables"), "table name\ncheap\norders\n"; got != want {
		t.Errorf(".tables gives %q, expected %q", got, want)
	}
	if got, want := x.do(t, `\dt o%`), "table name\norders\n"; got != want {
		t.Errorf(`\dt gives %q, expected %q`, got, want)
	}
	if got, want := x.do(t, `\d orders;`), "name,type,null,key,extras,watermark\nid,BIGINT,TRUE,,,\nprice,INT,TRUE,,,\n"; got != want {
		t.Errorf(`\d gives %q, expected %q`, got, want)
	}
	if got := x.do(t, ".schema"); !strings.Contains(got, "CREATE TABLE `default_catalog`.`default_database`.`orders`") || !strings.Contains(got, "CREATE VIEW") {
		t.Errorf(".schema gives %q", got)
	}
	if got, want := x.do(t, ".jobs"), "job id,job name,status,start time\n"; got != want {
		t.Errorf(".jobs gives %q, expected %q", got, want)
	}
	for _, quit := range []string{".quit", `\q`, ".exit"} {
		if err := x.run(context.Background(), quit); !errors.Is(err, session.ErrQuit) {
			t.Errorf("%s: %v", quit, err)
		}
	}
}

func TestHelpNamesAllCommands(t *testing.T) {
	got := newTried(t, "tableau").do(t, ".help")
	for _, name := range metaNames() {
		if !strings.Contains(got, name) {
			t.Errorf(".help does not name %s", name)
		}
	}
	if !strings.Contains(got, "SHOW TABLES") {
		t.Error(".help does not have HELP's text")
	}
	if got := newTried(t, "tableau").do(t, ".help w2002"); !strings.Contains(got, "W2002: no such column\n\n") {
		t.Errorf(".help W2002 says %s", got)
	}
}

func TestDocumentNamesAllCommands(t *testing.T) {
	text, err := os.ReadFile("../docs/shell.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range metaNames() {
		if !strings.Contains(string(text), "`"+name) {
			t.Errorf("docs/shell.md does not name %s", name)
		}
	}
}

func TestHelpFitsATerminal(t *testing.T) {
	for line := range strings.Lines(helpText()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 79 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// Commands that people bring from other prompts are answered with what does the same here.
func TestCommandsFromElsewhere(t *testing.T) {
	x := newTried(t, "csv")
	for name, hint := range elsewhere {
		if got := x.fails(t, name+" x"); !strings.Contains(got, "unknown command '"+name+"'") || !strings.Contains(got, hint) {
			t.Errorf("%s says %q", name, got)
		}
		if isCommandName(name) {
			t.Errorf("%s is a command", name)
		}
	}
}

func TestWrongCommands(t *testing.T) {
	x := newTried(t, "csv")
	for line, want := range map[string]string{
		".tabels":          "did you mean '.tables'?",
		".edit":            "only be opened at the prompt",
		`\timin`:           `did you mean '\timing'?`,
		".frobnicate":      ".help lists them",
		".mode csw":        "did you mean 'csv'?",
		".timer maybe":     "on or off",
		".jobs now":        "too many arguments",
		".tables a b":      "write .tables [PATTERN]",
		".read":            "write .read FILE",
		".read no/such":    "can't read the file",
		".read 'x":         "a quote is not closed",
		".explain":         "there is no query yet",
		`\g`:               "there is no query yet",
		`\watch`:           "there is no query yet",
		`\watch soon`:      "'soon' is no number of seconds",
		`\watch 0`:         "'0' is no number of seconds",
		`\d nothing.there`: "doesn't exist",
	} {
		if got := x.fails(t, line); !strings.Contains(got, want) {
			t.Errorf("%s says %q, expected %q in it", line, got, want)
		}
	}
}

func TestIsMeta(t *testing.T) {
	for line, want := range map[string]bool{".tables": true, `\d`: true, "  .help": true, ".": true, ".5 + 1": false, "SELECT .5": false, "": false} {
		if isMeta(line) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

func TestModeAndTimer(t *testing.T) {
	x := newTried(t, "")
	if got, want := x.do(t, ".mode jsonl", "SELECT 1 AS a"), "{\"a\":1}\n"; got != want {
		t.Errorf("got %q, expected %q", got, want)
	}
	if got, want := x.do(t, ".mode CSV", ".timer on", "SELECT 1 AS a", ".timer off", "SELECT 2 AS b"), "a\n1\nb\n2\n"; got != want {
		t.Errorf("got %q, expected %q", got, want)
	}
	if got := x.err.String(); strings.Count(got, "Time: ") != 1 {
		t.Errorf("the timer says %q", got)
	}
	x.do(t, `\timing`, "SELECT 1 AS a", `\timing`, "SELECT 1 AS a")
	if got := x.err.String(); strings.Count(got, "Time: ") != 1 {
		t.Errorf("the timer says %q", got)
	}
	if got := x.do(t, ".mode tableau", ".mode"); got != "tableau\n\n" {
		t.Errorf(".mode says %q", got)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	x := newTried(t, "csv")
	inner := write("inner file.sql", "SELECT 3 AS c")
	outer := write("outer.sql", "-- first\nSELECT 1 AS a,\n  .5 AS h;\n.mode jsonl\nSELECT 2 AS b; SELECT '\n.mode tsv\n' AS s;\n.read \""+inner+"\"\n")
	want := "a,h\n1,0.5\n{\"b\":2}\n{\"s\":\"\\n.mode tsv\\n\"}\n{\"c\":3}\n"
	if got := x.do(t, ".read "+outer); got != want {
		t.Errorf("got %q, expected %q", got, want)
	}
	wrong := write("wrong.sql", ".mode csv\nSELECT 1 AS a;\n\nSELECT nope;\n.mode tsv\n")
	if got := x.fails(t, `\i `+wrong); !strings.Contains(got, "wrong.sql:4:8") {
		t.Errorf("the error is %q", got)
	}
	if got := x.do(t, "SELECT 1 AS a, 2 AS b"); got != "a,b\n1,2\n" {
		t.Errorf("the file was read on behind its error: %q", got)
	}
	itself := filepath.Join(dir, "itself.sql")
	write("itself.sql", ".read "+itself+"\n")
	if got := x.fails(t, ".read "+itself); !strings.Contains(got, "more than 16 deep") {
		t.Errorf("the error is %q", got)
	}
}

func TestAgain(t *testing.T) {
	x := newTried(t, "csv")
	x.do(t, twoTables, "SELECT 1 AS a; SELECT 2 AS b;", "SHOW TABLES")
	if got, want := x.do(t, `\g`), "b\n2\n"; got != want {
		t.Errorf("got %q, expected %q", got, want)
	}
	name := filepath.Join(t.TempDir(), "the result.jsonl")
	if got := x.do(t, `\g '`+name+`'`, `\g`); got != "b\n2\n" {
		t.Errorf("behind the file comes %q", got)
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != "{\"b\":2}\n" {
		t.Errorf("the file has %q: %v", text, err)
	}
	if got := x.fails(t, `\g no/such/file`); !strings.Contains(got, "can't make the file") {
		t.Errorf("the error is %q", got)
	}
	if got := x.do(t, ".explain"); !strings.Contains(got, "values") {
		t.Errorf(".explain gives %q", got)
	}
	if got := x.do(t, "INSERT INTO orders SELECT CAST(1 AS BIGINT), 2", `\g`); got != "" || strings.Count(x.err.String(), "1 row written into orders") != 2 {
		t.Errorf("got %q and %q", got, x.err.String())
	}
}

// turns is a clock that ends a context when it has been waited for n times.
type turns struct {
	exec.SystemClock
	n    int
	d    time.Duration
	stop context.CancelFunc
}

func (c *turns) After(_ context.Context, d time.Duration) <-chan time.Time {
	c.d = d
	if c.n--; c.n == 0 {
		c.stop()
	}
	now := make(chan time.Time, 1)
	now <- time.Time{}
	return now
}

func TestWatch(t *testing.T) {
	x := newTried(t, "csv")
	x.do(t, "SELECT 7 AS x")
	ctx, stop := context.WithCancel(context.Background())
	clock := &turns{n: 3, stop: stop}
	x.clock = clock
	x.out.Reset()
	if err := x.run(ctx, `\watch 0.5`); err != nil {
		t.Fatal(err)
	}
	if got, want := x.out.String(), strings.Repeat("x\n7\n", 3); got != want || clock.d != 500*time.Millisecond {
		t.Errorf("got %q, expected %q; every %s", got, want, clock.d)
	}
}
