package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"weir/repl/golden"
)

// asCommand in the environment makes the test binary the command itself.
const asCommand = "WEIR_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// raceEnds keeps a process built with -race from waiting a second before it ends.
var raceEnds = "GORACE=atexit_sleep_ms=0 " + os.Getenv("GORACE")

// weir makes the command with arguments, in a folder without configuration of its own.
func weir(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCommand+"=1", raceEnds, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "WEIR_CONFIG=", "TZ=UTC")
	return cmd
}

func exitOf(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

var (
	seconds = regexp.MustCompile(`\(\d+\.\d\d seconds\)`)
	millis  = regexp.MustCompile(`"ms":\d+`)
	jobIDs  = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	jobs    = regexp.MustCompile(`\bjob [0-9a-f]{8} `)
)

// signalled is how long a command may take until it has printed what it should, and to end after its signal.
const signalled = 20 * time.Second

// TestCommandLine runs testdata/cli: args has an argument a line, stdin, stdout, stderr and exit are what they say;
// missing ones are empty, exit 0. With signal (INT or TERM) standard input stays open, and the signal is sent as soon as
// all of stdout has come.
func TestCommandLine(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/cli/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			special := map[string]string{"args": "", "stdin": "", "stdout": "", "stderr": "", "exit": "0", "signal": ""}
			for _, f := range archive.Files {
				if _, ok := special[f.Name]; ok {
					special[f.Name] = string(f.Data)
					continue
				}
				name := filepath.Join(dir, f.Name)
				if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, f.Data, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			cmd := weir(t, dir, strings.Split(strings.TrimSuffix(special["args"], "\n"), "\n")...)
			var stdout, stderr bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(special["stdin"]), &stdout, &stderr
			var code int
			if name := strings.TrimSpace(special["signal"]); name != "" {
				code = exitOf(t, runSignalled(t, cmd, &stdout, special["stdin"], special["stdout"], name))
			} else {
				code = exitOf(t, cmd.Run())
			}
			if want, err := strconv.Atoi(strings.TrimSpace(special["exit"])); err != nil || code != want {
				t.Errorf("exit code %d, expected %s", code, special["exit"])
			}
			for name, got := range map[string]string{"stdout": stdout.String(), "stderr": stderr.String()} {
				got = strings.ReplaceAll(got, dir, "${DIR}")
				got = seconds.ReplaceAllString(got, "(<T> seconds)")
				got = millis.ReplaceAllString(got, `"ms":<T>`)
				got = jobIDs.ReplaceAllString(got, "<ID>")
				got = jobs.ReplaceAllString(got, "job <ID> ")
				if got != special[name] {
					t.Errorf("%s is\n%s\nexpected\n%s", name, got, special[name])
				}
			}
		})
	}
}

// runSignalled runs a command, and sends it a signal when it has printed stdout.
func runSignalled(t *testing.T, cmd *exec.Cmd, printed *bytes.Buffer, stdin, stdout, name string) error {
	t.Helper()
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}
	cmd.Stdin, cmd.Stdout = nil, nil
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(signalled, func() { _ = cmd.Process.Kill() }) // what it printed until then is told
	defer kill.Stop()
	if _, err := io.WriteString(in, stdin); err != nil {
		t.Error(err)
	}
	if _, err := io.CopyN(printed, out, int64(len(stdout))); err != nil {
		t.Error(err)
	}
	if err := cmd.Process.Signal(signals[name]); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(printed, out); err != nil {
		t.Error(err)
	}
	return cmd.Wait()
}

// TestGoldens runs all golden files in the covering worlds.
func TestGoldens(t *testing.T) {
	files, err := golden.Find([]string{"../../testdata/sql", "../../testdata/plan", "../../testdata/error"})
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			for _, failure := range golden.Check(t.Context(), path, golden.CoveringWorlds(), connectors()) {
				t.Error(failure)
			}
		})
	}
}

// endless reads forever: generated rows, as fast as they are asked for.
const endless = `CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000'); SELECT a FROM g;`

// TestSignalsEndAScript sends what ends a script: each ends it cleanly, with the last event told and nothing run after it.
// A SIGHUP right behind a SIGTERM is what a supervisor and a closing terminal send together: it must not cut the end short.
func TestSignalsEndAScript(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP) // what is started hears it too, even where nohup(1) started the tests
	defer signal.Stop(heard)
	for _, c := range []struct {
		name    string
		signals []os.Signal
		code    int
	}{
		{"interrupt", []os.Signal{os.Interrupt}, exitInterrupted},
		{"terminate", []os.Signal{syscall.SIGTERM}, exitTerminated},
		{"hang up", []os.Signal{syscall.SIGHUP}, exitTerminated},
		{"terminate and hang up", []os.Signal{syscall.SIGTERM, syscall.SIGHUP}, exitTerminated},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, text := signalAfterARow(t, weir(t, t.TempDir(), "-o", "events", "-e", endless, "-e", "SELECT 1"), c.signals...)
			if code != c.code {
				t.Errorf("exit code %d, expected %d", code, c.code)
			}
			if !strings.Contains(text, `"event":"error"`) || strings.Contains(text, `"statement":3`) {
				t.Errorf("the last lines are %s", text[max(0, len(text)-300):])
			}
		})
	}
}

// TestHangUpIgnored starts a script as nohup(1) does: SIGHUP does nothing to it.
func TestHangUpIgnored(t *testing.T) {
	const slow = `CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10', 'number-of-rows' = '15'); SELECT a FROM g;`
	cmd := weir(t, t.TempDir(), "-o", "events", "-e", slow)
	cmd.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`}, cmd.Args...)
	cmd.Path = "/bin/sh"
	code, text := signalAfterARow(t, cmd, syscall.SIGHUP)
	if code != exitFine || strings.Count(text, `"event":"row"`) != 15 {
		t.Errorf("exit code %d, the last lines are %s", code, text[max(0, len(text)-300):])
	}
}

// signalAfterARow starts a command, sends it signals when its first row has come, and returns its exit code and output.
func signalAfterARow(t *testing.T, cmd *exec.Cmd, signals ...os.Signal) (int, string) {
	t.Helper()
	out := &firstWrite{seen: make(chan struct{})}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-out.seen:
	case <-time.After(20 * time.Second):
		t.Error("no row came")
	}
	for _, sig := range signals {
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	return exitOf(t, cmd.Wait()), out.text.String()
}

// firstWrite tells when the first row has come.
type firstWrite struct {
	text bytes.Buffer
	seen chan struct{}
	told bool
}

func (w *firstWrite) Write(b []byte) (int, error) {
	if !w.told && bytes.Contains(b, []byte(`"event":"row"`)) {
		w.told = true
		close(w.seen)
	}
	return w.text.Write(b)
}

func TestAClosedPipeEndsQuietly(t *testing.T) {
	cmd := weir(t, t.TempDir(), "-e", endless)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if err := stdout.Close(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if code := exitOf(t, err); code != exitFine || stderr.Len() > 0 {
			t.Errorf("exit code %d, standard error %q", code, stderr.String())
		}
	case <-time.After(20 * time.Second):
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		<-ended
		t.Error("the command goes on without a reader")
	}
}

func TestAFullDiskIsNoGoodEnd(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("needs /dev/full")
	}
	defer full.Close()
	for _, format := range []string{"csv", "tableau", "events"} {
		cmd := weir(t, t.TempDir(), "-o", format, "-e", "SELECT 1")
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = full, &stderr
		if code := exitOf(t, cmd.Run()); code != exitFailed || !strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%s: exit code %d, standard error %q", format, code, stderr.String())
		}
	}
}
