package format

import (
	"encoding/base64"

	"weir/vector"
)

// text collects a column's strings, as codes of a dictionary that lives as long as the reader, or plain.
type text struct {
	plain bool
	dict  *Dictionary
	seen  int // values since the dictionary began

	codes   []int32
	offsets []int32 // plain
	data    []byte
	size    int // bytes of the last plain batch
}

func (t *text) reset(rows int) {
	if !t.plain && t.dict == nil {
		t.dict = NewDictionary()
	}
	if !t.plain && !t.dict.Gains(0, t.seen) {
		t.plain, t.dict = true, nil
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
	t.codes = append(t.codes, t.dict.Code(v))
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
	return vector.NewDictColumn(t.codes, valid, t.dict.Dict)
}
