//go:build linux

// Command picture plays a session at the prompt of weir on a terminal of its own and draws what it shows:
//
//	go run ./docs/picture
//
// writes docs/picture.svg, and the same session as text into docs/shell.md.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// The size of the terminal.
const (
	columns = 88
	rows    = 60
)

// patience is how long the prompt may let wait.
const patience = 20 * time.Second

// keys are what is typed: a line of the file, then Enter. The first line are the arguments of weir.
//
//go:embed session.txt
var keys string

// The marks between which docs/shell.md has the session.
const (
	begin = "<!-- recorded by docs/picture -->\n```console\n"
	end   = "```\n"
)

var (
	elapsed = regexp.MustCompile(`\d+\.\d\d seconds`)
	ready   = regexp.MustCompile(`^ *[^ ]*>$`)
)

func main() {
	lines, err := record(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
	if err := write(lines); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func write(lines [][]cell) error {
	name := filepath.Join("docs", "shell.md")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	old, err := recorded(string(text))
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), begin+old+end, begin+transcript(lines)+end, 1)), 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("docs", "picture.svg"), []byte(svg(lines, columns)), 0o666)
}

// recorded finds the session in docs/shell.md.
func recorded(document string) (string, error) {
	_, rest, ok := strings.Cut(document, begin)
	if !ok {
		return "", errors.New("docs/shell.md has no place for the session")
	}
	session, _, ok := strings.Cut(rest, "\n"+end)
	if !ok {
		return "", errors.New("the session in docs/shell.md has no end")
	}
	return session + "\n", nil
}

// transcript is what the screen shows as text.
func transcript(lines [][]cell) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(text(l) + "\n")
	}
	return b.String()
}

// watched is a screen that one goroutine writes and another one looks at.
type watched struct {
	mu      sync.Mutex
	screen  *screen
	changed time.Time
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed = time.Now()
	return w.screen.Write(b)
}

// record builds weir in a repository, plays the session and returns all lines that it shows. What depends on the machine
// and the moment is left out: times, the revision, settings and history of the user.
func record(root string) ([][]cell, error) {
	dir, err := os.MkdirTemp("", "picture")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "bin", "weir")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "./cmd/weir")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	typed := strings.Split(strings.TrimRight(keys, "\n"), "\n")
	cmd := exec.Command(binary, strings.Fields(typed[0])...)
	cmd.Dir = root
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC", "PAGER=", "HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir}
	shown, err := play(cmd, typed[1:])
	if err != nil {
		return nil, err
	}
	lines := shown.lines
	for len(lines) > 0 && text(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	for i, l := range lines {
		lines[i] = settled(l)
	}
	return lines, nil
}

// settled puts a time in the place of how long a statement took.
func settled(line []cell) []cell {
	at := elapsed.FindStringIndex(text(line))
	if at == nil {
		return line
	}
	before := len([]rune(text(line)[:at[0]]))
	length := at[1] - at[0]
	var out []cell
	out = append(out, line[:before]...)
	for _, r := range "0.02 seconds" {
		out = append(out, cell{r, line[before].style})
	}
	return append(out, line[before+length:]...)
}

// play types lines, each when the prompt is ready for it, and waits for the end.
func play(cmd *exec.Cmd, typed []string) (*screen, error) {
	outer, inner, err := openTerminal(columns, rows)
	if err != nil {
		return nil, err
	}
	defer outer.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = inner, inner, inner
	cmd.SysProcAttr = controlling()
	if err := cmd.Start(); err != nil {
		_ = inner.Close() // the first error is told
		return nil, err
	}
	if err := inner.Close(); err != nil {
		return nil, err
	}
	kill := time.AfterFunc(patience*time.Duration(len(typed)), func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	w := &watched{changed: time.Now()}
	w.screen = newScreen(columns, rows, func(answer string) { _, _ = io.WriteString(outer, answer) }) // a prompt that has ended asks no more
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(w, outer) // ends with an error when the process closes the terminal
	}()
	for _, line := range append(typed, "QUIT") {
		if err := w.await(); err != nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			return nil, err
		}
		for _, key := range line {
			if _, err := io.WriteString(outer, string(key)); err != nil {
				return nil, err
			}
		}
		if _, err := outer.Write([]byte{'\r'}); err != nil {
			return nil, err
		}
		w.mu.Lock()
		w.changed = time.Now()
		w.mu.Unlock()
	}
	err = cmd.Wait()
	<-read
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.screen, err
}

// await returns when the cursor stands behind a prompt and nothing more comes.
func (w *watched) await() error {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		w.mu.Lock()
		done := time.Since(w.changed) > 200*time.Millisecond && ready.MatchString(w.screen.cursorLine())
		w.mu.Unlock()
		if done {
			return nil
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var all bytes.Buffer
	for _, l := range w.screen.lines {
		fmt.Fprintln(&all, text(l))
	}
	return fmt.Errorf("the prompt does not come back:\n%s", all.String())
}
