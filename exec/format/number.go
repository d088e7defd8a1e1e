package format

import (
	"encoding/binary"

	"weir/vector/kernel"
)

// Margin is how many bytes before the first span the data must have: numbers are loaded eight bytes at a time, ending
// at their last digit.
const Margin = 8

// appendInts parses spans into dst, which is as long, and returns how many of them are integers of lo..hi.
func appendInts[T int8 | int16 | int32 | int64](b *Builder, dst []T, data []byte, spans []Span, lo, hi int64) int {
	dst = dst[:len(spans)]
	for i, s := range spans {
		n := uint(s.To - s.From)
		if n-1 < 8 && s.From >= 0 && s.To >= Margin {
			// The usual case: one to eight digits and nothing else.
			w := binary.LittleEndian.Uint64(data[s.To-8 : s.To])
			shift := (8 - n) * 8 & 63
			w = w>>shift<<shift | zeros&(1<<shift-1)
			if (w&high | (w+sixes)&high>>4) == threes {
				if v := int64(eightDigits(w)); v <= hi {
					dst[i] = T(v)
					continue
				}
				return i
			}
		}
		if s.From < 0 {
			b.null(b.n + i)
			continue
		}
		v, err := kernel.ParseInt(trim(data[s.From:s.To]), 64)
		if err != nil || v < lo || v > hi {
			return i
		}
		dst[i] = T(v)
	}
	return len(spans)
}

const (
	zeros  = 0x3030303030303030 // "00000000"
	high   = 0xF0F0F0F0F0F0F0F0
	sixes  = 0x0606060606060606
	threes = 0x3333333333333333
)

// eightDigits is the value of eight ASCII digits, the first in the lowest byte: pairs, then fours, then all of them.
func eightDigits(w uint64) uint64 {
	w -= zeros
	w = w*10 + w>>8
	return ((w&0x000000FF000000FF)*(100+1000000<<32) + (w>>16&0x000000FF000000FF)*(1+10000<<32)) >> 32
}
