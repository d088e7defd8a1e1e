package json

import (
	"fmt"
	"testing"
)

func TestObjects(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{"a":1,"b":null,"c":true,"d":"x\ny","e":{"f":[1]},"g":[1, "z"]}`, `{ a=2 1 b=0 null c=1 true d=3 "x\ny" e=4 {"f":[1]} g=5 [1, "z"]`},
		{`[{"a":1}, {} ,{"b":2}]`, `{ a=2 1{{ b=2 2`},
		{` {"\u0061" : "é"} `, `{ a=3 "é"`},
		{``, ``}, {`  `, ``}, {`[]`, ``},
		{`{"a":1} {"b":2}`, `{ a=2 1! one object a line is expected, and there is more behind it`},
		{`{"a":}`, `{! a value is expected`}, {`{"a" 1}`, `{! a key is expected`}, {`{a:1}`, `{! a key is expected`}, {`{"a":1`, `{ a=2 1! a comma or } is expected`},
		{`[{"a":1}`, `{ a=2 1! a comma or ] is expected`}, {`[1]`, `! an object is expected`}, {`7`, `! an object is expected`},
		{`{"a":"\x"}`, `{! a value is expected`},
	} {
		got := ""
		problem := Objects([]byte(c.line), func() { got += "{" }, func(key string, v Value) {
			if v.Form == Text {
				got += fmt.Sprintf(" %s=%d %q", key, v.Form, v.Text)
			} else {
				got += fmt.Sprintf(" %s=%d %s", key, v.Form, v.Text)
			}
		})
		if problem != "" {
			got += "! " + problem
		}
		if got != c.want {
			t.Errorf("%s is %s, want %s", c.line, got, c.want)
		}
	}
}

func TestElements(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`[]`, ``}, {`[ ]`, ``}, {`[1, "x\"y" ,null,[2],{"a":3}]`, `2:1 3:x"y 0:null 5:[2] 4:{"a":3} `},
	} {
		got := ""
		for _, e := range (Value{Form: Array, Text: []byte(c.text)}).Elements() {
			got += fmt.Sprintf("%d:%s ", e.Form, e.Text)
		}
		if got != c.want {
			t.Errorf("%s has %s, want %s", c.text, got, c.want)
		}
	}
}
