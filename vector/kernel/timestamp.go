package kernel

import (
	"math"

	"weir/vector"
)

// Stored values of times: DATE is days and TIME milliseconds in int32; TIMESTAMP(0..3) is milliseconds, (4..6)
// microseconds in int64; (7..9) is microseconds and the remaining nanoseconds in the halves of 128 bits.

// UnitsPerSecond returns how many units of storage of a TIMESTAMP(precision), precision up to 6, make a second.
func UnitsPerSecond(precision int) int64 {
	if precision <= 3 {
		return MillisPerSecond
	}
	return MicrosPerSecond
}

// moment is a parsed local time.
type moment struct {
	days  int64
	nanos int64 // of the day; 24 hours in lenient forms
}

var nanoSteps = [...]int64{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1}

// stored returns the moment as TIMESTAMP(precision), precision up to 6; further digits are cut off.
func (m moment) stored(precision int) int64 {
	cut := m.nanos - m.nanos%nanoSteps[precision]
	if precision <= 3 {
		return m.days*MillisPerDay + cut/1e6
	}
	return m.days*MicrosPerDay + cut/1e3
}

func (m moment) stored128(precision int) vector.Num128 {
	cut := m.nanos - m.nanos%nanoSteps[precision]
	return NewDecimal128(m.days*MicrosPerDay+cut/1e3, uint64(cut%1e3))
}

// two reads two digits; a value above 99 says that they are none.
func two(b []byte) uint32 {
	hi, lo := uint32(b[0]-'0'), uint32(b[1]-'0')
	if hi > 9 || lo > 9 {
		return 1000
	}
	return hi*10 + lo
}

// ParseTimestamp reads yyyy-MM-dd HH:mm:ss[.f…] with up to nine digits into TIMESTAMP(precision), precision up to 6;
// further digits are cut off. Every field has all its digits.
func ParseTimestamp(b []byte, precision int) (int64, error) {
	m, err := parseMoment(b, ' ')
	return m.stored(precision), err
}

// ParseTimestampISO is ParseTimestamp with a T between date and time; seconds may be missing.
func ParseTimestampISO(b []byte, precision int) (int64, error) {
	m, err := parseMoment(b, 'T')
	return m.stored(precision), err
}

// ParseTimestamp128 reads as ParseTimestamp, or ParseTimestampISO, into TIMESTAMP(7..9).
func ParseTimestamp128(b []byte, precision int, iso bool) (vector.Num128, error) {
	separator := byte(' ')
	if iso {
		separator = 'T'
	}
	m, err := parseMoment(b, separator)
	return m.stored128(precision), err
}

// parseMoment is in the hot loop of the readers: the fields are at fixed places.
func parseMoment(b []byte, separator byte) (m moment, err error) {
	if len(b) < 16 || b[10] != separator || b[13] != ':' {
		return m, ErrSyntax
	}
	if m.days, err = parseDay(b); err != nil {
		return moment{}, err
	}
	m.nanos, err = parseClock(b[11:], separator == 'T')
	if err != nil {
		return moment{}, err
	}
	return m, nil
}

// parseDay reads yyyy-MM-dd at the start of b, which has ten bytes.
func parseDay(b []byte) (int64, error) {
	b = b[:10]
	if b[4] != '-' || b[7] != '-' {
		return 0, ErrSyntax
	}
	century, year, month, day := two(b), two(b[2:]), two(b[5:]), two(b[8:])
	if century > 99 || year > 99 || month > 99 || day > 99 {
		return 0, ErrSyntax
	}
	year += century * 100
	if month-1 > 11 || day-1 > 30 || day > 28 && int(day) > DaysInMonth(int64(year), int(month)) {
		return 0, ErrRange
	}
	return DaysFromCivil(int64(year), int(month), int(day)), nil
}

// parseClock reads HH:mm:ss[.f…], without seconds if short allows it, into nanoseconds.
func parseClock(b []byte, short bool) (int64, error) {
	if len(b) < 5 || b[2] != ':' {
		return 0, ErrSyntax
	}
	hour, minute, second := two(b), two(b[3:]), uint32(0)
	rest := b[5:]
	switch {
	case len(rest) >= 3 && rest[0] == ':':
		second = two(rest[1:])
		rest = rest[3:]
	case len(rest) > 0 || !short:
		return 0, ErrSyntax
	}
	if hour > 99 || minute > 99 || second > 99 {
		return 0, ErrSyntax
	}
	if hour > 23 || minute > 59 || second > 59 {
		return 0, ErrRange
	}
	nanos := int64(hour*3600+minute*60+second) * 1e9
	if len(rest) == 0 {
		return nanos, nil
	}
	fraction, err := parseFraction(rest)
	return nanos + fraction, err
}

// parseFraction reads a point and up to nine digits into nanoseconds.
func parseFraction(b []byte) (int64, error) {
	if b[0] != '.' || len(b) > 10 {
		return 0, ErrSyntax
	}
	n := int64(0)
	for _, c := range b[1:] {
		d := c - '0'
		if d > 9 {
			return 0, ErrSyntax
		}
		n = n*10 + int64(d)
	}
	return n * nanoSteps[len(b)-1], nil
}

// ParseDate reads yyyy-MM-dd, month and day also with one digit, into days.
func ParseDate(b []byte) (int32, error) {
	if len(b) == 10 {
		d, err := parseDay(b)
		return int32(d), err
	}
	y, m, d, rest, err := dateFields(b)
	if err != nil || len(rest) > 0 {
		return 0, ErrSyntax
	}
	if m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) {
		return 0, ErrRange
	}
	return int32(DaysFromCivil(y, m, d)), nil
}

// ParseTime reads HH:mm:ss[.f…] into milliseconds of the day.
func ParseTime(b []byte) (int32, error) {
	n, err := parseClock(b, false)
	if err != nil {
		return 0, err
	}
	return int32(n / 1e6), nil
}

// field reads one or two digits.
func field(b []byte) (n int, rest []byte, ok bool) {
	i := 0
	for i < len(b) && i < 2 && b[i]-'0' <= 9 {
		n = n*10 + int(b[i]-'0')
		i++
	}
	return n, b[i:], i > 0
}

// dateFields reads four digits, and one or two each for month and day, from the start of b.
func dateFields(b []byte) (year int64, month, day int, rest []byte, err error) {
	if len(b) < 5 || two(b) > 99 || two(b[2:]) > 99 || b[4] != '-' {
		return 0, 0, 0, nil, ErrSyntax
	}
	year = int64(two(b)*100 + two(b[2:]))
	month, rest, ok := field(b[5:])
	if !ok || len(rest) == 0 || rest[0] != '-' {
		return 0, 0, 0, nil, ErrSyntax
	}
	day, rest, ok = field(rest[1:])
	if !ok {
		return 0, 0, 0, nil, ErrSyntax
	}
	return year, month, day, rest, nil
}

// castMoment reads what CAST and TO_TIMESTAMP take for a TIMESTAMP: yyyy-[M]M-[d]d[ [H]H:[m]m:[s]s[.f…]]; a day that
// the month does not have becomes its last, 24:00:00 is midnight of the next day.
func castMoment(b []byte) (m moment, err error) {
	if len(b) >= 19 && b[10] == ' ' {
		if m, err = parseMoment(b, ' '); err == nil {
			return m, nil
		}
	}
	year, month, day, rest, err := dateFields(b)
	if err != nil {
		return m, err
	}
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return m, ErrRange
	}
	m.days = DaysFromCivil(year, month, min(day, DaysInMonth(year, month)))
	m.nanos = 0
	if len(rest) == 0 {
		return m, nil
	}
	if rest[0] != ' ' {
		return moment{}, ErrSyntax
	}
	hour, minute, second, rest, ok := clockFields(rest[1:])
	if !ok {
		return moment{}, ErrSyntax
	}
	fraction := int64(0)
	if len(rest) > 0 {
		if fraction, err = parseFraction(rest); err != nil {
			return moment{}, err
		}
	}
	if hour > 24 || minute > 59 || second > 59 || hour == 24 && (minute != 0 || second != 0 || fraction != 0) {
		return moment{}, ErrRange
	}
	m.nanos = int64(hour*3600+minute*60+second)*1e9 + fraction
	if hour == 24 {
		m.days, m.nanos = m.days+1, 0
	}
	return m, nil
}

// clockFields reads [H]H:[m]m:[s]s.
func clockFields(b []byte) (hour, minute, second int, rest []byte, ok bool) {
	hour, rest, ok = field(b)
	if !ok || len(rest) == 0 || rest[0] != ':' {
		return 0, 0, 0, nil, false
	}
	minute, rest, ok = field(rest[1:])
	if !ok || len(rest) == 0 || rest[0] != ':' {
		return 0, 0, 0, nil, false
	}
	second, rest, ok = field(rest[1:])
	return hour, minute, second, rest, ok
}

// CastTimestamp reads a string as CAST does into TIMESTAMP(precision), precision up to 6.
func CastTimestamp(b []byte, precision int) (int64, error) {
	m, err := castMoment(b)
	return m.stored(precision), err
}

// CastTimestamp128 is CastTimestamp for TIMESTAMP(7..9).
func CastTimestamp128(b []byte, precision int) (vector.Num128, error) {
	m, err := castMoment(b)
	return m.stored128(precision), err
}

// trim cuts blanks off both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// CastDate reads a string as CAST does into days: yyyy[-[M]M[-[d]d]] with blanks around it; what follows a blank
// behind it is not looked at, so that a TIMESTAMP's text is taken too.
func CastDate(b []byte) (int32, error) {
	b = trim(b)
	for i, c := range b {
		if c == ' ' {
			b = b[:i]
			break
		}
	}
	var parts [3]int
	parts[1], parts[2] = 1, 1
	n := 0
	for n < 3 {
		i, v := 0, 0
		for i < len(b) && i < 5 && b[i]-'0' <= 9 {
			v = v*10 + int(b[i]-'0')
			i++
		}
		if i == 0 {
			return 0, ErrSyntax
		}
		parts[n] = v
		n++
		b = b[i:]
		if len(b) == 0 {
			break
		}
		if b[0] != '-' {
			return 0, ErrSyntax
		}
		b = b[1:]
		if n == 3 || len(b) == 0 {
			return 0, ErrSyntax
		}
	}
	if parts[0] > 9999 || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 || parts[2] > DaysInMonth(int64(parts[0]), parts[1]) {
		return 0, ErrRange
	}
	return int32(DaysFromCivil(int64(parts[0]), parts[1], parts[2])), nil
}

// CastTime reads a string as CAST does into milliseconds of the day: [H]H[:[m]m[:[s]s[.f…]]] with blanks around it.
func CastTime(b []byte) (int32, error) {
	b = trim(b)
	var parts [3]int
	n := 0
	for n < 3 {
		v, rest, ok := field(b)
		if !ok {
			return 0, ErrSyntax
		}
		parts[n] = v
		n++
		b = rest
		if len(b) == 0 || n == 3 {
			break
		}
		if b[0] != ':' {
			return 0, ErrSyntax
		}
		b = b[1:]
	}
	millis := 0
	if len(b) > 0 {
		fraction, err := parseFraction(b)
		if err != nil {
			return 0, err
		}
		millis = int(fraction / 1e6)
	}
	if parts[0] > 23 || parts[1] > 59 || parts[2] > 59 {
		return 0, ErrRange
	}
	return int32((parts[0]*3600+parts[1]*60+parts[2])*1000 + millis), nil
}

func appendPadded(dst []byte, n int64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n > 0 || width > 0 {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, buf[i:]...)
}

// AppendDate appends yyyy-MM-dd.
func AppendDate(dst []byte, days int64) []byte {
	y, m, d := CivilFromDays(days)
	if y < 0 {
		dst = append(dst, '-')
		y = -y
	}
	if y <= 9999 {
		return append(dst, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
			byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10))
	}
	dst = appendPadded(dst, y, 4)
	return append(dst, '-', byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10))
}

// AppendTime appends HH:mm:ss and precision digits of the fraction of a time of day in milliseconds.
func AppendTime(dst []byte, millis int64, precision int) []byte {
	return appendClock(dst, millis*1e6, precision)
}

func appendClock(dst []byte, nanos int64, precision int) []byte {
	s := nanos / 1e9
	h, m := s/3600, s/60%60
	s %= 60
	dst = append(dst, byte('0'+h/10), byte('0'+h%10), ':', byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
	if precision == 0 {
		return dst
	}
	dst = append(dst, '.')
	return appendPadded(dst, nanos%1e9/nanoSteps[precision], precision)
}

// AppendTimestamp appends a stored TIMESTAMP(precision), precision up to 6: yyyy-MM-dd HH:mm:ss.fff.
func AppendTimestamp(dst []byte, v int64, precision int) []byte {
	perDay, toNanos := int64(MillisPerDay), int64(1e6)
	if precision > 3 {
		perDay, toNanos = MicrosPerDay, 1e3
	}
	dst = append(AppendDate(dst, FloorDiv(v, perDay)), ' ')
	return appendClock(dst, FloorMod(v, perDay)*toNanos, precision)
}

// AppendTimestamp128 appends a stored TIMESTAMP(7..9).
func AppendTimestamp128(dst []byte, v vector.Num128, precision int) []byte {
	micros := v.HighBits()
	dst = append(AppendDate(dst, FloorDiv(micros, MicrosPerDay)), ' ')
	return appendClock(dst, FloorMod(micros, MicrosPerDay)*1e3+int64(v.LowBits()), precision)
}

// AppendMonths appends a year-month interval: +1-02.
func AppendMonths(dst []byte, months int32) []byte {
	n := int64(months)
	dst, n = appendSign(dst, n)
	dst = appendPadded(dst, n/12, 1)
	dst = append(dst, '-')
	return appendPadded(dst, n%12, 2)
}

// AppendMillis appends a day-time interval: +0 01:00:00.000.
func AppendMillis(dst []byte, millis int64) []byte {
	if millis == math.MinInt64 { // has no absolute value
		return append(dst, "-106751991167 07:12:55.808"...)
	}
	dst, n := appendSign(dst, millis)
	dst = appendPadded(dst, n/MillisPerDay, 1)
	dst = append(dst, ' ')
	return appendClock(dst, n%MillisPerDay*1e6, 3)
}

func appendSign(dst []byte, n int64) ([]byte, int64) {
	if n < 0 {
		return append(dst, '-'), -n
	}
	return append(dst, '+'), n
}
