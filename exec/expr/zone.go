package expr

import (
	"fmt"
	"strings"
	"time"

	"weir/vector/kernel"
)

// zones remembers the last zone that was asked for.
type zones struct {
	name string
	zone *kernel.Zone
}

func (z *zones) of(name string) (*kernel.Zone, error) {
	if z.zone == nil || z.name != name {
		l, err := zoneOf(name)
		if err != nil {
			return nil, err
		}
		z.name, z.zone = name, kernel.NewZone(l)
	}
	return z.zone, nil
}

// zoneOf finds the zone that an argument names, as Java does: a region, UTC, GMT or UT, an offset behind one of these,
// or an offset alone.
func zoneOf(name string) (*time.Location, error) {
	offset := name
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			offset = rest
			break
		}
	}
	if offset == "" && name != "" || name == "Z" {
		return time.UTC, nil
	}
	if seconds, ok := offsetOf(offset); ok {
		return time.FixedZone(name, seconds), nil
	}
	if name != "" && name != "Local" { // Go's names for UTC and for the machine's zone
		if l, err := time.LoadLocation(name); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("the time zone '%s' is not known", name)
}

// offsetOf reads +h, +hh, +hh:mm, +hhmm, +hh:mm:ss or +hhmmss, or the like with a minus, as seconds; at most 18 hours.
func offsetOf(s string) (int, bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	digits, colons := s[1:], strings.Count(s, ":")
	switch {
	case colons > 0:
		for i, part := range strings.Split(digits, ":") {
			if len(part) != 2 || i > 2 {
				return 0, false
			}
		}
		digits = strings.ReplaceAll(digits, ":", "")
	case len(digits) == 1:
		digits = "0" + digits
	}
	if len(digits)%2 != 0 || len(digits) > 6 {
		return 0, false
	}
	var fields [3]int
	for i, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, false
		}
		fields[i/2] = fields[i/2]*10 + int(c-'0')
	}
	seconds := fields[0]*3600 + fields[1]*60 + fields[2]
	if fields[1] > 59 || fields[2] > 59 || seconds > 18*3600 {
		return 0, false
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
