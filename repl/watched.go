package repl

import (
	"fmt"
	"slices"
	"time"

	"weir/catalog"
	"weir/exec"
	"weir/planner/plan"
	"weir/repl/result"
	"weir/vector"
)

// watched is a running job whose counters are read from time to time, by one goroutine.
type watched struct {
	sources []*exec.Task
	graph   *plan.Graph
	zone    *time.Location
	local   bool // the watermark is local time without a zone

	started time.Time
	looks   []look // of the last rateSpan, and the one before them
}

// look is how many rows had come at a time.
type look struct {
	at   time.Time
	rows int64
}

// rateSpan is what the rate of rows is a mean of: sources that give a few rows each second would show none or many in
// a shorter time.
const rateSpan = 5 * time.Second

// newWatched watches a job from its start on.
func newWatched(r *exec.Report, now time.Time) *watched {
	w := &watched{zone: time.UTC, local: true, started: now, looks: []look{{at: now}}}
	for _, tasks := range r.Tasks {
		for _, t := range tasks {
			w.graph = t.Graph
			if len(t.Node.Inputs) > 0 {
				continue
			}
			w.sources = append(w.sources, t)
			if s, ok := t.Node.Spec.(*plan.Scan); ok && s.Rowtime >= 0 && t.Node.Schema[s.Rowtime].Type.Kind == vector.TimestampLTZ {
				w.local = false
			}
		}
	}
	if w.graph != nil {
		if zone, err := catalog.LoadZone(w.graph.Zone); err == nil {
			w.zone = zone
		}
	}
	return w
}

// line says what the job does now, in at most so many columns (0: as many as it takes). Figures that are not known are
// left out, and so are the less important of those that do not fit.
func (w *watched) line(now time.Time, columns int) string {
	rows := int64(0)
	for _, t := range w.sources {
		rows += t.RowsOut.Load()
	}
	perSec := w.rate(rows, now)
	unit := "rows"
	if rows == 1 {
		unit = "row"
	}
	parts := []string{fmt.Sprintf("%s %s in (%s/s)", CountText(rows), unit, CountText(int64(perSec+0.5)))}
	if p := w.progress(now); p != "" {
		parts = append([]string{p}, parts...)
	}
	if wm, source, ok := w.watermark(); ok && !w.graph.Batch {
		parts = append(parts, w.lag(wm, now))
		if by := w.heldBy(source); by != "" {
			parts = append(parts, "held back by "+by)
		}
		if end, ok := w.nextWindow(wm); ok {
			layout := time.TimeOnly
			if at := w.wall(wm); at.YearDay() != end.YearDay() || at.Year() != end.Year() {
				layout = time.DateTime
			}
			parts = append(parts, "next window ends "+end.Format(layout))
		}
	}
	const between = " · "
	line, width := parts[0], result.Width(parts[0])
	for _, p := range parts[1:] {
		if more := result.Width(between + p); columns == 0 || width+more <= columns {
			line, width = line+between+p, width+more
		}
	}
	if columns > 0 {
		return result.Clip(line, columns)
	}
	return line
}

// rate is how many rows a second have come lately.
func (w *watched) rate(rows int64, now time.Time) float64 {
	for len(w.looks) > 1 && now.Sub(w.looks[1].at) >= rateSpan {
		w.looks = w.looks[1:]
	}
	first := w.looks[0]
	w.looks = append(w.looks, look{now, rows})
	if d := now.Sub(first.at).Seconds(); d > 0 {
		return float64(rows-first.rows) / d
	}
	return 0
}

// heldBy names what the watermark of a source waits for: a file, where it has several, or its table, where the job has
// several sources.
func (w *watched) heldBy(source *exec.Task) string {
	by := ""
	if spec, ok := source.Node.Spec.(*plan.Scan); ok && slices.ContainsFunc(w.sources, func(t *exec.Task) bool { return t.Node != source.Node }) {
		by = spec.Table.Name
	}
	if path := source.HeldBy.Load(); path != nil {
		by = *path
	}
	return by
}

// progress says how much of what there is to read has been read, and how long the rest will take at the mean rate so
// far; empty where the whole is not known.
func (w *watched) progress(now time.Time) string {
	all := map[*plan.Node]int64{}
	done := int64(0)
	for _, t := range w.sources {
		if _, ok := t.Node.Spec.(*plan.Scan); !ok {
			continue
		}
		all[t.Node] = max(all[t.Node], t.BytesAll.Load())
		done += t.BytesDone.Load()
	}
	total := int64(0)
	for _, n := range all {
		if n == 0 {
			return ""
		}
		total += n
	}
	elapsed := now.Sub(w.started).Seconds()
	if total == 0 || elapsed <= 0 {
		return ""
	}
	text := fmt.Sprintf("%d%% of %s", done*100/total, bytesText(float64(total)))
	if done == 0 {
		return text
	}
	rate := float64(done) / elapsed
	left := time.Duration(float64(total-done) / rate * float64(time.Second))
	return fmt.Sprintf("%s (%s/s, %s left)", text, bytesText(rate), spanText(left.Round(time.Second)))
}

// watermark is the lowest of all sources that are neither idle nor at their end, and whose it is; ok is false before
// the first.
func (w *watched) watermark() (wm vector.Time, source *exec.Task, ok bool) {
	wm = vector.MaxTime
	for _, t := range w.sources {
		if at := vector.Time(t.Reached.Load()); at < wm {
			wm, source = at, t
		}
	}
	return wm, source, wm != vector.MaxTime && wm != vector.MinTime
}

// wall makes the time to show of a watermark.
func (w *watched) wall(wm vector.Time) time.Time {
	if w.local {
		return time.UnixMilli(int64(wm)).UTC()
	}
	return time.UnixMilli(int64(wm)).In(w.zone)
}

func (w *watched) lag(wm vector.Time, now time.Time) string {
	today := now.In(w.zone)
	if w.local {
		now = asUTC(today)
	}
	at := w.wall(wm)
	layout := "15:04:05.999"
	if at.Year() != today.Year() || at.YearDay() != today.YearDay() {
		layout = "2006-01-02 " + layout
	}
	text := "watermark " + at.Format(layout)
	if behind := now.Sub(time.UnixMilli(int64(wm))); behind >= 0 {
		text += ", " + spanText(behind) + " behind"
	}
	return text
}

// asUTC is what a local clock shows, taken as UTC.
func asUTC(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// nextWindow is the end of the next window that closes, where the job has tumbling ones.
func (w *watched) nextWindow(wm vector.Time) (end time.Time, ok bool) {
	at := asUTC(w.wall(wm)).UnixMilli() + 1 // a window closes when the watermark reaches its last millisecond
	var first int64
	for _, n := range w.graph.Nodes {
		x, is := n.Spec.(*plan.WindowAggregate)
		if !is || x.Window.Kind != plan.Tumble || x.Window.Size <= 0 {
			continue
		}
		since := (at - x.Window.Offset) % x.Window.Size
		if since < 0 {
			since += x.Window.Size
		}
		if e := at - since + x.Window.Size; !ok || e < first {
			first, ok = e, true
		}
	}
	return time.UnixMilli(first).UTC(), ok
}
