package kernel

import (
	"math/rand/v2"
	"testing"
	"time"

	"weir/vector"
)

// Columns give what their rows give, whatever order the rows come in.
func TestTimes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 9))
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "GMT+03"} {
		location := time.FixedZone(name, 3*3600)
		if name != "GMT+03" {
			var err error
			if location, err = time.LoadLocation(name); err != nil {
				t.Fatal(err)
			}
		}
		one, all := NewZone(location), NewZone(location)
		for range 50 {
			a := make([]int64, 200)
			valid := vector.NewBitmap(len(a), true)
			at := time.Date(2024, 3, 10, 7, 0, 0, 0, time.UTC).UnixMicro() + r.Int64N(400)*MicrosPerDay
			for i := range a {
				switch r.IntN(5) {
				case 0:
					a[i] = r.Int64N(4e17) - 2e17
				case 1:
					valid.Clear(i)
				default:
					at += r.Int64N(2 * 3600 * MicrosPerSecond)
					a[i] = at
				}
			}
			local, instant, days, hours, floors := make([]int64, len(a)), make([]int64, len(a)), make([]int64, len(a)), make([]int64, len(a)), make([]int64, len(a))
			all.ToLocals(local, a, valid)
			all.ToInstants(instant, a, valid)
			EachDay(days, a, func(day int64) int64 { return day })
			Cycle(hours, a, MicrosPerDay, 3600*MicrosPerSecond)
			FloorToStep(floors, a, 3600*MicrosPerSecond)
			for i, x := range a {
				if days[i] != FloorDiv(x, MicrosPerDay) || floors[i] != FloorDiv(x, 3600*MicrosPerSecond)*3600*MicrosPerSecond || days[i]*24+hours[i] != FloorDiv(x, 3600*MicrosPerSecond) {
					t.Fatalf("%d: day %d, hour %d, begun %d", x, days[i], hours[i], floors[i])
				}
				if !valid.At(i) {
					continue
				}
				if want := one.ToLocal(x, MicrosPerSecond); local[i] != want {
					t.Fatalf("%s: instant %d is local %d, want %d", name, x, local[i], want)
				}
				if want := one.ToInstant(x, MicrosPerSecond); instant[i] != want {
					t.Fatalf("%s: local %d is instant %d, want %d", name, x, instant[i], want)
				}
			}
		}
	}
}
