package result

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/repl/session"
	"weir/vector"
)

// live shows the rows that a streaming result consists of at the moment, drawn anew in the same place of the terminal
// with each change. Where that can't be, and for what is bounded, it is the tableau.
type live struct {
	tableau
	moves bool // the terminal can move its cursor
	table []liveRow
	where map[string][]int // rows by their values, as indexes of table
	holes []int            // indexes that an update has left and not filled yet
	gone  int
	drawn int // lines on the terminal
}

// liveRow is a row's texts; nil: it has been deleted.
type liveRow struct {
	key   string
	cells []string
}

func (l *live) redraws() bool { return l.screen != nil && l.moves && l.schema.Streaming }

func (l *live) begin(dst []byte, s *session.Schema) []byte {
	l.schema = s
	if !l.redraws() {
		return l.tableau.begin(dst, s)
	}
	l.table, l.where, l.holes, l.gone, l.drawn, l.total = nil, map[string][]int{}, nil, 0, 0, 0
	return dst
}

func (l *live) rows(dst []byte, b vector.Batch) []byte {
	if !l.redraws() {
		return l.tableau.rows(dst, b)
	}
	l.cells = cells(l.cells, b, l.schema.Columns, l.schema.Zone)
	for row := range b.Rows {
		r := l.read(row)
		switch b.Kind(row) {
		case vector.UpdateBefore:
			if at, ok := l.remove(r.key); ok {
				l.holes = append(l.holes, at)
			}
		case vector.Delete:
			l.remove(r.key)
		default:
			l.put(r, b.Kind(row) == vector.UpdateAfter)
		}
	}
	l.compact()
	width, height := l.screen()
	// The terminal shows the newest rows above the lines of the frame, the footer and the status.
	return l.draw(l.erase(dst), max(1, height-6), width)
}

func (l *live) read(row int) liveRow {
	r := liveRow{cells: make([]string, len(l.cells))}
	var key []byte
	for i, c := range l.cells {
		if !c.valid.At(row) {
			r.cells[i] = null
			key = append(key, '-')
			continue
		}
		l.text = escapeControl(c.text(l.text[:0], row), 0)
		r.cells[i] = string(l.text)
		key = append(strconv.AppendInt(key, int64(len(l.text)), 10), ':')
		key = append(key, l.text...)
	}
	r.key = string(key)
	return r
}

// put adds a row; what an update brings goes where the row before it was.
func (l *live) put(r liveRow, update bool) {
	l.total++
	at := len(l.table)
	if n := len(l.holes); update && n > 0 {
		at, l.holes = l.holes[0], l.holes[1:]
		l.gone--
		l.table[at] = r
	} else {
		l.table = append(l.table, r)
	}
	l.where[r.key] = append(l.where[r.key], at)
}

func (l *live) remove(key string) (at int, ok bool) {
	places := l.where[key]
	if len(places) == 0 {
		return 0, false
	}
	at = places[len(places)-1]
	if places = places[:len(places)-1]; len(places) == 0 {
		delete(l.where, key)
	} else {
		l.where[key] = places
	}
	l.table[at] = liveRow{}
	l.total--
	l.gone++
	return at, true
}

// compact closes the gaps of deleted rows when they are more than the others. Updates may still want to fill theirs.
func (l *live) compact() {
	if len(l.holes) > 0 || l.gone <= len(l.table)/2 {
		return
	}
	kept := l.table[:0]
	clear(l.where)
	for _, r := range l.table {
		if r.cells != nil {
			l.where[r.key] = append(l.where[r.key], len(kept))
			kept = append(kept, r)
		}
	}
	clear(l.table[len(kept):])
	l.table, l.gone = kept, 0
}

// erase takes what was drawn off the terminal.
func (l *live) erase(dst []byte) []byte {
	if l.drawn > 0 {
		dst = append(dst, "\x1b["...)
		dst = strconv.AppendInt(dst, int64(l.drawn), 10)
		dst = append(dst, "A\r\x1b[J"...)
	}
	l.drawn = 0
	return dst
}

// draw draws the last rows, most of them at most, no line wider than width (0: as wide as they are).
func (l *live) draw(dst []byte, most, width int) []byte {
	var shown []liveRow
	for i := len(l.table) - 1; i >= 0 && len(shown) < most; i-- {
		if l.table[i].cells != nil {
			shown = append(shown, l.table[i])
		}
	}
	l.op, l.widths = false, l.widths[:0]
	for i, c := range l.schema.Columns {
		w := textWidth(c.Name)
		for _, r := range shown {
			w = max(w, textWidth(r.cells[i]))
		}
		l.widths = append(l.widths, min(w, l.schema.MaxWidth))
	}
	table := l.header(nil)
	for i := len(shown) - 1; i >= 0; i-- {
		table = append(table, '|')
		for k, text := range shown[i].cells {
			table = pad(table, cut(text, l.widths[k]), l.widths[k])
		}
		table = append(table, '\n')
	}
	table = l.border(table)
	for line := range strings.Lines(string(table)) {
		dst = append(clip(dst, strings.TrimSuffix(line, "\n"), width), '\n')
		l.drawn++
	}
	if above := l.total - int64(len(shown)); above > 0 {
		dst = append(dst, counted(above)+" above\n"...)
		l.drawn++
	}
	return dst
}

// clip appends as much of a line as fits.
func clip(dst []byte, line string, width int) []byte {
	if width <= 0 {
		return append(dst, line...)
	}
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if width -= runeWidth(r); width < 0 {
			break
		}
		dst = append(dst, line[i:i+size]...)
		i += size
	}
	return dst
}

func (l *live) end(dst []byte, d session.Done) []byte {
	if !l.redraws() {
		return l.tableau.end(dst, d)
	}
	dst = l.draw(l.erase(dst), len(l.table), 0)
	return append(dst, counted(l.total)+" in set"+l.cost(d)+"\n\n"...)
}

// Width is how many columns of a terminal a text takes.
func Width(text string) int { return textWidth(text) }

// Clip shortens a line to a width on a terminal.
func Clip(line string, width int) string { return string(clip(nil, line, width)) }
