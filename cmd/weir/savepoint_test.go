package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// speaker is the socket of a job whose process is the test: it answers what a map says, and nothing to all else.
func speaker(t *testing.T, state, id, name string, answers map[string]string) {
	t.Helper()
	dir := t.TempDir()
	socket, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(c).ReadString('\n')
			if a := answers[strings.TrimSuffix(line, "\n")]; a != "" {
				fmt.Fprintln(c, a)
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-ended
	})
	registry := filepath.Join(state, "weir", "jobs")
	if err := os.MkdirAll(registry, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("directory %s\npid 77\nname %s\nstarted 2026-01-02T03:04:05Z\n", dir, name)
	if err := os.WriteFile(filepath.Join(registry, id), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCommandsAboutJobs(t *testing.T) {
	state := t.TempDir()
	orders, mute := strings.Repeat("0a", 16), strings.Repeat("1b", 16)
	speaker(t, state, orders, "orders", map[string]string{
		"weir1 describe":                       "ok " + orders + " RUNNING 12 orders",
		"weir1 savepoint":                      "ok /own/savepoint-1",
		"weir1 savepoint " + state + "/a b":    "ok /a b/savepoint-2",
		"weir1 savepoint /full":                "error W5301 /full: no space left on device",
		"weir1 stop":                           "ok",
		"weir1 stop drain " + state + "/there": "ok /there/savepoint-3",
	})
	speaker(t, state, mute, "mute", nil)
	for _, c := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"savepoint|orders", 0, "/own/savepoint-1\n", ""},
		{"savepoint|0a0a|a b", 0, "/a b/savepoint-2\n", ""},
		{"savepoint|orders|/full", 1, "", "error[W5301]: /full: no space left on device\n"},
		{"savepoint|orders|/x|/y", 2, "", "weir: savepoint takes a job and perhaps a directory\n"},
		{"savepoint|order", 1, "", "error[W6110]: there is no job 'order'\n = hint: did you mean 'orders'?\n"},
		{"savepoint|mute", 3, "", "weir: the job can't be reached: it gave no answer\n"},
		{"stop|orders", 0, "", ""},
		{"stop|--drain|--savepoint=there|orders", 0, "/there/savepoint-3\n", ""},
		{"stop|orders|--savepoint", 2, "", "weir: --savepoint needs a value\n"},
		{"stop|orders|--savepoint=", 2, "", "weir: --savepoint needs a directory\n"},
		{"stop|orders|--drain=x", 2, "", "weir: --drain takes no value\n"},
		{"stop|orders|more", 2, "", "weir: stop takes one job\n"},
		{"stop|mute", 3, "", "weir: the job can't be reached: it gave no answer\n"},
		{"stop|--savpoint|orders", 2, "", "weir: unknown flag --savpoint: weir stop --help lists them\n"},
		{"savepoint", 2, "", "weir: savepoint needs a job: its id, the first digits of that, or its name; weir jobs lists them\n"},
		{"jobs|--help", 0, jobsHelp, ""},
		{"savepoint|-h", 0, savepointHelp, ""},
		{"stop|orders|--help", 0, stopHelp, ""},
		{"jobs|more", 2, "", "weir: jobs takes no arguments\n"},
	} {
		cmd := weir(t, state, strings.Split(c.args, "|")...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if code := exitOf(t, cmd.Run()); code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("%s: exit code %d, %q, %q", c.args, code, stdout.String(), stderr.String())
		}
	}
	cmd := weir(t, state, "jobs")
	out, err := cmd.Output()
	if lines := strings.Split(strings.TrimSpace(string(out)), "\n"); err != nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "JOB ") ||
		strings.Join(strings.Fields(lines[1])[:5], " ") != orders+" 77 2026-01-02 03:04:05 orders" {
		t.Errorf("%v, %q", err, out)
	}
}
