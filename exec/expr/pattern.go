package expr

import (
	"fmt"
	"strconv"
	"strings"

	"weir/vector/kernel"
)

// pattern is a date format such as yyyy-MM-dd HH:mm:ss, cut into its letters and the text between them.
type pattern struct {
	tokens []token
}

// token is count times a letter, or literal text where letter is 0.
type token struct {
	letter byte
	count  int
	text   string
}

// patternLetters are the letters that a pattern may have: those behind the bar are only read, never written.
const (
	patternLetters = "yuYMLdDEaHhKkmsSQqwG"
	zoneLetters    = "XxZzOV"
)

// parsePattern cuts a pattern; the error is a sentence.
func parsePattern(text string) (*pattern, error) {
	p := &pattern{}
	literal := func(s string) {
		if n := len(p.tokens); n > 0 && p.tokens[n-1].letter == 0 {
			p.tokens[n-1].text += s
			return
		}
		p.tokens = append(p.tokens, token{text: s})
	}
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(text) && text[i+n] == c {
				n++
			}
			if !strings.ContainsRune(patternLetters+zoneLetters, rune(c)) {
				return nil, fmt.Errorf("the pattern '%s' has an unknown pattern letter: %c", text, c)
			}
			p.tokens = append(p.tokens, token{letter: c, count: n})
			i += n
		case c == '\'':
			end := i + 1
			var quoted strings.Builder
			for {
				if end >= len(text) {
					return nil, fmt.Errorf("the pattern '%s' ends with an incomplete string literal", text)
				}
				if text[end] == '\'' {
					if end+1 < len(text) && text[end+1] == '\'' {
						quoted.WriteByte('\'')
						end += 2
						continue
					}
					break
				}
				quoted.WriteByte(text[end])
				end++
			}
			if end == i+1 {
				quoted.WriteByte('\'')
			}
			literal(quoted.String())
			i = end + 1
		case strings.IndexByte("[]{}#", c) >= 0:
			return nil, fmt.Errorf("'%c' in a date pattern is not supported", c)
		default:
			literal(string(c))
			i++
		}
	}
	return p, nil
}

var (
	monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	dayNames   = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
)

// weekOfYear is the week as it is counted in the United States: from Sunday, the first has the first of January.
func weekOfYear(days int64) (year int64, week int) {
	year, _, _ = kernel.CivilFromDays(days)
	saturday := days + 6 - int64(kernel.WeekDay(days))
	if y, _, _ := kernel.CivilFromDays(saturday); y > year {
		return y, 1
	}
	first := kernel.DaysFromCivil(year, 1, 1)
	return year, int(days-first+int64(kernel.WeekDay(first)))/7 + 1
}

// append writes a local time; the error is a sentence.
func (p *pattern) append(dst []byte, v instant) ([]byte, error) {
	days := kernel.FloorDiv(v.micros, kernel.MicrosPerDay)
	clock := v.micros - days*kernel.MicrosPerDay
	year, month, day := kernel.CivilFromDays(days)
	hour := clock / (3600 * kernel.MicrosPerSecond)
	for _, t := range p.tokens {
		switch t.letter {
		case 0:
			dst = append(dst, t.text...)
		case 'y', 'u':
			dst = appendYear(dst, year, t.count)
		case 'Y':
			y, _ := weekOfYear(days)
			dst = appendYear(dst, y, t.count)
		case 'w':
			_, w := weekOfYear(days)
			dst = appendNumber(dst, int64(w), t.count)
		case 'M', 'L':
			dst = appendName(dst, monthNames[month-1], int64(month), t.count)
		case 'd':
			dst = appendNumber(dst, int64(day), t.count)
		case 'D':
			dst = appendNumber(dst, days-kernel.DaysFromCivil(year, 1, 1)+1, t.count)
		case 'E':
			dst = appendName(dst, dayNames[kernel.WeekDay(days)], 0, max(t.count, 3))
		case 'a':
			if hour < 12 {
				dst = append(dst, "AM"...)
			} else {
				dst = append(dst, "PM"...)
			}
		case 'H':
			dst = appendNumber(dst, hour, t.count)
		case 'k':
			dst = appendNumber(dst, (hour+23)%24+1, t.count)
		case 'K':
			dst = appendNumber(dst, hour%12, t.count)
		case 'h':
			dst = appendNumber(dst, (hour+11)%12+1, t.count)
		case 'm':
			dst = appendNumber(dst, clock/(60*kernel.MicrosPerSecond)%60, t.count)
		case 's':
			dst = appendNumber(dst, clock/kernel.MicrosPerSecond%60, t.count)
		case 'S':
			nanos := clock%kernel.MicrosPerSecond*1000 + v.nanos
			start := len(dst)
			dst = appendNumber(dst, nanos, 9)
			for len(dst) < start+t.count {
				dst = append(dst, '0')
			}
			dst = dst[:start+t.count]
		case 'Q', 'q':
			quarter := int64(month-1)/3 + 1
			if t.count > 2 {
				return dst, fmt.Errorf("the name of a quarter, %c more than twice, is not supported", t.letter)
			}
			dst = appendNumber(dst, quarter, t.count)
		case 'G':
			dst = append(dst, "AD"...)
		default:
			return dst, fmt.Errorf("unsupported field: a time without zone has no '%c'", t.letter)
		}
	}
	return dst, nil
}

func appendYear(dst []byte, year int64, count int) []byte {
	if count == 2 {
		return appendNumber(dst, kernel.FloorMod(year, 100), 2)
	}
	return appendNumber(dst, year, count)
}

// appendNumber writes a number with at least width digits.
func appendNumber(dst []byte, n int64, width int) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	for unit := int64(10); width > 1; width-- {
		if n < unit {
			for ; width > 1; width-- {
				dst = append(dst, '0')
			}
			break
		}
		unit *= 10
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendName writes a number, the first three letters of a name, all of it, or one, by the count of pattern letters.
func appendName(dst []byte, name string, number int64, count int) []byte {
	switch {
	case count < 3:
		return appendNumber(dst, number, count)
	case count == 3:
		return append(dst, name[:3]...)
	case count == 4:
		return append(dst, name...)
	}
	return append(dst, name[0])
}

// fields are what was read.
type fields struct {
	year              int64
	month, day        int64
	hour, minute, sec int64
	nanos             int64
	half              int64 // 0 none, 1 AM, 2 PM
	ofYear            int64
}

// parse reads a local time. Lenient reading, as Java's SimpleDateFormat does it, lets fields run over into the next
// greater one and ignores what follows; strict reading takes a day that the month lacks as its last. base is the year
// that a two-digit year is at or behind.
func (p *pattern) parse(s string, lenient bool, base int64) (v instant, ok bool) {
	f := fields{year: 1970, month: 1, day: 1}
	for k, t := range p.tokens {
		if t.letter == 0 {
			if s, ok = strings.CutPrefix(s, t.text); !ok {
				return v, false
			}
			continue
		}
		if strings.IndexByte(zoneLetters, t.letter) >= 0 {
			if s, ok = cutOffset(s); !ok {
				return v, false
			}
			continue
		}
		adjacent := k+1 < len(p.tokens) && isNumber(p.tokens[k+1])
		if s, ok = f.read(s, t, lenient, adjacent, base); !ok {
			return v, false
		}
	}
	if !lenient && s != "" {
		return v, false
	}
	return f.instant(lenient)
}

func isNumber(t token) bool {
	switch t.letter {
	case 'M', 'L':
		return t.count < 3
	case 0, 'E', 'a', 'G':
		return false
	}
	return strings.IndexByte(zoneLetters, t.letter) < 0
}

// read takes one field off s.
func (f *fields) read(s string, t token, lenient, adjacent bool, base int64) (rest string, ok bool) {
	switch {
	case t.letter == 'a':
		for i, name := range []string{"AM", "PM"} {
			if len(s) >= 2 && (s[:2] == name || lenient && strings.EqualFold(s[:2], name)) {
				f.half = int64(i + 1)
				return s[2:], true
			}
		}
		return s, false
	case (t.letter == 'M' || t.letter == 'L') && t.count >= 3:
		for i, name := range monthNames {
			if t.count == 3 {
				name = name[:3]
			}
			if len(s) >= len(name) && (s[:len(name)] == name || lenient && strings.EqualFold(s[:len(name)], name)) {
				f.month = int64(i + 1)
				return s[len(name):], true
			}
		}
		return s, false
	case t.letter == 'E':
		for _, name := range dayNames {
			if t.count <= 3 {
				name = name[:3]
			}
			if rest, ok := strings.CutPrefix(s, name); ok {
				return rest, true
			}
		}
		return s, false
	}
	least, most := t.count, t.count
	switch {
	case lenient && adjacent:
	case lenient:
		least, most = 1, 18
	case t.letter == 'S', t.letter == 'y' && t.count >= 2, t.letter == 'u' && t.count >= 2:
	case t.count == 1:
		most = 2
		if t.letter == 'y' || t.letter == 'u' {
			most = 4
		}
		if t.letter == 'D' {
			most = 3
		}
	}
	n, i := int64(0), 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int64(s[i]-'0')
		i++
	}
	if i < least {
		return s, false
	}
	switch t.letter {
	case 'y', 'u':
		f.year = n
		if t.count == 2 && i == 2 {
			f.year = n + kernel.FloorDiv(base, 100)*100
			if f.year < base {
				f.year += 100
			}
		}
	case 'M', 'L':
		f.month = n
	case 'd':
		f.day = n
	case 'D':
		f.ofYear = n
	case 'H':
		f.hour = n
	case 'k':
		f.hour = n % 24
	case 'K', 'h':
		f.hour = n
		if t.letter == 'h' && n == 12 {
			f.hour = 0
		}
		if !lenient && n > 12 {
			return s, false
		}
		if f.half == 0 {
			f.half = 3 // unknown until the marker is read
		}
	case 'm':
		f.minute = n
	case 's':
		f.sec = n
	case 'S':
		f.nanos = n
		if lenient {
			f.nanos = n * 1e6 // a number of milliseconds
			break
		}
		for range 9 - i {
			f.nanos *= 10
		}
	default:
		return s, false
	}
	return s[i:], true
}

// cutOffset takes an offset or Z off s; a time without zone has no use for it.
func cutOffset(s string) (rest string, ok bool) {
	if s != "" && (s[0] == 'Z' || s[0] == 'z') {
		return s[1:], true
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return s, false
	}
	i := 1
	for i < len(s) && i < 6 && (s[i] >= '0' && s[i] <= '9' || s[i] == ':') {
		i++
	}
	return s[i:], i >= 3
}

func (f *fields) instant(lenient bool) (v instant, ok bool) {
	if f.half == 2 {
		f.hour += 12
	}
	var days int64
	switch {
	case lenient:
		months := f.year*12 + f.month - 1
		days = kernel.DaysFromCivil(kernel.FloorDiv(months, 12), int(kernel.FloorMod(months, 12))+1, 1) + f.day - 1
	case f.month < 1 || f.month > 12 || f.day < 1 || f.day > 31 || f.minute > 59 || f.sec > 59 || f.year > 9999:
		return v, false
	case f.hour > 23 && (f.hour > 24 || f.minute != 0 || f.sec != 0 || f.nanos != 0):
		return v, false
	default:
		days = kernel.DaysFromCivil(f.year, int(f.month), int(min(f.day, int64(kernel.DaysInMonth(f.year, int(f.month))))))
	}
	if f.ofYear > 0 {
		days = kernel.DaysFromCivil(f.year, 1, 1) + f.ofYear - 1
	}
	seconds := f.hour*3600 + f.minute*60 + f.sec
	v.micros = days*kernel.MicrosPerDay + seconds*kernel.MicrosPerSecond + f.nanos/1000
	v.nanos = f.nanos % 1000
	return v, true
}
