package kernel

import "time"

// Milliseconds of the units of time.
const (
	MillisPerSecond = 1000
	MillisPerMinute = 60 * MillisPerSecond
	MillisPerHour   = 60 * MillisPerMinute
	MillisPerDay    = 24 * MillisPerHour
	MicrosPerSecond = 1000 * MillisPerSecond
	MicrosPerDay    = 1000 * MillisPerDay
)

// FloorDiv is the quotient rounded towards negative infinity; b is positive.
func FloorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// FloorMod is the remainder of FloorDiv, 0..b-1.
func FloorMod(a, b int64) int64 {
	m := a % b
	if m < 0 {
		m += b
	}
	return m
}

// DaysFromCivil returns the days since 1970-01-01 of a date of the proleptic Gregorian calendar. Months 1..12.
func DaysFromCivil(year int64, month, day int) int64 {
	// Years begin in March, so that the leap day is the last; eras of 400 years repeat.
	if month <= 2 {
		year--
		month += 12
	}
	era := FloorDiv(year, 400)
	ofEra := year - era*400
	ofYear := int64(153*(month-3)+2)/5 + int64(day) - 1
	return era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468
}

// CivilFromDays is the inverse of DaysFromCivil.
func CivilFromDays(days int64) (year int64, month, day int) {
	days += 719468
	era := FloorDiv(days, 146097)
	ofEra := days - era*146097
	y := (ofEra - ofEra/1460 + ofEra/36524 - ofEra/146096) / 365
	ofYear := ofEra - (365*y + y/4 - y/100)
	m := (5*ofYear + 2) / 153
	day = int(ofYear-(153*m+2)/5) + 1
	month = int(m) + 3
	year = y + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// IsLeap reports whether a year has a 29th of February.
func IsLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysInMonth returns 28..31.
func DaysInMonth(year int64, month int) int {
	switch month {
	case 2:
		if IsLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// AddMonths moves a date by months; a day that the new month does not have becomes its last.
func AddMonths(days, months int64) int64 {
	y, m, d := CivilFromDays(days)
	n := y*12 + int64(m-1) + months
	y, m = FloorDiv(n, 12), int(FloorMod(n, 12))+1
	return DaysFromCivil(y, m, min(d, DaysInMonth(y, m)))
}

// WeekDay returns 0 for Sunday to 6 for Saturday.
func WeekDay(days int64) int { return int(FloorMod(days+4, 7)) }

// ISOWeek returns the ISO 8601 year and week of a date.
func ISOWeek(days int64) (year int64, week int) {
	thursday := days - FloorMod(days+3, 7) + 3
	year, _, _ = CivilFromDays(thursday)
	return year, int((thursday-DaysFromCivil(year, 1, 1))/7) + 1
}

// Zone converts between instants and a zone's local time. It remembers the last offset, so it belongs to one
// goroutine; the zero value is UTC.
type Zone struct {
	Location *time.Location // nil: UTC
	from, to int64          // the offset holds for instants from <= t < to, in seconds
	offset   int64
}

// NewZone returns the conversion for a location; nil is UTC.
func NewZone(l *time.Location) *Zone {
	if l == time.UTC {
		l = nil
	}
	return &Zone{Location: l}
}

// IsUTC reports whether local time is the instant.
func (z *Zone) IsUTC() bool { return z == nil || z.Location == nil }

// Offset returns the seconds by which local time is ahead of UTC at an instant given in seconds since the epoch.
func (z *Zone) Offset(second int64) int64 {
	if z.IsUTC() {
		return 0
	}
	if second >= z.from && second < z.to {
		return z.offset
	}
	t := time.Unix(second, 0).In(z.Location)
	_, off := t.Zone()
	start, end := t.ZoneBounds()
	const forever = 1 << 62 // ZoneBounds has the zero time where there is no bound
	z.from, z.to, z.offset = -forever, forever, int64(off)
	if !start.IsZero() {
		z.from = start.Unix()
	}
	if !end.IsZero() {
		z.to = end.Unix()
	}
	return z.offset
}

// ToLocal returns the local time of an instant, both in units of which perSecond make a second.
func (z *Zone) ToLocal(instant, perSecond int64) int64 {
	if z.IsUTC() {
		return instant
	}
	return instant + z.Offset(FloorDiv(instant, perSecond))*perSecond
}

// ToInstant returns the instant of a local time. A local time that a clock change skips is moved ahead by the length
// of the gap, one that happens twice is taken as the earlier.
func (z *Zone) ToInstant(local, perSecond int64) int64 {
	if z.IsUTC() {
		return local
	}
	second := FloorDiv(local, perSecond)
	before := z.Offset(second - 86400)
	after := z.Offset(second + 86400)
	if before == after {
		// No change nearby, or two that cancel out: ask at the moment itself.
		before = z.Offset(second - before)
		return local - before*perSecond
	}
	if z.Offset(second-before) == before {
		return local - before*perSecond
	}
	if z.Offset(second-after) == after {
		return local - after*perSecond
	}
	return local - before*perSecond // in the gap: the offset before it moves the time ahead
}

// ToLastInstant is ToInstant, but takes a local time that happens twice as the later.
func (z *Zone) ToLastInstant(local, perSecond int64) int64 {
	at := z.ToInstant(local, perSecond)
	if z.IsUTC() {
		return at
	}
	later := local - z.Offset(FloorDiv(local, perSecond)+86400)*perSecond
	if later > at && z.ToLocal(later, perSecond) == local {
		return later
	}
	return at
}

// ToInstantNear is ToInstant, but takes a local time that happens twice as the one with the offset that holds at the
// instant near.
func (z *Zone) ToInstantNear(local, near, perSecond int64) int64 {
	if z.IsUTC() {
		return local
	}
	offset := z.Offset(FloorDiv(near, perSecond))
	if at := local - offset*perSecond; z.Offset(FloorDiv(at, perSecond)) == offset {
		return at
	}
	return z.ToInstant(local, perSecond)
}
