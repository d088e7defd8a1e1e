package format

// Rows is the table that a tokenizer fills: the rows of some records, by read column. The reader owns it.
type Rows struct {
	// Spans[c][r] is read column c of row r, in the data that was tokenized.
	Spans [][]Span
	N     int // rows
	Max   int // the tokenizer stops when N has reached it

	jumps   []jump
	failure string // what is wrong with the record behind the rows; it ends the range
	field   *Field // of the failure, and its text; nil: the record as a whole is wrong
	value   []byte
	skipped int64  // rows that could not be read as they should
	first   bad    // of them
	marked  []bool // rows that are counted in skipped; nil: none
}

// jump says that from a row on the lines are some more than the rows were.
type jump struct {
	row   int
	lines int64
}

type bad struct {
	row    int
	line   int64 // jumps' lines before the row
	detail string
}

func (r *Rows) reset(most int) {
	r.N, r.Max = 0, most
	for i, s := range r.Spans {
		if len(s) < most {
			r.Spans[i] = make([]Span, most)
		}
	}
	r.jumps, r.failure, r.field, r.skipped, r.marked = r.jumps[:0], "", nil, 0, nil
}

// Jump says that lines line breaks more (less) than rows lie before the next row.
func (r *Rows) Jump(lines int64) { r.jumps = append(r.jumps, jump{r.N, lines}) }

// Fail says that the next record cannot be read, and why. The tokenizer returns where it begins.
func (r *Rows) Fail(detail string) { r.failure = detail }

// FailField is Fail for a field that the table has not.
func (r *Rows) FailField(detail string, name string, value []byte) {
	r.failure, r.field, r.value = detail, &Field{Name: name}, value
}

// Grow makes room for at least one row more than Max; for a record of several rows.
func (r *Rows) Grow() {
	for i, s := range r.Spans {
		if len(s) <= r.N {
			r.Spans[i] = append(s, make([]Span, len(s)+1)...)
		}
	}
}

// Back takes rows back: there are n again.
func (r *Rows) Back(n int) {
	r.N = n
	for len(r.jumps) > 0 && r.jumps[len(r.jumps)-1].row > n {
		r.jumps = r.jumps[:len(r.jumps)-1]
	}
}

// Skip counts a record that is no row; it comes before the Jump over it.
func (r *Rows) Skip(detail string) { r.count(r.N, detail) }

// Mark counts a row whose fields could not all be read; once, however many they are.
func (r *Rows) Mark(row int, detail string) {
	if r.marked == nil {
		r.marked = make([]bool, max(r.N, r.Max, row+1))
	}
	if len(r.marked) <= row {
		r.marked = append(r.marked, make([]bool, row+1-len(r.marked))...)
	}
	if !r.marked[row] {
		r.marked[row] = true
		r.count(row, detail)
	}
}

func (r *Rows) count(row int, detail string) {
	r.skipped++
	if r.skipped == 1 || row < r.first.row {
		r.first = bad{row, shiftAt(r.jumps, row), detail}
	}
}

// shiftAt is how many lines more than rows lie before a row.
func shiftAt(jumps []jump, row int) int64 {
	n := int64(0)
	for _, j := range jumps {
		if j.row <= row {
			n += j.lines
		}
	}
	return n
}
