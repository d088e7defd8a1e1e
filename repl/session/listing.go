package session

import (
	"maps"
	"slices"

	"weir/vector"
)

// listing is a small result about the session, made row by row. Values are texts, truths in BOOLEAN columns, or times in
// TIMESTAMP_LTZ(3) columns.
type listing struct {
	columns []vector.Field
	rows    [][]value
}

// value is a cell of a listing.
type value struct {
	text  string
	truth bool
	time  int64 // ms since 1970
	null  bool
}

func text(s string) value { return value{text: s} }

// textOrNull is NULL for an empty text.
func textOrNull(s string) value { return value{text: s, null: s == ""} }

func truth(b bool) value { return value{truth: b} }

func newListing(names ...string) *listing {
	l := &listing{}
	for _, n := range names {
		l.columns = append(l.columns, stringColumn(n))
	}
	return l
}

func (l *listing) add(row ...value) { l.rows = append(l.rows, row) }

// batch makes columns of the rows.
func (l *listing) batch() vector.Batch {
	b := vector.Batch{Rows: len(l.rows), Columns: make([]vector.Column, len(l.columns))}
	for i, c := range l.columns {
		valid := vector.NewBitmap(len(l.rows), true)
		truths := vector.NewBitmap(len(l.rows), false)
		offsets := make([]int32, 1, len(l.rows)+1)
		times := make([]int64, len(l.rows))
		var data []byte
		for j, row := range l.rows {
			if row[i].null {
				valid.Clear(j)
			}
			if row[i].truth {
				truths.Set(j)
			}
			times[j] = row[i].time
			data = append(data, row[i].text...)
			offsets = append(offsets, int32(len(data)))
		}
		switch c.Type.Kind {
		case vector.Boolean:
			b.Columns[i] = vector.NewBools(truths, len(l.rows), valid)
		case vector.TimestampLTZ:
			b.Columns[i] = vector.NewColumn(times, valid)
		default:
			b.Columns[i] = vector.NewBytes(offsets, data, valid, false)
		}
	}
	return b
}

// listing gives the rows as the statement's result and ends it.
func (r *running) listing(l *listing) error { return r.result(l, Listing) }

// document gives one text of several lines as the statement's result and ends it.
func (r *running) document(s string) error {
	l := newListing("result")
	l.add(text(s))
	return r.result(l, Document)
}

// Document tells the Output a text as if a statement without a number had given it: what the prompt says of itself
// takes the way of all results. It returns ErrClosed if the Output takes no more.
func (s *Session) Document(text string) error {
	r := &running{Session: s, started: s.config.Seams.Clock.Now()}
	if r.document(text) != nil {
		return ErrClosed
	}
	return nil
}

func (r *running) result(l *listing, shape Shape) error {
	if err := r.out(r.config.Output.Schema(&Schema{Statement: r.number, Columns: l.columns, Shape: shape, Zone: r.zone(), Mode: r.mode()})); err != nil {
		return err
	}
	if len(l.rows) > 0 {
		if err := r.out(r.config.Output.Rows(l.batch())); err != nil {
			return err
		}
	}
	return r.finish(Done{Rows: int64(len(l.rows))})
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
