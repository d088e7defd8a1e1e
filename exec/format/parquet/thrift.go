package parquet

import "errors"

// The types of Thrift's compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

var (
	errShort  = errors.New("it ends in the middle of a value")
	errBroken = errors.New("it is no Thrift")
)

// thrift walks through a struct in Thrift's compact protocol. The first error stays; behind it all values are 0 and all
// structs end. It allocates nothing, whatever the data says.
type thrift struct {
	data []byte
	at   int
	err  error
}

func (t *thrift) fail(err error) {
	if t.err == nil {
		t.err = err
	}
	t.at = len(t.data)
}

func (t *thrift) byte() byte {
	if t.at >= len(t.data) {
		t.fail(errShort)
		return 0
	}
	t.at++
	return t.data[t.at-1]
}

func (t *thrift) varint() uint64 {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b := t.byte()
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	t.fail(errBroken)
	return 0
}

// int is a number of any width.
func (t *thrift) int() int64 {
	v := t.varint()
	return int64(v>>1) ^ -int64(v&1)
}

// pass passes n bytes.
func (t *thrift) pass(n uint64) {
	if n > uint64(len(t.data)-t.at) {
		t.fail(errShort)
		return
	}
	t.at += int(n)
}

// field reads the head of the next field of a struct; id is that of the field before it. kind 0: the struct ends.
func (t *thrift) field(id *int16) (kind byte) {
	b := t.byte()
	if b == 0 || t.err != nil {
		return 0
	}
	if delta := int16(b >> 4); delta != 0 {
		*id += delta
	} else {
		*id = int16(t.int())
	}
	return b & 15
}

// list reads the head of a list. Each element takes at least a byte, so that no list is longer than what is left.
func (t *thrift) list() (kind byte, n int) {
	b := t.byte()
	size := uint64(b >> 4)
	if size == 15 {
		size = t.varint()
	}
	if t.err == nil && size > uint64(len(t.data)-t.at) {
		t.fail(errShort)
	}
	if t.err != nil {
		return 0, 0
	}
	return b & 15, int(size)
}

// thriftDepth is how deep structs and lists may nest; a footer has about ten levels.
const thriftDepth = 40

// skip passes a value.
func (t *thrift) skip(kind byte) { t.skipBelow(kind, thriftDepth) }

func (t *thrift) skipBelow(kind byte, depth int) {
	if depth == 0 {
		t.fail(errBroken)
		return
	}
	switch {
	case kind == thriftTrue || kind == thriftFalse:
	case kind == thriftByte:
		t.byte()
	case kind > thriftByte && kind < thriftDouble:
		t.varint()
	case kind == thriftDouble:
		t.pass(8)
	case kind == thriftBinary:
		t.pass(t.varint())
	case kind == thriftList || kind == thriftSet:
		elem, n := t.list()
		for ; n > 0 && t.err == nil; n-- {
			t.skipElement(elem, depth-1)
		}
	case kind == thriftMap:
		n := t.varint()
		if n == 0 {
			return
		}
		kinds := t.byte()
		if n > uint64(len(t.data)-t.at) {
			t.fail(errShort)
		}
		for ; n > 0 && t.err == nil; n-- {
			t.skipElement(kinds>>4, depth-1)
			t.skipElement(kinds&15, depth-1)
		}
	case kind == thriftStruct:
		var id int16
		for {
			kind := t.field(&id)
			if kind == 0 {
				return
			}
			t.skipBelow(kind, depth-1)
		}
	default:
		t.fail(errBroken)
	}
}

// skipElement passes an element of a list or map, where booleans take a byte.
func (t *thrift) skipElement(kind byte, depth int) {
	if kind == thriftTrue || kind == thriftFalse {
		kind = thriftByte
	}
	t.skipBelow(kind, depth)
}
