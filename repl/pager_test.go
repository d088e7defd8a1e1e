package repl

import (
	"bytes"
	"errors"
	"testing"
)

func TestPagerIsChosen(t *testing.T) {
	there := func(string) (string, error) { return "/usr/bin/less", nil }
	absent := func(string) (string, error) { return "", errors.New("not found") }
	set := func(value string) func(string) (string, bool) {
		return func(string) (string, bool) { return value, true }
	}
	unset := func(string) (string, bool) { return "", false }
	for _, c := range []struct {
		lookup func(string) (string, bool)
		find   func(string) (string, error)
		want   string
	}{
		{unset, there, "less -SFRX"}, {unset, absent, ""}, {set("more -d"), absent, "more -d"}, {set(""), there, ""}, {set("cat"), there, ""},
	} {
		if got := pagerCommand(c.lookup, c.find); got != c.want {
			t.Errorf("the pager is %q, expected %q", got, c.want)
		}
	}
}

func TestPage(t *testing.T) {
	var out, errs bytes.Buffer
	if err := page("tr a-z A-Z", []byte("rows\n"), &out, &errs); err != nil || out.String() != "ROWS\n" {
		t.Errorf("the pager shows %q: %v", out.String(), err)
	}
	// A pager that its user leaves before the end has done its work; one that is not there has not.
	if err := page("exit 1", bytes.Repeat([]byte("row\n"), 1<<20), &out, &errs); err != nil {
		t.Errorf("leaving the pager is an error: %v", err)
	}
	if err := page("no-such-pager-anywhere", []byte("rows\n"), &out, &errs); err == nil {
		t.Error("a pager that is missing is no error")
	}
}
