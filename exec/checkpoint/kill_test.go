package checkpoint_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	weir "weir/exec"
)

// lifeVariable tells a test binary that it is one life of a job, and which.
const lifeVariable = "WEIR_TEST_LIFE"

// order is what a life is told: fields are exported for their encoding.
type order struct {
	Shape, Dir         string
	Parallelism, Batch int
	Chunk, Rows        int64
	Interval           string
	Seed               uint64
}

func TestMain(m *testing.M) {
	if text := os.Getenv(lifeVariable); text != "" {
		os.Exit(beKilled(text))
	}
	os.Exit(m.Run())
}

// begun is the line that a life says when it begins with the script.
const begun = "begun\n"

// beKilled is a process's life.
func beKilled(text string) int {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if _, err := os.Stdout.WriteString(begun); err != nil {
		return 2
	}
	s := &setup{parallelism: o.Parallelism, batch: o.Batch, chunk: o.Chunk, rows: o.Rows, interval: o.Interval, retained: 1, seed: o.Seed}
	if err := shapeOf(o.Shape).live(context.Background(), weir.OS{}, o.Dir, s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// mortal are the shapes whose processes are killed: one of each sink and of each way to keep state.
var mortal = []string{"calc", "calc in JSON", "window", "window of values in order", "group of groups", "first groups by order", "distinct", "limit", "values", "set into one directory", "set of alike statements"}

// kill runs a shape's script in processes that are killed at random moments, until one comes to the end. It returns how
// many were killed.
func kill(t testing.TB, seed uint64, enough int) (kills int, err error) {
	r := rand.New(rand.NewPCG(seed, 9))
	x := shapeOf(mortal[r.IntN(len(mortal))])
	want := x.undisturbed(t)
	dir, err := os.MkdirTemp("", "weir-kill-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	place(t, weir.OS{}, dir)
	var trace []string
	for life := 0; ; life++ {
		o := order{Shape: x.name, Dir: dir, Parallelism: 1 + r.IntN(4), Batch: 1 + r.IntN(20), Chunk: 200 + r.Int64N(4000), Rows: 4 + r.Int64N(12), Seed: r.Uint64N(1 << 31)}
		if r.IntN(3) == 0 {
			o.Rows, o.Interval = 0, "1 ms"
		}
		// So long that many are killed, and in the end none.
		after := time.Duration(r.Int64N(int64(15*time.Millisecond) * int64(1+life/8)))
		if kills >= enough {
			after = -1
		}
		was, err := oneLife(o, after)
		trace = append(trace, fmt.Sprintf("p=%d rows=%d: killed after %s: %t", o.Parallelism, o.Rows, after, was))
		if was {
			kills++
			continue
		}
		if err == nil {
			var got []string
			if got, err = x.output(weir.OS{}, dir); err == nil {
				if d := x.compare(want, got); d != "" {
					err = fmt.Errorf("the output is another: %s", d)
				}
			}
		}
		if err == nil {
			err = tidy(weir.OS{}, dir, 1)
		}
		if err != nil {
			err = fmt.Errorf("%s, %d kills: %w\nlives:\n\t%s", x.name, kills, err, strings.Join(trace, "\n\t"))
		}
		return kills, err
	}
}

// oneLife starts a process and kills it after a while; negative: never.
func oneLife(o order, after time.Duration) (killed bool, err error) {
	text, err := json.Marshal(o)
	if err != nil {
		return false, err
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), lifeVariable+"="+string(text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil && line != begun {
		err = fmt.Errorf("a life begins with %q", line)
	}
	if after >= 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // it may have ended
		defer timer.Stop()
	}
	ended := cmd.Wait()
	if err != nil {
		return false, errors.Join(err, errors.New(stderr.String()))
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return true, nil
	}
	if ended != nil {
		return false, fmt.Errorf("%w: %s", ended, stderr.String())
	}
	return false, nil
}

// A process that is killed at any moment, again and again, leaves a job that the next one goes on with, to the output of
// one that nobody disturbs.
func TestCrashKill(t *testing.T) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	kills, jobs, failures := 0, 0, 0
	for range 2 {
		wg.Go(func() {
			for {
				mu.Lock()
				left, seed := *trials-kills, *firstSeed+uint64(jobs)
				if left <= 0 || failures >= mostFailures {
					mu.Unlock()
					return
				}
				jobs++
				mu.Unlock()
				n, err := kill(t, seed, left)
				mu.Lock()
				kills += n
				if err != nil {
					failures++
					t.Errorf("seed %d: %v\nrepeat it with: go test ./exec/checkpoint -run '^%s$' -trials %d -seed %d", seed, err, t.Name(), n, seed)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("%d processes of %d jobs were killed", kills, jobs)
}
