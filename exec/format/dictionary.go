package format

import (
	"bytes"
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

// Dictionary gives the strings of a reader's column codes that keep their meaning for the reader's life.
type Dictionary struct {
	*vector.Dict
	table []slot // open addressing, a power of two long
	seed  maphash.Seed
}

// slot is a place of the table: an entry's code + 1, 0 if free, and the high half of its hash.
type slot struct{ code, hash uint32 }

// NewDictionary returns an empty dictionary.
func NewDictionary() *Dictionary {
	return &Dictionary{Dict: vector.NewDict(), table: make([]slot, 1024), seed: maphash.MakeSeed()}
}

// Gains reports whether codes are of use, with so many further entries, after values values.
func (d *Dictionary) Gains(further, values int) bool {
	n := d.Len() + further
	return n <= dictMaxEntries && d.Bytes() <= dictMaxBytes && (n < dictProbe || n <= values/2)
}

// Code is the code of a string, which becomes an entry if it is none.
func (d *Dictionary) Code(v []byte) int32 {
	h := maphash.Bytes(d.seed, v)
	mask := uint64(len(d.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := d.table[i]
		if s.code == 0 {
			return d.enter(v, h, i)
		}
		if s.hash == uint32(h>>32) && bytes.Equal(d.At(int32(s.code-1)), v) {
			return int32(s.code - 1)
		}
	}
}

// enter makes v an entry, at place i of the table.
func (d *Dictionary) enter(v []byte, h, i uint64) int32 {
	code := d.Add(v)
	d.table[i] = slot{uint32(code + 1), uint32(h >> 32)}
	if 2*d.Len() > len(d.table) {
		old := d.table
		d.table = make([]slot, 4*len(old))
		mask := uint64(len(d.table) - 1)
		for _, s := range old {
			if s.code == 0 {
				continue
			}
			p := maphash.Bytes(d.seed, d.At(int32(s.code-1))) & mask
			for d.table[p].code != 0 {
				p = (p + 1) & mask
			}
			d.table[p] = s
		}
	}
	return code
}
