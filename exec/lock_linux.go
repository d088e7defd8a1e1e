package exec

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// Locks are those of open file descriptions (fcntl(2), since Linux 3.15). Like those of flock they end with the process
// and keep other descriptions of the same process away, too; unlike them they can be asked about without being taken.
// /proc/locks would tell as well, but not of processes in another PID namespace, and names devices otherwise than stat
// does on some file systems.
const (
	ofdGetLock = 36 // F_OFD_GETLK
	ofdSetLock = 37 // F_OFD_SETLK
)

func wholeFile() *syscall.Flock_t {
	return &syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
}

// lockFile fails with EWOULDBLOCK if the file is locked.
func lockFile(f *os.File) error {
	err := syscall.FcntlFlock(f.Fd(), ofdSetLock, wholeFile())
	if errors.Is(err, syscall.EACCES) {
		return syscall.EWOULDBLOCK // as POSIX allows
	}
	return err
}

func isLocked(f *os.File) (bool, error) {
	l := wholeFile()
	err := syscall.FcntlFlock(f.Fd(), ofdGetLock, l)
	return l.Type != syscall.F_UNLCK, err
}
