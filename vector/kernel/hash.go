package kernel

import (
	"encoding/binary"
	"math"
	"math/bits"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"weir/vector"
)

// NullHash is the hash of NULL: xxhash64 of the four bytes NULL.
const NullHash uint64 = 0x1e54a68641c6db68

// The primes of xxhash64.
const (
	prime1 uint64 = 11400714785074694791
	prime2 uint64 = 14029467366897019727
	prime3 uint64 = 1609587929392839161
	prime4 uint64 = 9650029242287828579
	prime5 uint64 = 2870177450012600261
)

// hash8 is xxhash64 of eight bytes, the little-endian form of v.
func hash8(v uint64) uint64 {
	h := prime5 + 8
	h ^= bits.RotateLeft64(v*prime2, 31) * prime1
	h = bits.RotateLeft64(h, 27)*prime1 + prime4
	h ^= h >> 33
	h *= prime2
	h ^= h >> 29
	h *= prime3
	return h ^ h>>32
}

// mix folds the hash x of a further value into h.
func mix(h, x uint64) uint64 { return bits.RotateLeft64(h, 27)*0x9E3779B97F4A7C15 ^ x }

// HashColumn writes the hash of each row of c, which holds values of t, into dst. The hashes are part of the savepoint
// format and never change.
func HashColumn(dst []uint64, c vector.Column, t vector.Type) {
	var h Hasher
	h.column(dst, c, t)
}

// HashColumns writes the hash of each row's values in all columns: of one column its own, of several folded.
func HashColumns(dst []uint64, cols []vector.Column, types []vector.Type) {
	var h Hasher
	h.Hash(dst, cols, types)
}

// memos is how many dictionaries a Hasher remembers: a reader has one for each string column of a key.
const memos = 8

// Hasher computes the same as HashColumns and remembers the hashes of the entries of dictionaries. One goroutine
// owns it; the zero value is ready.
type Hasher struct {
	scratch []uint64
	memo    [memos]struct {
		dict   *vector.Dict
		width  int
		hashes []uint64
	}
	next int
}

// Hash writes the hash of each row into dst, which has room for them, and returns dst cut to the rows' number.
func (h *Hasher) Hash(dst []uint64, cols []vector.Column, types []vector.Type) []uint64 {
	if len(cols) == 0 {
		clear(dst)
		return dst
	}
	n := cols[0].Len()
	dst = dst[:n]
	if len(cols) == 1 {
		h.column(dst, cols[0], types[0])
		return dst
	}
	clear(dst)
	if cap(h.scratch) < n {
		h.scratch = make([]uint64, n)
	}
	one := h.scratch[:n]
	for i, c := range cols {
		h.column(one, c, types[i])
		for k, x := range one {
			dst[k] = bits.RotateLeft64(dst[k], 27)*0x9E3779B97F4A7C15 ^ x
		}
	}
	return dst
}

// column writes the hash of each row of one column.
func (h *Hasher) column(dst []uint64, c vector.Column, t vector.Type) {
	n := c.Len()
	dst = dst[:n]
	switch t.Physical() {
	case vector.Bool:
		values := c.Bools()
		for i := range dst {
			v := uint64(0)
			if values.At(i) {
				v = 1
			}
			dst[i] = hash8(v)
		}
	case vector.I8:
		for i, v := range c.Int8() {
			dst[i] = hash8(uint64(int64(v)))
		}
	case vector.I16:
		for i, v := range c.Int16() {
			dst[i] = hash8(uint64(int64(v)))
		}
	case vector.I32:
		for i, v := range c.Int32() {
			dst[i] = hash8(uint64(int64(v)))
		}
	case vector.I64:
		for i, v := range c.Int64() {
			dst[i] = hash8(uint64(v))
		}
	case vector.F32:
		for i, v := range c.Float32() {
			dst[i] = hash8(doubleBits(float64(v)))
		}
	case vector.F64:
		for i, v := range c.Float64() {
			dst[i] = hash8(doubleBits(v))
		}
	case vector.I128:
		// DECIMAL: its unscaled value; TIMESTAMP(7..9): microseconds, then the rest.
		timestamp := t.IsTimestamp()
		var buf [16]byte
		for i, v := range c.Int128() {
			first, second := v.LowBits(), uint64(v.HighBits())
			if timestamp {
				first, second = second, first
			}
			binary.LittleEndian.PutUint64(buf[:], first)
			binary.LittleEndian.PutUint64(buf[8:], second)
			dst[i] = xxhash.Sum64(buf[:])
		}
	case vector.Bytes:
		h.strings(dst, c, t)
	case vector.List:
		offsets, elems := c.List()
		if len(offsets) > n {
			from, to := offsets[0], offsets[n]
			inner := make([]uint64, to-from)
			new(Hasher).column(inner, elems.Slice(int(from), int(to)), *t.Elem)
			for i := range dst {
				x := mix(0, hash8(uint64(offsets[i+1]-offsets[i])))
				for _, e := range inner[offsets[i]-from : offsets[i+1]-from] {
					x = mix(x, e)
				}
				dst[i] = x
			}
		}
	case vector.Struct:
		for i := range dst {
			dst[i] = mix(0, hash8(uint64(len(t.Fields))))
		}
		inner := make([]uint64, n)
		for f := range t.Fields {
			new(Hasher).column(inner, c.Field(f), t.Fields[f].Type)
			for i, x := range inner {
				dst[i] = mix(dst[i], x)
			}
		}
	case vector.Pairs:
		offsets, keys, values := c.Pairs()
		if len(offsets) > n {
			from, to := offsets[0], offsets[n]
			key, value := t.Entry()
			pair, other := make([]uint64, to-from), make([]uint64, to-from)
			new(Hasher).column(pair, keys.Slice(int(from), int(to)), key)
			new(Hasher).column(other, values.Slice(int(from), int(to)), value)
			for i := range dst {
				var sum uint64
				for k := offsets[i] - from; k < offsets[i+1]-from; k++ {
					sum += mix(mix(0, pair[k]), other[k])
				}
				dst[i] = sum
			}
		}
	}
	if v := c.Validity(); !v.All() {
		for i := range dst {
			if !v.At(i) {
				dst[i] = NullHash
			}
		}
	}
}

// doubleBits returns the bits of a double with one zero and one NaN.
func doubleBits(v float64) uint64 {
	if v == 0 {
		return 0
	}
	if v != v {
		return 0x7ff8000000000000
	}
	return math.Float64bits(v)
}

// strings hashes strings and binaries by their bytes, CHAR and BINARY filled up to their length.
func (h *Hasher) strings(dst []uint64, c vector.Column, t vector.Type) {
	width := 0
	if t.Kind == vector.Char || t.Kind == vector.Binary {
		width = t.Precision
	}
	s := c.Strings()
	if s.Codes == nil {
		offsets := s.Offsets
		if width > 0 {
			for i := range dst {
				dst[i] = hashPadded(s.Data[offsets[i]:offsets[i+1]], t.Kind, width)
			}
			return
		}
		for i := range dst {
			dst[i] = xxhash.Sum64(s.Data[offsets[i]:offsets[i+1]])
		}
		return
	}
	entries := len(s.Offsets) - 1
	if s.Dict == nil && entries > len(dst) {
		for i := range dst {
			if !c.IsNull(i) {
				dst[i] = hashPadded(s.At(i), t.Kind, width)
			}
		}
		return
	}
	hashes := h.entries(s, entries, t.Kind, width)
	for i, code := range s.Codes {
		if uint32(code) < uint32(len(hashes)) { // the code of a NULL may be anything
			dst[i] = hashes[code]
		}
	}
}

// entries returns the hashes of a dictionary's entries; of those it saw before, from memory.
func (h *Hasher) entries(s vector.Strings, n int, kind vector.Kind, width int) []uint64 {
	at := -1
	if s.Dict != nil {
		for i := range h.memo {
			if h.memo[i].dict == s.Dict && h.memo[i].width == width {
				at = i
				break
			}
		}
	}
	if at < 0 {
		at = h.next
		h.next = (h.next + 1) % memos
		h.memo[at].dict, h.memo[at].width, h.memo[at].hashes = s.Dict, width, h.memo[at].hashes[:0]
	}
	m := &h.memo[at]
	for k := len(m.hashes); k < n; k++ {
		m.hashes = append(m.hashes, hashPadded(s.Entry(k), kind, width))
	}
	hashes := m.hashes
	if s.Dict == nil {
		m.hashes = m.hashes[:0]
	}
	return hashes
}

// hashPadded hashes b filled up to width characters with blanks (BINARY: bytes with zeros); 0 means as it is.
func hashPadded(b []byte, kind vector.Kind, width int) uint64 {
	if width == 0 {
		return xxhash.Sum64(b)
	}
	missing, fill := width-len(b), byte(0)
	if kind == vector.Char {
		missing, fill = width-utf8.RuneCount(b), ' '
	}
	if missing <= 0 {
		return xxhash.Sum64(b)
	}
	var d xxhash.Digest
	d.Reset()
	_, _ = d.Write(b)
	for range missing {
		_, _ = d.Write([]byte{fill})
	}
	return d.Sum64()
}
