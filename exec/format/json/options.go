// Package json reads JSON lines, with Flink's options: an object a line, or an array of them.
package json

import (
	"bytes"
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
		return nil, diag.New(diag.OptionMissing, scan.Table.OptionSpans["json.fail-on-missing-field"],
			"json.fail-on-missing-field and json.ignore-parse-errors shouldn't both be true").In(scan.Table.Source)
	}
	iso := strings.EqualFold(o["json.timestamp-format.standard"], "ISO-8601")
	advice := func(field *format.Field, value []byte) string {
		if field != nil && field.Type.IsTimestamp() && !iso && bytes.IndexByte(value, 'T') >= 0 {
			return "'json.timestamp-format.standard' = 'ISO-8601' in the table's options reads times as 2026-01-01T12:00:00"
		}
		if strict {
			return "" // what is strict on purpose is not to be made lenient
		}
		return "'json.ignore-parse-errors' = 'true' in the table's options makes NULL of such fields and leaves out rows that are no JSON"
	}
	_, _, fields := format.Columns(scan)
	t := newTokenizer(fields, lenient, strict)
	if scan.Table.Inferred != nil && !lenient && len(scan.Read) == len(scan.Table.Columns) {
		// Who wants all there is does not know that there is more.
		t.known = map[string]bool{}
		for _, f := range fields {
			t.known[f.Name] = true
		}
		for _, name := range scan.Table.Partitions {
			t.known[name] = true // the name of a directory has the value that counts
		}
	}
	r, err := format.NewReader(format.Config{
		Fields:    fields,
		Times:     format.TimeFormat{ISO: iso},
		Exact:     scan.Table.Inferred != nil,
		Advice:    format.Advise(scan, advice),
		Split:     splitter{strict},
		Lenient:   lenient,
		BatchRows: batchRows,
		Open:      open,
		Live:      live,
	}, t)
	if err != nil {
		return nil, err
	}
	return r, nil
}
