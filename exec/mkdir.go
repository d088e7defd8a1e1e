package exec

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// MakeDir makes a directory and those above it that do not exist, durably. The lowest that exists may have been made by
// a process that was killed before it synced the one above; each is synced before the next is made, so that no other can
// be.
func MakeDir(files FS, dir string) error {
	dir = filepath.Clean(dir)
	up := filepath.Dir(dir)
	if up == dir {
		return nil
	}
	if _, err := files.Stat(dir); err == nil {
		// Where we may not read no process of ours has made anything a moment ago.
		if err := files.SyncDir(up); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
		return nil
	}
	if err := MakeDir(files, up); err != nil {
		return err
	}
	if err := files.MkdirAll(dir); err != nil {
		return err
	}
	return files.SyncDir(up)
}
