package exec

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// longestOwner bounds what is read of a lock's file: what Lock wrote there is a line.
const longestOwner = 4 << 10

// Lock takes a file. Whoever had it before may have removed it between our opening and our locking it: then it is
// opened anew, since a lock of a file without a name keeps nobody away.
func (OS) Lock(name, owner string) (io.Closer, error) {
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o666)
		if err != nil {
			return nil, err
		}
		if err := lockFile(f); err != nil {
			text := readOwner(f)
			_ = f.Close() // nothing was written
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, &LockedError{Owner: text}
			}
			return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
		}
		there, err := isNamed(f, name)
		if err == nil && there {
			err = signOwner(f, owner)
		}
		if err == nil && there {
			return f, nil
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
}

// isNamed reports whether an open file still has its name.
func isNamed(f *os.File, name string) (bool, error) {
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	now, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, now), err
}

func signOwner(f *os.File, owner string) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(owner+"\n"), 0)
	return err
}

func readOwner(f *os.File) string {
	text, _ := io.ReadAll(io.LimitReader(f, longestOwner)) // a message is worse without it, and no more
	return strings.TrimSpace(string(text))
}

// Locked looks at a file through a descriptor that may only read.
func (OS) Locked(name string) (owner string, held bool, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe of that name would wait for its writer
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer f.Close()
	if held, err = isLocked(f); err != nil {
		return "", false, &fs.PathError{Op: "lock", Path: name, Err: err}
	}
	if held {
		owner = readOwner(f)
	}
	return owner, held, nil
}
