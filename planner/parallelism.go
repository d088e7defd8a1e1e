package planner

import (
	"strconv"
	"strings"

	"weir/catalog"
	"weir/keygroup"
	"weir/parser/diag"
	"weir/planner/logical"
	"weir/planner/plan"
)

// decision is the parallelism of an operator, its maximum, and who decided each.
type decision struct {
	p, max        int
	from, maxFrom plan.Origin
	own           bool      // it was set for this operator alone: behind a table, or by its option
	span          diag.Span // of the hint, where one decided
	maxSpan       diag.Span
}

// same reports whether two operators may share a chain.
func (d decision) same(o decision) bool { return d.p == o.p && d.max == o.max }

// parallelism decides what operators get: a hint, else the environment, else the client, else the config file, else
// the number of cores.
type parallelism struct {
	env *Env
}

// defaults is the decision for an operator without any hint.
func (x parallelism) defaults() decision {
	d := decision{p: x.env.Cores, from: plan.FromCores}
levels:
	for level := catalog.Environment; level > catalog.Unset; level-- {
		for _, key := range []string{"table.exec.resource.default-parallelism", "parallelism.default"} {
			v, ok := x.env.Settings.At(key, level)
			if !ok {
				continue
			}
			if n, err := strconv.Atoi(v); err == nil && n >= 1 {
				d.p, d.from = n, originOf(level)
				break levels
			}
		}
	}
	if v, ok := x.env.Settings.At("pipeline.max-parallelism", catalog.Environment); ok {
		if n, err := strconv.Atoi(v); err == nil && n >= 1 {
			d.max, d.maxFrom = n, plan.FromSet
		}
	}
	return d
}

func originOf(l catalog.Level) plan.Origin {
	switch l {
	case catalog.Environment:
		return plan.FromSet
	case catalog.Client:
		return plan.FromClient
	}
	return plan.FromConfig
}

// of decides for an operator of a block. kinds are the names by which a hint may call it, the most telling first.
func (x parallelism) of(block *logical.Block, kinds ...string) decision {
	d := x.defaults()
	p, at := named(block, kinds, func(b *logical.Block) (map[string]int, int) { return b.Named, b.Parallelism })
	if p > 0 {
		d.p, d.from, d.span = p, plan.FromHint, at
	}
	m, at := named(block, kinds, func(b *logical.Block) (map[string]int, int) { return b.NamedMax, b.Max })
	if m > 0 {
		d.max, d.maxFrom, d.maxSpan = m, plan.FromHint, at
	}
	return d.derived()
}

// named finds what a hint says: the innermost block that says anything, a name before the block's plain number.
func named(block *logical.Block, kinds []string, of func(*logical.Block) (map[string]int, int)) (int, diag.Span) {
	for b := block; b != nil; b = b.Outer {
		names, plain := of(b)
		for _, k := range kinds {
			if n, ok := names[k]; ok {
				if at, ok := b.NamedAt[k]; ok {
					return n, at
				}
				return n, b.At
			}
		}
		if plain > 0 {
			return plain, b.At
		}
	}
	return 0, diag.Span{}
}

// derived fills in a maximum that nobody set.
func (d decision) derived() decision {
	if d.max != 0 {
		return d
	}
	d.maxFrom = plan.Derived
	if m, err := keygroup.DefaultMax(d.p); err == nil {
		d.max = m
	}
	return d
}

// with returns d with another parallelism; a derived maximum follows it.
func (d decision) with(p int, from plan.Origin) decision {
	d.p, d.from = p, from
	if d.maxFrom == plan.Derived {
		d.max = 0
	}
	return d.derived()
}

// single is the decision of what must run once: one global group, VALUES' maximum aside.
func single() decision {
	return decision{p: 1, max: 1, from: plan.Required, maxFrom: plan.Required}
}

// parallelismOption reads 'scan.parallelism' or 'sink.parallelism'; 0 where it isn't set.
func parallelismOption(t *catalog.Table, options map[string]string, key string) (int, *diag.Diagnostic) {
	v, ok := options[key]
	if !ok {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 1 || n > keygroup.UpperBound {
		return 0, diag.New(codeTableBounds, diag.Span{}, "invalid configured parallelism %s for table '%s': '%s' must be between 1 and %d", v, t.Path(), key, keygroup.UpperBound)
	}
	return n, nil
}

// check refuses a parallelism or maximum out of bounds, naming both numbers and the operator.
func (d decision) check(operator string) *diag.Diagnostic {
	switch {
	case d.p < 1 || d.p > keygroup.UpperBound:
		return diag.New(diag.BadParallelism, d.span, "parallelism of %s must be between 1 and %d, found %d", operator, keygroup.UpperBound, d.p)
	case d.max < 1 || d.max > keygroup.UpperBound:
		return diag.New(diag.BadParallelism, d.maxSpan, "maximum parallelism of %s must be between 1 and %d, found %d", operator, keygroup.UpperBound, d.max)
	case d.p > d.max:
		at := d.span
		if at.IsZero() {
			at = d.maxSpan
		}
		return diag.New(codeAboveMax, at, "the parallelism (%d, from %s) of %s is higher than its maximum parallelism (%d, from %s)", d.p, d.from, operator, d.max, d.maxFrom).
			WithHint("lower the parallelism or raise the maximum parallelism, which is the number of key groups that rows can be spread over")
	}
	return nil
}
