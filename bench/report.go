package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A cell is what one line of the report is about.
type cell struct {
	task, format string
	threads      int
}

// A report gathers the runs of every engine in every cell.
type report struct {
	rows    int64
	threads []int
	cells   []cell // in the order of their first run
	runs    map[string]map[cell][]run
	startup []time.Duration // of weir -e "SELECT 1"
}

func newReport(rows int64, threads []int) *report {
	return &report{rows: rows, threads: threads, runs: map[string]map[cell][]run{}}
}

func (r *report) add(engine string, c cell, one run) {
	if !slices.Contains(r.cells, c) {
		r.cells = append(r.cells, c)
	}
	if r.runs[engine] == nil {
		r.runs[engine] = map[cell][]run{}
	}
	r.runs[engine][c] = append(r.runs[engine][c], one)
}

// median is of each measure by itself; false if the engine has no run there.
func (r *report) median(engine string, c cell) (run, bool) {
	runs := r.runs[engine][c]
	if len(runs) == 0 {
		return run{}, false
	}
	return run{
		wall: median(runs, func(r run) time.Duration { return r.wall }),
		cpu:  median(runs, func(r run) time.Duration { return r.cpu }),
		rss:  median(runs, func(r run) int64 { return r.rss }),
	}, true
}

// median is the middle value, the lower one of two.
func median[E any, V cmp.Ordered](of []E, value func(E) V) V {
	values := make([]V, len(of))
	for i, e := range of {
		values[i] = value(e)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// write prints Markdown tables that are also readable as they are.
func (r *report) write(w io.Writer) {
	slices.SortStableFunc(r.cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.task, b.task), cmp.Compare(a.format, b.format), cmp.Compare(a.threads, b.threads))
	})
	table := [][]string{{"", "threads", "DuckDB s", "Mrows/s", "CPU s", "MiB", "weir s", "Mrows/s", "CPU s", "MiB", "weir : DuckDB"}}
	for _, c := range r.cells {
		line := []string{c.task + " " + c.format, fmt.Sprint(c.threads)}
		line = append(line, r.columns("DuckDB", c)...)
		line = append(line, r.columns("weir", c)...)
		duckdb, ok1 := r.median("DuckDB", c)
		weir, ok2 := r.median("weir", c)
		table = append(table, append(line, ratio(duckdb.wall, weir.wall, ok1 && ok2)))
	}
	writeTable(w, table)

	if len(r.threads) > 1 {
		fmt.Fprintln(w)
		r.writeScaling(w)
	}
	if len(r.startup) > 0 {
		fmt.Fprintf(w, "\n`weir -e \"SELECT 1\"`: %.1f ms, median of %d.\n",
			float64(median(r.startup, func(d time.Duration) time.Duration { return d }).Microseconds())/1000, len(r.startup))
	}
}

func (r *report) columns(engine string, c cell) []string {
	m, ok := r.median(engine, c)
	if !ok {
		return []string{"–", "–", "–", "–"}
	}
	return []string{
		fmt.Sprintf("%.2f", m.wall.Seconds()),
		fmt.Sprintf("%.2f", float64(r.rows)/m.wall.Seconds()/1e6),
		fmt.Sprintf("%.2f", m.cpu.Seconds()),
		fmt.Sprintf("%d", (m.rss+1<<19)>>20),
	}
}

// writeScaling says what each engine gains by its threads, against the first
// number of them.
func (r *report) writeScaling(w io.Writer) {
	table := [][]string{{"", "threads", "DuckDB", "weir"}}
	for _, c := range r.cells {
		if c.threads == r.threads[0] {
			continue
		}
		line := []string{c.task + " " + c.format, fmt.Sprintf("%d : %d", c.threads, r.threads[0])}
		for _, engine := range []string{"DuckDB", "weir"} {
			one, ok1 := r.median(engine, cell{c.task, c.format, r.threads[0]})
			more, ok2 := r.median(engine, c)
			line = append(line, ratio(one.wall, more.wall, ok1 && ok2))
		}
		table = append(table, line)
	}
	writeTable(w, table)
}

// ratio says how many times faster than slow fast is.
func ratio(slow, fast time.Duration, known bool) string {
	if !known {
		return "–"
	}
	return fmt.Sprintf("%.2f×", slow.Seconds()/fast.Seconds())
}

// writeTable aligns the first column left, the others right.
func writeTable(w io.Writer, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, text := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(text), 3)
		}
	}
	for i, line := range table {
		fmt.Fprint(w, "|")
		for j, text := range line {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(text))
			if j == 0 {
				fmt.Fprintf(w, " %s%s |", text, pad)
			} else {
				fmt.Fprintf(w, " %s%s |", pad, text)
			}
		}
		fmt.Fprintln(w)
		if i > 0 {
			continue
		}
		fmt.Fprint(w, "|")
		for j, width := range widths {
			if j == 0 {
				fmt.Fprintf(w, " %s |", strings.Repeat("-", width))
			} else {
				fmt.Fprintf(w, " %s: |", strings.Repeat("-", width-1))
			}
		}
		fmt.Fprintln(w)
	}
}

// machine describes what the numbers were measured on.
func machine() string {
	parts := []string{fmt.Sprintf("%d × %s", runtime.NumCPU(), field("/proc/cpuinfo", "model name", runtime.GOARCH))}
	if memory := field("/proc/meminfo", "MemTotal", ""); memory != "" {
		var kib int64
		if _, err := fmt.Sscan(memory, &kib); err == nil {
			parts = append(parts, fmt.Sprintf("%d GiB", (kib+1<<19)>>20))
		}
	}
	return strings.Join(append(parts, runtime.GOOS+"/"+runtime.GOARCH, runtime.Version()), ", ")
}

// field returns the first value under a name in one of Linux's "name: value"
// files, or otherwise where there is none.
func field(path, name, otherwise string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return otherwise
	}
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return otherwise
}
