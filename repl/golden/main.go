package golden

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"weir/exec/connector"
)

const help = `weir test [--all-worlds | --world NAME] [-v] PATH…

Runs golden files (*.txtar), those of folders too, in twelve worlds that cover all pairs of parallelism, batch rows,
chunk bytes, maximum parallelism, phases, and the parallelism at which jobs that are killed at a checkpoint go on.

--all-worlds    all combinations
--world NAME    one world, as a failure names it: p3-b7-c64-m131-f2-s5-k8
-v              name every file
`

// Main is weir test; it returns the exit code.
func Main(args []string, out, errOut io.Writer, connectors connector.Registry) int {
	worlds := CoveringWorlds()
	var paths []string
	verbose := false
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "-h" || arg == "--help":
			fmt.Fprint(out, help)
			return 0
		case arg == "-v":
			verbose = true
		case arg == "--all-worlds":
			worlds = AllWorlds()
		case arg == "--world" && i+1 < len(args):
			i++
			w, err := ParseWorld(args[i])
			if err != nil {
				fmt.Fprintln(errOut, "weir test:", err)
				return 2
			}
			worlds = []World{w}
		case strings.HasPrefix(arg, "-"):
			fmt.Fprintf(errOut, "weir test: unknown flag %s: weir test --help lists them\n", arg)
			return 2
		default:
			paths = append(paths, arg)
		}
	}
	files, err := Find(paths)
	if err == nil && len(files) == 0 {
		err = errors.New("no golden files: name a *.txtar file or a folder that has some")
	}
	if err != nil {
		fmt.Fprintln(errOut, "weir test:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed := 0
	for _, path := range files {
		failures := Check(ctx, path, worlds, connectors)
		if ctx.Err() != nil {
			return 130
		}
		if len(failures) > 0 {
			failed++
			fmt.Fprintf(out, "FAIL %s\n", path)
			for _, f := range failures {
				fmt.Fprint(out, f)
			}
		} else if verbose {
			fmt.Fprintf(out, "ok   %s\n", path)
		}
	}
	fmt.Fprintf(out, "%d of %d golden files are right; worlds: %d\n", len(files)-failed, len(files), len(worlds))
	if failed > 0 {
		return 1
	}
	return 0
}

// Find lists the golden files that paths name, files and folders, in order.
func Find(paths []string) ([]string, error) {
	var all []string
	for _, p := range paths {
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (strings.HasSuffix(name, ".txtar") || name == p) {
				all = append(all, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Check runs a golden file in worlds and returns a text for each way in which it fails, with the worlds in which it does
// and the command that runs it again in the first of them.
func Check(ctx context.Context, path string, worlds []World, connectors connector.Registry) []string {
	g, err := Load(path)
	if err != nil {
		return []string{fmt.Sprintf("  %s\n", err)}
	}
	if g.single {
		worlds = []World{{}}
	}
	type failure struct {
		first  World
		worlds int
		text   string
	}
	var failures []failure
	for _, w := range worlds {
		differences, err := g.Run(ctx, w, connectors)
		if err != nil {
			differences = append(differences, err.Error())
		}
		if len(differences) == 0 {
			continue
		}
		var text string
		for _, d := range differences {
			text += "    " + strings.ReplaceAll(d, "\n", "\n    ") + "\n"
		}
		i := slices.IndexFunc(failures, func(f failure) bool { return f.text == text })
		if i < 0 {
			i = len(failures)
			failures = append(failures, failure{first: w, text: text})
		}
		failures[i].worlds++
	}
	var texts []string
	for _, f := range failures {
		where := "world " + f.first.Name()
		switch {
		case f.worlds > 1 && f.worlds == len(worlds):
			where = fmt.Sprintf("all %d worlds", f.worlds)
		case f.worlds > 1:
			where = fmt.Sprintf("%d of %d worlds", f.worlds, len(worlds))
		}
		texts = append(texts, fmt.Sprintf("  in %s; again: weir test --world %s %s\n%s", where, f.first.Name(), path, f.text))
	}
	return texts
}
