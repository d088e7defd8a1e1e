package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/vector"
)

// Format prints an expression as a person would write it in SQL.
func Format(e Expr) string {
	var s strings.Builder
	format(&s, e, 0)
	return s.String()
}

// binding says how strongly an infix operator binds; higher binds stronger.
var binding = map[string]int{
	"OR": 1, "AND": 2, "=": 4, "<>": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "LIKE": 4, "IS DISTINCT FROM": 4, "IS NOT DISTINCT FROM": 4,
	"+": 5, "-": 5, "||": 5, "*": 6, "/": 6, "%": 6,
}

func format(s *strings.Builder, e Expr, outer int) {
	switch e := e.(type) {
	case *Column:
		if e.Name != "" {
			s.WriteString(e.Name)
			return
		}
		fmt.Fprintf(s, "$%d", e.Index)
	case *Literal:
		s.WriteString(formatLiteral(e))
	case *CurrentWatermark:
		s.WriteString("CURRENT_WATERMARK")
	case *Cast:
		if e.Implicit {
			format(s, e.X, outer)
			return
		}
		name := "CAST("
		if e.Try {
			name = "TRY_CAST("
		}
		s.WriteString(name)
		format(s, e.X, 0)
		s.WriteString(" AS " + e.T.Name() + ")")
	case *Case:
		s.WriteString("CASE")
		for _, w := range e.Whens {
			s.WriteString(" WHEN ")
			format(s, w.Cond, 0)
			s.WriteString(" THEN ")
			format(s, w.Then, 0)
		}
		if e.Else != nil {
			s.WriteString(" ELSE ")
			format(s, e.Else, 0)
		}
		s.WriteString(" END")
	case *Call:
		formatCall(s, e, outer)
	}
}

func formatCall(s *strings.Builder, e *Call, outer int) {
	if b := binding[e.Name]; b > 0 && len(e.Args) == 2 {
		if b < outer {
			s.WriteByte('(')
		}
		format(s, e.Args[0], b)
		s.WriteString(" " + e.Name + " ")
		format(s, e.Args[1], b+1)
		if b < outer {
			s.WriteByte(')')
		}
		return
	}
	switch {
	case e.Name == "NEGATE" && len(e.Args) == 1:
		s.WriteByte('-')
		format(s, e.Args[0], 7)
		return
	case e.Name == "NOT" && len(e.Args) == 1:
		s.WriteString("NOT ")
		format(s, e.Args[0], 3)
		return
	case strings.HasPrefix(e.Name, "IS ") && len(e.Args) == 1:
		format(s, e.Args[0], 4)
		s.WriteString(" " + e.Name)
		return
	case e.Name == "FIELD" && len(e.Args) == 2:
		format(s, e.Args[0], 8)
		if name, ok := e.Args[1].(*Literal); ok {
			fmt.Fprintf(s, ".%s", name.Value)
		}
		return
	case e.Name == "MAP":
		s.WriteString("MAP[")
		formatList(s, e.Args)
		s.WriteByte(']')
		return
	case e.Name == "IN" && len(e.Args) > 1:
		format(s, e.Args[0], 4)
		s.WriteString(" IN ")
		formatArgs(s, e.Args[1:])
		return
	}
	s.WriteString(e.Name)
	formatArgs(s, e.Args)
}

func formatArgs(s *strings.Builder, args []Expr) {
	s.WriteByte('(')
	formatList(s, args)
	s.WriteByte(')')
}

func formatList(s *strings.Builder, args []Expr) {
	for i, a := range args {
		if i > 0 {
			s.WriteString(", ")
		}
		format(s, a, 0)
	}
}

func formatLiteral(e *Literal) string {
	switch v := e.Value.(type) {
	case nil:
		return "NULL"
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case string:
		if e.T.IsBytes() {
			return fmt.Sprintf("x'%x'", v)
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case float64:
		return strconv.FormatFloat(v, 'E', -1, 64)
	case vector.Num128:
		if e.T.Kind == vector.Decimal {
			return v.ToString(int32(e.T.Scale))
		}
		return fmt.Sprintf("TIMESTAMP '%s'", time.UnixMicro(v.HighBits()).UTC().Format("2006-01-02 15:04:05.000000")+fmt.Sprintf("%03d", v.LowBits()))
	case int64:
		switch e.T.Kind {
		case vector.IntervalSecond:
			return "INTERVAL " + Duration(v)
		case vector.IntervalMonth:
			return fmt.Sprintf("INTERVAL %d MONTH", v)
		case vector.Date:
			return "DATE '" + time.Unix(v*86400, 0).UTC().Format("2006-01-02") + "'"
		case vector.TimeOfDay:
			return "TIME '" + time.UnixMilli(v).UTC().Format("15:04:05.000") + "'"
		case vector.Timestamp, vector.TimestampLTZ:
			t := time.UnixMilli(v)
			if e.T.Precision > 3 {
				t = time.UnixMicro(v)
			}
			return "TIMESTAMP '" + t.UTC().Format("2006-01-02 15:04:05.000") + "'"
		}
		return strconv.FormatInt(v, 10)
	}
	return fmt.Sprint(e.Value)
}

// Duration prints milliseconds in the largest unit that leaves a whole number: 10 s, 5 min, 1 d.
func Duration(ms int64) string {
	for _, u := range []struct {
		ms   int64
		name string
	}{{86400_000, "d"}, {3600_000, "h"}, {60_000, "min"}, {1000, "s"}} {
		if ms != 0 && ms%u.ms == 0 {
			return fmt.Sprintf("%d %s", ms/u.ms, u.name)
		}
	}
	return fmt.Sprintf("%d ms", ms)
}
