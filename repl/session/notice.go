package session

import (
	"fmt"

	"weir/exec"
	"weir/parser/diag"
)

// notices say what a statement's job left out, so that nothing is lost in silence. report is nil where the job did not
// start.
func notices(statement int, report *exec.Report) []Notice {
	if report == nil {
		return nil
	}
	var all []Notice
	if report.Stopped {
		all = append(all, Notice{Statement: statement, Kind: NoticeJob, Message: "the job was stopped before the end of its input"})
	}
	var late, nullTime, bad, dropped int64
	var first *diag.Diagnostic
	for _, tasks := range report.Tasks {
		var ofNode *exec.BadRow // which subtask met it is chance
		for _, t := range tasks {
			late += t.Late.Load()
			nullTime += t.NullTime.Load()
			bad += t.Bad.Load()
			dropped += t.Dropped.Load()
			if b := t.FirstBad.Load(); b != nil && b.Before(ofNode) {
				ofNode = b
			}
		}
		if ofNode != nil && first == nil {
			first = ofNode.Diagnostic
		}
	}
	for _, n := range []struct {
		kind  NoticeKind
		count int64
		text  string
		first *diag.Diagnostic
	}{
		{NoticeLate, late, "late for all windows and left out of the result", nil},
		{NoticeNullTime, nullTime, "without event time (NULL) and left out of all windows", nil},
		{NoticeBad, bad, "not readable in full: fields that could not be read are NULL, or the row is left out", first},
		{NoticeDropped, dropped, "dropped for a NULL in a NOT NULL column", nil},
	} {
		if n.count == 0 {
			continue
		}
		were := "rows were"
		if n.count == 1 {
			were = "row was"
		}
		all = append(all, Notice{Statement: statement, Kind: n.kind, Count: n.count, Message: fmt.Sprintf("%d %s %s", n.count, were, n.text), Detail: n.first})
	}
	return all
}

// of is all that there is to say of a job that has ended, but for its error.
func (s *Session) of(j *job) []Notice {
	all := notices(j.statement, j.report)
	say := func(message string) {
		if message != "" {
			all = append(all, Notice{Statement: j.statement, Kind: NoticeState, Message: message})
		}
	}
	if j.report != nil {
		say(counted(j.report.Checkpoints))
		if j.err != nil || j.report.Stopped {
			say(s.resumption(j))
		}
	}
	return all
}

// notices tells what there is to say of the statement's job.
func (r *running) notices(j *job) error {
	for _, n := range r.of(j) {
		if err := r.out(r.config.Output.Notice(n)); err != nil {
			return err
		}
	}
	return nil
}
