package repl

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/chzyer/readline"
)

// plain is a lineReader without any editing but the terminal's own. Its goroutine reads a line when it is asked for one;
// it can't be kept from waiting for a terminal, and ends with the process or with its input.
type plain struct {
	screen     io.Writer
	interrupts <-chan os.Signal
	ask        chan struct{}
	answers    chan answer
	asked      bool // an answer is to come: the read that asked was interrupted
	stop       chan struct{}
}

type answer struct {
	line string
	err  error
}

func newPlain(in io.Reader, screen io.Writer, interrupts <-chan os.Signal) *plain {
	p := &plain{screen: screen, interrupts: interrupts, ask: make(chan struct{}), answers: make(chan answer), stop: make(chan struct{})}
	go func() {
		r := bufio.NewReader(in)
		for {
			select {
			case <-p.ask:
			case <-p.stop:
				return
			}
			line, err := r.ReadString('\n')
			if line != "" && errors.Is(err, io.EOF) {
				err = nil
			}
			select {
			case p.answers <- answer{strings.TrimRight(line, "\r\n"), err}:
			case <-p.stop:
				return
			}
		}
	}()
	return p
}

func (p *plain) read(prompt, _ string) (string, error) {
	if _, err := io.WriteString(p.screen, prompt); err != nil {
		return "", err
	}
	if !p.asked {
		select {
		case p.ask <- struct{}{}:
		case <-p.stop:
			return "", io.EOF
		}
		p.asked = true
	}
	select {
	case a := <-p.answers:
		p.asked = false
		return a.line, a.err
	case <-p.interrupts:
		_, err := io.WriteString(p.screen, "\n")
		return "", errors.Join(readline.ErrInterrupt, err)
	case <-p.stop:
		return "", io.EOF
	}
}

func (p *plain) interrupt() { close(p.stop) }

func (p *plain) close() error { return nil }
