package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
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
	cmd.Env = append(os.Environ(), asCommand+"=1", raceEnds, "XDG_CONFIG_HOME="+dir, "WEIR_CONFIG=", "TZ=UTC")
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
)

// TestCommandLine runs testdata/cli: args has an argument a line, stdin, stdout, stderr and exit are what they say;
// missing ones are empty, exit 0.
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
			special := map[string]string{"args": "", "stdin": "", "stdout": "", "stderr": "", "exit": "0"}
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
			code := exitOf(t, cmd.Run())
			if want, err := strconv.Atoi(strings.TrimSpace(special["exit"])); err != nil || code != want {
				t.Errorf("exit code %d, expected %s", code, special["exit"])
			}
			for name, got := range map[string]string{"stdout": stdout.String(), "stderr": stderr.String()} {
				got = strings.ReplaceAll(got, dir, "${DIR}")
				got = seconds.ReplaceAllString(got, "(<T> seconds)")
				got = millis.ReplaceAllString(got, `"ms":<T>`)
				if got != special[name] {
					t.Errorf("%s is\n%s\nexpected\n%s", name, got, special[name])
				}
			}
		})
	}
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

func TestInterruptEndsAScript(t *testing.T) {
	cmd := weir(t, t.TempDir(), "-o", "events", "-e", endless, "-e", "SELECT 1")
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
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitOf(t, cmd.Wait()); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	if got := out.text.String(); !strings.Contains(got, `"event":"error"`) || strings.Contains(got, `"statement":3`) {
		t.Errorf("the last lines are %s", got[max(0, len(got)-300):])
	}
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

func TestHelpFitsAScreen(t *testing.T) {
	lines := strings.Split(help, "\n")
	if len(lines) > 24 {
		t.Errorf("--help has %d lines", len(lines))
	}
	for _, l := range lines {
		if len([]rune(l)) > 100 {
			t.Errorf("too long: %s", l)
		}
	}
	for _, f := range flags {
		if name := f.names[0]; name != "--max-parallelism" && !strings.Contains(help, name) {
			t.Errorf("--help does not tell of %s", name)
		}
	}
}

func TestArguments(t *testing.T) {
	a, err := parseArguments([]string{"-f", "a.sql", "-eSELECT 1", "b.sql", "--execute=SELECT 2", "-D", "k=v=w", "-Dx=", "-p", "4", "-o", "csv", "--continue-on-error", "-i", "i.sql", "--config", "c", "-f", "-", "--", "-z.sql"})
	if err != nil {
		t.Fatal(err)
	}
	want := []input{{file: "a.sql"}, {sql: "SELECT 1"}, {file: "b.sql"}, {sql: "SELECT 2"}, {file: "-"}, {file: "-z.sql"}}
	for i, in := range a.inputs {
		if in != want[i] {
			t.Errorf("input %d is %v", i+1, in)
		}
	}
	if len(a.inputs) != len(want) || len(a.settings) != 2 || a.settings[0] != (setting{"k", "v=w"}) || a.settings[1] != (setting{"x", ""}) ||
		a.parallelism != "4" || a.format != "csv" || !a.continueOnError || a.init != "i.sql" || a.config != "c" {
		t.Errorf("%+v", a)
	}
	for _, c := range []struct{ args, message string }{
		{"--formt csv", "unknown flag --formt: did you mean --format?"},
		{"-x", "unknown flag -x: weir --help lists them"},
		{"-e", "-e needs a value"},
		{"-D parallelism.default", "-D needs key=value, found 'parallelism.default'"},
		{"-p 0", "-p: parallelism must be between 1 and 32768, or -1 for unset; found 0"},
		{"--help=x", "--help takes no value"},
		{"--max-parallelism 4", "the maximum parallelism can't be set by a flag: the number of key groups belongs to the job: write SET 'pipeline.max-parallelism' = 'N' in the script, -D pipeline.max-parallelism=N, or the hint MAX_PARALLELISM(N)"},
	} {
		if _, err := parseArguments(strings.Fields(c.args)); err == nil || err.Error() != c.message {
			t.Errorf("%s: %v", c.args, err)
		}
	}
}
