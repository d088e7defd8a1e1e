package checkpoint

import (
	"encoding/binary"
	"slices"

	"weir/vector"
)

// encoder appends values to a buffer.
type encoder struct{ b []byte }

func (e *encoder) u8(v uint8)   { e.b = append(e.b, v) }
func (e *encoder) u16(v uint16) { e.b = binary.LittleEndian.AppendUint16(e.b, v) }
func (e *encoder) u32(v uint32) { e.b = binary.LittleEndian.AppendUint32(e.b, v) }
func (e *encoder) u64(v uint64) { e.b = binary.LittleEndian.AppendUint64(e.b, v) }
func (e *encoder) i64(v int64)  { e.u64(uint64(v)) }
func (e *encoder) int(v int)    { e.u64(uint64(v)) }

func (e *encoder) bool(v bool) {
	if v {
		e.u8(1)
	} else {
		e.u8(0)
	}
}

func (e *encoder) count(n int) { e.u32(uint32(n)) }

func (e *encoder) bytes(v []byte) {
	e.u64(uint64(len(v)))
	e.b = append(e.b, v...)
}

// optional writes bytes of which nil is not the same as none.
func (e *encoder) optional(v []byte) {
	e.bool(v != nil)
	if v != nil {
		e.bytes(v)
	}
}

func (e *encoder) text(v string) {
	e.u64(uint64(len(v)))
	e.b = append(e.b, v...)
}

// room makes the buffer n bytes longer and returns these.
func (e *encoder) room(n int) []byte {
	at := len(e.b)
	e.b = slices.Grow(e.b, n)[:at+n]
	return e.b[at:]
}

func put32[T ~int32 | ~uint32](e *encoder, values []T) {
	to := e.room(4 * len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(to[4*i:], uint32(v))
	}
}

func put64[T ~int64 | ~uint64](e *encoder, values []T) {
	to := e.room(8 * len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint64(to[8*i:], uint64(v))
	}
}

// bits writes the first n bits of v; those behind them are 0.
func (e *encoder) bits(v vector.Validity, n int) {
	to := e.room((n + 7) / 8)
	if v.Offset%8 == 0 {
		copy(to, v.Bits[v.Offset/8:])
		if n%8 > 0 {
			to[len(to)-1] &= 1<<(n%8) - 1
		}
		return
	}
	clear(to)
	for i := range n {
		if v.At(i) {
			to[i/8] |= 1 << (i % 8)
		}
	}
}
