// Package datagen is the source that makes rows up: random values or sequences, at a given rate.
package datagen

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

const codeOption = "W5020" // an option that does not fit its column

// waitLimit is how long Next may block: the contract of exec.Reader.
const waitLimit = 100 * time.Millisecond

type source struct {
	scan   *plan.Scan
	config *exec.Config
	rows   int64 // in all; -1: no end
	perSec int64
	fields []field
	listed bool
	seed   uint64
	begun  time.Time
}

// NewSource makes the source of a scan. Options out of range are Diagnostics.
func NewSource(_ *plan.Graph, n *plan.Node, c *exec.Config) (exec.Source, error) {
	s := &source{scan: n.Spec.(*plan.Scan), config: c, rows: -1, perSec: 10000, seed: c.Seams.Rand.Uint64(), begun: c.Seams.Clock.Now()}
	o := s.scan.Options
	if v, ok := o["rows-per-second"]; ok {
		s.perSec, _ = strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	}
	if v, ok := o["number-of-rows"]; ok {
		rows, _ := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		s.rows = max(0, rows)
	}
	for at, col := range s.scan.Table.Columns {
		if col.Expr != "" {
			continue
		}
		f, err := newField(s.scan.Table, col.Name, col.Type, o, s.begun)
		if err != nil {
			return nil, err
		}
		if f.sequence {
			n := f.last - f.first + 1
			if s.rows < 0 || n < s.rows {
				s.rows = n
			}
		}
		for _, r := range s.scan.Read {
			if r == at {
				f.seed = s.seed + uint64(at)*fieldSeeds
				s.fields = append(s.fields, f)
			}
		}
	}
	return s, nil
}

// fieldSeeds lie between the seeds of two fields: any large odd number will do, this one is the golden ratio's.
const fieldSeeds = 0x9E3779B97F4A7C15

// State is the seed, and the time that is now for the rows.
func (s *source) State() []byte {
	state := binary.LittleEndian.AppendUint64(nil, s.seed)
	return binary.LittleEndian.AppendUint64(state, uint64(s.begun.UnixMicro()))
}

// Resume generates the same rows as the job before.
func (s *source) Resume(_ context.Context, state []byte, listed, _ []exec.Split) error {
	if len(state) != 16 {
		return diag.New(diag.StoredPosition, diag.Span{}, "the state of the generator of table '%s' has %d bytes instead of 16", s.scan.Table.Name, len(state))
	}
	seed := binary.LittleEndian.Uint64(state)
	s.begun = time.UnixMicro(int64(binary.LittleEndian.Uint64(state[8:]))).UTC()
	for i := range s.fields {
		s.fields[i].seed += seed - s.seed
		s.fields[i].now = s.begun
	}
	s.seed, s.listed = seed, len(listed) > 0
	return nil
}

// Splits returns the one split that the whole generator is.
func (s *source) Splits(context.Context) ([]exec.Split, error) {
	if s.listed {
		return nil, io.EOF
	}
	s.listed = true
	size := s.rows
	if size < 0 {
		size = math.MaxInt64
	}
	return []exec.Split{{Path: "datagen", Size: size, Whole: true}}, io.EOF
}

// Open starts the generator at row r.From.
func (s *source) Open(_ context.Context, r exec.Range) (exec.Reader, error) {
	return &reader{source: s, from: r.From, next: r.From, begun: s.config.Seams.Clock.Now()}, nil
}

type reader struct {
	*source
	from, next int64
	begun      time.Time
}

func (r *reader) Start() int64    { return r.from }
func (r *reader) Position() int64 { return r.next }
func (r *reader) Close() error    { return nil }

// Next gives the rows that are due.
func (r *reader) Next(ctx context.Context) (vector.Batch, error) {
	if r.rows >= 0 && r.next >= r.rows {
		return vector.Batch{}, io.EOF
	}
	clock := r.config.Seams.Clock
	elapsed := clock.Now().Sub(r.begun)
	due := r.due(elapsed)
	if due <= 0 {
		wait := time.Duration(float64(r.next-r.from+1)/float64(r.perSec)*float64(time.Second)) - elapsed
		select {
		case <-ctx.Done():
			return vector.Batch{}, ctx.Err()
		case <-clock.After(ctx, min(max(wait, time.Millisecond), waitLimit)):
		}
		if due = r.due(clock.Now().Sub(r.begun)); due <= 0 {
			return r.batch(0), nil
		}
	}
	n := min(due, int64(r.config.BatchRows), blockRows-r.next%blockRows)
	if r.rows >= 0 {
		n = min(n, r.rows-r.next)
	}
	b := r.batch(int(n))
	r.next += n
	return b, nil
}

// due is how many rows the rate allows now. The first second's worth of rows comes at once, as from Flink's
// generator, whose rate is counted by whole seconds.
func (r *reader) due(elapsed time.Duration) int64 {
	allowed := float64(r.perSec) * (1 + math.Floor(elapsed.Seconds()))
	return int64(allowed) - (r.next - r.from)
}

func (r *reader) batch(n int) vector.Batch {
	b := vector.Batch{Rows: n, Columns: make([]vector.Column, len(r.fields))}
	for i := range r.fields {
		b.Columns[i] = r.fields[i].generate(r.next, n)
	}
	return b
}

func invalid(t *catalog.Table, key, format string, args ...any) error {
	d := diag.New(codeOption, t.OptionSpans[key], format, args...)
	d.Notes = append(d.Notes, "in option '"+key+"' of table "+t.Name)
	return d.In(t.Source)
}
