package format

import (
	"bytes"
	"encoding/base64"
	"hash/maphash"

	"weir/vector"
)

// A column of strings stays dictionary coded until its dictionary has dictProbe entries and more than half of the
// values so far were new, or until it is too large for its table to stay in the cache: then codes gain nothing.
const (
	dictProbe      = 4096
	dictMaxEntries = 1 << 17
	dictMaxBytes   = 8 << 20
)

// text collects a column's strings, as codes of a dictionary that lives as long as the reader, or plain.
type text struct {
	plain bool
	dict  *vector.Dict
	table []slot // open addressing, a power of two long
	seed  maphash.Seed
	seen  int // values since the dictionary began

	codes   []int32
	offsets []int32 // plain
	data    []byte
	size    int // bytes of the last plain batch
}

// slot is a place of the table: an entry's code + 1, 0 if free, and the high half of its hash.
type slot struct{ code, hash uint32 }

func (t *text) reset(rows int) {
	if !t.plain && t.dict == nil {
		t.dict, t.table, t.seed = vector.NewDict(), make([]slot, 1024), maphash.MakeSeed()
	}
	if !t.plain && (t.dict.Len() > dictMaxEntries || t.dict.Bytes() > dictMaxBytes || t.dict.Len() >= dictProbe && t.dict.Len() > t.seen/2) {
		t.plain, t.dict, t.table = true, nil, nil
	}
	if !t.plain {
		t.codes = make([]int32, 0, rows)
		return
	}
	t.codes = nil
	t.offsets = make([]int32, 1, rows+1)
	t.data = make([]byte, 0, t.size+t.size/16)
}

func (t *text) add(v []byte) {
	if t.plain {
		t.data = append(t.data, v...)
		t.offsets = append(t.offsets, int32(len(t.data)))
		return
	}
	h := maphash.Bytes(t.seed, v)
	mask := uint64(len(t.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := t.table[i]
		if s.code == 0 {
			t.codes = append(t.codes, t.enter(v, h, i))
			return
		}
		if s.hash == uint32(h>>32) && bytes.Equal(t.dict.At(int32(s.code-1)), v) {
			t.codes = append(t.codes, int32(s.code-1))
			return
		}
	}
}

// enter makes v an entry, at place i of the table.
func (t *text) enter(v []byte, h, i uint64) int32 {
	code := t.dict.Add(v)
	t.table[i] = slot{uint32(code + 1), uint32(h >> 32)}
	if 2*t.dict.Len() > len(t.table) {
		old := t.table
		t.table = make([]slot, 4*len(old))
		mask := uint64(len(t.table) - 1)
		for _, s := range old {
			if s.code == 0 {
				continue
			}
			p := maphash.Bytes(t.seed, t.dict.At(int32(s.code-1))) & mask
			for t.table[p].code != 0 {
				p = (p + 1) & mask
			}
			t.table[p] = s
		}
	}
	return code
}

// addNull adds a place for a NULL.
func (t *text) addNull() {
	if t.plain {
		t.offsets = append(t.offsets, int32(len(t.data)))
		return
	}
	t.codes = append(t.codes, 0)
}

// addDecoded adds the bytes that v encodes and reports whether it does; only for plain columns.
func (t *text) addDecoded(enc *base64.Encoding, v []byte) bool {
	out, err := enc.AppendDecode(t.data, v)
	if err != nil {
		return false
	}
	t.data = out
	t.offsets = append(t.offsets, int32(len(t.data)))
	return true
}

func (t *text) cut(n int) {
	if t.plain {
		t.offsets = t.offsets[:n+1]
		t.data = t.data[:t.offsets[n]]
		return
	}
	t.codes = t.codes[:n]
}

// column makes the batch's column.
func (t *text) column(valid vector.Bitmap, binary bool) vector.Column {
	if t.plain {
		t.size = len(t.data)
		return vector.NewBytes(t.offsets, t.data, valid, binary)
	}
	t.seen += len(t.codes)
	if len(t.codes) > 0 && t.dict.Len() == 0 {
		t.add(nil) // only NULLs so far: their code must be in range
		t.codes = t.codes[:len(t.codes)-1]
	}
	return vector.NewDictColumn(t.codes, valid, t.dict)
}
