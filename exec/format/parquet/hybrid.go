package parquet

import (
	"encoding/binary"
	"math/bits"
)

// hybrid decodes numbers in Parquet's mixture of runs and bit-packed groups: levels, codes, booleans. The zero value
// has no numbers.
type hybrid struct {
	data   []byte // behind the current run's head, or behind the current packed numbers
	width  uint
	run    int // numbers left of a run of value
	value  uint32
	packed int // numbers left in bits
	bits   []byte
	bit    uint // of the next one, in bits
}

// newHybrid decodes numbers of so many bits.
func newHybrid(data []byte, width uint) hybrid { return hybrid{data: data, width: width} }

// newPacked decodes n bit-packed numbers: plain booleans.
func newPacked(data []byte, width uint, n int) hybrid {
	return hybrid{width: width, bits: data, packed: min(n, len(data)*8/int(width))}
}

// levelWidth is how many bits a level takes.
func levelWidth(most int) uint { return uint(bits.Len(uint(most))) }

// more begins the next run or group; false: there is none, or a broken one.
func (h *hybrid) more() bool {
	head, n := binary.Uvarint(h.data)
	if n <= 0 || head>>1 == 0 || head > 1<<32 {
		return false
	}
	h.data = h.data[n:]
	if head&1 == 0 {
		size := int(h.width+7) / 8
		if len(h.data) < size {
			return false
		}
		var word [4]byte
		copy(word[:], h.data[:size])
		h.value, h.run = binary.LittleEndian.Uint32(word[:]), int(head>>1)
		h.data = h.data[size:]
		return true
	}
	// Writers may leave out the end of the last group.
	size := min(int(head>>1)*int(h.width), len(h.data))
	h.bits, h.bit, h.packed = h.data[:size], 0, int(head>>1)*8
	if h.width > 0 {
		h.packed = min(h.packed, size*8/int(h.width))
	}
	h.data = h.data[size:]
	return h.packed > 0
}

// all passes n numbers if they are the rest of a run, or the begin of one, of the value.
func (h *hybrid) all(value uint32, n int) bool {
	if h.run == 0 && h.packed == 0 && !h.more() {
		return false
	}
	if h.run < n || h.value != value {
		return false
	}
	h.run -= n
	return true
}

// read decodes the next numbers and returns how many there were.
func read[T uint8 | uint32](h *hybrid, dst []T) int {
	n := 0
	for n < len(dst) {
		switch {
		case h.run > 0:
			k := min(h.run, len(dst)-n)
			v := T(h.value)
			for i := range dst[n : n+k] {
				dst[n+i] = v
			}
			h.run -= k
			n += k
		case h.packed > 0:
			k := min(h.packed, len(dst)-n)
			unpack(dst[n:n+k], h.bits, h.bit, h.width)
			h.bit += uint(k) * h.width
			h.packed -= k
			n += k
		default:
			if !h.more() {
				return n
			}
		}
	}
	return n
}

// unpack takes numbers of so many bits, at most 32, from a place on.
func unpack[T uint8 | uint32](dst []T, data []byte, bit, width uint) {
	mask := uint64(1)<<width - 1
	i := 0
	for ; i < len(dst) && int(bit>>3)+8 <= len(data); i++ {
		dst[i] = T(binary.LittleEndian.Uint64(data[bit>>3:]) >> (bit & 7) & mask)
		bit += width
	}
	var tail [8]byte
	for ; i < len(dst); i++ {
		tail = [8]byte{}
		if at := int(bit >> 3); at < len(data) {
			copy(tail[:], data[at:])
		}
		dst[i] = T(binary.LittleEndian.Uint64(tail[:]) >> (bit & 7) & mask)
		bit += width
	}
}
