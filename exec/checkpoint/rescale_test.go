package checkpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"weir/exec"
	"weir/exec/state"
	"weir/keygroup"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// oneRowAGroup is an operator of which every key group has one row.
func oneRowAGroup(name string, parallelism, max int) *exec.OperatorImage {
	op := &exec.OperatorImage{UID: name, Name: name, Kind: "aggregate", Parallelism: parallelism, Max: max, Origin: plan.FromSet, MaxOrigin: plan.Derived}
	space := keygroup.Space{Max: max}
	keys := []vector.Type{vector.BigIntType}
	for i := range parallelism {
		groups := space.Range(i, parallelism)
		s := state.NewStore(space, groups)
		table := s.Table("groups", keys, func(t *state.Table) { state.NewColumn(t, int64(0)) })
		var values []int64
		var home []uint64
		for g := groups.From; g < groups.To; g++ {
			values = append(values, int64(g))
			home = append(home, ^uint64(0)/uint64(max)*uint64(g)+1<<40) // inside g
		}
		in := vector.Batch{Rows: len(values), Columns: []vector.Column{vector.NewColumn(values, nil)}}
		table.Slots(nil, in, home, nil)
		op.State = append(op.State, s.Snapshot())
	}
	return op
}

func imageOf(ops ...*exec.OperatorImage) *exec.Image { return &exec.Image{Operators: ops} }

func spell(moves []Move) string {
	var parts []string
	for _, m := range moves {
		parts = append(parts, fmt.Sprintf("%d→%d %v (%d)", m.From, m.To, m.Groups, m.Rows))
	}
	return strings.Join(parts, ", ")
}

// By hand: 128 groups at parallelism 3 are 0–42, 43–85, 86–127, at 2 0–63, 64–127, at 4 0–31, 32–63, 64–95, 96–127.
func TestRescaleByHand(t *testing.T) {
	for _, c := range []struct {
		from, to int
		moves    string
		moving   int64
		after    []int64
	}{
		{1, 3, "0→1 43–85 (43), 0→2 86–127 (42)", 85, []int64{43, 43, 42}},
		{3, 1, "1→0 43–85 (43), 2→0 86–127 (42)", 85, []int64{128}},
		{2, 3, "0→1 43–63 (21), 1→2 86–127 (42)", 63, []int64{43, 43, 42}},
		{3, 2, "1→0 43–63 (21), 2→1 86–127 (42)", 63, []int64{64, 64}},
		{2, 4, "0→1 32–63 (32), 1→2 64–95 (32), 1→3 96–127 (32)", 96, []int64{32, 32, 32, 32}},
		{3, 3, "", 0, []int64{43, 43, 42}},
	} {
		all, err := Rescale(imageOf(oneRowAGroup("aggregate", c.from, 128)), Target{Parallelism: c.to})
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		r := all[0]
		var after []int64
		for _, l := range r.After {
			after = append(after, l.Rows)
		}
		if spell(r.Moves) != c.moves || r.Moving.Rows != c.moving || r.Total.Rows != 128 || !slices.Equal(after, c.after) {
			t.Errorf("%d → %d: %s; %d of %d move; %v", c.from, c.to, spell(r.Moves), r.Moving.Rows, r.Total.Rows, after)
		}
	}
}

func TestRescaleAddsUp(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 5))
		im := randomImage(r)
		lowest := keygroup.UpperBound
		for _, op := range im.Operators {
			if (keepsState(op) || op.Position != nil) && !isGlobal(op) {
				lowest = min(lowest, op.Max)
			}
		}
		all, err := Rescale(im, Target{Parallelism: 1 + r.IntN(lowest)})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			var moving, before, after Amount
			in, out := make([]Amount, x.To), make([]Amount, x.From)
			for _, m := range x.Moves {
				moving.add(m.Amount)
				out[m.From].add(m.Amount)
				in[m.To].add(m.Amount)
			}
			for _, l := range x.Before {
				before.add(l)
			}
			for i, l := range x.After {
				after.add(l)
				// What a subtask has is what it had, less what went, and what came.
				var had, went Amount
				if i < x.From {
					had, went = x.Before[i], out[i]
				}
				if had.Rows-went.Rows+in[i].Rows != l.Rows || had.Bytes-went.Bytes+in[i].Bytes != l.Bytes {
					t.Errorf("seed %d: subtask %d had %v, %v went, %v came, it has %v", seed, i, had, went, in[i], l)
				}
			}
			if moving != x.Moving || before != x.Total || after != x.Total {
				t.Errorf("seed %d: %v move of %v, before %v, after %v", seed, moving, x.Total, before, after)
			}
			if x.From == x.To && len(x.Moves) > 0 {
				t.Errorf("seed %d: %s at the same parallelism", seed, spell(x.Moves))
			}
		}
	}
}

func TestRescaleRefuses(t *testing.T) {
	global := oneRowAGroup("limit", 1, 1)
	global.Origin, global.MaxOrigin = plan.Required, plan.Required
	im := imageOf(oneRowAGroup("window aggregate", 2, 128), oneRowAGroup("join", 2, 8), global,
		&exec.OperatorImage{Name: "scan bid", Parallelism: 2, Max: 64, Position: &exec.Position{}}, &exec.OperatorImage{Name: "calc", Parallelism: 2, Max: 4})
	for _, c := range []struct {
		target Target
		want   string
	}{
		{Target{Parallelism: 8}, ""},
		{Target{Parallelism: 9}, "W3011 the parallelism (9) of join is higher than the maximum parallelism (8) of the state that it is restored from"},
		{Target{Parallelism: 9, Operators: map[string]int{"join": 8}}, ""},
		{Target{Parallelism: 200}, "W3011 the parallelism (200) of window aggregate is higher than the maximum parallelism (128) of the state that it is restored from; " +
			"W3011 the parallelism (200) of join is higher than the maximum parallelism (8) of the state that it is restored from; " +
			"W3011 the parallelism (200) of scan bid is higher than the maximum parallelism (64) of the state that it is restored from"},
		{Target{Operators: map[string]int{"limit": 2}}, "W3004 the limit works on one global group: its parallelism must be 1, found 2"},
		{Target{Max: 64, Operators: map[string]int{"window aggregate": 200}}, "W3012 the maximum parallelism (64) of window aggregate is not that of the state that it is restored from (128); " +
			"W3012 the maximum parallelism (64) of join is not that of the state that it is restored from (8)"},
		{Target{Operators: map[string]int{"joim": 2}}, "W3013 the job has no operator 'joim'"},
		{Target{Operators: map[string]int{"join": 0}}, "W3001 parallelism of join must be between 1 and 32768, found 0"},
		{Target{Parallelism: 40000, Max: -1}, "W3001 parallelism must be between 1 and 32768, found 40000; W3001 maximum parallelism must be between 1 and 32768, found -1"},
	} {
		_, err := Rescale(im, c.target)
		var got []string
		var one *diag.Diagnostic
		var list diag.List
		if errors.As(err, &list) {
			for _, d := range list {
				got = append(got, d.Code+" "+d.Message)
			}
		} else if errors.As(err, &one) {
			got = append(got, one.Code+" "+one.Message)
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%+v: %s", c.target, s)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct{ rows, want []int64 }{
		{nil, []int64{0, 0, 0}}, {[]int64{5}, []int64{5, 5, 5}}, {[]int64{9, 1, 4}, []int64{1, 4, 9}}, {[]int64{4, 2, 8, 6}, []int64{2, 5, 8}},
	} {
		var loads []Amount
		for _, n := range c.rows {
			loads = append(loads, Amount{n, 2 * n})
		}
		least, median, most := Spread(loads)
		if got := []int64{least.Rows, median.Rows, most.Rows}; !slices.Equal(got, c.want) || most.Bytes != 2*most.Rows {
			t.Errorf("%v: %v", c.rows, got)
		}
	}
}

// Another maximum leaves every row, and its group is that of its stored hash.
func TestChangeMax(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 6))
		im := randomImage(r)
		max := 1 + r.IntN(300)
		changed := ChangeMax(im, max)
		got, err := Load(exec.OS{}, written(t, changed))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkSame(t, got, changed)
		before, after := Measure(im), Measure(changed)
		for i := range before {
			op := after[i].Operator
			if want := before[i].Total.Rows; after[i].Total.Rows != want {
				t.Errorf("seed %d: %s has %d rows, had %d", seed, op.Name, after[i].Total.Rows, want)
			}
			if want := max; op.Name != "limit" && (op.Max != want || op.MaxOrigin != plan.FromSavepoint) || op.Name == "limit" && op.Max != 1 {
				t.Errorf("seed %d: %s has the maximum %d", seed, op.Name, op.Max)
			}
		}
		if _, err := Rescale(changed, Target{Max: max, Parallelism: 1}); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if t.Failed() {
			return
		}
	}
}
