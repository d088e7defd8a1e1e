package planner

import (
	"strings"
	"testing"

	"weir/catalog"
	"weir/planner/logical"
	"weir/planner/plan"
)

type set struct {
	key, value string
	level      catalog.Level
}

func decide(t *testing.T, sets ...set) parallelism {
	t.Helper()
	s := catalog.NewSettings()
	for _, x := range sets {
		if err := s.Set(x.key, x.value, x.level); err != nil {
			t.Fatal(err)
		}
	}
	return parallelism{&Env{Settings: s, Cores: 7}}
}

const (
	pDefault = "parallelism.default"
	tDefault = "table.exec.resource.default-parallelism"
	maxKey   = "pipeline.max-parallelism"
)

// Each row is a line of the table of levels in docs/parallelism.md: the strongest level that says something decides.
func TestLevels(t *testing.T) {
	hint := &logical.Block{Parallelism: 3, Max: 300}
	named := &logical.Block{Parallelism: 3, Named: map[string]int{"aggregate": 8}}
	inner := &logical.Block{Outer: named}
	closer := &logical.Block{Outer: named, Parallelism: 5}
	for _, c := range []struct {
		name    string
		sets    []set
		block   *logical.Block
		kind    string
		p, max  int
		from    plan.Origin
		maxFrom plan.Origin
	}{
		{"nothing said", nil, nil, "scan", 7, 128, plan.FromCores, plan.Derived},
		{"config file", []set{{pDefault, "2", catalog.System}}, nil, "scan", 2, 128, plan.FromConfig, plan.Derived},
		{"-p before config file", []set{{pDefault, "2", catalog.System}, {pDefault, "3", catalog.Client}}, nil, "scan", 3, 128, plan.FromClient, plan.Derived},
		{"SET before -p", []set{{pDefault, "3", catalog.Client}, {pDefault, "4", catalog.Environment}}, nil, "scan", 4, 128, plan.FromSet, plan.Derived},
		{"-1 leaves it to the next level", []set{{pDefault, "3", catalog.Client}, {pDefault, "-1", catalog.Environment}}, nil, "scan", 3, 128, plan.FromClient, plan.Derived},
		{"-1 everywhere is unset", []set{{pDefault, "-1", catalog.Environment}}, nil, "scan", 7, 128, plan.FromCores, plan.Derived},
		{"table default before parallelism.default", []set{{pDefault, "4", catalog.Environment}, {tDefault, "5", catalog.Environment}}, nil, "aggregate", 5, 128, plan.FromSet, plan.Derived},
		{"table default 0 is unset", []set{{pDefault, "4", catalog.Environment}, {tDefault, "0", catalog.Environment}}, nil, "scan", 4, 128, plan.FromSet, plan.Derived},
		{"maximum from SET", []set{{pDefault, "4", catalog.Environment}, {maxKey, "12", catalog.Environment}}, nil, "scan", 4, 12, plan.FromSet, plan.FromSet},
		{"maximum derived from the parallelism", []set{{pDefault, "172", catalog.Environment}}, nil, "scan", 172, 512, plan.FromSet, plan.Derived},
		{"hint before SET", []set{{pDefault, "4", catalog.Environment}, {maxKey, "12", catalog.Environment}}, hint, "scan", 3, 300, plan.FromHint, plan.FromHint},
		{"named hint before the block's number", nil, named, "aggregate", 8, 128, plan.FromHint, plan.Derived},
		{"the block's number for others", nil, named, "scan", 3, 128, plan.FromHint, plan.Derived},
		{"inherited inwards", nil, inner, "aggregate", 8, 128, plan.FromHint, plan.Derived},
		{"the inner block says otherwise", nil, closer, "aggregate", 5, 128, plan.FromHint, plan.Derived},
	} {
		d := decide(t, c.sets...).of(c.block, c.kind)
		if d.p != c.p || d.max != c.max || d.from != c.from || d.maxFrom != c.maxFrom {
			t.Errorf("%s: parallelism %d (%s), max %d (%s); want %d (%s), %d (%s)", c.name, d.p, d.from, d.max, d.maxFrom, c.p, c.from, c.max, c.maxFrom)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		name string
		sets []set
		hint *logical.Block
		want []string // in the message; nil: accepted
	}{
		{"equal", []set{{pDefault, "12", catalog.Environment}, {maxKey, "12", catalog.Environment}}, nil, nil},
		{"above the maximum", []set{{pDefault, "4", catalog.Environment}, {maxKey, "2", catalog.Environment}}, nil, []string{"parallelism (4, from SET)", "window aggregate", "maximum parallelism (2, from SET)"}},
		{"hint above SET's maximum", []set{{maxKey, "2", catalog.Environment}}, &logical.Block{Parallelism: 3}, []string{"(3, from hint)", "(2, from SET)"}},
		{"largest", nil, &logical.Block{Parallelism: 32768}, nil},
		{"too large", nil, &logical.Block{Parallelism: 32769}, []string{"parallelism of window aggregate must be between 1 and 32768, found 32769"}},
		{"maximum too large", nil, &logical.Block{Parallelism: 1, Max: 32769}, []string{"maximum parallelism of window aggregate must be between 1 and 32768, found 32769"}},
	} {
		d := decide(t, c.sets...).of(c.hint, "aggregate").check("window aggregate")
		if d == nil {
			if c.want != nil {
				t.Errorf("%s: accepted", c.name)
			}
			continue
		}
		if c.want == nil {
			t.Errorf("%s: refused: %s", c.name, d.Message)
		}
		for _, w := range c.want {
			if !strings.Contains(d.Message, w) {
				t.Errorf("%s: the message %q does not say %q", c.name, d.Message, w)
			}
		}
	}
}
