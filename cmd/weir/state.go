package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/exec"
	"weir/exec/checkpoint"
	"weir/repl"
)

// width is that of the screens that the commands about state print for.
const width = 80

const stateHelp = `weir state DIR          what a checkpoint or savepoint holds; the directory of a
                        job stands for its newest checkpoint, one that has
                        jobs in it for a list of these
weir state verify DIR   check every checksum and every key group, of all
                        checkpoints if DIR is a job's; exit code 1 on damage
`

// stateCommand is weir state.
func stateCommand(args []string, std streams) int {
	verify := len(args) > 0 && args[0] == "verify"
	if verify {
		args = args[1:]
	}
	words, err := commandArguments("state", args, nil)
	if err == nil && len(words) != 1 {
		err = errors.New("state needs one directory: that of a checkpoint, a savepoint or a job")
	}
	if err != nil {
		return misused(std, stateHelp, err)
	}
	if verify {
		return commandEnd(std, printVerified(std.out, words[0]))
	}
	return commandEnd(std, printStored(std.out, words[0]))
}

// printVerified checks what is stored below a directory.
func printVerified(out io.Writer, dir string) error {
	report, err := checkpoint.Verify(exec.OS{}, dir)
	for _, v := range report.Checkpoints {
		fmt.Fprintf(out, "%s\n  whole: epoch %d, %s of state in %s, %s\n", v.Path, v.Epoch,
			amount(v.Rows, "row"), amount(int64(v.Sections), "section"), repl.BytesText(v.Bytes))
	}
	return err
}

// amount is a number of things.
func amount(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return repl.CountText(n) + " " + thing
}

// printStored tells what a checkpoint or savepoint holds.
func printStored(out io.Writer, dir string) error {
	im, err := checkpoint.Load(exec.OS{}, dir)
	if err != nil {
		if listed, e := checkpoint.List(exec.OS{}, dir); e == nil && len(listed) > 0 {
			printJobs(out, listed)
			return nil
		}
		return err
	}
	p := &sheet{out: out}
	p.job(im)
	loads := map[*exec.OperatorImage]checkpoint.OperatorLoad{}
	for _, o := range checkpoint.Measure(im) {
		loads[o.Operator] = o
	}
	for _, op := range im.Operators {
		o, keeps := loads[op]
		p.operator(op)
		if keeps {
			p.state(o)
		}
		if op.Position != nil {
			p.position(op.Position)
		}
		if op.Sink != nil {
			p.sink(op.Sink)
		}
	}
	return p.err
}

// printJobs lists jobs by their newest checkpoints.
func printJobs(out io.Writer, jobs []checkpoint.Found) {
	for i, f := range jobs {
		p := &sheet{out: out}
		if i > 0 {
			p.printf("\n")
		}
		name := f.Job.Name
		if name == "" {
			name = "a job that cannot be told"
		}
		p.printf("%s\n", name)
		p.line("job", f.Job.ID)
		p.line("started", timeText(f.Job.Started))
		switch {
		case f.LockErr != nil:
			p.line("runs", "unknown: "+f.LockErr.Error())
		case f.Locked:
			p.line("runs", cmp.Or(f.Owner, "yes"))
		case f.Finished:
			p.line("runs", "no: it has finished")
		default:
			p.line("runs", "no")
		}
		if f.Err != nil {
			p.line("checkpoint", f.Err.Error())
			continue
		}
		p.line("checkpoint", fmt.Sprintf("%d of %s, %s", f.Epoch, timeText(f.Taken), repl.BytesText(f.Bytes)))
		p.line("in", f.Path)
	}
}

// sheet prints names and what they mean, in two columns.
type sheet struct {
	out io.Writer
	err error // the first that out gave
}

// margin is where the second column begins.
const margin = 14

func (p *sheet) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(p.out, format, args...); err != nil && p.err == nil {
		p.err = err
	}
}

// line prints a name and its meaning, which goes on in further lines where it does not fit.
func (p *sheet) line(name, text string) {
	for i, l := range fold(text, width-margin-2) {
		if i > 0 {
			name = ""
		}
		p.printf("%s\n", strings.TrimRight(fmt.Sprintf("  %-*s%s", margin, name, l), " "))
	}
}

// fold breaks text at its line breaks, and at blanks before the width; a word that is longer stays whole.
func fold(text string, width int) []string {
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		for {
			part = strings.TrimRight(part, " ")
			if utf8.RuneCountInString(part) <= width {
				break
			}
			runes := []rune(part)
			at := width
			for at > 0 && runes[at] != ' ' {
				at--
			}
			if at == 0 || strings.TrimSpace(string(runes[:at])) == "" {
				for at = width; at < len(runes) && runes[at] != ' '; at++ {
				}
				if at == len(runes) {
					break
				}
			}
			lines = append(lines, strings.TrimRight(string(runes[:at]), " "))
			part = strings.TrimLeft(string(runes[at:]), " ")
		}
		lines = append(lines, part)
	}
	return lines
}

// timeText prints a time, ms since 1970.
func timeText(ms int64) string { return time.UnixMilli(ms).Format(time.DateTime) }

func (p *sheet) job(im *exec.Image) {
	p.printf("%s\n", im.Job.Name)
	p.line("job", im.Job.ID)
	p.line("statement", im.Job.Statement)
	p.line("fingerprint", im.Job.Fingerprint)
	p.line("started", timeText(im.Job.Started))
	text := fmt.Sprintf("%d, taken %s", im.Epoch, timeText(im.Taken))
	if im.Finished {
		text += "; all input has been read"
	}
	if im.Committed {
		text += "; sinks are committed"
	}
	p.line("epoch", text)
}

func (p *sheet) operator(op *exec.OperatorImage) {
	p.printf("\n%s\n", op.Name)
	p.line("uid", op.UID)
	p.line("parallelism", fmt.Sprintf("%d (%s), maximum %d (%s)", op.Parallelism, op.Origin, op.Max, op.MaxOrigin))
}

// bars is how many parts of the key groups the chart tells of.
const bars = 32

// blocks are the eighths of a bar; nothing is a point, so that what has some stands out.
var blocks = []rune("·▁▂▃▄▅▆▇█")

// chart draws how rows are spread over max key groups, from the lowest to the highest.
func chart(groups []checkpoint.GroupLoad, max int) string {
	n := min(bars, max)
	rows := make([]int64, n)
	for _, g := range groups {
		rows[int(g.Group)*n/max] += g.Rows
	}
	most := slices.Max(rows)
	line := make([]rune, n)
	for i, r := range rows {
		line[i] = blocks[0]
		if r > 0 {
			line[i] = blocks[1+int(7*r/most)]
		}
	}
	return string(line)
}

func (p *sheet) state(o checkpoint.OperatorLoad) {
	if o.Total.Rows == 0 {
		p.line("state", "empty")
		return
	}
	text := amount(o.Total.Rows, "row") + ", " + repl.BytesText(o.Total.Bytes)
	if o.Operator.Max > 1 {
		text += fmt.Sprintf(", in %d of %s", len(o.Groups), amount(int64(o.Operator.Max), "key group"))
	}
	p.line("state", text)
	if o.Operator.Max > 1 {
		rows := make([]checkpoint.Amount, len(o.Groups))
		for i, g := range o.Groups {
			rows[i] = g.Amount
		}
		_, _, most := checkpoint.Spread(rows)
		p.line("spread", fmt.Sprintf("%s  at most %s a group", chart(o.Groups, o.Operator.Max), amount(most.Rows, "row")))
	}
}

// splitsShown is how many splits with something left to read are told of one by one.
const splitsShown = 20

func (p *sheet) position(x *exec.Position) {
	first := map[int]exec.Remainder{} // by split: the range that is read next
	ranges := map[int]int{}
	for _, c := range x.Chains {
		for _, r := range c.Ranges {
			if ranges[r.Split.Number]++; ranges[r.Split.Number] == 1 || at(r) < at(first[r.Split.Number]) {
				first[r.Split.Number] = r
			}
		}
	}
	text := fmt.Sprintf("%s, %s, %d of them read", amount(x.Rows, "row"), amount(int64(len(x.Splits)), "split"), len(x.Splits)-len(ranges))
	if !x.Complete {
		text += "; more may come"
	}
	p.line("position", text)
	shown := 0
	for _, s := range x.Splits {
		r, open := first[s.Number]
		if !open {
			continue
		}
		if shown++; shown > splitsShown {
			continue
		}
		text := "not begun"
		switch {
		case r.At.Next > 0 || r.Skip > 0:
			text = fmt.Sprintf("at byte %s of %s, behind row %s", repl.CountText(at(r)), repl.CountText(s.Size), repl.CountText(r.At.Row+r.Skip))
		case r.From > 0:
			text = fmt.Sprintf("from byte %s of %s", repl.CountText(r.From), repl.CountText(s.Size))
		}
		if n := ranges[s.Number]; n > 1 {
			text += fmt.Sprintf(", %d ranges left", n)
		}
		p.line("", s.Path)
		p.line("", "  "+text)
	}
	if shown > splitsShown {
		p.line("", fmt.Sprintf("and %s", amount(int64(shown-splitsShown), "split")))
	}
}

// at is where a range begins.
func at(r exec.Remainder) int64 {
	if r.At.Next >= 0 {
		return r.At.Next
	}
	return r.From
}

// sink tells of the parts that wait for a commit. What a part is only its sink knows: mostly a name.
func (p *sheet) sink(s *exec.SinkImage) {
	if s.Run >= 0 {
		p.line("run", fmt.Sprint(s.Run))
	}
	if len(s.Pending) == 0 {
		p.line("pending", "nothing")
	}
	for i, part := range s.Pending {
		name := ""
		if i == 0 {
			name = "pending"
		}
		text := string(part)
		if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
			text = amount(int64(len(part)), "byte")
		}
		p.line(name, text)
	}
}
