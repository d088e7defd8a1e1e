//go:build !linux

package exec

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// patience is how long lockFile waits for those who only look: they are done in microseconds.
const patience = 20 * time.Millisecond

// lockFile fails with EWOULDBLOCK if the file is locked. isLocked has it for an instant, which is waited for.
func lockFile(f *os.File) error {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(end) {
			return err
		}
	}
}

// isLocked takes a shared lock for an instant: there is no other way to ask.
func isLocked(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
