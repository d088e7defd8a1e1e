package parquet

import (
	"errors"
	"fmt"
	"io"

	"weir/vector"
)

// leaf reads one leaf column of a file: values with levels. Levels say which of them are NULL, and where lists begin
// and end (Dremel's: the definition level counts the optional and repeated groups that are there, the repetition level
// is that of the list which goes on, 0 where a row begins).
type leaf struct {
	column         int    // in the file
	path           string // for messages
	maxDef, maxRep int
	values         values
	pages          pages
	bytes          int64 // of the row group's column, uncompressed

	page *page
	left int // of page: levels not read yet
	// Levels that were read and not taken yet: they lie behind the rows of the batch.
	aheadDefs, aheadReps []uint8

	// The levels of the batch. flat leaves keep none: valid says it all.
	defs, reps []uint8
	scratch    []uint8
}

// levelBlock are read at a time, to look where rows end.
const levelBlock = 1024

// begin goes to a row group.
func (l *leaf) begin(src io.ReaderAt, c chunk) error {
	l.pages.open(src, c, l.maxDef, l.maxRep)
	l.bytes = c.uncompressed
	l.page, l.left, l.aheadDefs, l.aheadReps = nil, 0, nil, nil
	l.values.begin(c.values)
	_, err := l.next()
	return err
}

// next goes to the next data page. It reports whether there is one.
func (l *leaf) next() (bool, error) {
	for {
		if l.pages.left == 0 {
			return false, nil // what lies behind is of other columns
		}
		g, err := l.pages.next()
		if err != nil || g == nil {
			return false, err
		}
		if g.kind == dictionaryPage {
			if l.page != nil {
				return false, errors.New("it has more than one dictionary")
			}
			if err := l.values.dictionary(g); err != nil {
				return false, err
			}
			continue
		}
		l.page, l.left = g, g.values
		if g.values == 0 {
			continue
		}
		return true, l.values.page(g)
	}
}

var errFewRows = errors.New("it has fewer values than the row group has rows")

// readFlat reads n rows of a column that is in no group, and returns which are valid; nil: all.
func (l *leaf) readFlat(n int) (vector.Bitmap, error) {
	l.values.reset(n)
	var valid vector.Bitmap
	for row := 0; row < n; {
		if l.left == 0 {
			if some, err := l.next(); err != nil {
				return nil, err
			} else if !some {
				return nil, errFewRows
			}
		}
		k := min(n-row, l.left)
		present := k
		if l.maxDef > 0 && !l.page.defs.all(uint32(l.maxDef), k) {
			if cap(l.scratch) < k {
				l.scratch = make([]uint8, k)
			}
			levels := l.scratch[:k]
			if read(&l.page.defs, levels) < k {
				return nil, errLevels
			}
			for i, level := range levels {
				if int(level) == l.maxDef {
					continue
				}
				present--
				if valid == nil {
					valid = vector.NewBitmap(n, true)
				}
				valid.Clear(row + i)
			}
		}
		if err := l.values.take(present); err != nil {
			return nil, err
		}
		l.left -= k
		row += k
	}
	return valid, nil
}

// readRows reads the levels and values of n rows.
func (l *leaf) readRows(n int) error {
	l.values.reset(n)
	l.defs, l.reps = l.defs[:0], l.reps[:0]
	for rows := 0; ; {
		if len(l.aheadDefs) == 0 {
			if some, err := l.look(); err != nil {
				return err
			} else if !some {
				if rows < n {
					return errFewRows
				}
				return nil
			}
		}
		k, present := 0, 0
		full := false
		for ; k < len(l.aheadDefs); k++ {
			if l.aheadReps[k] == 0 {
				if full = rows == n; full {
					break
				}
				rows++
			} else if rows == 0 {
				return errLevels // a list goes on that has not begun
			}
			if int(l.aheadDefs[k]) == l.maxDef {
				present++
			}
		}
		l.defs = append(l.defs, l.aheadDefs[:k]...)
		l.reps = append(l.reps, l.aheadReps[:k]...)
		l.aheadDefs, l.aheadReps = l.aheadDefs[k:], l.aheadReps[k:]
		if err := l.values.take(present); err != nil {
			return err
		}
		if full {
			return nil
		}
	}
}

// look reads a block of levels. It reports whether there are any.
func (l *leaf) look() (bool, error) {
	if l.left == 0 {
		if some, err := l.next(); err != nil || !some {
			return false, err
		}
	}
	k := min(l.left, levelBlock)
	if l.scratch == nil {
		l.scratch = make([]uint8, 2*levelBlock)
	}
	l.aheadDefs, l.aheadReps = l.scratch[:k], l.scratch[levelBlock:levelBlock+k]
	clear(l.aheadReps)
	if l.maxDef > 0 && read(&l.page.defs, l.aheadDefs) < k || l.maxRep > 0 && read(&l.page.reps, l.aheadReps) < k {
		return false, errLevels
	}
	if l.maxDef == 0 {
		clear(l.aheadDefs)
	}
	for i, d := range l.aheadDefs {
		if int(d) > l.maxDef || int(l.aheadReps[i]) > l.maxRep {
			return false, errLevels
		}
	}
	l.left -= k
	return true, nil
}

// finish looks whether the row group ends here.
func (l *leaf) finish() error {
	if l.left > 0 || len(l.aheadDefs) > 0 || l.pages.left > 0 {
		return errors.New("it has more values than the row group has rows")
	}
	return nil
}

// columnError is an error in a column of a row group.
type columnError struct {
	column string
	cause  error
}

func (e *columnError) Error() string { return fmt.Sprintf("column %s: %s", e.column, e.cause) }
func (e *columnError) Unwrap() error { return e.cause }
