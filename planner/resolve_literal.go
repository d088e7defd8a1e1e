package planner

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"weir/parser"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// number types a number as Flink does: digits alone are INT or BIGINT, a point makes a DECIMAL with all digits that are
// written, an exponent a DOUBLE.
func number(text string, negative bool, at diag.Span) (*plan.Literal, error) {
	sign := ""
	if negative {
		sign = "-"
	}
	outOfRange := diag.New(codeLiteral, at, "Numeric literal '%s%s' out of range", sign, text)
	if strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(sign+text, 64)
		if err != nil || math.IsInf(f, 0) {
			return nil, outOfRange
		}
		return &plan.Literal{T: vector.DoubleType.NotNull(), Value: f, At: at}, nil
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(sign+whole+fraction, 10, 64)
	if err != nil {
		if digits := len(strings.TrimLeft(whole, "0")) + len(fraction); digits <= vector.MaxDecimal {
			outOfRange.WithHint("write it in quotes and CAST it to a DECIMAL(%d, %d)", digits, len(fraction))
		}
		return nil, outOfRange
	}
	switch {
	case fraction != "":
		t := vector.DecimalType(len(whole)+len(fraction), len(fraction)).NotNull()
		if t.Precision > vector.MaxDecimal {
			return nil, outOfRange
		}
		return &plan.Literal{T: t, Value: vector.Int128(n), At: at}, nil
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return &plan.Literal{T: vector.IntType.NotNull(), Value: n, At: at}, nil
	}
	return &plan.Literal{T: vector.BigIntType.NotNull(), Value: n, At: at}, nil
}

// characters types a string: CHAR of as many UTF-16 units as it has, as in Java.
func characters(s string, at diag.Span) *plan.Literal {
	n := len(utf16.Encode([]rune(s)))
	return &plan.Literal{T: vector.Type{Kind: vector.Char, Precision: n}, Value: s, At: at}
}

func null(t vector.Type, at diag.Span) *plan.Literal {
	return &plan.Literal{T: t.Plain().AsNullable(), At: at}
}

var (
	dateForm      = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})$`)
	timeForm      = regexp.MustCompile(`^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d*))?$`)
	timestampForm = regexp.MustCompile(`^(\d{4}-\d{1,2}-\d{1,2}) (\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?)$`)
)

// temporal types DATE '…', TIME '…' and TIMESTAMP '…'. A timestamp has as many fractional digits as are written.
func temporal(l *ast.TemporalLit, at diag.Span) (*plan.Literal, error) {
	if l.Kind == "TIMESTAMP_LTZ" {
		return nil, unsupported(l.At, "a literal of TIMESTAMP WITH LOCAL TIME ZONE is").
			WithHint("CAST(TIMESTAMP '%s' AS TIMESTAMP_LTZ(3))", l.Text)
	}
	form := map[string]string{"DATE": "yyyy-MM-dd", "TIME": "HH:mm:ss", "TIMESTAMP": "yyyy-MM-dd HH:mm:ss"}[l.Kind]
	illegal := diag.New(codeLiteral, l.At, "Illegal %s literal '%s': not in format '%s'", l.Kind, l.Text, form)
	if text, utc := strings.CutSuffix(strings.Replace(l.Text, "T", " ", 1), "Z"); l.Kind == "TIMESTAMP" && timestampForm.MatchString(text) {
		switch {
		case utc:
			illegal.WithHint("a TIMESTAMP has no zone: write TIMESTAMP '%s'", text)
		case text != l.Text:
			illegal.WithHint("write a blank in place of T")
		}
	}
	switch l.Kind {
	case "DATE":
		d, ok := days(l.Text)
		if !ok {
			return nil, illegal
		}
		return &plan.Literal{T: vector.DateType.NotNull(), Value: d, At: at}, nil
	case "TIME":
		s, _, ok := clock(l.Text)
		if !ok {
			return nil, illegal
		}
		return &plan.Literal{T: vector.TimeType.NotNull(), Value: s * 1000, At: at}, nil
	}
	m := timestampForm.FindStringSubmatch(l.Text)
	if m == nil {
		return nil, illegal
	}
	d, ok := days(m[1])
	s, fraction, fits := clock(m[2])
	if !ok || !fits || len(fraction) > 9 {
		return nil, illegal
	}
	s += d * 86400
	nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	t := vector.TimestampType(len(fraction)).NotNull()
	return &plan.Literal{T: t, Value: instant(t, s, nanos), At: at}, nil
}

// instant is the stored value of a TIMESTAMP: seconds since the epoch and nanoseconds.
func instant(t vector.Type, seconds, nanos int64) any {
	switch {
	case t.Precision <= 3:
		return seconds*1000 + nanos/1e6
	case t.Precision <= 6:
		return seconds*1e6 + nanos/1e3
	}
	return vector.NewInt128(seconds*1e6+nanos/1e3, uint64(nanos%1e3))
}

// days reads yyyy-M-d as days since the epoch.
func days(s string) (int64, bool) {
	m := dateForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t.Unix() / 86400, t.Year() == year && int(t.Month()) == month && t.Day() == day
}

// clock reads H:m:s.f as seconds and the digits of the fraction.
func clock(s string) (int64, string, bool) {
	m := timeForm.FindStringSubmatch(s)
	if m == nil {
		return 0, "", false
	}
	hour, _ := strconv.ParseInt(m[1], 10, 64)
	minute, _ := strconv.ParseInt(m[2], 10, 64)
	second, _ := strconv.ParseInt(m[3], 10, 64)
	return hour*3600 + minute*60 + second, m[4], hour < 24 && minute < 60 && second < 60
}

// intervalUnit is a unit of INTERVAL: its size in months or ms, and how many of it make the next greater unit of a
// compound interval.
type intervalUnit struct {
	months, ms int64
	limit      int64
}

// Weeks and quarters are what they are called; Flink reads them as hours and months.
var intervalUnits = map[string]intervalUnit{
	"YEAR": {months: 12}, "QUARTER": {months: 3}, "MONTH": {months: 1, limit: 12},
	"WEEK": {ms: 7 * 86400e3}, "DAY": {ms: 86400e3}, "HOUR": {ms: 3600e3, limit: 24}, "MINUTE": {ms: 60e3, limit: 60}, "SECOND": {ms: 1e3, limit: 60},
}

var intervalForms = map[string]*regexp.Regexp{
	"YEAR TO MONTH":    regexp.MustCompile(`^(\d+)-(\d{1,2})$`),
	"DAY TO HOUR":      regexp.MustCompile(`^(\d+) (\d{1,2})$`),
	"DAY TO MINUTE":    regexp.MustCompile(`^(\d+) (\d{1,2}):(\d{1,2})$`),
	"DAY TO SECOND":    regexp.MustCompile(`^(\d+) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d+))?$`),
	"HOUR TO MINUTE":   regexp.MustCompile(`^(\d+):(\d{1,2})$`),
	"HOUR TO SECOND":   regexp.MustCompile(`^(\d+):(\d{1,2}):(\d{1,2})(?:\.(\d+))?$`),
	"MINUTE TO SECOND": regexp.MustCompile(`^(\d+):(\d{1,2})(?:\.(\d+))?$`),
	"SECOND":           regexp.MustCompile(`^(\d+)(?:\.(\d+))?$`),
}

var plainInterval = regexp.MustCompile(`^(\d+)$`)

// intervalFields are the units that a compound interval consists of, from its first to its last.
var intervalFields = []string{"DAY", "HOUR", "MINUTE", "SECOND"}

// interval types INTERVAL '…' unit: months, or milliseconds.
func interval(l *ast.IntervalLit, at diag.Span) (*plan.Literal, error) {
	name := l.From
	units := []string{l.From}
	if l.To != "" {
		name += " TO " + l.To
		if l.From == "YEAR" && l.To == "MONTH" {
			units = []string{"YEAR", "MONTH"}
		} else if units = unitsBetween(l.From, l.To); units == nil {
			return nil, diag.New(codeLiteral, l.At, "INTERVAL %s cannot be: the units must go from a greater to a smaller one, YEAR TO MONTH or within DAY TO SECOND", name)
		}
	}
	digits := l.Precision
	if digits < 0 {
		digits = 2
	}
	fractionDigits := l.FracPrecision
	if fractionDigits < 0 {
		fractionDigits = 6
	}
	if digits < 1 || digits > 10 || fractionDigits > 9 {
		return nil, diag.New(codeLiteral, l.At, "Interval precision of %s must be between 1 and 10, and that of fractions of a second at most 9", name)
	}
	illegal := diag.New(codeLiteral, l.At, "Illegal interval literal format '%s' for INTERVAL %s", l.Text, name)
	value := l.Text
	negative := l.Negative
	if rest, ok := strings.CutPrefix(value, "-"); ok {
		value, negative = rest, !negative
	} else {
		value = strings.TrimPrefix(value, "+")
	}
	form := intervalForms[name]
	if form == nil {
		form = plainInterval
	}
	m := form.FindStringSubmatch(value)
	if m == nil {
		return nil, illegal
	}
	var months, ms int64
	for i, unit := range units {
		u := intervalUnits[unit]
		n, err := strconv.ParseInt(m[i+1], 10, 64)
		if err != nil || i == 0 && len(strings.TrimLeft(m[1], "0")) > digits {
			return nil, diag.New(codeLiteral, l.At, "Interval field value %s exceeds precision of %s(%d) field", thousands(m[i+1]), unit, digits).
				WithHint("write the precision behind the unit: INTERVAL '%s' %s(%d)", l.Text, unit, min(10, len(m[i+1])))
		}
		if i > 0 && n >= u.limit {
			return nil, illegal
		}
		months += n * u.months
		ms += n * u.ms
	}
	if len(m) > len(units)+1 {
		fraction := m[len(units)+1]
		if len(fraction) > fractionDigits {
			return nil, diag.New(codeLiteral, l.At, "Interval field value 0.%s exceeds the %d fractional digits of its SECOND field", fraction, fractionDigits)
		}
		n, _ := strconv.ParseInt((fraction + "000")[:3], 10, 64)
		ms += n
	}
	if negative {
		months, ms = -months, -ms
	}
	if intervalUnits[l.From].months > 0 {
		return &plan.Literal{T: vector.Type{Kind: vector.IntervalMonth}, Value: months, At: at}, nil
	}
	return &plan.Literal{T: vector.Type{Kind: vector.IntervalSecond}, Value: ms, At: at}, nil
}

// unitsBetween lists DAY … SECOND from one unit to a smaller one; nil if they are none.
func unitsBetween(from, to string) []string {
	first, last := -1, -1
	for i, u := range intervalFields {
		if u == from {
			first = i
		}
		if u == to {
			last = i
		}
	}
	if first < 0 || last <= first {
		return nil
	}
	return intervalFields[first : last+1]
}

// thousands groups digits as Flink's messages do: 1,000.
func thousands(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// typeOf turns a type as written into a type.
func typeOf(n *ast.TypeName) (vector.Type, error) {
	t, err := nullableTypeOf(n)
	return t.WithNullable(!n.NotNull), err
}

func nullableTypeOf(n *ast.TypeName) (vector.Type, error) {
	param := func(i, unset int) int {
		if i < len(n.Params) {
			return n.Params[i]
		}
		return unset
	}
	switch n.Name {
	case "BOOLEAN":
		return vector.BooleanType, nil
	case "TINYINT":
		return vector.TinyIntType, nil
	case "SMALLINT":
		return vector.SmallIntType, nil
	case "INT":
		return vector.IntType, nil
	case "BIGINT":
		return vector.BigIntType, nil
	case "FLOAT":
		return vector.FloatType, nil
	case "DOUBLE":
		return vector.DoubleType, nil
	case "DATE":
		return vector.DateType, nil
	case "STRING":
		return vector.StringType, nil
	case "BYTES":
		return vector.BytesType, nil
	case "DECIMAL":
		p, s := min(param(0, 10), vector.MaxDecimal), param(1, 0)
		if p < 1 || s > p {
			return vector.Type{}, diag.New(codeType, n.At, "DECIMAL(%d, %d) cannot be: the precision must be between 1 and %d and the scale between 0 and the precision", p, s, vector.MaxDecimal)
		}
		return vector.DecimalType(p, s), nil
	case "CHAR", "VARCHAR", "BINARY", "VARBINARY":
		kind := map[string]vector.Kind{"CHAR": vector.Char, "VARCHAR": vector.Varchar, "BINARY": vector.Binary, "VARBINARY": vector.Varbinary}[n.Name]
		unset := 1
		if kind == vector.Varchar || kind == vector.Varbinary {
			unset = vector.MaxLength // as in Flink: VARCHAR is STRING, though CHAR is CHAR(1)
		}
		length := param(0, unset)
		if length > vector.MaxLength {
			return vector.Type{}, diag.New(codeType, n.At, "%s(%d) cannot be: the length must be at most %d", n.Name, length, vector.MaxLength)
		}
		return vector.Type{Kind: kind, Precision: length, Nullable: true}, nil
	case "TIME":
		return vector.TimeType, nil // of any precision, as in Flink
	case "TIMESTAMP":
		return vector.TimestampType(min(param(0, 6), 9)), nil
	case "TIMESTAMP_LTZ":
		return vector.TimestampLTZType(min(param(0, 6), 9)), nil
	case "ARRAY":
		elem, err := typeOf(n.Elem)
		return vector.ArrayType(elem), err
	case "MULTISET":
		elem, err := typeOf(n.Elem)
		return vector.MultisetType(elem), err
	case "MAP":
		key, err := typeOf(n.Key)
		if err != nil {
			return vector.Type{}, err
		}
		value, err := typeOf(n.Elem)
		return vector.MapType(key, value), err
	case "ROW":
		return rowType(n)
	}
	if qualifier, ok := strings.CutPrefix(n.Name, "INTERVAL "); ok {
		from, _, _ := strings.Cut(qualifier, " ")
		if intervalUnits[from].months > 0 {
			return vector.Type{Kind: vector.IntervalMonth, Nullable: true}, nil
		}
		return vector.Type{Kind: vector.IntervalSecond, Nullable: true}, nil
	}
	switch u := n.User; {
	case u != nil && len(u.Parts) == 1:
		return vector.Type{}, parser.NoType(u.At, u.Parts[0].Name)
	case u != nil:
		return vector.Type{}, unsupported(n.At, fmt.Sprintf("the type %s is", u))
	}
	return vector.Type{}, unsupported(n.At, fmt.Sprintf("the type %s is", n.Name))
}

func rowType(n *ast.TypeName) (vector.Type, error) {
	if len(n.Fields) == 0 {
		return vector.Type{}, diag.New(codeType, n.At, "a ROW without fields cannot be")
	}
	row, seen := vector.RowType(), map[string]bool{}
	for _, f := range n.Fields {
		if seen[f.Name.Name] {
			return row, diag.New(codeDuplicate, f.Name.At, "Field names must be unique. Found duplicates: [%s]", f.Name.Name)
		}
		seen[f.Name.Name] = true
		t, err := typeOf(f.Type)
		if err != nil {
			return row, err
		}
		row.Fields = append(row.Fields, vector.Field{Name: f.Name.Name, Type: t, Comment: f.Comment})
	}
	return row, nil
}
