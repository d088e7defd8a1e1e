package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/klauspost/compress/zstd"
)

const (
	// windowBytes of a column are read at a time: few system calls, and little memory for a row group of any size.
	windowBytes = 1 << 20
	// headerBytes is the longest page header: it holds statistics, of which the least and greatest value may be long.
	headerBytes = 16 << 20
	// plainPage is a size that a page may have whatever the footer says of its column: some writers say it wrong.
	plainPage = 64 << 20
	// largestPage is the largest page; writers aim at 1 MiB.
	largestPage = 1 << 30
)

// The types of pages.
const (
	dataPage       = 0
	indexPage      = 1
	dictionaryPage = 2
	dataPageV2     = 3
)

// page is a page of a column. data is valid until the next one.
type page struct {
	kind       int
	values     int // with NULLs
	encoding   parquet.Encoding
	defs, reps hybrid
	data       []byte // behind the levels
}

// pages reads the pages of one column in one row group. The bytes are checked before anything is allocated for them:
// parquet/file's own reader takes a page's word for its size, and reads on for ever where levels are missing.
type pages struct {
	src            io.ReaderAt
	at, end        int64 // of the column's bytes, what was not read yet
	buf            []byte
	pos            int // what of buf is unread
	codec          compress.Compression
	limit          int64 // of a page's uncompressed bytes
	left           int64 // values of the column that no page has given
	maxDef, maxRep int
	raw            []byte
	zstd           *zstd.Decoder
}

// open goes to a column of a row group.
func (p *pages) open(src io.ReaderAt, c chunk, maxDef, maxRep int) {
	p.src, p.at, p.end, p.codec = src, c.start, c.end, c.codec
	p.buf, p.pos, p.left = p.buf[:0], 0, c.values
	p.limit = min(max(c.uncompressed, plainPage), largestPage)
	p.maxDef, p.maxRep = maxDef, maxRep
}

// need makes n more bytes of the column available at buf[pos:]; fewer where it ends.
func (p *pages) need(n int) error {
	have := len(p.buf) - p.pos
	if have >= n {
		return nil
	}
	want := min(int64(max(n, windowBytes)-have), p.end-p.at)
	if want == 0 {
		return nil
	}
	size := have + int(want)
	if cap(p.buf) < size {
		grown := make([]byte, size)
		copy(grown, p.buf[p.pos:])
		p.buf = grown
	} else {
		copy(p.buf[:have], p.buf[p.pos:])
		p.buf = p.buf[:size]
	}
	p.pos = 0
	got, err := p.src.ReadAt(p.buf[have:], p.at)
	if got < int(want) {
		p.buf = p.buf[:have+got]
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	p.at += want
	return nil
}

// header is what stands in front of a page.
type header struct {
	kind, size, packed, values int // size of the page uncompressed, packed: as it is in the file
	encoding, defs, reps       parquet.Encoding
	crc                        uint32
	hasCRC                     bool
	defBytes, repBytes         int // of a data page of version 2
	plain                      bool
}

// readHeader reads the next page's header; nil: there is no page.
func (p *pages) readHeader() (*header, error) {
	for want := 1 << 10; ; want *= 4 {
		if err := p.need(want); err != nil {
			return nil, err
		}
		if p.pos == len(p.buf) {
			return nil, nil
		}
		t := thrift{data: p.buf[p.pos:]}
		h := parseHeader(&t)
		if t.err == nil {
			p.pos += t.at
			return h, nil
		}
		if !errors.Is(t.err, errShort) || len(p.buf)-p.pos < want || want > headerBytes {
			return nil, fmt.Errorf("the header of a page is damaged: %w", t.err)
		}
	}
}

func parseHeader(t *thrift) *header {
	h := &header{defs: parquet.Encodings.RLE, reps: parquet.Encodings.RLE}
	var id int16
	for {
		kind := t.field(&id)
		switch {
		case kind == 0:
			return h
		case kind == thriftStruct && (id == 5 || id == 7 || id == 8):
			h.parsePart(t, id)
		case kind < thriftByte || kind >= thriftDouble:
			t.skip(kind)
		case id == 1:
			h.kind = int(t.int())
		case id == 2:
			h.size = int(t.int())
		case id == 3:
			h.packed = int(t.int())
		case id == 4:
			h.crc, h.hasCRC = uint32(t.int()), true
		default:
			t.skip(kind)
		}
	}
}

// parsePart reads the header of a data page (5), a dictionary page (7) or a data page of version 2 (8).
func (h *header) parsePart(t *thrift, part int16) {
	var id int16
	for {
		kind := t.field(&id)
		if kind == 0 {
			return
		}
		if part == 8 && id == 7 && (kind == thriftTrue || kind == thriftFalse) {
			h.plain = kind == thriftFalse
			continue
		}
		if kind < thriftByte || kind >= thriftDouble {
			t.skip(kind)
			continue
		}
		v := t.int()
		switch {
		case id == 1:
			h.values = int(v)
		case id == 2 && part != 8 || id == 4 && part == 8:
			h.encoding = parquet.Encoding(v)
		case id == 3 && part == 5:
			h.defs = parquet.Encoding(v)
		case id == 4 && part == 5:
			h.reps = parquet.Encoding(v)
		case id == 5 && part == 8:
			h.defBytes = int(v)
		case id == 6 && part == 8:
			h.repBytes = int(v)
		}
	}
}

// next returns the next page that holds values or a dictionary; nil: there is none.
func (p *pages) next() (*page, error) {
	for {
		h, err := p.readHeader()
		if h == nil || err != nil {
			return nil, err
		}
		if h.size < 0 || h.packed < 0 || h.values < 0 || int64(h.packed) > p.end-p.at+int64(len(p.buf)-p.pos) {
			return nil, errors.New("the header of a page is damaged: it tells of a size that can't be")
		}
		if int64(h.size) > p.limit {
			return nil, fmt.Errorf("a page has %d bytes, more than its whole column", h.size)
		}
		if err := p.need(h.packed); err != nil {
			return nil, err
		}
		packed := p.buf[p.pos : p.pos+h.packed]
		p.pos += h.packed
		if h.hasCRC && crc32.ChecksumIEEE(packed) != h.crc {
			return nil, errors.New("the checksum of a page is wrong: the file is damaged")
		}
		switch h.kind {
		case dataPage, dataPageV2:
			if p.left -= int64(h.values); p.left < 0 {
				return nil, errors.New("its pages have more values than the footer says")
			}
			if h.kind == dataPageV2 {
				return p.version2(h, packed)
			}
			return p.version1(h, packed)
		case dictionaryPage:
			data, err := p.unpack(packed, h.size)
			return &page{kind: dictionaryPage, values: h.values, encoding: h.encoding, data: data}, err
		}
	}
}

// version1 opens a page whose levels are compressed with its values.
func (p *pages) version1(h *header, packed []byte) (*page, error) {
	data, err := p.unpack(packed, h.size)
	if err != nil {
		return nil, err
	}
	g := &page{kind: dataPage, values: h.values, encoding: h.encoding, data: data}
	if g.reps, err = g.levels(p.maxRep, h.reps); err != nil {
		return nil, err
	}
	g.defs, err = g.levels(p.maxDef, h.defs)
	return g, err
}

var errLevels = errors.New("the levels of a page are damaged")

// levels takes levels off the front of the data.
func (g *page) levels(most int, encoding parquet.Encoding) (hybrid, error) {
	if most == 0 {
		return hybrid{}, nil
	}
	width := levelWidth(most)
	switch encoding {
	case parquet.Encodings.RLE:
		if len(g.data) < 4 {
			return hybrid{}, errLevels
		}
		n := binary.LittleEndian.Uint32(g.data)
		if uint64(n) > uint64(len(g.data)-4) {
			return hybrid{}, errLevels
		}
		levels := g.data[4 : 4+n]
		g.data = g.data[4+n:]
		return newHybrid(levels, width), nil
	case parquet.Encodings.BitPacked:
		return hybrid{}, errors.New("levels in the form BIT_PACKED, given up since 2014, are not supported")
	}
	return hybrid{}, errLevels
}

// version2 opens a page whose levels are not compressed.
func (p *pages) version2(h *header, packed []byte) (*page, error) {
	levels := h.defBytes + h.repBytes
	if h.defBytes < 0 || h.repBytes < 0 || levels > len(packed) || levels > h.size {
		return nil, errLevels
	}
	data := packed[levels:]
	if !h.plain {
		var err error
		if data, err = p.unpack(data, h.size-levels); err != nil {
			return nil, err
		}
	}
	g := &page{kind: dataPage, values: h.values, encoding: h.encoding, data: data}
	if p.maxRep > 0 {
		g.reps = newHybrid(packed[:h.repBytes], levelWidth(p.maxRep))
	}
	if p.maxDef > 0 {
		g.defs = newHybrid(packed[h.repBytes:levels], levelWidth(p.maxDef))
	}
	return g, nil
}

var errUnpack = errors.New("a page can't be decompressed: the file is damaged")

// unpack decompresses a page to exactly size bytes.
func (p *pages) unpack(packed []byte, size int) ([]byte, error) {
	if p.codec == compress.Codecs.Uncompressed {
		if len(packed) != size {
			return nil, errUnpack
		}
		return packed, nil
	}
	if size == 0 {
		return nil, nil
	}
	if p.codec == compress.Codecs.Snappy {
		// It begins with the size, for which its decoder would make room.
		if n, k := binary.Uvarint(packed); k <= 0 || n != uint64(size) {
			return nil, errUnpack
		}
	}
	if cap(p.raw) < size {
		p.raw = make([]byte, size)
	}
	dst := p.raw[:size:size]
	if p.codec == compress.Codecs.Zstd {
		// The library's own decoder makes room for what the page says of itself.
		if p.zstd == nil {
			var err error
			if p.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true)); err != nil {
				return nil, err
			}
		}
		out, err := p.zstd.DecodeAll(packed, dst[:0])
		if err != nil || len(out) != size {
			return nil, errUnpack
		}
		return out, nil
	}
	codec, err := compress.GetCodec(p.codec)
	if err != nil {
		return nil, fmt.Errorf("compression %s is not supported", p.codec)
	}
	out, err := decode(codec, dst, packed)
	if err != nil || len(out) != size {
		return nil, errUnpack
	}
	return out, nil
}

// decode is codec.Decode, which panics where the data is damaged.
func decode(codec compress.Codec, dst, src []byte) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errUnpack
		}
	}()
	return codec.Decode(dst, src), nil
}
