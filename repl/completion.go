package repl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/catalog"
	"weir/parser"
	"weir/repl/result"
)

// shownCandidates is how many candidates are listed: more would scroll the line being edited off the screen.
const shownCandidates = 40

// completer offers what may stand at the cursor.
type completer struct {
	catalog *catalog.Catalog
	before  func() string // the lines of the statement above this one
	width   func() int    // of the terminal
	// files lists the names that begin with a path.
	files func(prefix string) []string
}

// Do is called by readline, while nothing runs, when Tab is pressed: it returns how the line may go on, and how many
// characters before the cursor belong to that.
func (c *completer) Do(line []rune, pos int) ([][]rune, int) {
	before := c.before()
	rest, n := c.complete(before+decode(string(line[:pos])), decode(string(line[pos:])), before == "")
	if len(rest) == 0 {
		return nil, 0
	}
	if common := commonPrefix(rest); common != "" {
		return [][]rune{[]rune(encode(common))}, n
	}
	out := make([][]rune, 0, len(rest))
	for _, r := range rest[:min(len(rest), shownCandidates)] {
		// Readline divides by the columns of its list: each candidate must fit at least once.
		if len(rest) == 1 || utf8.RuneCountInString(r)+2*n+2 < c.width() {
			out = append(out, []rune(encode(r)))
		}
	}
	return out, n
}

func commonPrefix(all []string) string {
	common := all[0]
	for _, s := range all[1:] {
		for !strings.HasPrefix(s, common) {
			_, size := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-size]
		}
	}
	return common
}

// complete returns the ways in which a text may go on, and the number of characters that are completed. after is what
// stands behind the cursor; first says that the text is one line.
func (c *completer) complete(s, after string, first bool) ([]string, int) {
	if first && isMeta(s) {
		return c.argument(s)
	}
	all := lex(s)
	for i, l := range slices.Backward(all) { // the statement that the cursor is in
		if l.kind == sign && s[l.start] == ';' {
			all = all[i+1:]
			break
		}
	}
	if len(all) == 0 {
		return extend("", starters), 0
	}
	prefix, last := "", all[len(all)-1]
	switch {
	case last.kind == comment && (last.open != "" || strings.HasPrefix(s[last.start:], "--") || strings.HasPrefix(s[last.start:], "//")):
		return nil, 0
	case last.kind == word, (last.kind == text || last.kind == quoted) && last.open != "":
		prefix, all = s[last.start:], all[:len(all)-1]
	case last.kind == number, last.kind == text, last.kind == quoted:
		return nil, 0
	}
	t := &typed{}
	for _, l := range all {
		if l.kind != space && l.kind != comment {
			t.before = append(t.before, s[l.start:l.end])
		}
	}
	t.all = t.before
	for _, l := range lex(after) {
		if l.kind == sign && after[l.start] == ';' {
			break
		}
		if l.kind != space && l.kind != comment {
			t.all = append(t.all[:len(t.all):len(t.all)], after[l.start:l.end])
		}
	}
	if strings.HasPrefix(prefix, "'") {
		return c.inText(t, prefix[1:])
	}
	return c.inSQL(t, prefix)
}

// typed is a statement's lexemes without white space: before the cursor, without what is completed, and all.
type typed struct{ before, all []string }

// word is the i-th lexeme before the cursor, counted from the last one, in upper case; empty where there is none.
func (t *typed) word(i int) string {
	if i >= len(t.before) {
		return ""
	}
	return strings.ToUpper(t.before[len(t.before)-1-i])
}

var starters = []string{"SELECT", "INSERT INTO", "CREATE TABLE", "CREATE VIEW", "CREATE TEMPORARY", "DROP TABLE", "DROP VIEW", "DESCRIBE",
	"EXPLAIN", "EXPLAIN ANALYZE", "SHOW TABLES", "SHOW VIEWS", "SHOW CREATE TABLE", "SHOW JOBS", "SET", "RESET", "WITH", "VALUES", "HELP", "QUIT", "EXIT", "CLEAR"}

// inSQL completes a word outside of strings.
func (c *completer) inSQL(t *typed, prefix string) ([]string, int) {
	n := utf8.RuneCountInString(prefix)
	if len(t.before) == 0 {
		return extend(prefix, starters), n
	}
	switch t.word(0) {
	case ".":
		if len(t.before) < 2 {
			return nil, 0
		}
		return identifiers(prefix, c.columns(c.tableOf(t, unquote(t.before[len(t.before)-2])))), n
	case "FROM", "JOIN", "INTO", "TABLE", "VIEW", "DESCRIBE", "DESC", "EXISTS":
		names := identifiers(prefix, c.catalog.Names())
		return append(names, extend(prefix, []string{"TABLE(", "IF EXISTS"})...), n
	case "SET", "RESET":
		if len(t.before) == 1 && prefix == "" {
			return extend("", []string{"'"}), 0
		}
	}
	var columns []string
	for _, name := range t.all {
		columns = append(columns, c.columns(unquote(name))...)
	}
	slices.Sort(columns)
	found := identifiers(prefix, slices.Compact(columns))
	if prefix == "" || prefix[0] == '`' {
		return found, n
	}
	var functions []string
	for _, f := range catalog.Functions() {
		functions = append(functions, f.Name+"(")
	}
	for _, a := range catalog.Aggregates() {
		functions = append(functions, a.Name+"(")
	}
	found = append(found, identifiers(prefix, c.catalog.Names())...)
	words := make([]string, 0, len(keywords()))
	for k := range keywords() {
		words = append(words, k)
	}
	slices.Sort(functions)
	slices.Sort(words)
	called := extend(prefix, slices.Compact(functions))
	for _, k := range extend(prefix, words) {
		if !slices.Contains(called, k+"(") {
			called = append(called, k)
		}
	}
	return append(found, called...), n
}

// inText completes in a string: the keys of SET, the options of WITH, and file names.
func (c *completer) inText(t *typed, prefix string) ([]string, int) {
	n := utf8.RuneCountInString(prefix)
	var all []string
	first := ""
	if len(t.before) > 0 {
		first = strings.ToUpper(t.before[0])
	}
	switch {
	case (first == "SET" || first == "RESET") && len(t.before) == 1:
		for _, s := range catalog.KnownSettings() {
			all = append(all, s.Key)
		}
	case (first == "CREATE" || first == "SELECT" || first == "INSERT") && t.word(0) == "=":
		switch strings.Trim(t.word(1), "'") {
		case "CONNECTOR":
			for _, k := range catalog.Connectors() {
				all = append(all, k.Name)
			}
		case "FORMAT":
			for _, f := range catalog.Formats() {
				all = append(all, f.Name)
			}
		case "PATH":
			return cutPrefix(prefix, c.files(prefix)), n
		}
	case t.word(0) == "(" || t.word(0) == ",":
		if t.word(0) == "(" && t.word(1) != "WITH" && t.word(1) != "OPTIONS" || !slices.Contains(upper(t.before), "WITH") && !slices.Contains(upper(t.before), "OPTIONS") {
			return nil, 0
		}
		all = options(t.all)
	}
	slices.Sort(all)
	return cutPrefix(prefix, slices.Compact(all)), n
}

// options lists the keys that WITH may have next to those that are there: of the connector and the format, where they
// are known, else of all.
func options(all []string) []string {
	given := map[string]string{}
	for i := 2; i < len(all); i++ {
		if all[i-1] == "=" {
			given[strings.Trim(all[i-2], "'")] = strings.Trim(all[i], "'")
		}
	}
	keys := map[string]bool{"connector": true}
	formats := false
	for _, k := range catalog.Connectors() {
		if name := given["connector"]; name != "" && name != k.Name {
			continue
		}
		formats = formats || k.Formats
		for _, o := range k.Options {
			before, _, _ := strings.Cut(o.Key, "*") // a name of the user's stands there
			keys[before] = true
		}
	}
	if formats {
		keys["format"] = true
		for _, f := range catalog.Formats() {
			if name := given["format"]; name == f.Name {
				for _, o := range f.Options {
					keys[f.Name+"."+o.Key] = true
				}
			}
		}
	}
	var out []string
	for k := range keys {
		if _, ok := given[k]; !ok {
			out = append(out, k)
		}
	}
	return out
}

// tableOf finds the table that a name stands for: its own, or the one before an alias.
func (c *completer) tableOf(t *typed, name string) string {
	for i := 1; i < len(t.all); i++ {
		if unquote(t.all[i]) != name {
			continue
		}
		at := i - 1
		if strings.EqualFold(t.all[at], "AS") && at > 0 {
			at--
		}
		if _, _, ok := c.catalog.Lookup(unquote(t.all[at])); ok {
			return unquote(t.all[at])
		}
	}
	return name
}

// columns are those of a table or view; none if there is no such thing.
func (c *completer) columns(name string) []string {
	table, view, ok := c.catalog.Lookup(name)
	var names []string
	switch {
	case !ok:
	case table != nil:
		for _, col := range table.Columns {
			names = append(names, col.Name)
		}
	default:
		for _, f := range view.Columns {
			names = append(names, f.Name)
		}
	}
	return names
}

// argument completes a file name behind a command of the prompt, or a table's.
func (c *completer) argument(s string) ([]string, int) {
	i := strings.LastIndexAny(s, " \t")
	if i < 0 {
		return cutPrefix(s, metaNames()), utf8.RuneCountInString(s)
	}
	prefix := s[i+1:]
	var all []string
	switch command, _, _ := strings.Cut(strings.TrimSpace(s), " "); command {
	case `\d`, ".schema":
		all = c.catalog.Names()
	case ".mode":
		all = result.Names
	case ".timer", `\timing`:
		all = []string{"on", "off"}
	default:
		all = c.files(prefix)
	}
	return cutPrefix(prefix, all), utf8.RuneCountInString(prefix)
}

func upper(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = strings.ToUpper(s)
	}
	return out
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '`' && s[len(s)-1] == '`' {
		return strings.ReplaceAll(s[1:len(s)-1], "``", "`")
	}
	return s
}

// extend completes words of the language, which may be typed in any case, in the case of what has been typed.
func extend(prefix string, words []string) []string {
	lower := prefix != "" && prefix == strings.ToLower(prefix)
	var out []string
	for _, w := range words {
		if len(w) <= len(prefix) || !strings.EqualFold(w[:len(prefix)], prefix) {
			continue
		}
		if w = w[len(prefix):]; lower {
			w = strings.ToLower(w)
		}
		out = append(out, w)
	}
	return out
}

// identifiers completes names, whose case matters; those that need backticks get them.
func identifiers(prefix string, names []string) []string {
	var quotedNames []string
	for _, name := range names {
		plain := name != "" && (name[0] < '0' || name[0] > '9') && runOf(name, wordRune) == len(name) && !parser.IsReserved(name)
		if !plain || strings.HasPrefix(prefix, "`") {
			name = "`" + strings.ReplaceAll(name, "`", "``") + "`"
		}
		quotedNames = append(quotedNames, name)
	}
	return cutPrefix(prefix, quotedNames)
}

// cutPrefix returns what follows the prefix in those that have it and more.
func cutPrefix(prefix string, all []string) []string {
	var out []string
	for _, s := range all {
		if rest, ok := strings.CutPrefix(s, prefix); ok && rest != "" {
			out = append(out, rest)
		}
	}
	return out
}

// fileNames lists files and folders whose paths begin with a prefix; hidden ones only where a dot was typed.
func fileNames(prefix string) []string {
	dir, base := filepath.Split(prefix)
	from := dir
	if from == "" {
		from = "."
	} else if rest, ok := strings.CutPrefix(dir, "file://"); ok {
		from = rest
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, base) || base == "" && strings.HasPrefix(name, ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(from, name)); err == nil && info.IsDir() {
			name += "/"
		}
		out = append(out, dir+name)
	}
	return out
}
