package keygroup

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"
)

// vector is a line of testdata: what a real Flink answered. Its ranges have both ends inclusive.
type vector struct {
	Kind           string
	MaxParallelism int `json:"max_parallelism"`
	Parallelism    int
	Ranges         [][2]int `json:"ranges_inclusive"`
	Error          string
	A, B, Expect   []int
	Old            int `json:"old_parallelism"`
	New            int `json:"new_parallelism"`
	Transfers      []transfer
}

type transfer struct {
	From   int    `json:"from_subtask"`
	To     int    `json:"to_subtask"`
	Groups [2]int `json:"key_groups_inclusive"`
}

func vectors(t *testing.T, name string) []vector {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func inclusive(ends []int) Range { return Range{ends[0], ends[1] + 1} }

func TestFlinkVectors(t *testing.T) {
	seen := map[string]int{}
	for _, v := range vectors(t, "vectors.jsonl") {
		seen[v.Kind]++
		switch v.Kind {
		case "ranges":
			s := Space{v.MaxParallelism}
			for i, ends := range v.Ranges {
				want := inclusive(ends[:])
				if got := s.Range(i, v.Parallelism); got != want {
					t.Errorf("max %d, parallelism %d: subtask %d owns %v, want %v", v.MaxParallelism, v.Parallelism, i, got, want)
				}
				for g := want.From; g < want.To; g++ {
					if got := s.Owner(Group(g), v.Parallelism); got != i {
						t.Errorf("max %d, parallelism %d: group %d belongs to %d, want %d", v.MaxParallelism, v.Parallelism, g, got, i)
					}
				}
			}
		case "default_max":
			got, err := DefaultMax(v.Parallelism)
			if (err != nil) != (v.Error != "") || err == nil && got != v.MaxParallelism {
				t.Errorf("DefaultMax(%d) = %d, %v, want %d, %q", v.Parallelism, got, err, v.MaxParallelism, v.Error)
			}
		case "intersection":
			got := inclusive(v.A).Intersect(inclusive(v.B))
			switch {
			case v.Expect == nil && got.Len() != 0:
				t.Errorf("%v ∩ %v = %v, want nothing", v.A, v.B, got)
			case v.Expect != nil && got != inclusive(v.Expect):
				t.Errorf("%v ∩ %v = %v, want %v", v.A, v.B, got, v.Expect)
			}
		default:
			t.Errorf("a vector of kind %q that the test does not know", v.Kind)
		}
	}
	for _, kind := range []string{"ranges", "default_max", "intersection"} {
		if seen[kind] == 0 {
			t.Errorf("no vector of kind %s", kind)
		}
	}
}

func TestFlinkRescaling(t *testing.T) {
	seen := map[string]int{}
	for _, v := range vectors(t, "rescale.jsonl") {
		seen[v.Kind]++
		switch v.Kind {
		case "rescale":
			var got []transfer
			s := Space{v.MaxParallelism}
			for from := range v.Old {
				for to := range v.New {
					if r := s.Range(from, v.Old).Intersect(s.Range(to, v.New)); r.Len() > 0 {
						got = append(got, transfer{from, to, [2]int{r.From, r.To - 1}})
					}
				}
			}
			if len(got) != len(v.Transfers) {
				t.Errorf("%d → %d of %d: %v, want %v", v.Old, v.New, v.MaxParallelism, got, v.Transfers)
				continue
			}
			for i := range got {
				if got[i] != v.Transfers[i] {
					t.Errorf("%d → %d of %d: %v, want %v", v.Old, v.New, v.MaxParallelism, got[i], v.Transfers[i])
				}
			}
		case "check_parallelism":
			if _, err := DefaultMax(v.Parallelism); err == nil {
				t.Errorf("parallelism %d is accepted; Flink: %s", v.Parallelism, v.Error)
			}
		case "range_error":
			if err := Check(v.Parallelism, v.MaxParallelism); err == nil {
				t.Errorf("parallelism %d with maximum %d is accepted; Flink: %s", v.Parallelism, v.MaxParallelism, v.Error)
			}
		default:
			t.Errorf("a vector of kind %q that the test does not know", v.Kind)
		}
	}
	if seen["rescale"] == 0 || seen["check_parallelism"] == 0 || seen["range_error"] == 0 {
		t.Errorf("kinds missing: %v", seen)
	}
}

// The groups of hashes are part of the savepoint format: by hand, floor(hash × max / 2^64).
func TestOfIsFrozen(t *testing.T) {
	for _, c := range []struct {
		hash uint64
		max  int
		want Group
	}{
		{0, 128, 0},
		{1<<57 - 1, 128, 0},
		{1 << 57, 128, 1},
		{1 << 63, 128, 64},
		{1<<64 - 1, 128, 127},
		{1<<64 - 1, 1, 0},
		{1 << 63, 131, 65},
		{1<<64 - 1, UpperBound, UpperBound - 1},
		{0x9E3779B97F4A7C15, 100, 61},
	} {
		if got := (Space{c.max}).Of(c.hash); got != c.want {
			t.Errorf("Space{%d}.Of(%#x) = %d, want %d", c.max, c.hash, got, c.want)
		}
	}
}

func TestRangesPartitionTheSpace(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		m := 1 + r.IntN(UpperBound)
		p := 1 + r.IntN(min(m, 200))
		next := 0
		for i := range p {
			x := (Space{m}).Range(i, p)
			if x.From != next || x.Len() < m/p || x.Len() > m/p+1 {
				t.Fatalf("max %d, parallelism %d: subtask %d owns %v after %d", m, p, i, x, next)
			}
			next = x.To
		}
		if next != m {
			t.Fatalf("max %d, parallelism %d: ranges end at %d", m, p, next)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		p, max int
		ok     bool
	}{{1, 1, true}, {128, 128, true}, {32768, 32768, true}, {0, 1, false}, {-1, 1, false}, {2, 1, false}, {1, 0, false}, {1, 32769, false}} {
		if err := Check(c.p, c.max); (err == nil) != c.ok {
			t.Errorf("Check(%d, %d) = %v", c.p, c.max, err)
		}
	}
}

func TestRangeText(t *testing.T) {
	for r, want := range map[Range]string{{0, 43}: "0–42", {7, 8}: "7", {3, 3}: "none"} {
		if got := r.String(); got != want {
			t.Errorf("%#v prints %q, want %q", r, got, want)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	s := Space{128}
	var sum Group
	for i := range b.N {
		sum += s.Of(uint64(i) * 0x9E3779B97F4A7C15)
	}
	sink = sum
}

var sink Group
