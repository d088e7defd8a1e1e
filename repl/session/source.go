package session

import (
	"errors"
	"io"
	"io/fs"
	"strings"

	"weir/parser/ast"
	"weir/parser/diag"
)

// mostReading is how deep files may SOURCE others: more is a file that reads itself.
const mostReading = 16

// sourceFile handles SOURCE: it reads the file, whose statements run next. Its path is relative to the working directory,
// as those of tables are.
func (r *running) sourceFile(x *ast.SourceFile) error {
	if r.reading == mostReading {
		return diag.New(codeFile, x.PathSpan, "files read each other more than %d deep: '%s' is not read", mostReading, x.Path).
			WithHint("a file that reads itself, directly or through others, never ends")
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
	r.included = &diag.Source{Name: x.Path, Text: strings.TrimPrefix(text, "\ufeff")}
	return nil
}

func (r *running) readFile(path string) (string, error) {
	f, err := r.config.Seams.FS.Open(path)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	return string(text), errors.Join(err, f.Close())
}
