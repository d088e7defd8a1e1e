package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// copies of the input make a run long enough for several checkpoints a second apart.
	copies = 5
	// manyKeys are in the state of which the checkpoint is timed.
	manyKeys = 1_000_000
)

// recovery measures what checkpoints cost: T1 with one every second beside T1 without, and a savepoint and a restore of
// a million keys.
func recovery(o options, program, data, csv string, out io.Writer, progress func(string, ...any)) error {
	work := filepath.Join(data, "work", "recovery")
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	input := filepath.Join(work, "in")
	if err := os.MkdirAll(input, 0o755); err != nil {
		return err
	}
	for i := range copies {
		if err := os.Symlink(csv, filepath.Join(input, fmt.Sprintf("%d.csv", i))); err != nil {
			return err
		}
	}
	table := [][]string{{"T1 csv", "without s", "every second s", "without : with"}}
	for _, threads := range o.threads {
		var without, with []run
		for i := range o.runs {
			for _, durable := range []bool{i%2 == 0, i%2 != 0} { // neither always comes first
				one, err := overWindows(program, input, work, threads, durable)
				if err != nil {
					return err
				}
				if durable {
					with = append(with, one)
				} else {
					without = append(without, one)
				}
				progress("T1 csv %d threads, checkpoints %-5t %7.2f s %7.2f s CPU %5d MiB", threads, durable, one.wall.Seconds(), one.cpu.Seconds(), one.rss>>20)
			}
		}
		wall := func(r run) time.Duration { return r.wall }
		a, b := median(without, wall), median(with, wall)
		table = append(table, []string{fmt.Sprintf("%d threads", threads), seconds(a), seconds(b), fmt.Sprintf("%.2f", a.Seconds()/b.Seconds())})
	}
	fmt.Fprintf(out, "\nCheckpoints every second, %d × %d bids. Medians of %d.\n\n", copies, o.rows, o.runs)
	writeTable(out, table)

	table = [][]string{{"1,000,000 keys", "savepoint s", "start with it s", "start without s", "MiB"}}
	for _, threads := range o.threads {
		var takes, restores, starts []time.Duration
		var size int64
		for range o.runs {
			m, err := manyKeysOnce(program, work, threads)
			if err != nil {
				return err
			}
			takes, restores, starts, size = append(takes, m.savepoint), append(restores, m.restore), append(starts, m.start), m.bytes
			progress("1,000,000 keys %d threads: savepoint %.2f s, start with it %.2f s, without %.3f s", threads, m.savepoint.Seconds(), m.restore.Seconds(), m.start.Seconds())
		}
		same := func(d time.Duration) time.Duration { return d }
		table = append(table, []string{fmt.Sprintf("%d threads", threads), seconds(median(takes, same)), seconds(median(restores, same)),
			seconds(median(starts, same)), fmt.Sprint(size >> 20)})
	}
	fmt.Fprintf(out, "\nCOUNT and SUM by a key of BIGINT. Each time is that of a whole process: of `weir savepoint`, and of a job that\nbegins with the savepoint and has nothing left to read.\n\n")
	writeTable(out, table)
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }

// overWindows runs T1 over a directory, with a checkpoint every second or without.
func overWindows(program, input, work string, threads int, durable bool) (run, error) {
	checkpoints := filepath.Join(work, "checkpoints")
	if err := os.RemoveAll(checkpoints); err != nil {
		return run{}, err
	}
	sql := tasks[0].weirScript(input, "csv", "")
	if durable {
		sql = fmt.Sprintf("SET 'execution.checkpointing.interval' = '1 s';\nSET 'execution.checkpointing.dir' = %s;\n", quote(checkpoints)) + sql
	}
	script := filepath.Join(work, "t1.sql")
	if err := os.WriteFile(script, []byte(sql), 0o644); err != nil {
		return run{}, err
	}
	answer, err := os.Create(filepath.Join(work, "answer"))
	if err != nil {
		return run{}, err
	}
	defer answer.Close()
	cmd := exec.Command(program, "-p", strconv.Itoa(threads), "--format", "csv", "-f", script)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	cmd.Stdout = answer
	return measured(cmd)
}

// keyTimes are what a million keys take once.
type keyTimes struct {
	savepoint, restore, start time.Duration
	bytes                     int64
}

// manyKeysOnce starts a job that groups by a million keys and then waits for more files, takes a savepoint of it, stops
// it, and starts another with the savepoint.
func manyKeysOnce(program, work string, threads int) (m keyTimes, err error) {
	input, keys := filepath.Join(work, "keys"), filepath.Join(work, "keys", "keys.csv")
	if _, err := os.Stat(keys); err != nil {
		if err := writeKeys(keys); err != nil {
			return m, err
		}
	}
	for _, dir := range []string{"checkpoints", "savepoints", "state"} {
		if err := os.RemoveAll(filepath.Join(work, dir)); err != nil {
			return m, err
		}
	}
	script := func(name, more, monitor string) (string, error) {
		path := filepath.Join(work, name)
		return path, os.WriteFile(path, []byte(fmt.Sprintf(`SET 'execution.checkpointing.dir' = %s;
SET 'pipeline.name' = 'keys';
%s
CREATE TABLE k (id BIGINT, v INT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = %s%s);
CREATE TABLE b (id BIGINT, c BIGINT, s INT) WITH ('connector' = 'blackhole');
INSERT INTO b SELECT id, COUNT(*), SUM(v) FROM k GROUP BY id;
`, quote(filepath.Join(work, "checkpoints")), more, quote(input), monitor)), 0o644)
	}
	begin := func(script string) *exec.Cmd {
		cmd := exec.Command(program, "-p", strconv.Itoa(threads), "-f", script, "--progress")
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads), "XDG_STATE_HOME="+filepath.Join(work, "state"))
		return cmd
	}
	live, err := script("live.sql", "SET 'execution.checkpointing.interval' = '1 h';", ", 'source.monitor-interval' = '1 s'")
	if err != nil {
		return m, err
	}
	job := begin(live)
	told, err := job.StderrPipe()
	if err != nil {
		return m, err
	}
	if err := job.Start(); err != nil {
		return m, err
	}
	defer func() {
		if err != nil {
			_ = job.Process.Kill()
			_ = job.Wait()
		}
	}()
	if err := awaitRows(told, manyKeys); err != nil {
		return m, err
	}
	ask := begin(live)
	ask.Args = []string{program, "savepoint", "keys", filepath.Join(work, "savepoints")}
	start := time.Now()
	path, err := ask.Output()
	m.savepoint = time.Since(start)
	if err != nil {
		return m, fmt.Errorf("weir savepoint: %w", err)
	}
	savepoint := strings.TrimSpace(string(path))
	if m.bytes, err = sizeOf(savepoint); err != nil {
		return m, err
	}
	if err := job.Process.Signal(syscall.SIGTERM); err != nil {
		return m, err
	}
	if _, err := io.Copy(io.Discard, told); err != nil {
		return m, err
	}
	_ = job.Wait() // it ends with 143

	// Another job begins with it, or with nothing, and has nothing to read.
	for _, with := range []bool{true, false} {
		more := ""
		if with {
			more = "SET 'execution.state-recovery.path' = " + quote(savepoint) + ";"
		} else {
			more = "SET 'execution.checkpointing.interval' = '1 h';"
		}
		path, err := script("again.sql", more, "")
		if err != nil {
			return m, err
		}
		if !with {
			if err := os.Rename(keys, keys+".away"); err != nil {
				return m, err
			}
			if err := os.WriteFile(keys, nil, 0o644); err != nil {
				return m, err
			}
		}
		one, err := measured(begin(path))
		if !with {
			if e := os.Rename(keys+".away", keys); e != nil {
				return m, e
			}
		}
		if err != nil {
			return m, err
		}
		if with {
			m.restore = one.wall
		} else {
			m.start = one.wall
		}
	}
	return m, nil
}

// awaitRows reads a status line until a job has read so many rows.
func awaitRows(told io.Reader, rows int) error {
	scanner := bufio.NewScanner(told)
	scanner.Split(func(data []byte, eof bool) (int, []byte, error) { // lines are drawn one over the other
		for i, c := range data {
			if c == '\n' || c == '\r' {
				return i + 1, data[:i], nil
			}
		}
		return 0, nil, nil
	})
	for scanner.Scan() {
		fields := strings.Fields(scanner.Text())
		at := slices.Index(fields, "rows")
		if at < 1 {
			continue
		}
		n, err := strconv.Atoi(strings.ReplaceAll(fields[at-1], ",", ""))
		if err == nil && n >= rows {
			return nil
		}
	}
	return fmt.Errorf("the job has ended before it had read %d rows", rows)
}

func sizeOf(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		n += info.Size()
	}
	return n, nil
}

func writeKeys(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for i := range manyKeys {
		fmt.Fprintf(w, "%d,%d\n", i*7919, i%1000) // a prime apart
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
