package format

import (
	"encoding/binary"

	"weir/vector"
	"weir/vector/kernel"
)

// TimeFormat says how a format writes dates and times.
type TimeFormat struct {
	ISO       bool // T between date and time, seconds may be missing
	ShortDate bool // months and days of a DATE may have one digit
}

// clock keeps what the date, hour and minute of a column's last timestamp came to: rows come in about the order of
// time, so the next one most likely begins alike.
type clock struct {
	prefix [2]uint64 // the first sixteen bytes
	minute int64     // ms
	known  bool
}

// timestamps parses TIMESTAMP(0..6) and TIMESTAMP_LTZ(0..6), the latter with a Z behind. Digits beyond the precision
// are cut off.
func (b *Builder) timestamps(data []byte, spans []Span) int {
	dst := b.values.I64[b.n:][:len(spans)]
	c := &b.clock
	zoned := b.typ.Kind == vector.TimestampLTZ
	fast := b.typ.Precision == 3
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		t := data[s.From:s.To]
		if zoned {
			var ok bool
			if t, ok = cutZ(t); !ok {
				return i
			}
		}
		// The usual case: the minute of the row before, seconds with three digits behind the point.
		if fast && len(t) == 23 && c.known && binary.LittleEndian.Uint64(t) == c.prefix[0] && binary.LittleEndian.Uint64(t[8:]) == c.prefix[1] {
			d1, d2, d3, d4, d5 := t[17]-'0', t[18]-'0', t[20]-'0', t[21]-'0', t[22]-'0'
			if t[16] == ':' && d1 <= 5 && d2 <= 9 && t[19] == '.' && d3 <= 9 && d4 <= 9 && d5 <= 9 {
				dst[i] = c.minute + int64(d1)*10000 + int64(d2)*1000 + int64(d3)*100 + int64(d4)*10 + int64(d5)
				continue
			}
		}
		t = trim(t)
		var v int64
		var err error
		if b.times.ISO {
			v, err = kernel.ParseTimestampISO(t, b.typ.Precision)
		} else {
			v, err = kernel.ParseTimestamp(t, b.typ.Precision)
		}
		if err != nil {
			return i
		}
		dst[i] = v
		if fast {
			c.prefix = [2]uint64{binary.LittleEndian.Uint64(t), binary.LittleEndian.Uint64(t[8:])}
			c.minute, c.known = v-kernel.FloorMod(v, 60000), true
		}
	}
	return len(spans)
}

// cutZ takes the Z off the end of a TIMESTAMP_LTZ.
func cutZ(t []byte) ([]byte, bool) {
	t = trim(t)
	if len(t) == 0 || t[len(t)-1] != 'Z' {
		return nil, false
	}
	return t[:len(t)-1], true
}

// longTimestamps parses TIMESTAMP(7..9) and TIMESTAMP_LTZ(7..9).
func (b *Builder) longTimestamps(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		t := trim(data[s.From:s.To])
		if b.typ.Kind == vector.TimestampLTZ {
			var ok bool
			if t, ok = cutZ(t); !ok {
				return i
			}
		}
		v, err := kernel.ParseTimestamp128(t, b.typ.Precision, b.times.ISO)
		if err != nil {
			return i
		}
		b.values.I128[b.n+i] = v
	}
	return len(spans)
}

func (b *Builder) dates(data []byte, spans []Span) int {
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		t := trim(data[s.From:s.To])
		v, err := kernel.ParseDate(t)
		if err != nil || len(t) != 10 && !b.times.ShortDate {
			return i
		}
		b.values.I32[b.n+i] = v
	}
	return len(spans)
}

// timesOfDay parses TIME: milliseconds, cut to the type's precision.
func (b *Builder) timesOfDay(data []byte, spans []Span) int {
	cut := int32(1)
	for p := b.typ.Precision; p < 3; p++ {
		cut *= 10
	}
	var whole [8]byte
	for i, s := range spans {
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		t := trim(data[s.From:s.To])
		if len(t) == 5 && b.times.ISO {
			t = append(append(whole[:0], t...), ":00"...)
		}
		v, err := kernel.ParseTime(t)
		if err != nil {
			return i
		}
		b.values.I32[b.n+i] = v / cut * cut
	}
	return len(spans)
}
