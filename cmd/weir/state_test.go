package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"weir/exec"
	"weir/exec/checkpoint"
	"weir/exec/state"
	"weir/keygroup"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// stored writes an image to a directory: a scan, an aggregation of a thousand keys, a limit, a sink.
func stored(t *testing.T, dir string) {
	t.Helper()
	keys := []vector.Type{vector.BigIntType}
	operator := func(name string, parallelism, max, rows int) *exec.OperatorImage {
		op := &exec.OperatorImage{UID: "aggregate-1f2e3d4c5b6a7988", Name: name, Kind: "aggregate", Parallelism: parallelism, Max: max, Origin: plan.FromSet, MaxOrigin: plan.Derived}
		space := keygroup.Space{Max: max}
		values := make([]int64, rows)
		for i := range values {
			values[i] = int64(i)
		}
		all := vector.Batch{Rows: rows, Columns: []vector.Column{vector.NewColumn(values, nil)}}
		hash := make([]uint64, rows)
		kernel.HashColumns(hash, all.Columns, keys)
		for i := range parallelism {
			var mine []int32
			for k, h := range hash {
				if space.Range(i, parallelism).Contains(space.Of(h)) {
					mine = append(mine, int32(k))
				}
			}
			in := all.Take(mine)
			own := make([]uint64, in.Rows)
			kernel.HashColumns(own, in.Columns, keys)
			s := state.NewStore(space, space.Range(i, parallelism))
			table := s.Table("groups", keys, func(t *state.Table) { state.NewColumn(t, int64(0)) })
			table.Slots(nil, in, own, nil)
			op.State = append(op.State, s.Snapshot())
		}
		return op
	}
	split := func(n int, path string) exec.Split {
		return exec.Split{Number: n, Path: path, Size: 1234567}
	}
	scan := &exec.OperatorImage{UID: "scan-0a1b2c3d", Name: "scan bid", Kind: "scan", Parallelism: 3, Max: 128, Origin: plan.FromSet, MaxOrigin: plan.Derived,
		Position: &exec.Position{Rows: 45678, Complete: true, Splits: []exec.Split{split(0, "bids/2024-01-01.csv"), split(1, "bids/2024-01-02.csv"), split(2, "bids/2024-01-03.csv")},
			Chains: []exec.Chain{{Number: 1, Ranges: []exec.Remainder{
				{Range: exec.Range{Split: split(1, "bids/2024-01-02.csv"), From: 65536, To: 131072, At: exec.Mark{Next: 65600, Row: 2400}}, Skip: 12},
				{Range: exec.Range{Split: split(1, "bids/2024-01-02.csv"), From: 131072, To: 1234567, At: exec.Mark{Next: -1}}}}},
				{Number: 2, Ranges: []exec.Remainder{{Range: exec.Range{Split: split(2, "bids/2024-01-03.csv"), To: 1234567, At: exec.Mark{Next: -1}}}}}}}}
	limit := operator("limit", 1, 1, 1)
	limit.UID, limit.Origin, limit.MaxOrigin = "limit-99", plan.Required, plan.Required
	im := &exec.Image{Epoch: 12, Taken: 1700000012345, Finished: false, Operators: []*exec.OperatorImage{scan, operator("aggregate", 3, 128, 1000), limit,
		{UID: "sink-77", Name: "sink totals", Kind: "sink", Parallelism: 3, Max: 128, Origin: plan.FromInput, MaxOrigin: plan.Derived,
			Sink: &exec.SinkImage{Run: 2, Pending: []exec.Pending{exec.Pending("part-2-12-0"), exec.Pending("part-2-12-1")}}}},
		Job: exec.JobInfo{ID: "0123456789abcdef0123456789abcdef", Name: "insert into totals", Key: "k", Fingerprint: "0f1e2d3c4b5a6978", Started: 1700000000000,
			Statement: "INSERT INTO totals\nSELECT auction, COUNT(*) AS bids, SUM(price) AS total, MAX(price) AS highest FROM bid GROUP BY auction"}}
	if _, err := checkpoint.Write(t.Context(), exec.OS{}, dir, im); err != nil {
		t.Fatal(err)
	}
}

// called runs weir and checks the exit code; lines are to fit a screen unless they name the directory of the test.
func called(t *testing.T, dir string, exit int, args ...string) string {
	t.Helper()
	cmd := weir(t, dir, args...)
	text, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != exit {
		t.Errorf("weir %s: exit code %d, expected %d", strings.Join(args, " "), code, exit)
	}
	out := strings.ReplaceAll(string(text), dir, "${DIR}")
	for l := range strings.Lines(out) {
		if l = strings.TrimSuffix(l, "\n"); utf8.RuneCountInString(l) > width && !strings.Contains(l, "error[") && !strings.Contains(l, "weir: ") && !strings.Contains(l, "hint: ") {
			t.Errorf("too long: %s", l)
		}
		if l != strings.TrimRight(l, " ") {
			t.Errorf("blanks at the end: %q", l)
		}
	}
	return out
}

func checkText(t *testing.T, got, want string) {
	t.Helper()
	if got != strings.TrimPrefix(want, "\n") {
		t.Errorf("it is\n%s\nexpected\n%s", got, want)
	}
}

func TestStateCommand(t *testing.T) {
	dir := t.TempDir()
	job := filepath.Join(dir, "jobs", "0123456789abcdef0123456789abcdef")
	stored(t, filepath.Join(job, "chk-12"))
	want := `
insert into totals
  job           0123456789abcdef0123456789abcdef
  statement     INSERT INTO totals
                SELECT auction, COUNT(*) AS bids, SUM(price) AS total,
                MAX(price) AS highest FROM bid GROUP BY auction
  fingerprint   0f1e2d3c4b5a6978
  started       2023-11-14 22:13:20
  epoch         12, taken 2023-11-14 22:13:32

scan bid
  uid           scan-0a1b2c3d
  parallelism   3 (SET), maximum 128 (derived)
  position      45,678 rows, 3 splits, 1 of them read
                bids/2024-01-02.csv
                  at byte 65,600 of 1,234,567, behind row 2,412, 2 ranges left
                bids/2024-01-03.csv
                  not begun

aggregate
  uid           aggregate-1f2e3d4c5b6a7988
  parallelism   3 (SET), maximum 128 (derived)
  state         1,000 rows, 36 kB, in 128 of 128 key groups
  spread        ▅▆▆▆▆▄▅▅▄▄▅▅█▆▅▆▅▄▇▄▅▅▅▅▅▅▅▅▆▅▅▅  at most 16 rows a group

limit
  uid           limit-99
  parallelism   1 (required), maximum 1 (required)
  state         1 row, 36 B

sink totals
  uid           sink-77
  parallelism   3 (input), maximum 128 (derived)
  run           2
  pending       part-2-12-0
                part-2-12-1
`
	checkText(t, called(t, dir, 0, "state", "jobs/0123456789abcdef0123456789abcdef"), want)
	checkText(t, called(t, dir, 0, "state", "jobs/0123456789abcdef0123456789abcdef/chk-12"), want)
	checkText(t, called(t, dir, 0, "state", "jobs"), `
insert into totals
  job           0123456789abcdef0123456789abcdef
  started       2023-11-14 22:13:20
  runs          no
  checkpoint    12 of 2023-11-14 22:13:32, 35.6 kB
  in            jobs/0123456789abcdef0123456789abcdef/chk-12
`)
	if err := os.Symlink("lock", filepath.Join(job, "lock")); err != nil { // to itself
		t.Fatal(err)
	}
	checkText(t, called(t, dir, 0, "state", "jobs"), `
insert into totals
  job           0123456789abcdef0123456789abcdef
  started       2023-11-14 22:13:20
  runs          unknown: can't read jobs/0123456789abcdef0123456789abcdef/lock:
                too many levels of symbolic links
  checkpoint    12 of 2023-11-14 22:13:32, 35.6 kB
  in            jobs/0123456789abcdef0123456789abcdef/chk-12
`)
	checkText(t, called(t, dir, 0, "state", "verify", job), `
${DIR}/jobs/0123456789abcdef0123456789abcdef/chk-12
  whole: epoch 12, 1,001 rows of state in 131 sections, 35.6 kB
`)
	path := filepath.Join(job, "chk-12", "state")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	checkText(t, called(t, dir, 1, "state", "verify", job), `
error[W6101]: ${DIR}/jobs/0123456789abcdef0123456789abcdef/chk-12/state is damaged: operator 'aggregate', subtask 1, table 'groups', key group 60: the CRC of its 422 bytes at 14946 is wrong
`)
	checkText(t, called(t, dir, 1, "state", "none"), `
error[W6104]: there is no directory none
`)
	checkText(t, called(t, dir, 2, "state"), `
weir: state needs one directory: that of a checkpoint, a savepoint or a job
`)
}

func TestRescaleCommand(t *testing.T) {
	dir := t.TempDir()
	stored(t, filepath.Join(dir, "savepoint-012345-0123456789ab"))
	from := "savepoint-012345-0123456789ab"
	checkText(t, called(t, dir, 0, "rescale", "--dry-run", from, "--parallelism", "4"), `
insert into totals
  job           0123456789abcdef0123456789abcdef
  epoch         12, taken 2023-11-14 22:13:32

aggregate
  parallelism   3 → 4; maximum 128 (derived)
  state         1,000 rows, 36 kB
  moving        476 rows (48%), 17.1 kB
  a subtask has
                        least           median               most
    before  320 rows, 11.5 kB  332 rows, 12 kB  348 rows, 12.5 kB
     after   240 rows, 8.6 kB   249 rows, 9 kB   262 rows, 9.4 kB
  moves
    from  to  key groups  rows   bytes
       0   1       32–42    70  2.5 kB
       1   2       64–85   163  5.9 kB
       2   3      96–127   243  8.7 kB

limit
  parallelism   1, as before; maximum 1 (required)
  state         1 row, 36 B
  moving        nothing
`)
	checkText(t, called(t, dir, 1, "rescale", "--dry-run", from, "-p", "200", "--operator", "limit=2"), `
error[W3011]: the parallelism (200) of aggregate is higher than the maximum parallelism (128) of the state that it is restored from
 = hint: lower the parallelism to 128 or less; 'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism
error[W3004]: the limit works on one global group: its parallelism must be 1, found 2
error[W3011]: the parallelism (200) of scan bid is higher than the maximum parallelism (128) of the state that it is restored from
 = hint: lower the parallelism to 128 or less; 'weir rescale --max-parallelism' rewrites a savepoint to another maximum parallelism
`)
	checkText(t, called(t, dir, 1, "rescale", "--dry-run", from, "--operator=agregate=2"), `
error[W3013]: the job has no operator 'agregate'
 = hint: did you mean 'aggregate'?
`)
	checkText(t, called(t, dir, 0, "rescale", "--max-parallelism", "2", from, "new"), `
new
  size          30.2 kB
                scan bid: maximum 128 → 2
                aggregate: maximum 128 → 2
                limit: maximum 1, as before
                sink totals: maximum 128 → 2
  note          the parallelism of scan bid, aggregate, sink totals was 3: it
                must be at most 2 now
`)
	checkText(t, called(t, dir, 1, "rescale", "--max-parallelism=2", from, "new"), `
error[W6107]: can't write new: it is there already
`)
	checkText(t, called(t, dir, 0, "rescale", "--dry-run", "new", "-p", "2"), `
insert into totals
  job           0123456789abcdef0123456789abcdef
  epoch         12, taken 2023-11-14 22:13:32

aggregate
  parallelism   3 → 2; maximum 2 (savepoint)
  state         1,000 rows, 36 kB
  moving        nothing
  a subtask has
                        least             median               most
    before        0 rows, 0 B  483 rows, 17.4 kB  517 rows, 18.6 kB
     after  483 rows, 17.4 kB    500 rows, 18 kB  517 rows, 18.6 kB

limit
  parallelism   1, as before; maximum 1 (required)
  state         1 row, 36 B
  moving        nothing
`)
	for args, want := range map[string]string{
		"--dry-run":                               "rescale --dry-run needs one savepoint",
		from:                                      "rescale needs --max-parallelism M to write a savepoint, or --dry-run to write nothing",
		"--max-parallelism 0 " + from:             "--max-parallelism: maximum parallelism must be between 1 and 32768, found 0",
		"--max-parallelism x " + from:             "--max-parallelism: could not parse value 'x' for key 'pipeline.max-parallelism': a whole number is expected",
		"--dry-run -p 32769 " + from:              "--parallelism: parallelism must be between 1 and 32768, or -1 for unset; found 32769",
		"--max-parallelism 4 " + from:             "rescale --max-parallelism M needs a savepoint and a new directory",
		"--max-parallelism 4 -p 2 " + from + " n": "a savepoint is for any parallelism: rescale takes one only with --dry-run",
		"--dry-run --operator x " + from:          "--operator needs NAME=N, found 'x'",
		"--dry " + from:                           "unknown flag --dry: weir rescale --help lists them",
	} {
		if got := called(t, dir, 2, append([]string{"rescale"}, strings.Fields(args)...)...); got != "weir: "+want+"\n" {
			t.Errorf("%s: %s", args, got)
		}
	}
}
