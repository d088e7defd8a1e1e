package crashfs

import (
	"path/filepath"
	"slices"
	"strings"
)

// Glob finds the names that match a pattern, as filepath.Glob does: directories that cannot be read are none.
func (f *FS) Glob(pattern string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.begin(operation{what: "glob", name: pattern, reads: true}); err != nil {
		return nil, pathError("glob", pattern, err)
	}
	if _, err := filepath.Match(pattern, ""); err != nil {
		return nil, err
	}
	return f.glob(pattern), nil
}

func (f *FS) glob(pattern string) []string {
	if !strings.ContainsAny(pattern, `*?[\`) {
		if p, err := f.find(pattern); err != nil || p.node == nil {
			return nil
		}
		return []string{pattern}
	}
	dir, last := filepath.Split(pattern)
	switch dir {
	case "":
		dir = "."
	case "/":
	default:
		dir = dir[:len(dir)-1]
	}
	var found []string
	for _, d := range f.glob(dir) {
		p, err := f.find(d)
		if err != nil || p.node == nil {
			continue
		}
		for _, name := range p.node.names() {
			if ok, _ := filepath.Match(last, name); ok { // the whole pattern was checked
				found = append(found, filepath.Join(d, name))
			}
		}
	}
	return slices.Clip(found)
}
