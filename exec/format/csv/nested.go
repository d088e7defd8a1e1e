package csv

import (
	"fmt"

	"weir/exec/format"
	"weir/parser/diag"
	"weir/vector"
)

// nested is the text of one ARRAY or ROW as it is written: its parts with a delimiter between them.
type nested struct {
	text  []byte
	parts []nestedPart
	back  []format.Span // what the reader makes of the text
}

// nestedPart is where a part of the text is.
type nestedPart struct {
	format.Span
	null bool
}

func (v *nested) reset() { v.text, v.parts = v.text[:0], v.parts[:0] }

func (v *nested) add(text []byte, null bool, delimiter string) {
	if len(v.parts) > 0 {
		v.text = append(v.text, delimiter...)
	}
	from := int32(len(v.text))
	v.text = append(v.text, text...)
	v.parts = append(v.parts, nestedPart{format.Span{From: from, To: int32(len(v.text))}, null})
}

// encodeNested encodes a column of ARRAYs or ROWs; add adds the parts of a row's to c.value. One that the reader would
// take for another, for it has no quotes within a field, is refused.
func (c *column) encodeNested(col vector.Column, add func(row int)) error {
	c.cells.Reset(col.Len())
	for i := range col.Len() {
		if col.IsNull(i) {
			c.cells.Text = append(c.cells.Text, c.style.Null...)
		} else {
			c.value.reset()
			add(i)
			if err := c.checkNested(); err != nil {
				return err
			}
			c.cells.Text = append(c.appendField(c.cells.Text, c.value.text), c.w.Separator)
		}
		c.cells.End()
	}
	return nil
}

// What helps against values that can't be written.
const (
	setNull        = "'csv.null-literal' = 'NULL' in the table's options says how a NULL is written; the formats json and parquet have it anyway"
	otherNull      = "choose another 'csv.null-literal', or the formats json or parquet"
	otherDelimiter = "choose another 'csv.array-element-delimiter', or the format json"
	otherFormat    = "the formats json and parquet have it"
)

// checkNested refuses c.value if it would not be read back as it is.
func (c *column) checkNested() error {
	w, v := c.w, &c.value
	for _, p := range v.parts {
		switch text := v.text[p.From:p.To]; {
		case p.null && !w.HasNull:
			return c.unwritable(setNull, "an element that is NULL can't be written as csv without a null literal")
		case !p.null && w.HasNull && string(text) == w.Null:
			return c.unwritable(otherNull, "the element \"%s\" is the null literal, too, and can't be written as csv: it would be read as NULL", text)
		}
	}
	if w.HasNull && string(v.text) == w.Null {
		if len(v.parts) == 0 {
			return c.unwritable(otherNull, "an empty ARRAY can't be written as csv where the null literal is '': it would be read as NULL")
		}
		return c.unwritable(otherFormat, "a %s of nothing but one NULL can't be written as csv: it would be read as NULL itself", c.t.Name())
	}
	if len(v.text) == 0 {
		if len(v.parts) == 0 {
			return nil
		}
		return c.unwritable(otherFormat, "a %s of nothing but one empty element can't be written as csv: it would be read as one without any", c.t.Name())
	}
	v.back, _ = splitter{w.Options}.Elements(v.back[:0], v.text, format.Span{To: int32(len(v.text))})
	for i, p := range v.parts {
		want := p.Span
		if p.null {
			want = format.Null
		}
		if v.back[i] != want || i == len(v.parts)-1 && len(v.back) > len(v.parts) {
			return c.unwritable(otherDelimiter, "the element \"%s\" holds the delimiter of elements '%s' and can't be written as csv", v.text[p.From:p.To], w.Elements)
		}
	}
	return nil
}

// unwritable says what can't be written, and what helps.
func (c *column) unwritable(hint, format string, args ...any) error {
	return diag.New(diag.Unwritable, diag.Span{}, "column %s: %s", c.name, fmt.Sprintf(format, args...)).WithHint("%s", hint)
}
