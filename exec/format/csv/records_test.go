package csv

import (
	"fmt"
	"testing"
)

func TestRecords(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a,b\nc\n", `["a" "b"]["c"]`},
		{"\"a,\"\"b\nc\",d\r\n\n", `["a,\"b\nc" "d"][""]`},
		{"a,b", `["a" "b"]`},
		{"a,\"b\" x\nc,d\n", `there is text between a closing quote and the end of its field`},
		{"a,\"b\nc", `a quote is opened and never closed`},
	} {
		data := []byte(c.text)
		r := NewRecords(NewOptions(nil))
		got := ""
		for at := 0; at < len(data); {
			fields, next, problem := r.Next(data, at, true)
			if problem != "" {
				got = problem
				break
			}
			got += fmt.Sprintf("%q", fields)
			at = next
		}
		if got != c.want {
			t.Errorf("%q is %s, want %s", c.text, got, c.want)
		}
		if string(data) != c.text {
			t.Errorf("%q has become %q", c.text, data)
		}
	}
	r := NewRecords(NewOptions(nil))
	for _, text := range []string{"a,b", "\"a\n", "\"a\""} {
		if _, next, problem := r.Next([]byte(text), 0, false); next != 0 || problem != "" {
			t.Errorf("%q, of which there is more: next at %d, %s", text, next, problem)
		}
	}
}
