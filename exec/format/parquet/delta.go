package parquet

import (
	"encoding/binary"
	"errors"
)

var errDelta = errors.New("a page of delta-encoded values is damaged")

// deltaNumbers decodes DELTA_BINARY_PACKED: at most most numbers. It returns what is behind them.
func deltaNumbers[T int32 | int64](data []byte, most int) ([]T, []byte, error) {
	t := thrift{data: data} // for its varints, which are the same
	block, minis, total, first := t.varint(), t.varint(), t.varint(), t.int()
	if t.err != nil || total > uint64(most) || block == 0 || block%128 != 0 || block > 1<<20 || minis == 0 || block%minis != 0 || block/minis%32 != 0 {
		return nil, nil, errDelta
	}
	if total == 0 {
		return nil, data[t.at:], nil
	}
	out := make([]T, 1, total)
	value := first
	out[0] = T(value)
	per := int(block / minis)
	for uint64(len(out)) < total {
		least := t.int()
		widths := t.at
		t.pass(minis)
		if t.err != nil {
			return nil, nil, errDelta
		}
		for _, width := range data[widths : widths+int(minis)] {
			if uint64(len(out)) == total {
				break // the rest of the block is not there
			}
			if width > 64 {
				return nil, nil, errDelta
			}
			begin := t.at
			t.pass(uint64(per) / 8 * uint64(width))
			if t.err != nil {
				return nil, nil, errDelta
			}
			packed := data[begin:t.at]
			for i := range min(per, int(total)-len(out)) {
				value += least + int64(bitsAt(packed, uint(i)*uint(width), uint(width)))
				out = append(out, T(value))
			}
		}
	}
	return out, data[t.at:], nil
}

// bitsAt is the number of so many bits, at most 64, at a place.
func bitsAt(data []byte, bit, width uint) uint64 {
	if width == 0 {
		return 0
	}
	var word [9]byte
	at := int(bit >> 3)
	copy(word[:], data[at:])
	v := binary.LittleEndian.Uint64(word[:]) >> (bit & 7)
	if rest := bit&7 + width; rest > 64 {
		v |= uint64(word[8]) << (64 - bit&7)
	}
	return v & (uint64(1)<<width - 1)
}

// deltaLengths decodes DELTA_LENGTH_BYTE_ARRAY: lengths, then all bytes.
func deltaLengths(data []byte, most int) (offsets []int32, values, rest []byte, err error) {
	lengths, data, err := deltaNumbers[int32](data, most)
	if err != nil {
		return nil, nil, nil, err
	}
	offsets = make([]int32, len(lengths)+1)
	at := int64(0)
	for i, n := range lengths {
		if at += int64(n); n < 0 || at > int64(len(data)) {
			return nil, nil, nil, errDelta
		}
		offsets[i+1] = int32(at)
	}
	return offsets, data[:at], data[at:], nil
}

// deltaStrings decodes DELTA_BYTE_ARRAY: of each value, how much of the one before it begins with, and what follows.
// limit is how many bytes the values may have.
func deltaStrings(data []byte, most int, limit int64) (offsets []int32, values []byte, err error) {
	shared, data, err := deltaNumbers[int32](data, most)
	if err != nil {
		return nil, nil, err
	}
	ends, suffixes, _, err := deltaLengths(data, most)
	if err != nil || len(ends) != len(shared)+1 {
		return nil, nil, errDelta
	}
	offsets = make([]int32, len(ends))
	begin := 0
	for i, n := range shared {
		if n < 0 || int(n) > len(values)-begin || int64(len(values))+int64(n) > limit {
			return nil, nil, errDelta
		}
		values = append(append(values, values[begin:begin+int(n)]...), suffixes[ends[i]:ends[i+1]]...)
		begin = int(offsets[i]) // of this value: the next one shares with it
		offsets[i+1] = int32(len(values))
	}
	return offsets, values, nil
}

// unsplit undoes BYTE_STREAM_SPLIT for values of so many bytes.
func unsplit(data []byte, size int) []byte {
	n := len(data) / size
	out := make([]byte, n*size)
	for k := range size {
		stream := data[k*n : (k+1)*n]
		for i, b := range stream {
			out[i*size+k] = b
		}
	}
	return out
}
