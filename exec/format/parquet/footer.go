package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/parquet/compress"
	"github.com/apache/arrow/go/v17/parquet/metadata"
	"github.com/apache/arrow/go/v17/parquet/schema"
)

// footer is what the end of a file says of it.
type footer struct {
	meta   *metadata.FileMetaData
	schema *schema.Schema
	groups []group // those with rows, in their order in the file
}

// group is a row group.
type group struct {
	number int // in the footer
	start  int64
	rows   int64
	meta   *metadata.RowGroupMetaData
}

// chunk is a column of a row group.
type chunk struct {
	start, end   int64
	values       int64 // with NULLs
	uncompressed int64
	codec        compress.Compression
}

var magic = []byte("PAR1")

const (
	tailBytes = 8 // of a file: the footer's length, then the magic
	// largestFooter is far above any footer: it is read and taken apart as a whole.
	largestFooter = 512 << 20
)

// readFooter reads the footer of a file of size bytes.
func readFooter(src io.ReaderAt, size int64) (*footer, error) {
	if size < int64(len(magic)+tailBytes) {
		return nil, fmt.Errorf("it has %d bytes", size)
	}
	var tail [tailBytes]byte
	if _, err := src.ReadAt(tail[:], size-tailBytes); err != nil && !errors.Is(err, io.EOF) {
		return nil, &readError{err}
	}
	if bytes.Equal(tail[4:], []byte("PARE")) {
		return nil, errors.New("encrypted files are not supported")
	}
	if !bytes.Equal(tail[4:], magic) {
		return nil, errors.New("it does not end with PAR1: it is of another format, or was not written to its end")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > size-int64(len(magic)+tailBytes) || n > largestFooter {
		return nil, errors.New("its footer is damaged: it would be longer than the file")
	}
	text := make([]byte, n)
	if _, err := src.ReadAt(text, size-tailBytes-n); err != nil && !errors.Is(err, io.EOF) {
		return nil, &readError{err}
	}
	if err := checkFooter(text); err != nil {
		return nil, fmt.Errorf("its footer is damaged: %w", err)
	}
	meta, err := metadata.NewFileMetaData(text, nil)
	if err != nil {
		return nil, fmt.Errorf("its footer is damaged: %w", err)
	}
	f := &footer{meta: meta, schema: meta.Schema}
	if f.schema.NumColumns() == 0 {
		return f, nil
	}
	for i := range meta.RowGroups {
		g := group{number: i, meta: meta.RowGroup(i)}
		if g.rows = g.meta.NumRows(); g.rows < 0 {
			return nil, fmt.Errorf("its footer is damaged: row group %d has %d rows", i, g.rows)
		}
		c, err := g.chunk(0, size)
		if err != nil {
			return nil, fmt.Errorf("its footer is damaged: row group %d: %w", i, err)
		}
		if g.start = c.start; g.rows == 0 {
			continue
		}
		if k := len(f.groups); k > 0 && f.groups[k-1].start >= g.start {
			return nil, fmt.Errorf("its footer is damaged: row group %d does not lie behind the one before it", i)
		}
		f.groups = append(f.groups, g)
	}
	return f, nil
}

// readError is an error of the file system: what was read may be fine.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

// chunk returns where a column of the group lies in a file of size bytes.
func (g *group) chunk(column int, size int64) (chunk, error) {
	m, err := g.meta.ColumnChunk(column)
	if err != nil {
		return chunk{}, err
	}
	if m.FilePath() != "" {
		return chunk{}, errors.New("its values lie in another file, which is not supported")
	}
	if m.CryptoMetadata() != nil {
		return chunk{}, errors.New("it is encrypted, which is not supported")
	}
	c := chunk{start: m.DataPageOffset(), values: m.NumValues(), uncompressed: m.TotalUncompressedSize(), codec: m.Compression()}
	if d := m.DictionaryPageOffset(); m.HasDictionaryPage() && d > 0 && d < c.start {
		c.start = d
	}
	// Old writers leave the header of the dictionary out of the size: a little more is read, where there is more.
	const padding = 100
	length := m.TotalCompressedSize()
	if c.start < int64(len(magic)) || length < 0 || c.start > size || length > size-c.start || c.values < 0 {
		return chunk{}, fmt.Errorf("it would lie at %d, %d bytes long, in a file of %d", c.start, length, size)
	}
	c.end = min(c.start+length+padding, size)
	return c, nil
}

// checkFooter looks whether a footer is Thrift, and no list or tree in it is larger than the footer: the library makes
// room for what they say.
func checkFooter(text []byte) error {
	t := thrift{data: text}
	var id int16
	for {
		kind := t.field(&id)
		if kind == 0 {
			return t.err
		}
		if id == 2 && kind == thriftList {
			if err := checkSchema(&t); err != nil {
				return err
			}
			continue
		}
		t.skip(kind)
	}
}

// schemaDepth is how deep groups may nest: definition levels are kept in a byte.
const schemaDepth = 100

// checkSchema passes the list of the schema's elements.
func checkSchema(t *thrift) error {
	kind, n := t.list()
	if kind != thriftStruct {
		return errBroken
	}
	var open []int64 // children that groups still wait for
	for i := range n {
		children := int64(0)
		var id int16
		for {
			kind := t.field(&id)
			if kind == 0 {
				break
			}
			if id == 5 && kind > thriftByte && kind < thriftDouble {
				children = t.int()
				continue
			}
			t.skip(kind)
		}
		if t.err != nil {
			return t.err
		}
		if children < 0 || children > int64(n-i-1) {
			return errors.New("a group has more fields than there are")
		}
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			open[len(open)-1]--
		}
		if open = append(open, children); len(open) > schemaDepth {
			return fmt.Errorf("groups nested deeper than %d are not supported", schemaDepth)
		}
	}
	return nil
}
