// Command bench measures weir beside DuckDB: the same machine, the same files,
// the same questions, and answers that must be equal.
//
//	cd bench && go run .
//
// makes the input (once), builds both engines, runs every task on each of them
// in turn and prints Markdown tables of medians. Each run is a process of its own
// whose wall time, from start to end, processor time and greatest resident size
// are taken; weir runs with GOMAXPROCS set to its parallelism, so that at one
// thread nothing of it, the garbage collector included, uses another core.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"weir/bench/answer"
	"weir/bench/bids"
)

type options struct {
	rows     int64
	seed     uint64
	data     string
	runs     int
	threads  []int
	tasks    []task
	formats  []string
	only     string
	weir     string
	startups int
	recovery bool
}

func main() {
	var o options
	flag.Int64Var(&o.rows, "rows", 10_000_000, "bids to generate and read")
	flag.Uint64Var(&o.seed, "seed", 1, "of the generator")
	flag.StringVar(&o.data, "data", "data", "`directory` of the input, built programs and answers")
	flag.IntVar(&o.runs, "runs", 3, "runs of each task, of which the median counts")
	threads := flag.String("threads", "1,2", "numbers of threads")
	names := flag.String("tasks", "T1,T2,T3", "tasks, of T1 to T5")
	kinds := flag.String("formats", strings.Join(formats, ","), "formats of the input")
	flag.StringVar(&o.only, "only", "", "run only this `engine`: weir or duckdb")
	flag.StringVar(&o.weir, "weir", "", "`path` of weir; otherwise ../cmd/weir is built")
	flag.IntVar(&o.startups, "startups", 20, "starts of weir of which the median counts")
	flag.BoolVar(&o.recovery, "recovery", false, "measure what checkpoints, savepoints and restores take instead")
	example := flag.String("example", "", "write the README's example data into this `directory`, and nothing else")
	flag.Parse()

	if *example != "" {
		if err := bids.WriteExample(*example); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := o.choose(*threads, *names, *kinds); err != nil || flag.NArg() > 0 {
		if err == nil {
			err = fmt.Errorf("unexpected argument %q", flag.Arg(0))
		}
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	if err := bench(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// choose checks what was asked for.
func (o *options) choose(threads, names, kinds string) error {
	for _, text := range strings.Split(threads, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("-threads: %q is no number of threads", text)
		}
		o.threads = append(o.threads, n)
	}
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(tasks, func(t task) bool { return t.name == name })
		if i < 0 {
			return fmt.Errorf("-tasks: there is no task %q", name)
		}
		o.tasks = append(o.tasks, tasks[i])
	}
	for _, kind := range strings.Split(kinds, ",") {
		if !slices.Contains(formats, kind) {
			return fmt.Errorf("-formats: there is no format %q", kind)
		}
		o.formats = append(o.formats, kind)
	}
	if o.rows < 1 || o.runs < 1 {
		return fmt.Errorf("-rows and -runs must be at least 1")
	}
	if o.only != "" && o.only != "weir" && o.only != "duckdb" {
		return fmt.Errorf("-only: there is no engine %q", o.only)
	}
	return nil
}

func bench(o options, out io.Writer) error {
	data, err := filepath.Abs(o.data)
	if err != nil {
		return err
	}
	progress := func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

	progress("input: %d bids in %s", o.rows, data)
	files, err := bids.Ensure(data, o.rows, o.seed)
	if err != nil {
		return err
	}
	inputs := map[string]string{"csv": files.CSV, "json": files.JSON}
	if o.recovery {
		o.only = "weir"
	}

	engines, version, err := prepare(o, data)
	if err != nil {
		return err
	}
	if o.recovery {
		if err := warm(files.CSV); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s. %d bids, seed %d: %.2f GB of CSV.\n", machine(), o.rows, o.seed, float64(files.CSVBytes)/1e9)
		if err := recovery(o, engines[0].program, data, files.CSV, out, progress); err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(data, "work"))
	}
	if slices.Contains(o.formats, "parquet") {
		if inputs["parquet"], err = ensureParquet(data, files); err != nil {
			return err
		}
	}
	for _, format := range o.formats {
		if err := warm(inputs[format]); err != nil {
			return err
		}
	}

	r := newReport(o.rows, o.threads)
	digests := map[cell]answer.Digest{} // of the first answer to a task: threads 0
	results := map[cell]answer.Result{}
	for i := range o.runs {
		// Neither engine always finds the machine as the other left it.
		slices.Reverse(engines)
		for _, t := range o.tasks {
			for _, format := range o.formats {
				if !t.runs(format) {
					continue
				}
				for _, threads := range o.threads {
					for _, e := range engines {
						work := filepath.Join(data, "work", e.name+"-"+t.name+"-"+format+"-"+strconv.Itoa(threads))
						one, result, err := e.answer(t, inputs[format], format, threads, work)
						if err != nil {
							return err
						}
						digest, err := result.Digest()
						if err != nil {
							return err
						}
						question := cell{t.name, format, 0}
						if first, asked := digests[question]; !asked {
							digests[question], results[question] = digest, result
						} else if digest != first {
							return disagreement(e, t, format, threads, results[question], result)
						}
						r.add(e.name, cell{t.name, format, threads}, one)
						progress("run %d: %-6s %s %-4s %d threads %7.2f s %7.2f s CPU %5d MiB %8d rows",
							i+1, e.name, t.name, format, threads, one.wall.Seconds(), one.cpu.Seconds(), one.rss>>20, digest.Rows)
					}
				}
			}
		}
	}
	for _, e := range engines {
		if e.name != "weir" {
			continue
		}
		for range o.startups {
			one, err := measured(exec.Command(e.program, "-e", "SELECT 1"))
			if err != nil {
				return err
			}
			r.startup = append(r.startup, one.wall)
		}
	}

	fmt.Fprintf(out, "%s%s. %d bids, seed %d: %.2f GB of CSV, %.2f GB of JSON lines. Medians of %d.\n\n",
		machine(), version, o.rows, o.seed, float64(files.CSVBytes)/1e9, float64(files.JSONBytes)/1e9, o.runs)
	r.write(out)
	return os.RemoveAll(filepath.Join(data, "work"))
}

// prepare builds the engines that were asked for and returns DuckDB's version,
// if it is one of them.
func prepare(o options, data string) (engines []engine, version string, err error) {
	if o.only != "weir" {
		program := filepath.Join(data, "duckdb")
		if err := build(".", "./duckdb", program); err != nil {
			return nil, "", err
		}
		text, err := exec.Command(program, "-value", "SELECT version()").Output()
		if err != nil {
			return nil, "", fmt.Errorf("duckdb: %w", err)
		}
		engines, version = append(engines, newDuckDB(program)), ", DuckDB "+strings.TrimSpace(string(text))
	}
	if o.only != "duckdb" {
		program := o.weir
		if program == "" {
			program = filepath.Join(data, "weir")
			if err := build("..", "./cmd/weir", program); err != nil {
				return nil, "", err
			}
		}
		engines = append(engines, newWeir(program))
	}
	return engines, version, nil
}

// warm reads a file once, so that the first engine to run finds it in memory as
// the others do.
func warm(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, file, make([]byte, 1<<20))
	return err
}

func disagreement(e engine, t task, format string, threads int, first, second answer.Result) error {
	text, err := answer.Difference(first, second, 5)
	if err != nil {
		return err
	}
	return fmt.Errorf("%s answers %s %s at %d threads differently:\n%s", e.name, t.name, format, threads, text)
}
