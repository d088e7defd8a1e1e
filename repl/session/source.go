package session

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"weir/parser/ast"
	"weir/parser/diag"
)

// mostReading is how deep files may SOURCE others, which keeps a mistake from taking all memory.
const mostReading = 16

// sourceFile handles SOURCE: it reads the file, whose statements run next. Its path is relative to the working directory,
// as those of tables are.
func (r *running) sourceFile(x *ast.SourceFile) error {
	if why := unreadable(x.Path, r.open); why != "" {
		return diag.New(codeFile, x.PathSpan, "%s", why).WithHint("a file that reads itself, directly or through others, never ends")
	}
	text, err := r.readFile(x.Path)
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err // the path is told already
		}
		d := diag.New(codeFile, x.PathSpan, "'%s' can't be read: %s", x.Path, err)
		if errors.Is(err, fs.ErrNotExist) {
			d.WithHint("a path is relative to the directory that weir was started in")
		}
		return d
	}
	// No verb: what has become of the file's statements is theirs to say.
	if err := r.finish(Done{}); err != nil {
		return err
	}
	r.included = included(x.Path, text)
	return nil
}

// unreadable says why a file can't be read by SOURCE where others are being read; empty: it can.
func unreadable(path string, open []string) string {
	switch {
	case slices.Contains(open, absolute(path)):
		return fmt.Sprintf("'%s' is being read: it can't read itself", path)
	case len(open) > mostReading:
		return fmt.Sprintf("files read each other more than %d deep: '%s' is not read", mostReading, path)
	}
	return ""
}

// included is the text of a file that SOURCE names.
func included(path, text string) *diag.Source {
	return &diag.Source{Name: path, Text: strings.TrimPrefix(text, "\ufeff")}
}

// errIrregular says that a path is a pipe, a device or a directory: its text may never end.
var errIrregular = errors.New("it is no regular file")

func (s *Session) readFile(path string) (string, error) {
	files := s.config.Seams.FS
	info, err := files.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errIrregular
	}
	f, err := files.Open(path)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	return string(text), errors.Join(err, f.Close())
}
