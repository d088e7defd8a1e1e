package golden

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"weir/parser/diag"
	"weir/repl/session"
	"weir/vector"
)

// check says how what a statement gave differs from what was expected of it.
func (g *Golden) check(want statement, got *outcome, dir string) []string {
	var differences []string
	if want.fail == nil {
		for _, d := range got.errors {
			differences = append(differences, "error "+describe(d, dir))
		}
	} else {
		differences = append(differences, checkError(*want.fail, got.errors, dir)...)
	}
	if want.plan != nil {
		text := ""
		if len(got.rows) == 1 && len(got.rows[0].values) == 1 {
			text = got.rows[0].values[0]
		}
		differences = append(differences, differ("plan", lines(*want.plan), lines(strings.ReplaceAll(text, dir, "${DIR}")))...)
	}
	if want.notices != nil {
		differences = append(differences, differ("notices", sortedLines(*want.notices), noticeLines(got))...)
	}
	if want.expected != nil {
		differences = append(differences, g.checkRows(*want.expected, got, dir)...)
	}
	return differences
}

// lines cuts a text into lines, without empty ones at its end.
func lines(s string) []string {
	s = strings.TrimRight(s, "\n")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// describe prints an error as golden files do: code, line:column and message.
func describe(d *diag.Diagnostic, dir string) string {
	at := "-"
	if d.Source != nil && !d.Span.IsZero() {
		line, column := d.Source.Position(d.Span.Start)
		at = fmt.Sprintf("%d:%d", line, column)
	}
	s := fmt.Sprintf("%s %s %s", d.Code, at, d.Message)
	return strings.ReplaceAll(s, dir, "${DIR}")
}

// indented begins the lines of golden files that say more of the error above them.
const indented = "  "

// details prints what an error says besides: the text that it marks, up to its first line break, the hint and the notes.
func details(d *diag.Diagnostic, dir string) []string {
	var all []string
	if d.Source != nil && d.Span.End > d.Span.Start {
		marked, _, _ := strings.Cut(d.Source.Text[d.Span.Start:min(d.Span.End, len(d.Source.Text))], "\n")
		all = append(all, "^ "+marked)
	}
	if d.Hint != "" {
		all = append(all, lines("= hint: "+d.Hint)...)
	}
	for _, n := range d.Notes {
		all = append(all, lines("= note: "+n)...)
	}
	for i, l := range all {
		all[i] = strings.TrimRight(indented+strings.ReplaceAll(l, dir, "${DIR}"), " ")
	}
	return all
}

// wantedError is a line of a golden file, which may end with … for any rest, and the indented ones below it.
type wantedError struct {
	line    string
	details []string
}

func wantedErrors(text string) []wantedError {
	var all []wantedError
	for _, l := range lines(text) {
		if n := len(all); n > 0 && strings.HasPrefix(l, indented) {
			all[n-1].details = append(all[n-1].details, l)
		} else {
			all = append(all, wantedError{line: l})
		}
	}
	return all
}

// checkError compares errors one by one. Details are compared where the golden file has some.
func checkError(want string, got []*diag.Diagnostic, dir string) []string {
	var differences []string
	wanted := wantedErrors(want)
	for i := range max(len(wanted), len(got)) {
		switch {
		case i >= len(got):
			differences = append(differences, "no error, expected "+wanted[i].line)
		case i >= len(wanted):
			differences = append(differences, "another error "+describe(got[i], dir))
		default:
			text := describe(got[i], dir)
			prefix, open := strings.CutSuffix(wanted[i].line, "…")
			if text != wanted[i].line && (!open || !strings.HasPrefix(text, prefix)) {
				differences = append(differences, "error", "- "+wanted[i].line, "+ "+text)
			}
			if len(wanted[i].details) > 0 {
				differences = append(differences, differ("error", wanted[i].details, details(got[i], dir))...)
			}
		}
	}
	return differences
}

// noticeLines prints counts as golden files do: late 4.
func noticeLines(o *outcome) []string {
	var all []string
	for kind, n := range o.notices {
		all = append(all, fmt.Sprintf("%s %d", kind, n))
	}
	slices.Sort(all)
	return all
}

// checkRows compares a result: its header, and its rows as the file's compare directive says.
func (g *Golden) checkRows(expected string, got *outcome, dir string) []string {
	if got.schema == nil {
		return []string{"no result"}
	}
	records, err := readRecords(strings.ReplaceAll(expected, "${DIR}", dir))
	if err != nil {
		return []string{"expected: " + err.Error()}
	}
	if len(records) == 0 {
		return []string{"expected: there is no line with the columns"}
	}
	var differences []string
	header := header(got.schema)
	if want := strings.TrimSuffix(strings.SplitN(expected, "\n", 2)[0], "\r"); want != header {
		differences = append(differences, "columns", "- "+want, "+ "+header)
	}
	want := make([]row, 0, len(records)-1)
	for _, r := range records[1:] {
		x, err := r.row()
		if err != nil {
			return append(differences, "expected: "+err.Error())
		}
		want = append(want, x)
	}
	return append(differences, g.compareRows(want, got)...)
}

// header prints a schema as golden files do: names and types.
func header(s *session.Schema) string {
	parts := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		parts[i] = c.Name + " " + c.Type.String()
	}
	return strings.Join(parts, ", ")
}

func (g *Golden) compareRows(want []row, got *outcome) []string {
	rows := got.rows
	if !g.compare.rows {
		var d []string
		if rows, d = apply(rows); d != nil {
			return d
		}
		if want, d = apply(want); d != nil {
			return append([]string{"expected rows are no changelog"}, d...)
		}
	}
	rounded := make([]float64, len(got.schema.Columns)) // by how much, relatively, a column's numbers may differ
	for i, c := range got.schema.Columns {
		switch {
		case !g.compare.approximate:
		case c.Type.Kind == vector.Double:
			rounded[i] = 1e-12
		case c.Type.Kind == vector.Float:
			rounded[i] = 1e-6
		}
	}
	if g.compare.ordered {
		return inOrder(want, rows, rounded)
	}
	missing, more := without(want, rows, rounded), without(rows, want, rounded)
	if g.compare.count >= 0 {
		missing = nil
		if len(rows) != g.compare.count {
			missing = []string{fmt.Sprintf("%d rows, expected %d", len(rows), g.compare.count)}
		}
	} else {
		missing = prefix("- ", missing)
	}
	more = prefix("+ ", more)
	if len(missing)+len(more) == 0 {
		return nil
	}
	return append(append([]string{"rows"}, missing...), more...)
}

func prefix(with string, all []string) []string {
	for i := range all {
		all[i] = with + all[i]
	}
	return all
}

// apply returns what is left of a changelog; the strings say that it takes back a row that isn't there.
func apply(rows []row) ([]row, []string) {
	counts := map[string]int{}
	samples := map[string]row{}
	var order []string
	for _, r := range rows {
		left := r
		left.kind = vector.Insert
		k := left.String()
		if _, ok := counts[k]; !ok {
			order = append(order, k)
			samples[k] = left
		}
		switch {
		case r.kind.Adds():
			counts[k]++
		case counts[k] == 0:
			return nil, []string{"takes back a row that is not there: " + r.String()}
		default:
			counts[k]--
		}
	}
	var left []row
	for _, k := range order {
		for range counts[k] {
			left = append(left, samples[k])
		}
	}
	return left, nil
}

func inOrder(want, got []row, rounded []float64) []string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(got):
			return []string{fmt.Sprintf("row %d", i+1), "- " + want[i].String()}
		case i >= len(want):
			return []string{fmt.Sprintf("row %d", i+1), "+ " + got[i].String()}
		case !want[i].same(got[i], rounded):
			return []string{fmt.Sprintf("row %d", i+1), "- " + want[i].String(), "+ " + got[i].String()}
		}
	}
	return nil
}

// without prints the rows of a that have no partner in b.
func without(a, b []row, rounded []float64) []string {
	partners := map[string]int{}
	for _, r := range b {
		partners[r.String()]++
	}
	var left []row
	for _, r := range a {
		if k := r.String(); partners[k] > 0 {
			partners[k]--
		} else {
			left = append(left, r)
		}
	}
	if slices.Max(append(rounded, 0)) > 0 {
		var rest []row
		for _, r := range b {
			if k := r.String(); partners[k] > 0 {
				partners[k]--
				rest = append(rest, r)
			}
		}
		left = slices.DeleteFunc(left, func(r row) bool {
			i := slices.IndexFunc(rest, func(s row) bool { return r.same(s, rounded) })
			if i >= 0 {
				rest = slices.Delete(rest, i, i+1)
			}
			return i >= 0
		})
	}
	var out []string
	for _, r := range left {
		out = append(out, r.String())
	}
	slices.Sort(out)
	return out
}

// differ compares texts line by line.
func differ(what string, want, got []string) []string {
	if slices.Equal(want, got) {
		return nil
	}
	out := []string{what}
	for i := range max(len(want), len(got)) {
		switch {
		case i < len(want) && i < len(got) && want[i] == got[i]:
			out = append(out, "  "+want[i])
		default:
			if i < len(want) {
				out = append(out, "- "+want[i])
			}
			if i < len(got) {
				out = append(out, "+ "+got[i])
			}
		}
	}
	return out
}

// same compares rows; numbers may differ by their column's share.
func (r row) same(s row, rounded []float64) bool {
	if r.kind != s.kind || len(r.values) != len(s.values) {
		return false
	}
	for i, v := range r.values {
		switch {
		case r.nulls[i] != s.nulls[i]:
			return false
		case v == s.values[i]:
		case !near(v, s.values[i], rounded[i]):
			return false
		}
	}
	return true
}

// near reports whether two numbers differ by at most a share of the greater.
func near(a, b string, share float64) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= share*max(math.Abs(x), math.Abs(y))
}

// String prints the row as golden files do: +I,a,1 with NULL empty and an empty string as "".
func (r row) String() string {
	var s strings.Builder
	s.WriteString(r.kind.String())
	for i, v := range r.values {
		s.WriteByte(',')
		switch {
		case r.nulls[i]:
		case v == "" || strings.ContainsAny(v, ",\"\r\n"):
			s.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
		default:
			s.WriteString(v)
		}
	}
	return s.String()
}

// record is a line of an expected result: fields, and whether each was quoted.
type record struct {
	fields []string
	quoted []bool
}

// readRecords reads lines of fields between commas; quoted ones may hold line breaks.
func readRecords(text string) ([]record, error) {
	var all []record
	for line := 1; text != ""; line++ {
		var r record
		for more := true; more; {
			var field string
			quoted := strings.HasPrefix(text, `"`)
			if quoted {
				var s strings.Builder
				text = text[1:]
				for {
					i := strings.IndexByte(text, '"')
					if i < 0 {
						return nil, fmt.Errorf("line %d: a quote is not closed", line)
					}
					s.WriteString(text[:i])
					text = text[i+1:]
					if !strings.HasPrefix(text, `"`) {
						break
					}
					s.WriteByte('"')
					text = text[1:]
				}
				field = s.String()
			} else {
				i := strings.IndexAny(text, ",\n")
				if i < 0 {
					i = len(text)
				}
				field, text = text[:i], text[i:]
			}
			r.fields, r.quoted = append(r.fields, field), append(r.quoted, quoted)
			more = strings.HasPrefix(text, ",")
			if !more && text != "" && text[0] != '\n' {
				return nil, fmt.Errorf("line %d: a comma or the end of the line must follow a closing quote", line)
			}
			if text != "" {
				text = text[1:]
			}
		}
		if len(r.fields) > 1 || r.fields[0] != "" {
			all = append(all, r)
		}
	}
	return all, nil
}

func (r record) row() (row, error) {
	x := row{}
	switch r.fields[0] {
	case "+I":
		x.kind = vector.Insert
	case "-U":
		x.kind = vector.UpdateBefore
	case "+U":
		x.kind = vector.UpdateAfter
	case "-D":
		x.kind = vector.Delete
	default:
		return x, fmt.Errorf("%s: a row begins with +I, -U, +U or -D", strings.Join(r.fields, ","))
	}
	for i, f := range r.fields[1:] {
		x.values = append(x.values, f)
		x.nulls = append(x.nulls, f == "" && !r.quoted[i+1])
	}
	return x, nil
}
