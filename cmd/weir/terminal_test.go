//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// terminal is a pseudo-terminal with the command in it and a model of its screen, as a person would see it.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
	ended  chan error // what the command ended with

	mu      sync.Mutex
	changed *sync.Cond
	screen  screen
	raw     []byte // all that has been written
	late    bool   // the deadline of a wait has passed
}

// patience is how long a test waits for what must come; it is only used up by a test that fails.
const patience = 20 * time.Second

// open starts the command in a terminal of a width. Its environment is the tests', with the additions.
func open(t *testing.T, width int, env []string, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	control := func(request, argument uintptr) {
		t.Helper()
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, argument); e != 0 {
			t.Fatal("ioctl", request, e)
		}
	}
	var number, unlocked uint32
	control(syscall.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlocked)))
	control(syscall.TIOCGPTN, uintptr(unsafe.Pointer(&number)))
	size := [4]uint16{24, uint16(width)}
	control(syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size)))
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := weir(t, dir, args...)
	cmd.Env = append(cmd.Env, "TERM=xterm", "NO_COLOR=", "HOME="+dir, "XDG_STATE_HOME="+dir, "VISUAL=", "EDITOR=", "INPUTRC=")
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	term := &terminal{t: t, master: master, cmd: cmd, ended: make(chan error, 1), screen: screen{width: width}}
	term.changed = sync.NewCond(&term.mu)
	read := make(chan struct{})
	go func() {
		defer close(read)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			term.mu.Lock()
			term.screen.write(buf[:n])
			term.raw = append(term.raw, buf[:n]...)
			term.changed.Broadcast()
			term.mu.Unlock()
			if err != nil {
				return // the last program has closed the terminal
			}
		}
	}()
	go func() { term.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-read
		master.Close()
	})
	return term
}

// key types.
func (s *terminal) key(text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// wait waits until a condition on the screen's lines holds.
func (s *terminal) wait(what string, holds func(lines []string) bool) {
	s.t.Helper()
	timer := time.AfterFunc(patience, func() {
		s.mu.Lock()
		s.late = true
		s.changed.Broadcast()
		s.mu.Unlock()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !holds(s.screen.text()) {
		if s.late {
			s.t.Fatalf("the screen does not show %s:\n%s\nat last was written %q", what, strings.Join(s.screen.text(), "\n"), s.raw[max(0, len(s.raw)-1000):])
		}
		s.changed.Wait()
	}
}

// see waits until the screen's last lines are these.
func (s *terminal) see(lines ...string) {
	s.t.Helper()
	s.wait(strings.Join(lines, "\n"), func(all []string) bool {
		if len(all) < len(lines) {
			return false
		}
		for i, l := range all[len(all)-len(lines):] {
			if l != lines[i] {
				return false
			}
		}
		return true
	})
}

// written waits until something has been sent to the terminal, control sequences included.
func (s *terminal) written(text string) {
	s.t.Helper()
	s.wait(fmt.Sprintf("%q", text), func([]string) bool { return strings.Contains(string(s.raw), text) })
}

// exit waits for the end of the command and returns its code, 128 and more for a signal.
func (s *terminal) exit() int {
	s.t.Helper()
	select {
	case err := <-s.ended:
		if status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal())
		}
		return exitOf(s.t, err)
	case <-time.After(patience):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.t.Fatalf("the command does not end:\n%s", strings.Join(s.screen.text(), "\n"))
		return 0
	}
}

// screen is what a terminal shows of what is written to it: the control sequences that readline uses, no colours, and
// lines without end below each other.
type screen struct {
	width    int
	lines    [][]rune
	row, col int
	rest     []byte // of a character or sequence that is not whole
}

func (s *screen) text() []string {
	var out []string
	for _, l := range s.lines {
		out = append(out, strings.TrimRight(string(l), " "))
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

func (s *screen) write(b []byte) {
	b = append(s.rest, b...)
	s.rest = nil
	for len(b) > 0 {
		n := s.one(b)
		if n == 0 {
			s.rest = append(s.rest, b...)
			return
		}
		b = b[n:]
	}
}

// one takes a character or sequence and returns its length; 0 if it is not whole.
func (s *screen) one(b []byte) int {
	switch {
	case b[0] == '\r':
		s.col = 0
	case b[0] == '\n':
		s.row++
	case b[0] == '\b':
		s.col = max(0, s.col-1)
	case b[0] == '\a':
	case b[0] == '\033':
		if len(b) < 2 {
			return 0
		}
		for i := 2; i < len(b); i++ {
			if b[i] >= '@' && b[i] <= '~' {
				s.control(string(b[2:i]), b[i])
				return i + 1
			}
		}
		return 0
	default:
		size := 1
		for size < len(b) && b[0] >= 0x80 && b[size]&0xc0 == 0x80 {
			size++
		}
		if b[0] >= 0xc0 && size == len(b) && size < 4 && strings.ToValidUTF8(string(b[:size]), "") == "" {
			return 0
		}
		if s.col >= s.width {
			s.col, s.row = 0, s.row+1
		}
		l := s.line()
		for len(*l) <= s.col {
			*l = append(*l, ' ')
		}
		(*l)[s.col] = []rune(string(b[:size]))[0]
		s.col++
		return size
	}
	return 1
}

func (s *screen) line() *[]rune {
	for len(s.lines) <= s.row {
		s.lines = append(s.lines, nil)
	}
	return &s.lines[s.row]
}

func (s *screen) control(parameter string, final byte) {
	n, _ := strconv.Atoi(parameter) // others than numbers are of sequences that show nothing
	switch final {
	case 'A':
		s.row = max(0, s.row-max(n, 1))
	case 'C':
		s.col = min(s.width-1, s.col+max(n, 1))
	case 'H':
		s.row, s.col = 0, 0
	case 'J':
		if n == 2 {
			s.lines = nil
			return
		}
		l := s.line()
		*l = (*l)[:min(len(*l), s.col)]
		s.lines = s.lines[:s.row+1]
	case 'K':
		l := s.line()
		if n == 2 {
			*l = nil
		} else {
			*l = (*l)[:min(len(*l), s.col)]
		}
	}
}
