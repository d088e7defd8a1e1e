package planner

import (
	"fmt"
	"slices"
	"strings"

	"weir/catalog"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// mostNames is how many names a note lists.
const mostNames = 12

// listed joins names for a note.
func listed(names []string) string {
	if n := len(names); n > mostNames {
		return strings.Join(names[:mostNames], ", ") + fmt.Sprintf(" and %d more", n-mostNames)
	}
	return strings.Join(names, ", ")
}

// adviseColumn tells more of a column that was not found, where no name is like it: that it is a name of the select
// list, or which columns there are.
func (x *expressions) adviseColumn(err error, e *ast.ColumnRef) error {
	d, ok := err.(*diag.Diagnostic)
	if !ok || d.Code != codeNoColumn || strings.Contains(d.Message, "did you mean") {
		return err
	}
	name := e.Parts[len(e.Parts)-1].Name
	if f, ok := catalog.LookupFunction(strings.ToUpper(name)); ok && len(e.Parts) == 1 && isWord(f.Name) {
		return d.WithHint("a function is called with parentheses: %s()", strings.ToUpper(name))
	}
	if d.Hint != "" {
		return d
	}
	switch {
	case len(e.Parts) > 1:
	case name == "window_start" || name == "window_end" || name == "window_time":
		return d.WithHint("a window function gives it: FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))")
	}
	if near, ok := diag.Nearest(name, []string{"DISTINCT"}); ok && len(e.Parts) == 1 {
		return d.WithHint("did you mean %s?", near)
	}
	if named := x.named[e.Parts[0].Name]; len(e.Parts) == 1 && named != nil {
		return d.WithHint("%s is a name of the select list, which is computed later: repeat the expression, %s, or name it in a subquery", e.Parts[0].Name, x.r.text(named))
	}
	if columns := x.scope.columns(); len(columns) > 0 {
		d.WithNote("columns: %s", listed(columns))
	}
	return d
}

// adviseItem says how an element of a collection, or a field, is written.
func adviseItem(d *diag.Diagnostic, of, index plan.Expr) *diag.Diagnostic {
	switch t := of.Type(); {
	case t.Kind == vector.Array && index.Type().IsInteger():
		return d.WithHint("the elements of an ARRAY are counted from 1")
	case t.Kind == vector.Array:
		return d.WithHint("the index of an ARRAY is a whole number")
	case t.Kind == vector.Map:
		return d.WithHint("the keys of this MAP are of type %s", t.Key.AsNullable().Name())
	case t.Kind == vector.Row:
		row, field := "r", "a"
		if c, ok := of.(*plan.Column); ok {
			row = c.Name
		}
		if len(t.Fields) > 0 {
			field = t.Fields[0].Name
		}
		if l, ok := index.(*plan.Literal); ok {
			if name, ok := l.Value.(string); ok {
				field = name
			}
		}
		return d.WithHint("a field of a ROW is written with a dot: %s.%s", row, field)
	}
	return d.WithHint("only arrays and maps have elements")
}

// adviseElement takes a table that was not found for a column of the scope whose type has no fields; empty if there is no
// such column.
func (s *scope) adviseElement(ref *ast.ColumnRef) string {
	n := len(ref.Parts) - 1
	_, column, err := s.column(&ast.ColumnRef{Pos: ref.Pos, Parts: ref.Parts[:n]})
	if err != nil {
		return ""
	}
	name, key := joinIdents(ref.Parts[:n]), ref.Parts[n].Name
	switch t := column.Type; {
	case t.Kind == vector.Map && t.Key.IsString():
		return fmt.Sprintf("%s is a column of type MAP: write %s['%s']", name, name, key)
	case t.Kind == vector.Map:
		return fmt.Sprintf("%s is a column of type MAP: write %s[key]", name, name)
	case t.Kind == vector.Array:
		return fmt.Sprintf("%s is a column of type ARRAY: write %s[1]", name, name)
	default:
		return fmt.Sprintf("%s is a column of type %s, which has no fields", name, t.AsNullable().Name())
	}
}

// adviseNull names the type of the sink's column that a bare NULL of the query is to go into, in the hint of the error
// for it.
func adviseNull(err error, s *ast.Insert, t *catalog.Table, targets map[int]int) error {
	d, ok := err.(*diag.Diagnostic)
	if !ok || d.Code != codeNull {
		return err
	}
	advise := func(i int, e ast.Expr) {
		if e == nil || e.Span() != d.Span {
			return
		}
		for at, from := range targets {
			if from == i {
				d.WithHint("give it a type: CAST(NULL AS %s)", t.Columns[at].Type.AsNullable().Name())
			}
		}
	}
	switch body := s.Query.Body.(type) {
	case *ast.Values:
		for _, row := range body.Rows {
			for i, e := range row {
				advise(i, e)
			}
		}
	case *ast.Select:
		for i, it := range body.Items {
			advise(i, it.Expr)
		}
	}
	return d
}

// adviseQuotes takes a column that was not found, and is compared with a string, for a string without its quotes.
func (x *expressions) adviseQuotes(err error, args []ast.Expr) error {
	d, ok := err.(*diag.Diagnostic)
	if !ok || d.Code != codeNoColumn || len(args) != 2 {
		return err
	}
	for i, a := range args {
		c, ok := a.(*ast.ColumnRef)
		if !ok || len(c.Parts) != 1 || c.Parts[0].Quoted || c.At != d.Span {
			continue
		}
		if other, err := x.expr(args[1-i]); err == nil && other.Type().IsString() {
			if d.Hint != "" {
				// Beside a string, and in front of a column, a name that is nearly a column's is meant for one.
				if _, column := other.(*plan.Column); column && i == 1 {
					return d.WithHint("%s, or the string '%s' in single quotes?", strings.TrimSuffix(d.Hint, "?"), c.Parts[0].Name)
				}
				return d
			}
			d.Notes = nil
			return d.WithHint("a string stands in single quotes: '%s'", c.Parts[0].Name)
		}
	}
	return d
}

// adviseTime says how a table with these columns can have a time by one that is none; empty where nothing is known.
func adviseTime(t vector.Type, column string, columns []string) string {
	free := "t"
	for i := 1; slices.Contains(columns, free); i++ {
		free = fmt.Sprintf("t%d", i)
	}
	column = ast.PrintIdent(column)
	switch {
	case t.Kind == vector.BigInt:
		return fmt.Sprintf("a column of the table makes a time of milliseconds: %s AS TO_TIMESTAMP_LTZ(%s, 3), WATERMARK FOR %s AS %s", free, column, free, free)
	case t.IsString():
		return fmt.Sprintf("a column of the table makes a time of a text: %s AS TO_TIMESTAMP(%s), WATERMARK FOR %s AS %s", free, column, free, free)
	case t.IsTimestamp():
		t = t.AsNullable()
		t.Precision = 3
		return fmt.Sprintf("CAST it in a column of its own: %s AS CAST(%s AS %s), WATERMARK FOR %s AS %s", free, column, t.Name(), free, free)
	}
	return ""
}

// adviseFile takes a qualified name that was not found for that of a file if it ends like one.
func adviseFile(d *diag.Diagnostic, name ast.Name) *diag.Diagnostic {
	switch strings.ToLower(name.Parts[len(name.Parts)-1].Name) {
	case "csv", "tsv", "json", "jsonl", "ndjson", "parquet", "gz", "zst":
		parts := make([]string, len(name.Parts))
		for i, p := range name.Parts {
			parts[i] = p.Name
		}
		d.WithHint("the name of a file stands in quotes: FROM '%s'", strings.Join(parts, "."))
	}
	return d
}

// elsewhere are functions of other dialects, and what says the same here.
var elsewhere = map[string]string{
	"LEN": "CHAR_LENGTH(string)", "LENGTH": "CHAR_LENGTH(string)", "STRLEN": "CHAR_LENGTH(string)",
	"UCASE": "UPPER(string)", "LCASE": "LOWER(string)", "STRPOS": "INSTR(string, part)", "CHARINDEX": "INSTR(string, part)",
	"NVL": "COALESCE(a, b)", "ISNULL": "COALESCE(a, b)", "ZEROIFNULL": "COALESCE(a, 0)", "IIF": "IF(condition, a, b)",
	"MEAN": "AVG(x)", "COUNTIF": "COUNT(*) FILTER (WHERE condition)", "COUNT_IF": "COUNT(*) FILTER (WHERE condition)",
	"GETDATE": "CURRENT_TIMESTAMP", "SYSDATE": "CURRENT_TIMESTAMP", "CURDATE": "CURRENT_DATE",
	"DATEADD": "ts + INTERVAL '1' DAY", "DATE_ADD": "ts + INTERVAL '1' DAY", "DATE_SUB": "ts - INTERVAL '1' DAY",
	"DATEDIFF": "TIMESTAMPDIFF(DAY, from, to)", "DATE_DIFF": "TIMESTAMPDIFF(DAY, from, to)", "DATE_TRUNC": "FLOOR(ts TO HOUR)",
	"DATE_PART": "EXTRACT(HOUR FROM ts)", "STRFTIME": "DATE_FORMAT(ts, 'yyyy-MM-dd')", "TO_CHAR": "DATE_FORMAT(ts, 'yyyy-MM-dd')",
	"STR_TO_DATE": "TO_DATE(string)", "STRPTIME": "TO_TIMESTAMP(string, 'yyyy-MM-dd')", "TO_NUMBER": "CAST(string AS BIGINT)", "TOINT": "CAST(string AS INT)",
	"POW": "POWER(x, y)",
	"MAP": "MAP[key, value]", "STRUCT": "ROW(a, b)", "STRUCT_PACK": "ROW(a, b)", "LIST_VALUE": "ARRAY[a, b]", "ARRAY_LENGTH": "CARDINALITY(array)",
}

// flinkFunctions are the functions of Flink 2.2 that the catalog has not.
var flinkFunctions = strings.Fields(`
ACOS APPROX_COUNT_DISTINCT ARRAY_APPEND ARRAY_CONCAT ARRAY_CONTAINS ARRAY_DISTINCT ARRAY_EXCEPT ARRAY_INTERSECT
ARRAY_JOIN ARRAY_MAX ARRAY_MIN ARRAY_POSITION ARRAY_PREPEND ARRAY_REMOVE ARRAY_REVERSE ARRAY_SLICE ARRAY_SORT ARRAY_UNION ASCII ASIN
ATAN ATAN2 BIN CBRT CHR CONVERT_TZ COS COSH COT CUME_DIST DECODE DEGREES DENSE_RANK ELT ENCODE
FROM_BASE64 FROM_HEX GROUPING GROUPING_ID GROUP_ID HEX INITCAP IS_ALPHA IS_DECIMAL IS_DIGIT IS_JSON JSON JSON_ARRAY
JSON_ARRAYAGG JSON_EXISTS JSON_LENGTH JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_QUOTE JSON_STRING JSON_UNQUOTE JSON_VALUE LAG
LEAD MAP_ENTRIES MAP_FROM_ARRAYS MAP_KEYS MAP_UNION MAP_VALUES NTH_VALUE NTILE OBJECT_OF OVERLAY PARSE_JSON PARSE_URL
PERCENTILE PERCENT_RANK PRINTF PROCTIME RADIANS RAND RAND_INTEGER RANK REGEXP REGEXP_COUNT REGEXP_EXTRACT REGEXP_EXTRACT_ALL REGEXP_INSTR
REGEXP_REPLACE REGEXP_SUBSTR ROW_NUMBER SHA2 SIN SINH SOURCE_WATERMARK STDDEV_POP STDDEV_SAMP STR_TO_MAP TAN TANH TO_BASE64 TRANSLATE
TRUNC TRY_PARSE_JSON TYPEOF UNHEX URL_DECODE URL_ENCODE UUID VAR_POP VAR_SAMP VARIANCE`)

// noFunction is the error for a call of what is no function, or one that weir has not.
func noFunction(name string, at diag.Span) *diag.Diagnostic {
	if upper := strings.ToUpper(name); slices.Contains(flinkFunctions, upper) {
		return unsupported(at, "the function "+upper+" is")
	}
	d := diag.New(codeNoFunction, at, "unknown function '%s'", name)
	if same := elsewhere[strings.ToUpper(name)]; same != "" {
		return d.WithHint("write %s", same)
	}
	if suggest(d, strings.ToUpper(name), functionNames()); d.Hint == "" {
		d.WithHint("SHOW FUNCTIONS lists those that weir has")
	}
	return d
}

// tableFunctions are those of the language, of which weir has the first.
var tableFunctions = []string{"TUMBLE", "HOP", "CUMULATE", "SESSION", "ML_PREDICT", "VECTOR_SEARCH", "TO_CHANGELOG", "FROM_CHANGELOG"}

// noTableFunction is the error for a call in FROM of what is none, or one that weir has not.
func noTableFunction(name string, at diag.Span) error {
	for _, f := range tableFunctions {
		if strings.EqualFold(f, name) {
			return unsupported(at, "the table function "+f+" is")
		}
	}
	d := diag.New(codeNoFunction, at, "unknown table function '%s'", name)
	if _, ok := catalog.LookupFunction(strings.ToUpper(name)); ok {
		return d.WithHint("%s is a function of values, not of tables", strings.ToUpper(name))
	}
	if lower := strings.ToLower(name); strings.HasPrefix(lower, "read_") || strings.HasSuffix(lower, "_scan") {
		return d.WithHint("the name of a file stands in FROM by itself: FROM 'file.csv'")
	}
	return suggest(d, strings.ToUpper(name), tableFunctions[:4])
}
