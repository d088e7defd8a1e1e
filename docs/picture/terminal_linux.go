package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// openTerminal opens a pseudo-terminal: what is written to outer is typed, what is read from it is shown.
func openTerminal(width, height int) (outer, inner *os.File, err error) {
	outer, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	var number uint32
	var locked int32
	size := [4]uint16{uint16(height), uint16(width)}
	for _, call := range []struct {
		request uintptr
		value   unsafe.Pointer
	}{
		{syscall.TIOCSPTLCK, unsafe.Pointer(&locked)},
		{syscall.TIOCGPTN, unsafe.Pointer(&number)},
		{syscall.TIOCSWINSZ, unsafe.Pointer(&size)},
	} {
		if err := ioctl(outer, call.request, call.value); err != nil {
			return nil, nil, err
		}
	}
	inner, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		_ = outer.Close() // the first error is told
		return nil, nil, err
	}
	return outer, inner, nil
}

// ioctl goes through SyscallConn, so that the file stays one that Close can wake readers of.
func ioctl(f *os.File, request uintptr, value unsafe.Pointer) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var number syscall.Errno
	if err := conn.Control(func(fd uintptr) { _, _, number = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(value)) }); err != nil {
		return err
	}
	if number != 0 {
		return os.NewSyscallError("ioctl", number)
	}
	return nil
}

// controlling makes the terminal, which the process has as standard input, its own.
func controlling() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true}
}
