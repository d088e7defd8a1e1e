package kernel

import (
	"testing"
	"time"
)

// Local times around every change of clocks, against a search of all instants that could have them.
func TestZoneAtEveryChange(t *testing.T) {
	const quarter = 900 // seconds: changes happen at multiples of it, and it divides their lengths, since 1990
	for _, name := range []string{
		"Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
		"America/St_Johns", "Antarctica/Troll", "Pacific/Kiritimati", "Asia/Kathmandu",
	} {
		location, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		z := NewZone(location)
		offset := func(second int64) int64 {
			_, n := time.Unix(second, 0).In(location).Zone()
			return int64(n)
		}
		end := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		for at := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); at < end; {
			_, next := time.Unix(at, 0).In(location).ZoneBounds()
			if next.IsZero() {
				break
			}
			at = next.Unix()
			before, after := offset(at-1), offset(at)
			for local := at + min(before, after) - 4*quarter; local <= at+max(before, after)+4*quarter; local += quarter {
				var instants []int64
				for second := local - 15*3600; second <= local+15*3600; second += quarter {
					if second+offset(second) == local {
						instants = append(instants, second)
					}
				}
				first, last := local-before, local-before // none: the gap's length later
				if len(instants) > 0 {
					first, last = instants[0], instants[len(instants)-1]
				}
				if got := z.ToInstant(local, 1); got != first {
					t.Fatalf("%s: local %s is instant %s, want %s", name, utc(local), utc(got), utc(first))
				}
				if got := z.ToLastInstant(local, 1); got != last {
					t.Fatalf("%s: local %s is at last instant %s, want %s", name, utc(local), utc(got), utc(last))
				}
				for _, second := range instants {
					if got := z.ToLocal(second*1000+7, 1000); got != local*1000+7 {
						t.Fatalf("%s: instant %s is local %s, want %s", name, utc(second), utc(got/1000), utc(local))
					}
					if got := z.ToInstantNear(local, second, 1); got != second {
						t.Fatalf("%s: local %s near %s is %s", name, utc(local), utc(second), utc(got))
					}
				}
				if len(instants) == 0 {
					if got := z.ToInstantNear(local, at, 1); got != first {
						t.Fatalf("%s: local %s near the change is %s, want %s", name, utc(local), utc(got), utc(first))
					}
				}
			}
		}
	}
}

func utc(second int64) string { return string(AppendTimestamp(nil, second*1000, 3)) }
