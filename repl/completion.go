package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/catalog"
	"weir/parser"
	"weir/repl/result"
)

// completer offers what may stand at the cursor.
type completer struct {
	catalog *catalog.Catalog
	before  func() string // the lines of the statement above this one
	// list shows what the word before the cursor may become; nil: it is not shown.
	list func(words []string)
	// files lists the names that begin with a path.
	files func(prefix string) []string
}

// Do is called by readline, while nothing runs, when Tab is pressed: it returns how the line may go on, and how many
// characters before the cursor belong to that. Where it may go on in several ways that have nothing in common, they are
// listed.
func (c *completer) Do(line []rune, pos int) ([][]rune, int) {
	before := c.before()
	rest, n := c.complete(before+decode(string(line[:pos])), decode(string(line[pos:])), before == "")
	if len(rest) == 0 {
		return nil, 0
	}
	if common := commonPrefix(rest); common != "" {
		return [][]rune{[]rune(encode(common))}, n
	}
	if c.list != nil {
		word := decode(string(line[max(0, pos-n):pos])) // a string may have begun in a line above
		all := make([]string, len(rest))
		for i, r := range rest {
			all[i] = word + strings.TrimSuffix(r, " ")
		}
		c.list(all)
	}
	return nil, 0
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
	if key, ok := bareKey(s, all); ok {
		return cutPrefix(key, settingKeys()), utf8.RuneCountInString(key)
	}
	prefix, last := "", all[len(all)-1]
	switch {
	case last.open == "/*" && strings.HasPrefix(s[last.start:], "/*+"):
		prefix = s[strings.LastIndexFunc(s, func(r rune) bool { return !wordRune(r) })+1:]
		return extend(prefix, hints), utf8.RuneCountInString(prefix)
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

// starters are the statements.
var starters = []string{"SELECT", "INSERT INTO", "CREATE TABLE", "CREATE VIEW", "CREATE TEMPORARY VIEW", "CREATE TEMPORARY TABLE",
	"CREATE DATABASE", "CREATE CATALOG", "ALTER TABLE", "ALTER VIEW", "DROP TABLE", "DROP VIEW", "DROP DATABASE", "DROP CATALOG", "USE", "USE CATALOG", "DESCRIBE",
	"DESCRIBE CATALOG", "EXPLAIN", "EXPLAIN ANALYZE", "SHOW TABLES", "SHOW VIEWS", "SHOW FUNCTIONS", "SHOW CATALOGS", "SHOW COLUMNS", "SHOW CREATE TABLE",
	"SHOW CREATE VIEW", "SHOW CREATE CATALOG", "SHOW CURRENT CATALOG", "SHOW CURRENT DATABASE", "SHOW DATABASES", "SHOW JOBS", "DESCRIBE JOB", "STOP JOB", "BEGIN STATEMENT SET", "END",
	"EXECUTE STATEMENT SET BEGIN", "SOURCE", "SET", "RESET", "WITH", "VALUES", "HELP", "QUIT", "EXIT", "CLEAR"}

// What statements go on with, each word with those that always follow it: types and units anywhere, clauses of queries,
// those of CREATE TABLE, and those of ALTER TABLE.
var (
	phrases = []string{"ARRAY", "BIGINT", "BOOLEAN", "BYTES", "DATE", "DAY", "DECIMAL", "DOUBLE", "FALSE", "FLOAT", "HOUR", "INT", "INTERVAL",
		"MAP", "MINUTE", "MONTH", "MULTISET", "NOT NULL", "NULL", "ROW", "SECOND", "SMALLINT", "STRING", "TIMESTAMP", "TIMESTAMP_LTZ", "TINYINT", "TRUE",
		"VARCHAR", "WITH", "YEAR"}
	queryPhrases = []string{"ALL", "AND", "AS", "ASC", "BETWEEN", "CASE", "CROSS JOIN", "CUMULATE(", "CURRENT ROW", "DESC", "DESCRIPTOR(",
		"DISTINCT", "EXCEPT", "EXISTS", "FILTER (WHERE", "FROM", "FULL JOIN", "FULL OUTER JOIN", "GROUP BY", "HAVING", "HOP(", "IN",
		"INNER JOIN", "INTERSECT", "INTO", "IS NOT NULL", "IS NULL", "JOIN", "LATERAL TABLE(", "LEFT JOIN", "LEFT OUTER JOIN", "LIKE",
		"LIMIT", "NOT", "NULLS FIRST", "NULLS LAST", "OFFSET", "ON", "OR", "ORDER BY", "OVER (", "PARTITION BY", "RANGE BETWEEN",
		"RIGHT JOIN", "RIGHT OUTER JOIN", "ROWS BETWEEN", "ROW_NUMBER(", "SELECT", "SESSION(", "SIMILAR TO", "TABLE(", "TUMBLE(", "UNION",
		"UNION ALL", "UNNEST(", "USING", "VALUES", "WHERE", "WITH ORDINALITY"}
	tablePhrases = []string{"COMMENT", "LIKE", "NOT ENFORCED", "PRIMARY KEY", "WATERMARK FOR"}
	alterPhrases = []string{"ADD", "AFTER", "DROP", "FIRST", "MODIFY", "RENAME", "RENAME TO", "RESET", "SET"}
)

// hints stand in /*+ */.
var hints = []string{"MAX_PARALLELISM(", "OPTIONS(", "PARALLELISM("}

// inCase are the words that only stand behind CASE.
var inCase = []string{"WHEN", "THEN", "ELSE", "END"}

// following returns the rests of phrases whose first words are the last ones before the cursor; whole says that these
// must be all there are.
func following(t *typed, phrases []string, whole bool) []string {
	var out []string
	for _, p := range phrases {
		words := strings.Fields(p)
		for k := 1; k < len(words); k++ {
			at := len(t.before) - k
			if at >= 0 && (at == 0 || !whole) && slices.Equal(upper(t.before[at:]), words[:k]) {
				out = append(out, strings.Join(words[k:], " "))
			}
		}
	}
	return out
}

// inSQL completes a word outside of strings.
func (c *completer) inSQL(t *typed, prefix string) ([]string, int) {
	n := utf8.RuneCountInString(prefix)
	if len(t.before) == 0 {
		return extend(prefix, starters), n
	}
	if t.word(0) == "EXPLAIN" || t.word(0) == "ANALYZE" && t.word(1) == "EXPLAIN" {
		return extend(prefix, append(following(t, starters, true), "SELECT", "INSERT INTO", "WITH")), n
	}
	if more := following(t, starters, true); len(more) > 0 {
		if found := extend(prefix, more); len(found) > 0 {
			return found, n
		}
	}
	switch t.word(0) {
	case ".":
		if len(t.before) < 2 {
			return nil, 0
		}
		return identifiers(prefix, c.members(t)), n
	case "FROM", "JOIN", "INTO", "TABLE", "VIEW", "DESCRIBE", "DESC", "EXISTS":
		var more []string
		switch {
		case t.word(0) == "FROM", t.word(0) == "JOIN":
			more = []string{"TABLE(", "UNNEST("}
		case len(t.before) == 2 && t.word(1) == "CREATE":
			return extend(prefix, []string{"IF NOT EXISTS"}), n
		case len(t.before) == 2 && t.word(1) == "DROP":
			more = []string{"IF EXISTS"}
		}
		return append(identifiers(prefix, append(c.catalog.Names(), c.otherDatabases()...)), extend(prefix, more)...), n
	case "USE":
		return append(identifiers(prefix, c.otherDatabases()), extend(prefix, []string{"CATALOG", "MODULES"})...), n
	case "DATABASE":
		return identifiers(prefix, c.otherDatabases()), n
	case "CATALOG":
		return identifiers(prefix, c.catalog.Catalogs()), n
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
	all := slices.Concat(phrases, queryPhrases)
	switch f := upper(t.before); {
	case f[0] == "CREATE" && slices.Contains(f, "TABLE") && !slices.Contains(f, "SELECT"):
		all = slices.Concat(phrases, tablePhrases, []string{"AS"})
	case f[0] == "ALTER" && !slices.Contains(f, "SELECT"):
		all = slices.Concat(phrases, tablePhrases, alterPhrases)
	}
	more := following(t, all, false)
	if prefix == "" || prefix[0] == '`' {
		return append(found, extend(prefix, more)...), n
	}
	if words := extend(prefix, more); len(words) > 0 {
		return append(found, words...), n
	}
	words := all
	if slices.Contains(upper(t.before), "CASE") {
		words = append(words, inCase...)
	}
	for _, f := range catalog.Functions() {
		switch {
		case strings.Contains(f.Name, " "): // CEIL TO is a form of CEIL
		case !strings.HasPrefix(f.Syntax, f.Name): // ITEM is written a[i]
		case strings.Contains(f.Syntax, "("):
			words = append(words, f.Name+"(")
		default:
			words = append(words, f.Name) // CURRENT_DATE
		}
	}
	for _, a := range catalog.Aggregates() {
		words = append(words, a.Name+"(")
	}
	slices.Sort(words)
	found = append(found, identifiers(prefix, c.catalog.Names())...)
	return append(found, extend(prefix, slices.Compact(words))...), n
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
		all = settingKeys()
	case first == "SET" && t.word(0) == "=" && len(t.before) > 2:
		all = settingValues(strings.Trim(strings.Join(t.before[1:len(t.before)-1], ""), "'"))
	case t.word(0) == "SOURCE" && len(t.before) == 1, t.word(0) == "FROM", t.word(0) == "JOIN", t.word(0) == "DESCRIBE", t.word(0) == "DESC", t.word(0) == "TABLE" && len(t.before) > 2:
		return cutPrefix(prefix, c.files(prefix)), n
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

// settingKeys are the keys of SET.
func settingKeys() []string {
	var keys []string
	for _, s := range catalog.KnownSettings() {
		keys = append(keys, s.Key)
	}
	slices.Sort(keys)
	return keys
}

// bareKey finds the key behind SET or RESET that is not in quotes; the signs in it are lexemes of their own.
func bareKey(s string, all []lexeme) (key string, ok bool) {
	for len(all) > 0 && (all[0].kind == space || all[0].kind == comment) {
		all = all[1:]
	}
	if len(all) < 3 || all[1].kind != space {
		return "", false
	}
	if w := strings.ToUpper(s[all[0].start:all[0].end]); w != "SET" && w != "RESET" {
		return "", false
	}
	for _, l := range all[2:] {
		if l.kind != word && l.kind != number && (l.kind != sign || s[l.start] != '.' && s[l.start] != '-') {
			return "", false
		}
	}
	return s[all[2].start:], true
}

// settingValues are the words that a setting may have, where it has not any.
func settingValues(key string) []string {
	s := catalog.LookupSetting(key)
	if s == nil || s.Check == nil {
		return nil
	}
	if _, err := s.Check("neither of the words below"); err == nil {
		return nil
	}
	var values []string
	for _, v := range []string{"true", "false", "streaming", "batch", "tableau", "changelog", "table", "AUTO", "FORCE", "NONE", "ERROR", "DROP",
		"IGNORE", "TRIM_PAD", "ONE_PHASE", "TWO_PHASE"} {
		if _, err := s.Check(v); err == nil {
			values = append(values, v)
		}
	}
	return values
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

// otherDatabases are those of the current catalog but the current one.
func (c *completer) otherDatabases() []string {
	current, database := c.catalog.Current()
	return slices.DeleteFunc(c.catalog.Databases(current), func(n string) bool { return n == database })
}

// members are what may follow a name and a dot: the columns of a table, the tables of a database, the databases of a
// catalog.
func (c *completer) members(t *typed) []string {
	name := unquote(t.before[len(t.before)-2])
	within, _ := c.catalog.Current()
	if len(t.before) > 3 && t.word(2) == "." {
		within = unquote(t.before[len(t.before)-4])
	}
	all := c.columns(c.tableOf(t, name))
	all = append(all, c.catalog.Objects(within, name)...)
	return append(all, c.catalog.Databases(name)...)
}

// lookup finds what a name without a database means.
func (c *completer) lookup(name string) (*catalog.Table, *catalog.View, bool) {
	id, _ := c.catalog.Identify(name)
	return c.catalog.Lookup(id)
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
		if _, _, ok := c.lookup(unquote(t.all[at])); ok {
			return unquote(t.all[at])
		}
	}
	return name
}

// columns are those of a table or view; none if there is no such thing.
func (c *completer) columns(name string) []string {
	table, view, ok := c.lookup(name)
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
	at, quote := 0, rune(0) // where the last word begins, and the quote that is open in it
	for i, r := range s {
		switch {
		case r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case quote == 0 && (r == ' ' || r == '\t'):
			at = i + 1
		}
	}
	prefix := s[at:]
	if at == 0 {
		return cutPrefix(prefix, metaNames()), utf8.RuneCountInString(prefix)
	}
	if quote != 0 && prefix[0] == byte(quote) {
		prefix = prefix[1:]
	}
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
		for i, name := range all {
			if quote == 0 {
				all[i] = prefix + strings.ReplaceAll(name[len(prefix):], " ", "' '")
			}
		}
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

// extend completes words of the language, which may be typed in any case, in the case of what has been typed. Behind a
// word that is whole comes a blank.
func extend(prefix string, words []string) []string {
	lower := prefix != "" && prefix == strings.ToLower(prefix)
	var out []string
	for _, w := range words {
		if len(w) < len(prefix) || !strings.EqualFold(w[:len(prefix)], prefix) {
			continue
		}
		if unicode.IsLetter(rune(w[len(w)-1])) {
			w += " "
		}
		if w = w[len(prefix):]; w == "" {
			continue
		}
		if lower {
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

// columns sets words in columns, the first one down and then the next, in lines of a width. Of more lines than most the
// last says how many words are left out.
func columns(words []string, width, most int) []string {
	widest := 0
	for _, w := range words {
		widest = max(widest, result.Width(w))
	}
	const gap = 2
	across := max(1, (width+gap)/(widest+gap))
	down := (len(words) + across - 1) / across
	left := 0
	if most = max(most, 2); down > most {
		down = most - 1
		left = len(words) - down*across
		words = words[:down*across]
	}
	lines := make([]string, down, down+1)
	for i, w := range words {
		line := &lines[i%down]
		if i >= down {
			*line += strings.Repeat(" ", (widest+gap)*(i/down)-result.Width(*line))
		}
		*line += result.Clip(w, width)
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", left))
	}
	return lines
}
