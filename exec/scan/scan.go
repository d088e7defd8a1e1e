package scan

import (
	"math/rand/v2"
	"strings"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/parser/diag"
	"weir/planner/plan"
)

// definition is what the feeds of one scan have in common. It does not change while they run.
type definition struct {
	text   *diag.Source // of the statement
	spec   *plan.Scan
	source exec.Source
	clock  exec.Clock
	queue  *queue

	now     time.Time // of the job's begin
	seed    uint64    // of RAND and its like
	zone    *time.Location
	rowtime string        // its column's name
	timed   bool          // there is a watermark to compute
	step    int64         // ms by which it must move at least
	origin  bool          // rows carry where they came from
	always  bool          // every row carries the watermark before it
	idle    time.Duration // without work until the scan is idle; 0: never
}

// NewHead makes the head of the stage that reads src for node n.
func NewHead(g *plan.Graph, n *plan.Node, src exec.Source, c *exec.Config) (exec.Head, error) {
	spec := n.Spec.(*plan.Scan)
	zone, err := catalog.LoadZone(g.Zone)
	if err != nil {
		return nil, err
	}
	d := &definition{
		text: n.Source, spec: spec, source: src, clock: c.Seams.Clock,
		now: c.Seams.Clock.Now(), seed: c.Seams.Rand.Uint64(), zone: zone,
		timed: spec.Watermark != nil && spec.Rowtime >= 0 && !g.Batch,
		step:  g.WatermarkStep, origin: spec.Origin, always: spec.Stamp,
		idle: time.Duration(g.IdleTimeout) * time.Millisecond,
	}
	if d.timed {
		d.rowtime = n.Schema[spec.Rowtime].Name
	}
	q := newQueue(src, c.Seams.Clock, c.ChunkBytes)
	q.pathOrder = strings.EqualFold(spec.Options["source.read-order"], "path")
	if v, ok := spec.Options["source.monitor-interval"]; ok {
		if q.monitor, err = catalog.ParseDuration(v); err != nil {
			return nil, diag.New(diag.OptionValue, spec.Table.OptionSpans["source.monitor-interval"], "%s", err).In(spec.Table.Source)
		}
	}
	if c.Seed != 0 {
		q.rand = rand.New(rand.NewPCG(c.Seed, uint64(n.ID)))
	}
	d.queue = q
	feeds := make([]exec.Feed, n.Parallelism)
	for i := range feeds {
		f := &feed{scan: d, announced: q.floor, reached: q.floor}
		q.feeds = append(q.feeds, f)
		feeds[i] = f
	}
	return &head{d, feeds}, nil
}
