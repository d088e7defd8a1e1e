package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"weir/parser/diag"
)

// The codes of what can be wrong with stored images.
const (
	codeDamaged      = "W6101"
	codeVersion      = "W6102" // written by a later weir
	codeLocked       = "W6103"
	codeNoCheckpoint = "W6104" // a path to neither checkpoint nor savepoint
)

// place is a part of an image, as far as it is known.
type place struct {
	operator string
	subtask  int // −1: none
	table    string
	group    int // −1: none
	part     string
}

func (p place) String() string {
	var parts []string
	if p.operator != "" {
		parts = append(parts, "operator '"+p.operator+"'")
	}
	if p.subtask >= 0 {
		parts = append(parts, fmt.Sprintf("subtask %d", p.subtask))
	}
	if p.table != "" {
		parts = append(parts, "table '"+p.table+"'")
	}
	if p.group >= 0 {
		parts = append(parts, fmt.Sprintf("key group %d", p.group))
	}
	if p.part != "" {
		parts = append(parts, p.part)
	}
	return strings.Join(parts, ", ")
}

// nowhere is the place of what is no part of an operator.
var nowhere = place{subtask: -1, group: -1}

// damaged says that a file is not what was written.
func damaged(file string, at place, format string, args ...any) *diag.Diagnostic {
	where := at.String()
	if where != "" {
		where += ": "
	}
	return diag.New(codeDamaged, diag.Span{}, "%s is damaged: %s%s", file, where, fmt.Sprintf(format, args...))
}

// storage wraps what a file system said.
func storage(what, path string, err error) *diag.Diagnostic {
	return diag.New(diag.Storage, diag.Span{}, "can't %s %s: %s", what, path, reason(err))
}

// reason is an error's text without the path, which the message has already.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}
