package infer

import (
	"bytes"
	"fmt"

	"weir/exec/format/json"
	"weir/parser/diag"
)

// sampleJSON looks at the objects of the first lines. Columns are the keys of all of them, in order of appearance.
func sampleJSON(t *text, rows int, lenient bool) (*sample, error) {
	s := &sample{options: map[string]string{}}
	at, objects := map[string]int{}, 0
	last := []int{} // the object that had a column last
	seen := 0
	for from := 0; objects < rows; {
		i := bytes.IndexByte(t.data[from:], '\n')
		if i < 0 && !t.eof {
			grown, err := t.more()
			if err != nil {
				return nil, err
			}
			if grown {
				continue
			}
			if objects == 0 {
				return nil, diag.New(codeRagged, diag.Span{}, "%s: the first line is longer than %d MiB", t.path, sampleBytes>>20).
					WithHint("a line is to be one object: jq -c '.[]' makes such lines of an array")
			}
			break
		}
		line, next := t.data[from:], len(t.data)
		if i >= 0 {
			line, next = t.data[from:from+i], from+i+1
		} else if len(line) == 0 {
			break
		}
		problem := json.Objects(line, func() { objects++ }, func(key string, v json.Value) {
			c, ok := at[key]
			if !ok {
				if !json.IsName([]byte(key)) {
					return
				}
				c = len(s.columns)
				at[key] = c
				s.columns = append(s.columns, Column{Name: key, nulls: objects > 1})
				last = append(last, 0)
			}
			if last[c] == objects {
				return // named before: the first one counts
			}
			col := &s.columns[c]
			col.nulls = col.nulls || v.Form == json.Null || last[c] != objects-1
			last[c] = objects
			col.evidence.value(v)
		})
		if problem != "" && !lenient {
			d := diag.New(codeRagged, diag.Span{}, "%s:%d: no JSON line: %s", t.path, t.line(from), problem)
			if b := bytes.TrimSpace(line); seen == 0 && (string(b) == "[" || string(b) == "{") {
				d.Message = fmt.Sprintf("%s:%d: JSON that goes over several lines is not read", t.path, t.line(from))
				d.WithHint("jq -c '.[]' makes lines of an array, and jq -c . of objects")
			}
			return nil, d
		}
		seen++
		from = next
	}
	for i := range s.columns {
		s.columns[i].nulls = s.columns[i].nulls || last[i] != objects
	}
	if len(s.columns) == 0 {
		return nil, nil
	}
	return s, nil
}
