// Package json reads JSON lines, with Flink's options: an object a line, or an array of them.
package json

import (
	"strings"

	"weir/exec"
	"weir/exec/format"
	"weir/parser/diag"
	"weir/planner/plan"
)

func isTrue(v string) bool { return strings.EqualFold(strings.TrimSpace(v), "true") }

// NewReader makes a reader of the scan's columns. open opens a split's text; live says that it comes as it is written.
func NewReader(scan *plan.Scan, batchRows int, live bool, open format.OpenFunc) (exec.RangeReader, error) {
	o := scan.Options
	lenient, strict := isTrue(o["json.ignore-parse-errors"]), isTrue(o["json.fail-on-missing-field"])
	if lenient && strict {
		return nil, diag.New("W5004", scan.Table.OptionSpans["json.fail-on-missing-field"],
			"json.fail-on-missing-field and json.ignore-parse-errors shouldn't both be true").In(scan.Table.Source)
	}
	_, _, fields := format.Columns(scan)
	r, err := format.NewReader(format.Config{
		Fields:    fields,
		Times:     format.TimeFormat{ISO: strings.EqualFold(o["json.timestamp-format.standard"], "ISO-8601")},
		Split:     elements,
		Lenient:   lenient,
		BatchRows: batchRows,
		Open:      open,
		Live:      live,
	}, newTokenizer(fields, lenient, strict))
	if err != nil {
		return nil, err
	}
	return r, nil
}
