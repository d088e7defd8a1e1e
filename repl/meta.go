package repl

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/exec"
	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/repl/result"
	"weir/repl/session"
)

const codeMeta = "W6902" // a command of the prompt that is unknown, or used wrongly

// maxNesting is how deep files may read others.
const maxNesting = 16

// watchEvery is how often \watch repeats where no time is given.
const watchEvery = 2 * time.Second

// display is what the commands change of an Output; a result.Writer is one, where the session tells another Output
// these commands are refused.
type display interface {
	SetFormat(name string) error
	Format() string
	SetTimer(on bool)
	Timer() bool
	Redirect(out io.Writer, form string) (back func())
}

// meta runs the commands of the prompt that are no SQL: those of sqlite and duckdb, which begin with a dot, and those
// of psql, which begin with a backslash. One goroutine uses it.
type meta struct {
	session *session.Session
	clock   exec.Clock
	last    string // the last query or INSERT; empty: there was none
	nesting int    // of files
}

func newMeta(s *session.Session) *meta { return &meta{session: s, clock: exec.SystemClock{}} }

// command is one of the commands.
type command struct {
	names []string // the first one with a dot
	args  string
	text  string // what it does
	run   func(m *meta, ctx context.Context, args []string) error
}

// commands returns all of them, in the order of .help.
func commands() []command {
	return []command{
		{[]string{".tables", `\dt`}, "[PATTERN]", "tables and views, those LIKE a pattern", (*meta).tables},
		{[]string{".schema", `\d`}, "[TABLE]", "the columns of a table; all tables as SQL", (*meta).schema},
		{[]string{".mode"}, "[FORMAT]", "the form of results: " + strings.Join(result.Names[:4], ", ") + ", …", (*meta).mode},
		{[]string{".timer", `\timing`}, "[on|off]", "the time of each statement", (*meta).timer},
		{[]string{".read", `\i`}, "FILE", "run a file", (*meta).read},
		{[]string{".again", `\g`}, "[FILE]", "run the last query again, its result into a file", (*meta).again},
		{[]string{".watch", `\watch`}, "[SECONDS]", "run the last query again and again, until Ctrl-C", (*meta).watch},
		{[]string{".explain"}, "", "the plan of the last query", (*meta).explain},
		{[]string{".jobs"}, "", "what is running", (*meta).jobs},
		{[]string{".edit", `\e`}, "", "the statement, or the last one, in your editor", (*meta).edit},
		{[]string{".help", `\?`, `\h`}, "[CODE]", "this text; what an error's code means", (*meta).help},
		{[]string{".quit", `\q`, ".exit"}, "", "leave", func(*meta, context.Context, []string) error { return session.ErrQuit }},
	}
}

// isMeta reports whether a line at the start of a statement is a command of the prompt: a dot or a backslash and
// something that is no digit.
func isMeta(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) > 0 && (line[0] == '\\' || line[0] == '.' && (len(line) == 1 || line[1] < '0' || line[1] > '9'))
}

// metaNames are the names of all commands, for completion.
func metaNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.names...)
	}
	return names
}

// run runs one command. The Output has been told of an error; session.ErrQuit, ErrClosed and ErrInterrupted are the
// caller's to act on.
func (m *meta) run(ctx context.Context, line string) error {
	words, err := split(strings.TrimSuffix(strings.TrimSpace(line), ";"))
	if err != nil {
		return m.fail(diag.New(codeMeta, diag.Span{}, "%s", err))
	}
	for _, c := range commands() {
		for _, name := range c.names {
			if name != words[0] {
				continue
			}
			if len(words)-1 > strings.Count(c.args, " ")+min(1, len(c.args)) {
				return m.fail(diag.New(codeMeta, diag.Span{}, "too many arguments").WithHint("write %s %s", name, c.args))
			}
			return c.run(m, ctx, words[1:])
		}
	}
	d := diag.New(codeMeta, diag.Span{}, "unknown command '%s'", words[0])
	if hint, ok := elsewhere[words[0]]; ok {
		return m.fail(d.WithHint("%s", hint))
	}
	if near, ok := diag.Nearest(words[0], metaNames()); ok {
		return m.fail(d.WithHint("did you mean '%s'?", near))
	}
	return m.fail(d.WithHint(".help lists them"))
}

const (
	hintFile  = "a table reads a file: CREATE TABLE t (…) WITH ('connector' = 'filesystem', 'path' = 'FILE', 'format' = 'csv')"
	hintWrite = `run the query, then write .again FILE or \g FILE`
	hintLines = "write .mode vertical"
)

// elsewhere are commands that other prompts have, and what does the same here.
var elsewhere = map[string]string{
	".import": hintFile, `\copy`: hintFile, ".open": hintFile, ".output": hintWrite, ".once": hintWrite, `\o`: hintWrite,
	`\x`: hintLines, `\gx`: hintLines, `\l`: "write SHOW DATABASES;", ".databases": "write SHOW DATABASES;",
	`\dv`: "write SHOW VIEWS;", `\df`: "write SHOW FUNCTIONS;", ".functions": "write SHOW FUNCTIONS;",
	`\d+`: `write \d`, `\dt+`: `write \dt`, ".show": "write SET;", `\set`: "write SET 'key' = 'value';",
	".maxrows": "all rows are shown, long results in a pager", ".columns": "write .schema TABLE or DESCRIBE t;",
}

// isCommandName reports whether a line begins with the name of one of the commands.
func isCommandName(line string) bool {
	name, _, _ := strings.Cut(strings.TrimRight(strings.TrimSpace(line), "; \t"), " ")
	return slices.Contains(metaNames(), name)
}

// takesQuery reports whether a command runs the query in front of it.
func takesQuery(command string) bool {
	name, _, _ := strings.Cut(strings.TrimRight(strings.TrimSpace(command), "; \t"), " ")
	return slices.Contains([]string{".again", `\g`, ".watch", `\watch`, ".explain"}, name)
}

// split cuts a line into words; quotes, single or double, hold one together.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, quote := false, rune(0)
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			in, quote = true, r
		case quote == 0 && (r == ' ' || r == '\t'):
			if in {
				words = append(words, word.String())
			}
			in = false
			word.Reset()
		default:
			in = true
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote is not closed: %c", quote)
	}
	if in || len(words) == 0 {
		words = append(words, word.String())
	}
	return words, nil
}

// fail tells of an error.
func (m *meta) fail(d *diag.Diagnostic) error {
	if m.session.Output().Fail(0, d) != nil {
		return session.ErrClosed
	}
	return session.ErrFailed
}

// sql runs statements and remembers the last of them that can be run again.
func (m *meta) sql(ctx context.Context, src *diag.Source) error {
	for _, p := range parser.Script(src) {
		if p.Err == nil && repeatable(p.Statement) {
			m.last = src.Text[p.Span.Start:p.Span.End]
		}
	}
	return m.session.Run(ctx, src)
}

// with runs a command on a statement as if that had been run before.
func (m *meta) with(ctx context.Context, statement, line string) error {
	before := m.last
	m.last = statement
	err := m.run(ctx, line)
	if p := parser.Script(&diag.Source{Text: statement}); len(p) != 1 || p[0].Err != nil || !repeatable(p[0].Statement) {
		m.last = before
	}
	return err
}

// text runs SQL that a command stands for.
func (m *meta) text(ctx context.Context, format string, args ...any) error {
	return m.session.Run(ctx, &diag.Source{Text: fmt.Sprintf(format, args...)})
}

// literal makes a string of SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// path quotes the parts of a name that the user has not.
func path(name string) string {
	if strings.Contains(name, "`") {
		return name
	}
	return "`" + strings.ReplaceAll(name, ".", "`.`") + "`"
}

func (m *meta) tables(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return m.text(ctx, "SHOW TABLES")
	}
	return m.text(ctx, "SHOW TABLES LIKE %s", literal(args[0]))
}

func (m *meta) schema(ctx context.Context, args []string) error {
	if len(args) == 1 {
		return m.text(ctx, "DESCRIBE %s", path(args[0]))
	}
	for _, name := range m.session.Catalog.Names() {
		kind := "TABLE"
		id, _ := m.session.Catalog.Identify(name)
		if _, view, _ := m.session.Catalog.Lookup(id); view != nil {
			kind = "VIEW"
		}
		if err := m.text(ctx, "SHOW CREATE %s `%s`", kind, strings.ReplaceAll(name, "`", "``")); err != nil {
			return err
		}
	}
	return nil
}

// display is the session's Output if the commands may change it.
func (m *meta) display() (display, error) {
	d, ok := m.session.Output().(display)
	if !ok {
		return nil, m.fail(diag.New(codeMeta, diag.Span{}, "the form of results is not the prompt's: changing it is not supported"))
	}
	return d, nil
}

func (m *meta) mode(_ context.Context, args []string) error {
	d, err := m.display()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if d.Format() == "" {
			return m.session.Document("tableau, or what SET 'sql-client.execution.result-mode' says")
		}
		return m.session.Document(d.Format())
	}
	if err := d.SetFormat(strings.ToLower(args[0])); err != nil {
		return m.fail(diag.New(codeMeta, diag.Span{}, "%s", err))
	}
	return nil
}

func (m *meta) timer(_ context.Context, args []string) error {
	d, err := m.display()
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		d.SetTimer(!d.Timer())
	case strings.EqualFold(args[0], "on"), strings.EqualFold(args[0], "off"):
		d.SetTimer(strings.EqualFold(args[0], "on"))
	default:
		return m.fail(diag.New(codeMeta, diag.Span{}, "the timer is on or off, found '%s'", args[0]))
	}
	return nil
}

// read runs a file; commands may stand in it between statements.
func (m *meta) read(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return m.fail(diag.New(codeMeta, diag.Span{}, "which file?").WithHint("write .read FILE"))
	}
	if m.nesting == maxNesting {
		return m.fail(diag.New(codeMeta, diag.Span{}, "files read each other more than %d deep: '%s'", maxNesting, args[0]))
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return m.fail(diag.New(codeMeta, diag.Span{}, "can't read the file: %s", err))
	}
	m.nesting++
	defer func() { m.nesting-- }()
	return m.script(ctx, args[0], strings.TrimPrefix(string(text), "\ufeff"))
}

// behindCommands is what of a text stands behind its last command.
func behindCommands(text string) string {
	from, at := 0, 0
	for line := range strings.Lines(text) {
		open := text[from:at]
		at += len(line)
		if isMeta(line) && (strings.TrimSpace(open) == "" || parser.Complete(open)) {
			from = at
		}
	}
	return text[from:]
}

// script runs a text of statements and commands.
func (m *meta) script(ctx context.Context, name, text string) error {
	from := 0 // of the statements since the last command
	statements := func(to int) error {
		if strings.TrimSpace(text[from:to]) == "" {
			return nil
		}
		// The lines before stay as empty ones, so that errors tell the right place.
		before := strings.Repeat("\n", strings.Count(text[:from], "\n"))
		return m.sql(ctx, &diag.Source{Name: name, Text: before + text[from:to]})
	}
	at := 0
	for line := range strings.Lines(text) {
		next := at + len(line)
		if open := text[from:at]; isMeta(line) && (strings.TrimSpace(open) == "" || parser.Complete(open)) {
			if err := statements(at); err != nil {
				return err
			}
			from = next
			if err := m.run(ctx, line); err != nil {
				return err
			}
		}
		at = next
	}
	return statements(len(text))
}

// again runs the last query again, into a file if one is named, in the form that the end of its name says.
func (m *meta) again(ctx context.Context, args []string) error {
	if err := m.remembered(); err != nil {
		return err
	}
	if len(args) == 0 {
		return m.text(ctx, "%s", m.last)
	}
	d, err := m.display()
	if err != nil {
		return err
	}
	f, err := os.Create(args[0])
	if err != nil {
		return m.fail(diag.New(codeMeta, diag.Span{}, "can't make the file: %s", err))
	}
	form := map[string]string{".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown"}[filepath.Ext(args[0])]
	back := d.Redirect(f, form)
	err = m.text(ctx, "%s", m.last)
	back()
	if e := f.Close(); e != nil && err == nil {
		return m.fail(diag.New(codeMeta, diag.Span{}, "can't write the file: %s", e))
	}
	return err
}

func (m *meta) remembered() error {
	if m.last == "" {
		return m.fail(diag.New(codeMeta, diag.Span{}, "there is no query yet"))
	}
	return nil
}

// watch repeats the last query until it is interrupted, which is its end and no error.
func (m *meta) watch(ctx context.Context, args []string) error {
	every := watchEvery
	if len(args) == 1 {
		seconds, err := strconv.ParseFloat(args[0], 64)
		if err != nil || !(seconds > 0 && seconds <= 1e6) {
			return m.fail(diag.New(codeMeta, diag.Span{}, "'%s' is no number of seconds", args[0]))
		}
		every = time.Duration(seconds * float64(time.Second))
	}
	if err := m.remembered(); err != nil {
		return err
	}
	for {
		if err := m.text(ctx, "%s", m.last); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-m.clock.After(ctx, every):
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

func (m *meta) explain(ctx context.Context, _ []string) error {
	if err := m.remembered(); err != nil {
		return err
	}
	return m.text(ctx, "EXPLAIN %s", m.last)
}

func (m *meta) jobs(ctx context.Context, _ []string) error { return m.text(ctx, "SHOW JOBS") }

// edit is what the prompt does itself where somebody types it.
func (m *meta) edit(context.Context, []string) error {
	return m.fail(diag.New(codeMeta, diag.Span{}, "the editor can only be opened at the prompt"))
}

// help is told as a statement's result would be, so that a pager and a file take it alike.
func (m *meta) help(ctx context.Context, args []string) error {
	if len(args) == 1 {
		text, ok := diag.Explain(args[0])
		if !ok {
			return m.fail(diag.New(codeMeta, diag.Span{}, "there is no error with the code '%s'", args[0]).WithHint("a code is W and four digits, as in error[W2002]"))
		}
		return m.session.Document(text)
	}
	if err := m.text(ctx, "HELP"); err != nil {
		return err
	}
	return m.session.Document(helpText())
}

// helpText lists the commands.
func helpText() string {
	var b strings.Builder
	b.WriteString("Commands of the prompt, a line each, without a semicolon:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "%-26s %s\n", strings.TrimSpace(strings.Join(c.names, ", ")+" "+c.args), c.text)
	}
	return b.String()
}

// repeatable reports whether a statement is one that commands run again.
func repeatable(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.QueryStatement, *ast.Insert, *ast.Execute:
		return true
	}
	return false
}
