package session

import (
	"time"

	"weir/parser/diag"
	"weir/vector"
)

// Output takes what statements give: one goroutine at a time calls it. For each statement come perhaps Schema and
// Rows, then Done or Fail; Notices come before either. An error from any method ends the session with ErrClosed.
type Output interface {
	// Schema begins the result of a statement.
	Schema(s *Schema) error
	// Rows adds rows to the result begun last. The batch may be kept.
	Rows(b vector.Batch) error
	// Done ends a statement that went well.
	Done(d Done) error
	// Fail ends a statement, or tells of what has none (Statement 0: -D, the config file). Between two statements it may
	// come for one that is Done: its job has failed in the background, or it has begun a statement set that nobody ended.
	Fail(statement int, d *diag.Diagnostic) error
	// Notice tells something about the running statement that is no error.
	Notice(n Notice) error
}

// Schema describes a result.
type Schema struct {
	Statement int
	Columns   []vector.Field
	// Changelog says that rows of other kinds than insert may come.
	Changelog bool
	// Streaming says that rows come as they are made: no width can be taken from the content.
	Streaming bool
	Shape     Shape
	Zone      *time.Location
	// MaxWidth is table.display.max-column-width, TimeCost sql-client.display.print-time-cost.
	MaxWidth int
	TimeCost bool
	// Mode is sql-client.execution.result-mode where it was set, in lower case.
	Mode string
}

// Shape says what kind of statement a result comes from.
type Shape uint8

// Query is rows of a query; Listing is short rows about the session (SHOW, DESCRIBE, SET), never cut; Document is one
// text of several lines (EXPLAIN, SHOW CREATE, HELP).
const (
	Query Shape = iota
	Listing
	Document
)

// Done is the end of a statement.
type Done struct {
	Statement int
	Rows      int64 // of the result, or written
	Elapsed   time.Duration
	// Verb is what a statement without a result did, for people: "CREATE TABLE", "SET".
	Verb string
	// Written says that Rows were written into Target.
	Written bool
	Target  string
	// TimeCost is sql-client.display.print-time-cost.
	TimeCost bool
}

// NoticeKind names the subject of a Notice, for programs.
type NoticeKind string

// The kinds of notices.
const (
	NoticeLate     NoticeKind = "late"     // rows that were late for all their windows
	NoticeNullTime NoticeKind = "nulltime" // rows whose rowtime was NULL
	NoticeBad      NoticeKind = "bad"      // rows that could not be read
	NoticeDropped  NoticeKind = "dropped"  // rows with NULL for a NOT NULL column of a sink
	NoticeState    NoticeKind = "state"    // what a job begins with, and how it can be resumed
	NoticeJob      NoticeKind = "job"      // a job in the background has ended, or was stopped
	NoticeSetting  NoticeKind = "setting"  // a setting of Flink's that has no effect, or another name
)

// Notice is something that a user should know of a statement that goes on, or whose job ran in the background: these
// come between two statements.
type Notice struct {
	Statement int
	Kind      NoticeKind
	Count     int64 // 0: not counted
	Message   string
	// Detail is the first of what was counted, where it can be shown.
	Detail *diag.Diagnostic
}
