package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// decoder reads what an encoder wrote. After its first error it gives zero values.
type decoder struct {
	left []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
	d.left = nil
}

// end is the error of a decoder that ought to have read everything.
func (d *decoder) end() error {
	if d.err == nil && len(d.left) > 0 {
		d.err = fmt.Errorf("%d bytes more than expected", len(d.left))
	}
	return d.err
}

// take reads n bytes, which stay a part of the input.
func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.left)) {
		d.fail("%d bytes are left where %d are needed", len(d.left), n)
		return nil
	}
	b := d.left[:n:n]
	d.left = d.left[n:]
	return b
}

func (d *decoder) u8() uint8 {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) u16() uint16 {
	if b := d.take(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) u32() uint32 {
	if b := d.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) i64() int64 { return int64(d.u64()) }
func (d *decoder) int() int   { return int(d.u64()) }

func (d *decoder) bool() bool {
	v := d.u8()
	if v > 1 {
		d.fail("%d where 0 or 1 is expected", v)
	}
	return v == 1
}

// count reads the number of things that take at least so many bits each, more than which cannot be there.
func (d *decoder) count(bits uint64) int {
	n := d.u32()
	if d.enough(uint64(n), bits) {
		return int(n)
	}
	return 0
}

// enough reports whether n things of at least so many bits can be left.
func (d *decoder) enough(n, bits uint64) bool {
	if bits > 0 && n > 8*uint64(len(d.left))/bits {
		d.fail("%d values cannot be in the %d bytes that are left", n, len(d.left))
		return false
	}
	return d.err == nil
}

// bytes returns a copy.
func (d *decoder) bytes() []byte {
	b := d.take(d.u64())
	if len(b) == 0 {
		return nil
	}
	return append([]byte(nil), b...)
}

func (d *decoder) optional() []byte {
	if !d.bool() {
		return nil
	}
	return append([]byte{}, d.bytes()...)
}

func (d *decoder) text() string { return string(d.take(d.u64())) }

// append32 and append64 read n numbers.
func append32[T ~int32 | ~uint32](d *decoder, to []T, n int) []T {
	b := d.take(4 * uint64(n))
	for i := 0; i+4 <= len(b); i += 4 {
		to = append(to, T(binary.LittleEndian.Uint32(b[i:])))
	}
	return to
}

func append64[T ~int64 | ~uint64](d *decoder, to []T, n int) []T {
	b := d.take(8 * uint64(n))
	for i := 0; i+8 <= len(b); i += 8 {
		to = append(to, T(binary.LittleEndian.Uint64(b[i:])))
	}
	return to
}

// errLarge is why a column cannot be read that was written in parts.
var errLarge = errors.New("more than 2 GiB of strings in one column")
