package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"weir/catalog"
	"weir/exec"
	"weir/exec/checkpoint"
	"weir/repl"
)

const rescaleHelp = `weir rescale --dry-run SAVEPOINT [--parallelism N] [--operator NAME=N]…
                                      what moves if a job goes on from there
                                      with another parallelism; an error where
                                      it can't
weir rescale --max-parallelism M SAVEPOINT NEW
                                      write a savepoint that has another
                                      maximum parallelism, in a new directory

--dry-run                compute, write nothing
-p, --parallelism N      of all operators that may have it
--operator NAME=N        of one operator; repeatable
--max-parallelism M      the number of key groups

SAVEPOINT is a savepoint, a checkpoint, or the directory of a job for its newest.
`

// rescaleCommand is weir rescale.
func rescaleCommand(args []string, std streams) int {
	target := checkpoint.Target{Operators: map[string]int{}}
	dry := false
	parallelism := commandFlag{true, func(v string) (err error) {
		target.Parallelism, err = subtasks("--parallelism", v)
		return err
	}}
	words, err := commandArguments("rescale", args, map[string]commandFlag{
		"--dry-run":     {false, func(string) error { dry = true; return nil }},
		"-p":            parallelism,
		"--parallelism": parallelism,
		"--max-parallelism": {true, func(v string) (err error) {
			target.Max, err = bounded("--max-parallelism", v, "pipeline.max-parallelism")
			return err
		}},
		"--operator": {true, func(v string) (err error) {
			at := strings.LastIndexByte(v, '=')
			if at < 1 {
				return fmt.Errorf("--operator needs NAME=N, found '%s'", v)
			}
			target.Operators[v[:at]], err = subtasks("--operator", v[at+1:])
			return err
		}},
	})
	switch {
	case err != nil:
	case dry && len(words) != 1:
		err = errors.New("rescale --dry-run needs one savepoint")
	case !dry && target.Max == 0:
		err = errors.New("rescale needs --max-parallelism M to write a savepoint, or --dry-run to write nothing")
	case !dry && (target.Parallelism > 0 || len(target.Operators) > 0):
		err = errors.New("a savepoint is for any parallelism: rescale takes one only with --dry-run")
	case !dry && len(words) != 2:
		err = errors.New("rescale --max-parallelism M needs a savepoint and a new directory")
	}
	if err != nil {
		return misused(std, rescaleHelp, err)
	}
	if dry {
		return commandEnd(std, printRescaling(std.out, words[0], target))
	}
	return commandEnd(std, inContext(func(ctx context.Context) error {
		return changeMax(ctx, std.out, words[0], words[1], target.Max)
	}))
}

// bounded reads a number that a flag is given in the bounds of a setting.
func bounded(flag, text, setting string) (int, error) {
	value, err := catalog.LookupSetting(setting).Check(text)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", flag, err)
	}
	return strconv.Atoi(value)
}

// subtasks reads a parallelism; 0: none is wanted, as with that of -p itself.
func subtasks(flag, text string) (int, error) {
	n, err := bounded(flag, text, "parallelism.default")
	return max(n, 0), err
}

// printRescaling tells what a target means for the state in a directory.
func printRescaling(out io.Writer, dir string, target checkpoint.Target) error {
	im, err := checkpoint.Load(exec.OS{}, dir)
	if err != nil {
		return err
	}
	all, err := checkpoint.Rescale(im, target)
	if err != nil {
		return err
	}
	p := &sheet{out: out}
	p.printf("%s\n", im.Job.Name)
	p.line("job", im.Job.ID)
	p.line("epoch", fmt.Sprintf("%d, taken %s", im.Epoch, timeText(im.Taken)))
	if len(all) == 0 {
		p.printf("\nno operator keeps state: nothing moves\n")
	}
	for _, r := range all {
		p.rescaling(r)
	}
	return p.err
}

func (p *sheet) rescaling(r checkpoint.Rescaling) {
	p.printf("\n%s\n", r.Operator.Name)
	parallelism := fmt.Sprintf("%d, as before", r.To)
	if r.From != r.To {
		parallelism = fmt.Sprintf("%d → %d", r.From, r.To)
	}
	p.line("parallelism", fmt.Sprintf("%s; maximum %d (%s)", parallelism, r.Operator.Max, r.Operator.MaxOrigin))
	p.line("state", fmt.Sprintf("%s, %s", amount(r.Total.Rows, "row"), repl.BytesText(r.Total.Bytes)))
	moving := "nothing"
	if len(r.Moves) > 0 {
		moving = fmt.Sprintf("%s (%d%%), %s", amount(r.Moving.Rows, "row"), percent(r.Moving.Rows, r.Total.Rows), repl.BytesText(r.Moving.Bytes))
	}
	p.line("moving", moving)
	if r.From == 1 && r.To == 1 {
		return
	}
	p.line("a subtask has", "")
	p.table([]string{"", "least", "median", "most"}, [][]string{spreadRow("before", r.Before), spreadRow("after", r.After)})
	if len(r.Moves) == 0 {
		return
	}
	var rows [][]string
	for _, m := range r.Moves {
		rows = append(rows, []string{fmt.Sprint(m.From), fmt.Sprint(m.To), m.Groups.String(), repl.CountText(m.Rows), repl.BytesText(m.Bytes)})
	}
	p.line("moves", "")
	p.table([]string{"from", "to", "key groups", "rows", "bytes"}, rows)
}

// spreadRow tells how loads are spread over subtasks.
func spreadRow(name string, loads []checkpoint.Amount) []string {
	row := []string{name}
	least, median, most := checkpoint.Spread(loads)
	for _, l := range []checkpoint.Amount{least, median, most} {
		row = append(row, fmt.Sprintf("%s, %s", amount(l.Rows, "row"), repl.BytesText(l.Bytes)))
	}
	return row
}

func percent(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return (100*part + whole/2) / whole
}

// table prints rows in columns, aligned to the right.
func (p *sheet) table(head []string, rows [][]string) {
	widths := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range append([][]string{head}, rows...) {
		line := strings.Repeat(" ", 4)
		for i, cell := range row {
			line += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + cell + "  "
		}
		p.printf("%s\n", strings.TrimRight(line, " "))
	}
}

// changeMax writes a savepoint of another maximum parallelism.
func changeMax(ctx context.Context, out io.Writer, from, to string, max int) error {
	im, err := checkpoint.Load(exec.OS{}, from)
	if err != nil {
		return err
	}
	changed := checkpoint.ChangeMax(im, max)
	size, err := checkpoint.Write(ctx, exec.OS{}, to, changed)
	if err != nil {
		return err
	}
	p := &sheet{out: out}
	p.printf("%s\n", to)
	p.line("size", repl.BytesText(size))
	highest := map[int][]string{} // operators by the parallelism that they had, where the maximum is lower
	for i, op := range changed.Operators {
		if was := im.Operators[i].Max; was != op.Max {
			p.line("", fmt.Sprintf("%s: maximum %d → %d", op.Name, was, op.Max))
		} else {
			p.line("", fmt.Sprintf("%s: maximum %d, as before", op.Name, was))
		}
		if op.Parallelism > op.Max {
			highest[op.Parallelism] = append(highest[op.Parallelism], op.Name)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(highest)) {
		p.line("note", fmt.Sprintf("the parallelism of %s was %d: it must be at most %d now", strings.Join(highest[n], ", "), n, max))
	}
	return p.err
}
