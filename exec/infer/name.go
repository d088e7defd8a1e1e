package infer

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// tableName is what a table of a path is called: as the file without ends, as the directory, or as the part of a pattern
// that is no pattern.
func tableName(path string) string {
	name := stem(path)
	if strings.ContainsAny(name, "*?[") {
		name, _, _ = strings.Cut(name, ".")
		if i := strings.IndexAny(name, "*?["); i >= 0 {
			name = name[:i]
		}
		name = strings.TrimRight(name, "-_. ")
		if dir := filepath.Dir(path); name == "" && dir != "." && !strings.ContainsAny(dir, "*?[") {
			name = filepath.Base(dir)
		}
	} else if ext := filepath.Ext(name); ext != name {
		name = strings.TrimSuffix(name, ext)
	}
	if name = clean(name); name == "" || name == "." || name == "/" || name == ".." {
		return "files"
	}
	return name
}

// columnNames makes names of the cells of a header: trimmed, f0 and so on where there is none, unique.
func columnNames(cells []string) []string {
	names, used := make([]string, len(cells)), map[string]bool{}
	for _, c := range cells {
		used[clean(c)] = true
	}
	given := map[string]bool{}
	for i, c := range cells {
		name := clean(c)
		if name == "" {
			name = fmt.Sprintf("f%d", i)
			if !used[name] {
				used[name], given[name] = true, true
				names[i] = name
				continue
			}
		}
		if given[name] || name != clean(c) {
			base := name
			for k := 1; used[name]; k++ {
				name = fmt.Sprintf("%s_%d", base, k)
			}
		}
		used[name], given[name] = true, true
		names[i] = name
	}
	return names
}

// clean is a name without what no name has.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "�")
	}
	return strings.TrimSpace(s)
}
