package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v17/parquet"

	"weir/exec/format"
	"weir/vector"
)

// values collects the values of one leaf column of a file, page by page and batch by batch, without NULLs.
type values interface {
	// begin begins a row group, whose column has so many values.
	begin(column int64)
	// dictionary takes the dictionary of the row group, before its data pages and the first reset.
	dictionary(g *page) error
	// page begins a data page.
	page(g *page) error
	// reset begins a batch of at most n values.
	reset(n int)
	// take adds the next n values of the page.
	take(n int) error
	// column makes the batch's column of n rows: those that are valid have the values, in order.
	column(valid vector.Bitmap, n int) (vector.Column, error)
}

var (
	errValues   = errors.New("a page has fewer values than its header says")
	errCodes    = errors.New("a page refers to values that its dictionary has not")
	errNoDict   = errors.New("a page refers to a dictionary, and there is none")
	errPageKind = errors.New("its dictionary is damaged")
)

// byteStreamSplit is an encoding that the library does not know yet.
const byteStreamSplit = parquet.Encoding(9)

func errEncoding(e parquet.Encoding) error { return fmt.Errorf("encoding %s is not supported", e) }

// isCoded reports whether a page holds codes of the dictionary.
func isCoded(g *page) bool {
	return g.encoding == parquet.Encodings.RLEDict || g.encoding == parquet.Encodings.PlainDict
}

// codes decodes the codes of a page.
type codes struct {
	in      hybrid
	scratch []uint32
}

func (c *codes) begin(data []byte) error {
	c.in = hybrid{}
	if len(data) == 0 {
		return nil // all values are NULL
	}
	if data[0] > 32 {
		return errCodes
	}
	c.in = newHybrid(data[1:], uint(data[0]))
	return nil
}

// next returns the next n codes, all below limit.
func (c *codes) next(n, limit int) ([]uint32, error) {
	if cap(c.scratch) < n {
		c.scratch = make([]uint32, n)
	}
	out := c.scratch[:n]
	if read(&c.in, out) < n {
		return nil, errValues
	}
	most := uint32(0)
	for _, k := range out {
		most = max(most, k)
	}
	if n > 0 && int64(most) >= int64(limit) {
		return nil, errCodes
	}
	return out, nil
}

// number is what fixed-width values are decoded to: DECIMALs in bytes and INT96 times to Num128.
type number interface {
	int32 | int64 | float32 | float64 | vector.Num128
}

// numbers collects values of a fixed width.
type numbers[F number] struct {
	size   int // bytes of a plain value; 0: it has its length in front
	decode func(dst []F, data []byte)
	// finish makes a column of values; out may be changed.
	finish func(out []F, valid vector.Bitmap, n int) (vector.Column, error)
	keeps  bool // the column keeps out
	delta  bool // pages may be delta-encoded integers

	dict  []F
	codes codes
	coded bool
	data  []byte // of a plain page
	ready []F    // of a page that was decoded as a whole
	out   []F
}

func (v *numbers[F]) begin(int64) { v.dict = nil }

func (v *numbers[F]) dictionary(g *page) error {
	if g.encoding != parquet.Encodings.Plain && g.encoding != parquet.Encodings.PlainDict {
		return errPageKind
	}
	if v.size == 0 {
		all, err := v.prefixed(g.data, g.values)
		v.dict = all
		return err
	}
	if g.values > len(g.data)/v.size {
		return errPageKind
	}
	v.dict = make([]F, g.values)
	v.decode(v.dict, g.data)
	return nil
}

// prefixed decodes numbers with their length in front.
func (v *numbers[F]) prefixed(data []byte, most int) ([]F, error) {
	out := make([]F, 0, min(most, len(data)/4))
	for len(data) > 0 && len(out) < most {
		value, rest, err := cutPrefixed(data)
		if err != nil {
			return nil, err
		}
		data = rest
		if len(value) > 16 {
			return nil, errWide
		}
		out = out[:len(out)+1]
		v.decode(out[len(out)-1:], value)
	}
	return out, nil
}

var errWide = errors.New("a DECIMAL has more than 16 bytes")

// cutPrefixed takes a value with its length in front off plain data.
func cutPrefixed(data []byte) (value, rest []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errValues
	}
	n := binary.LittleEndian.Uint32(data)
	if uint64(n) > uint64(len(data)-4) {
		return nil, nil, errValues
	}
	return data[4 : 4+n], data[4+n:], nil
}

func (v *numbers[F]) page(g *page) error {
	v.coded, v.data, v.ready = false, nil, nil
	switch {
	case isCoded(g):
		v.coded = true
		if v.dict == nil {
			return errNoDict
		}
		return v.codes.begin(g.data)
	case g.encoding == parquet.Encodings.Plain && v.size == 0:
		var err error
		v.ready, err = v.prefixed(g.data, g.values)
		return err
	case g.encoding == parquet.Encodings.Plain:
		v.data = g.data
		return nil
	case g.encoding == parquet.Encodings.DeltaBinaryPacked && v.delta:
		var err error
		switch ready := any(&v.ready).(type) {
		case *[]int32:
			*ready, _, err = deltaNumbers[int32](g.data, g.values)
		case *[]int64:
			*ready, _, err = deltaNumbers[int64](g.data, g.values)
		}
		return err
	case g.encoding == byteStreamSplit && v.size > 0:
		v.data = unsplit(g.data, v.size)
		return nil
	case g.encoding == parquet.Encodings.DeltaByteArray || g.encoding == parquet.Encodings.DeltaLengthByteArray:
		offsets, data, err := deltaBytes(g)
		if err != nil {
			return err
		}
		v.ready = make([]F, len(offsets)-1)
		for i := range v.ready {
			value := data[offsets[i]:offsets[i+1]]
			if v.size > 0 && len(value) != v.size || len(value) > 16 {
				return errWide
			}
			v.decode(v.ready[i:i+1], value)
		}
		return nil
	}
	return errEncoding(g.encoding)
}

// deltaBytes decodes a page of strings that is not plain.
func deltaBytes(g *page) (offsets []int32, data []byte, err error) {
	if g.encoding == parquet.Encodings.DeltaLengthByteArray {
		offsets, data, _, err = deltaLengths(g.data, g.values)
		return offsets, data, err
	}
	return deltaStrings(g.data, g.values, largestPage)
}

func (v *numbers[F]) reset(n int) {
	if v.keeps || cap(v.out) < n {
		v.out = make([]F, 0, n)
	}
	v.out = v.out[:0]
}

func (v *numbers[F]) take(n int) error {
	at := len(v.out)
	if cap(v.out)-at < n {
		v.out = append(make([]F, 0, at+max(n, at)), v.out...)
	}
	v.out = v.out[:at+n]
	dst := v.out[at:]
	switch {
	case v.coded:
		codes, err := v.codes.next(n, len(v.dict))
		if err != nil {
			return err
		}
		dict := v.dict
		for i, k := range codes {
			dst[i] = dict[k]
		}
	case v.data != nil:
		if len(v.data)/v.size < n {
			return errValues
		}
		v.decode(dst, v.data)
		v.data = v.data[n*v.size:]
	default:
		if len(v.ready) < n {
			return errValues
		}
		copy(dst, v.ready)
		v.ready = v.ready[n:]
	}
	return nil
}

func (v *numbers[F]) column(valid vector.Bitmap, n int) (vector.Column, error) {
	return v.finish(v.out, valid, n)
}

// spread moves values to the rows that are valid. Other rows have any value.
func spread[T any](values []T, valid vector.Bitmap, n int) []T {
	if len(values) == n {
		return values
	}
	k := len(values) - 1
	if cap(values) < n {
		grown := make([]T, n)
		copy(grown, values)
		values = grown
	}
	values = values[:n]
	for i := n - 1; k >= 0 && i >= 0; i-- {
		if valid.At(i) {
			values[i] = values[k]
			k--
		}
	}
	return values
}

// bools collects booleans.
type bools struct {
	in  hybrid
	out []uint8
}

func (v *bools) begin(int64) {}

func (v *bools) dictionary(*page) error { return errPageKind }

func (v *bools) page(g *page) error {
	switch g.encoding {
	case parquet.Encodings.Plain:
		v.in = newPacked(g.data, 1, g.values)
		return nil
	case parquet.Encodings.RLE:
		if len(g.data) < 4 {
			v.in = hybrid{}
			return nil
		}
		n := min(uint64(binary.LittleEndian.Uint32(g.data)), uint64(len(g.data)-4))
		v.in = newHybrid(g.data[4:4+n], 1)
		return nil
	}
	return errEncoding(g.encoding)
}

func (v *bools) reset(int) { v.out = v.out[:0] }

func (v *bools) take(n int) error {
	at := len(v.out)
	if cap(v.out)-at < n {
		v.out = append(make([]uint8, 0, at+max(n, at)), v.out...)
	}
	v.out = v.out[:at+n]
	if read(&v.in, v.out[at:]) < n {
		return errValues
	}
	return nil
}

func (v *bools) column(valid vector.Bitmap, n int) (vector.Column, error) {
	bits := vector.NewBitmap(n, false)
	for i, b := range spread(v.out, valid, n) {
		if b != 0 {
			bits.Set(i)
		}
	}
	return vector.NewBools(bits, n, valid), nil
}

// texts collects strings and bytes. Those of a dictionary stay codes, of a dictionary that lives as long as the reader.
type texts struct {
	binary bool
	size   int // bytes of a plain value; 0: it has its length in front

	shared *format.Dictionary // nil: codes gain nothing
	seen   int                // values that the shared dictionary serves

	// The dictionary of the row group, and the codes of its entries in shared; nil: they are not in there.
	entries []int32
	text    []byte
	known   []int32

	codes   codes
	coded   bool
	data    []byte  // of a plain page
	offsets []int32 // of a page that was decoded as a whole: its values are in data

	// The batch: codes in shared, or plain.
	out  []int32
	ends []int32
	buf  []byte
	last int // bytes of the batch before
}

// newTexts makes a collector; coded says that a dictionary column may come of it.
func newTexts(binary, coded bool, size int) *texts {
	v := &texts{binary: binary, size: size}
	if coded {
		v.shared = format.NewDictionary()
	}
	return v
}

func (v *texts) begin(column int64) {
	v.entries, v.known = v.entries[:0], nil
	v.seen = int(min(int64(v.seen)+column, math.MaxInt32))
}

func (v *texts) dictionary(g *page) error {
	if g.encoding != parquet.Encodings.Plain && g.encoding != parquet.Encodings.PlainDict {
		return errPageKind
	}
	v.entries, v.text = append(v.entries[:0], 0), v.text[:0]
	data := g.data
	for range g.values {
		value, rest, err := v.cut(data)
		if err != nil {
			return errPageKind
		}
		data = rest
		v.text = append(v.text, value...)
		v.entries = append(v.entries, int32(len(v.text)))
	}
	if v.shared == nil {
		return nil
	}
	if !v.shared.Gains(g.values, v.seen) {
		v.shared = nil
		return nil
	}
	v.known = make([]int32, g.values)
	for i := range v.known {
		v.known[i] = v.shared.Code(v.entry(uint32(i)))
	}
	return nil
}

func (v *texts) entry(i uint32) []byte { return v.text[v.entries[i]:v.entries[i+1]] }

// cut takes a value off plain data.
func (v *texts) cut(data []byte) (value, rest []byte, err error) {
	if v.size == 0 {
		return cutPrefixed(data)
	}
	if len(data) < v.size {
		return nil, nil, errValues
	}
	return data[:v.size], data[v.size:], nil
}

func (v *texts) page(g *page) error {
	v.coded, v.data, v.offsets = false, nil, nil
	switch {
	case isCoded(g):
		v.coded = true
		if len(v.entries) == 0 {
			return errNoDict
		}
		return v.codes.begin(g.data)
	case g.encoding == parquet.Encodings.Plain:
		v.data = g.data
		return nil
	case g.encoding == parquet.Encodings.DeltaByteArray || g.encoding == parquet.Encodings.DeltaLengthByteArray:
		var err error
		v.offsets, v.data, err = deltaBytes(g)
		return err
	case g.encoding == byteStreamSplit && v.size > 0:
		v.data = unsplit(g.data, v.size)
		return nil
	}
	return errEncoding(g.encoding)
}

func (v *texts) reset(n int) {
	if v.shared != nil && !v.shared.Gains(0, v.seen) {
		v.shared = nil
	}
	if v.shared != nil {
		v.out = make([]int32, 0, n)
		return
	}
	v.ends = append(make([]int32, 0, n+1), 0)
	v.buf = make([]byte, 0, v.last+v.last/16)
}

func (v *texts) take(n int) error {
	switch {
	case v.coded:
		codes, err := v.codes.next(n, len(v.entries)-1)
		if err != nil {
			return err
		}
		return v.takeCodes(codes)
	case v.offsets != nil:
		if len(v.offsets)-1 < n {
			return errValues
		}
		for i := range n {
			if err := v.add(v.data[v.offsets[i]:v.offsets[i+1]]); err != nil {
				return err
			}
		}
		v.offsets = v.offsets[n:]
		return nil
	}
	for range n {
		value, rest, err := v.cut(v.data)
		if err != nil {
			return err
		}
		v.data = rest
		if err := v.add(value); err != nil {
			return err
		}
	}
	return nil
}

// takeCodes adds entries of the row group's dictionary.
func (v *texts) takeCodes(codes []uint32) error {
	if v.shared != nil && v.known != nil {
		known := v.known
		for _, k := range codes {
			v.out = append(v.out, known[k])
		}
		return nil
	}
	for _, k := range codes {
		if err := v.add(v.entry(k)); err != nil {
			return err
		}
	}
	return nil
}

// errBatch says that the strings of a batch are more than 32-bit offsets can tell.
var errBatch = errors.New("the strings of one batch have more than 2 GiB; a smaller weir.batch.rows may help")

func (v *texts) add(value []byte) error {
	if v.shared != nil {
		v.out = append(v.out, v.shared.Code(value))
		return nil
	}
	if len(v.buf)+len(value) > math.MaxInt32 {
		return errBatch
	}
	v.buf = append(v.buf, value...)
	v.ends = append(v.ends, int32(len(v.buf)))
	return nil
}

func (v *texts) column(valid vector.Bitmap, n int) (vector.Column, error) {
	if v.shared != nil {
		if n > 0 && v.shared.Len() == 0 {
			v.shared.Code(nil) // only NULLs so far: their code must be in range
		}
		return vector.NewDictColumn(spread(v.out, valid, n), valid, v.shared.Dict), nil
	}
	v.last = len(v.buf)
	ends := v.ends
	if len(ends) < n+1 {
		spaced, k := make([]int32, n+1), 0
		for i := range n {
			if valid.At(i) {
				k++
			}
			spaced[i+1] = ends[k]
		}
		ends = spaced
	}
	return vector.NewBytes(ends, v.buf, valid, v.binary), nil
}
