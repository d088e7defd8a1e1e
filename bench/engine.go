package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"weir/bench/answer"
)

// A run is one process that answered one task.
type run struct {
	wall time.Duration // from before its start until after its end
	cpu  time.Duration // of all its threads
	rss  int64         // greatest resident size in bytes
}

// An engine answers tasks, each in a process of its own.
type engine struct {
	name    string
	program string // path
	// command returns the process that answers, and where its answer will be; a
	// plain file there is the process's standard output if stdout is true.
	command func(e engine, t task, input, format string, threads int, work string) (cmd *exec.Cmd, result answer.Result, stdout bool, err error)
}

func newWeir(program string) engine {
	return engine{name: "weir", program: program, command: weirCommand}
}

func weirCommand(e engine, t task, input, format string, threads int, work string) (*exec.Cmd, answer.Result, bool, error) {
	result := answer.Result{Path: filepath.Join(work, "answer"), Header: !t.filter}
	script := filepath.Join(work, "script.sql")
	if err := os.WriteFile(script, []byte(t.weirScript(input, format, result.Path)), 0o644); err != nil {
		return nil, result, false, err
	}
	cmd := exec.Command(e.program, "-p", strconv.Itoa(threads), "--format", "csv", "-f", script)
	// Without this the garbage collector would use the other cores at -p 1.
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	return cmd, result, !t.filter, nil
}

func newDuckDB(program string) engine {
	return engine{name: "DuckDB", program: program, command: duckdbCommand}
}

func duckdbCommand(e engine, t task, input, format string, threads int, work string) (*exec.Cmd, answer.Result, bool, error) {
	result := answer.Result{Path: filepath.Join(work, "answer"), Header: !t.filter}
	statement := t.duckdbStatement(input, format, result.Path)
	return exec.Command(e.program, "-threads", strconv.Itoa(threads), statement), result, false, nil
}

// answer runs the task once and digests what it wrote. The answer stays in work
// until the next call with the same directory.
func (e engine) answer(t task, input, format string, threads int, work string) (run, answer.Result, error) {
	fail := func(err error) (run, answer.Result, error) {
		return run{}, answer.Result{}, fmt.Errorf("%s %s %s at %d threads: %w", e.name, t.name, format, threads, err)
	}
	if err := os.RemoveAll(work); err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return fail(err)
	}
	cmd, result, stdout, err := e.command(e, t, input, format, threads, work)
	if err != nil {
		return fail(err)
	}
	if stdout {
		file, err := os.Create(result.Path)
		if err != nil {
			return fail(err)
		}
		defer file.Close()
		cmd.Stdout = file
	}
	r, err := measured(cmd)
	if err != nil {
		return fail(err)
	}
	return r, result, nil
}

// measured runs cmd to its end. A child's greatest resident size is never below
// that of the process that starts it, so this process must stay small: it keeps
// no rows and does not link DuckDB.
func measured(cmd *exec.Cmd) (run, error) {
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return run{}, fmt.Errorf("%w\n%s", err, strings.TrimSpace(complaint.String()))
	}
	if err != nil {
		return run{}, err
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	rss := int64(usage.Maxrss)
	if runtime.GOOS != "darwin" { // which counts bytes, the others KiB
		rss *= 1024
	}
	return run{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), rss: rss}, nil
}

// build compiles the package dir into output, unless output is up to date.
func build(dir, pkg, output string) error {
	cmd := exec.Command("go", "build", "-o", output, pkg)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s in %s: %w\n%s", pkg, dir, err, text)
	}
	return nil
}
