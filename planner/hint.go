package planner

import (
	"slices"
	"strconv"
	"strings"

	"weir/catalog"
	"weir/keygroup"
	"weir/parser/ast"
	"weir/parser/diag"
	"weir/planner/logical"
)

// operatorKinds are the operators that PARALLELISM('kind'='n') can name.
var operatorKinds = []string{"scan", "filter", "project", "calc", "aggregate", "window", "join", "sort", "limit", "topn", "union", "unnest", "sink"}

// queryHints are the hints that stand behind SELECT. Those of joins and state have no effect here: they never change
// an answer.
var queryHints = []string{"PARALLELISM", "MAX_PARALLELISM", "STATE_TTL", "LOOKUP", "BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP"}

// targetHints are the hints that stand behind a table.
var targetHints = []string{"OPTIONS", "PARALLELISM", "MAX_PARALLELISM"}

// block reads the hints behind SELECT.
func (r *resolver) block(hints []ast.Hint, outer *logical.Block) (*logical.Block, error) {
	b := &logical.Block{Outer: outer}
	if len(hints) == 0 {
		return b, nil
	}
	at := func(s diag.Span) diag.Span {
		if r.anchor != nil {
			return *r.anchor
		}
		return s
	}
	b.At = at(hints[0].At.To(hints[len(hints)-1].At))
	b.NamedAt = map[string]diag.Span{}
	var errs problems
	for _, h := range hints {
		name := strings.ToUpper(h.Name)
		switch name {
		case "PARALLELISM", "MAX_PARALLELISM":
		case "OPTIONS":
			errs.add(diag.New(codeHint, h.At, "the hint OPTIONS cannot stand behind SELECT").WithHint("write it behind the table: FROM t /*+ OPTIONS('key'='value') */"))
			continue
		default:
			errs.add(knownHint(h, queryHints))
			continue
		}
		plain, named := &b.Parallelism, &b.Named
		if name == "MAX_PARALLELISM" {
			plain, named = &b.Max, &b.NamedMax
		}
		if len(h.Args) == 0 {
			errs.add(noArgument(h))
		}
		for _, a := range h.Args {
			operator := "the query block"
			kind := strings.ToLower(a.Key)
			if a.Key != "" {
				operator = "'" + a.Key + "'"
				if !slices.Contains(operatorKinds, kind) {
					errs.add(suggest(diag.New(codeHint, a.At, "the hint %s names no operator '%s'", name, a.Key), kind, operatorKinds).
						WithNote("operators are %s", strings.Join(operatorKinds, ", ")))
					continue
				}
			}
			n, err := degree(a, name, operator)
			errs.add(err)
			if a.Key == "" {
				*plain = n
				continue
			}
			if *named == nil {
				*named = map[string]int{}
			}
			if n > 0 {
				(*named)[kind] = n
				b.NamedAt[kind] = at(a.At)
			}
		}
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	if err := withinMax(b.Parallelism, b.Max, "the query block", hints[0].At); err != nil {
		return nil, err
	}
	for _, kind := range operatorKinds {
		if err := withinMax(b.Named[kind], b.NamedMax[kind], "'"+kind+"'", hints[0].At); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// knownHint refuses a hint that is not in the list.
func knownHint(h ast.Hint, known []string) error {
	name := strings.ToUpper(h.Name)
	if slices.Contains(known, name) {
		return nil
	}
	d := diag.New(codeHint, h.At, "unknown hint '%s': it stands for nothing here", h.Name)
	return suggest(d, name, known)
}

func noArgument(h ast.Hint) error {
	return diag.New(codeHint, h.At, "the hint %s needs a number", strings.ToUpper(h.Name)).WithHint("%s(4)", strings.ToUpper(h.Name))
}

// degree reads a parallelism or maximum of a hint; -1, unset, is 0.
func degree(a ast.HintArg, hint, operator string) (int, error) {
	what := "parallelism"
	if hint == "MAX_PARALLELISM" {
		what = "maximum parallelism"
	}
	n, err := strconv.Atoi(strings.TrimSpace(a.Value))
	if err != nil {
		return 0, diag.New(diag.BadParallelism, a.At, "the hint %s needs a whole number for %s, found '%s'", hint, operator, a.Value)
	}
	if n == -1 {
		return 0, nil
	}
	if n < 1 || n > keygroup.UpperBound {
		return 0, diag.New(diag.BadParallelism, a.At, "the %s of %s in the hint %s must be between 1 and %d, or -1 for unset; found %d", what, operator, hint, keygroup.UpperBound, n)
	}
	return n, nil
}

// withinMax refuses a parallelism above a maximum that the same hints give.
func withinMax(p, max int, operator string, at diag.Span) error {
	if p > 0 && max > 0 && p > max {
		return diag.New(codeAboveMax, at, "the parallelism (%d) of %s is higher than its maximum parallelism (%d)", p, operator, max).
			WithHint("lower the parallelism or raise the maximum parallelism")
	}
	return nil
}

// tableHints are the hints behind a table or an INSERT target.
type tableHints struct {
	parallelism, max int
	options          []ast.HintArg
	at               diag.Span
	anchored         diag.Span // at, in the statement's text
}

func (r *resolver) tableHints(hints []ast.Hint) (*tableHints, error) {
	out := &tableHints{}
	var errs problems
	for _, h := range hints {
		if out.at.IsZero() {
			out.at = h.At
		}
		out.at = out.at.To(h.At)
		switch name := strings.ToUpper(h.Name); name {
		case "OPTIONS":
			for _, a := range h.Args {
				if a.Key == "" {
					errs.add(diag.New(codeHint, a.At, "the hint OPTIONS needs 'key'='value', found '%s'", a.Value))
				}
			}
			out.options = append(out.options, h.Args...)
		case "PARALLELISM", "MAX_PARALLELISM":
			if len(h.Args) != 1 {
				errs.add(noArgument(h))
				continue
			}
			a := h.Args[0]
			if a.Key != "" {
				errs.add(diag.New(codeHint, a.At, "the hint %s behind a table is of that table alone and names no operator", name).
					WithHint("write %s(%s), or put the names behind SELECT", name, a.Value))
				continue
			}
			n, err := degree(a, name, "the table")
			errs.add(err)
			if name == "PARALLELISM" {
				out.parallelism = n
			} else {
				out.max = n
			}
		default:
			errs.add(knownHint(h, targetHints))
		}
	}
	if err := errs.err(); err != nil {
		return nil, err
	}
	out.anchored = out.at
	if r.anchor != nil {
		out.anchored = *r.anchor
	}
	return out, withinMax(out.parallelism, out.max, "the table", out.at)
}

// around returns the block of a view or query that hints stand behind.
func (h *tableHints) around(outer *logical.Block) *logical.Block {
	if h.parallelism == 0 && h.max == 0 {
		return outer
	}
	return &logical.Block{Outer: outer, Parallelism: h.parallelism, Max: h.max, At: h.anchored}
}

// onlyParallelism refuses OPTIONS behind what is no table.
func (h *tableHints) onlyParallelism(what string) error {
	if len(h.options) == 0 {
		return nil
	}
	return diag.New(codeHint, h.at, "%s has no options that the hint OPTIONS could change", what).
		WithHint("write the hint behind a table")
}

// merge puts the options of a hint over those of the table, checking them.
func (h *tableHints) merge(t *catalog.Table, options map[string]string) error {
	if len(h.options) == 0 {
		return nil
	}
	var errs problems
	for _, a := range h.options {
		if a.Key == "connector" || a.Key == "format" {
			errs.add(diag.New(codeHint, a.At, "the hint OPTIONS cannot change '%s'", a.Key))
			continue
		}
		options[a.Key] = a.Value
	}
	if err := errs.err(); err != nil {
		return err
	}
	spans := map[string]diag.Span{}
	for _, a := range h.options {
		spans[a.Key] = a.At
	}
	return checkOptions(t.Path(), options, func(key string) (diag.Span, diag.Span) { return spans[key], spans[key] }, h.at)
}
