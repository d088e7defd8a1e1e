package filesystem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"weir/exec"
	"weir/exec/format/csv"
	"weir/exec/format/json"
	"weir/exec/format/parquet"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// sink writes a directory of part files. The names in it:
//
//	.part-<run>                    claims the run, made with O_EXCL: two statements never write under the same names. It
//	                               says whose the run is.
//	.part-<run>-open-<subtask>     is being written
//	.part-<run>-<epoch>-<subtask>  is complete and durable, and waits for its commit
//	part-<run>-<epoch>-<subtask>   belongs to the table
//
// Readers skip names that begin with a point, so that a job that fails or is killed leaves nothing to be seen. Of a
// partitioned table a subtask has a part for each partition that it meets in an epoch, with a number behind the others; what is
// hidden stays in the directory itself, only the commit gives it a place in k=value/part-<run>-<epoch>-<subtask>.
// INSERT OVERWRITE has more names: overwrite.go.
type sink struct {
	fs      exec.FS
	dir     string
	format  string
	schema  []vector.Field // of what is in the files
	options map[string]string
	parter  *parter // nil: the table is not partitioned
	success string  // the name of a file in partitions that have been committed; empty: none
	// replaces says that the parts replace what was there before (INSERT OVERWRITE); static is the directory of the one
	// partition whose rows go also if there are no new ones, empty: there is none.
	replaces bool
	static   string

	// durable says that the job takes checkpoints: the claim outlives it until it has finished, so that a later life of
	// the job finds its run untouched.
	durable bool
	owner   string // what the claim says: the same in all lives of the job
	clock   exec.Clock

	mu      sync.Mutex
	claimed bool
	run     int
	open    int  // writers
	waiting int  // parts that are prepared and not committed
	decided bool // a record says that the parts replace what was there: they are not the job's to discard
}

// NewSink makes the sink of a node. Its directory comes into being with the first Open.
func NewSink(_ *plan.Graph, n *plan.Node, c *exec.Config) (exec.Sink, error) {
	spec := n.Spec.(*plan.Sink)
	s := &sink{fs: c.Seams.FS, dir: localPath(spec.Options["path"]), format: spec.Options["format"], options: spec.Options,
		owner: fmt.Sprintf("statement of process %d\n", os.Getpid()), clock: c.Seams.Clock, run: exec.NoRun}
	if c.Checkpoints != nil {
		s.durable, s.owner = true, fmt.Sprintf("job %s, operator %s\n", c.Checkpoints.Job.ID, n.UID)
	}
	var err error
	if s.parter, s.schema, err = newParter(n.Schema, spec.Table.Partitions, spec.Options); err != nil {
		return nil, err
	}
	s.replaces = spec.Overwrite
	if s.replaces && s.parter != nil {
		if s.static, err = s.parter.staticDir(spec.Static); err != nil {
			return nil, err
		}
	}
	if strings.TrimSpace(spec.Options["sink.partition-commit.policy.kind"]) == "success-file" {
		if s.success = spec.Options["sink.partition-commit.success-file.name"]; s.success == "" {
			s.success = "_SUCCESS"
		}
	}
	if s.dir == "" {
		return nil, diag.New(diag.OptionMissing, diag.Span{}, "table '%s' has no 'path' to write to", spec.Table.Path())
	}
	if strings.ContainsAny(s.dir, `*?[`) {
		return nil, diag.New(codeNoDirectory, diag.Span{}, "the path %s is a pattern: it can be read but not written", s.dir)
	}
	info, err := s.fs.Stat(s.dir)
	if err == nil && !info.IsDir() {
		return nil, diag.New(codeNoDirectory, diag.Span{}, "the path %s is a file: rows are written as part files of a directory", s.dir).
			WithHint("write into another path and read that directory as a table")
	}
	if _, err := s.newFormat(io.Discard, time.UTC); err != nil {
		return nil, err
	}
	return s, nil
}

// formatWriter writes batches in a format. Flush is called once, last: then the file is complete.
type formatWriter interface {
	Write(b vector.Batch) error
	Flush() error
}

func (s *sink) newFormat(w io.Writer, zone *time.Location) (formatWriter, error) {
	switch s.format {
	case "csv":
		return csv.NewWriter(w, s.schema, s.options, zone)
	case "json":
		return json.NewWriter(w, s.schema, s.options, zone)
	case "parquet":
		return parquet.NewWriter(w, s.schema, s.options, zone)
	}
	return nil, diag.New(diag.NoFormat, diag.Span{}, "writing format '%s' is not supported", s.format)
}

// unwritable says that a file or directory cannot be written; a Diagnostic stays as it is.
func unwritable(path string, err error) error {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return err
	}
	// The cause alone: the operation's own error repeats the path.
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(err) {
		err = cause
	}
	return diag.New(codeUnwritable, diag.Span{}, "%s can't be written: %s", path, err)
}

// Open makes the writer of a subtask; the first call makes the directory and claims a run.
func (s *sink) Open(t *exec.Task) (exec.Writer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.claimed {
		if err := exec.MakeDir(s.fs, s.dir); err != nil {
			return nil, unwritable(s.dir, err)
		}
		if err := s.claim(); err != nil {
			return nil, unwritable(s.dir, err)
		}
	}
	s.open++
	return &writer{sink: s, subtask: t.Subtask, zone: t.Zone, parts: map[string]*openPart{}}, nil
}

// claim takes the lowest run that no file in the directory has. Another statement may claim and even finish one while
// we look: the claim fails if it is there, and the parts that it left are looked for once more under our own claim.
func (s *sink) claim() error {
	taken, err := s.runs()
	if err != nil {
		return err
	}
	for run := 0; ; run++ {
		if taken[run] {
			continue
		}
		f, err := s.fs.Create(s.path(claimName(run)))
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := s.sign(f); err != nil {
			_ = s.remove(claimName(run)) // the error to tell is the one before
			return err
		}
		// Who was so slow to sign that another one took the claim for a dead process's looks further.
		if text, err := s.readClaim(run); err != nil {
			return err
		} else if text != s.owner {
			continue
		}
		if taken, err = s.runs(); err != nil {
			return err
		}
		if !taken[run] {
			s.claimed, s.run = true, run
			return s.fs.SyncDir(s.dir) // what checkpoints say is ours must be so after a loss of power, too
		}
		if err := s.fs.Remove(s.path(claimName(run))); err != nil {
			return err
		}
		// Durably, before there is another one: a job has one claim.
		if err := s.fs.SyncDir(s.dir); err != nil {
			return err
		}
	}
}

// sign writes into a claim whose it is.
func (s *sink) sign(f exec.File) error {
	_, err := io.WriteString(f, s.owner)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// Run is the number that the first Open has claimed.
func (s *sink) Run() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run
}

// Resume takes the run of an earlier life of the job. If it is not known the claim that is signed by the job tells.
func (s *sink) Resume(ctx context.Context, run int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := exec.MakeDir(s.fs, s.dir); err != nil {
		return exec.NoRun, unwritable(s.dir, err)
	}
	unknown := run == exec.NoRun
	if unknown {
		var err error
		if run, err = s.signed(ctx); err != nil || run == exec.NoRun {
			return exec.NoRun, err
		}
	}
	path := s.path(claimName(run))
	f, err := s.fs.Create(path)
	if err == nil {
		err = s.sign(f)
	}
	var text string
	if err == nil || errors.Is(err, fs.ErrExist) {
		text, err = s.keep(path)
	}
	if unknown && (err == nil && text != s.owner || errors.Is(err, fs.ErrNotExist)) {
		return exec.NoRun, nil // somebody else has found it unsigned, too
	}
	if err != nil {
		return exec.NoRun, unwritable(path, err)
	}
	if text != s.owner && isSigned(text) {
		return exec.NoRun, errors.Join(exec.ErrForeignRun, diag.New(codeForeign, diag.Span{}, "run %d in %s is another's by now: %s", run, s.dir, strings.TrimSpace(text)).
			WithHint("a job that writes there too must end before this one can go on"))
	}
	s.claimed, s.run = true, run
	return run, s.sync()
}

// keep makes the content of a claim durable, which an earlier life of the job may have been killed before, and returns it.
func (s *sink) keep(path string) (string, error) {
	f, err := s.fs.Open(path)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(f, longestClaim))
	if err == nil {
		err = f.Sync()
	}
	return string(text), errors.Join(err, f.Close())
}

// signing is how long a claim may be unsigned: more than anybody needs to write a line.
const signing = 100 * time.Millisecond

// isSigned reports whether a claim's text is a whole signature. Of one whose writer died there may be a part, or after a
// loss of power anything.
func isSigned(text string) bool {
	return strings.HasSuffix(text, "\n") && (strings.HasPrefix(text, "job ") && strings.Contains(text, ", operator ") || strings.HasPrefix(text, "statement of process "))
}

// signed finds the run of the claim that the job has signed. A claim without a signature is taken for the job's too, if
// nobody signs it: a process died in between.
func (s *sink) signed(ctx context.Context) (int, error) {
	var unsigned []int
	names, err := s.names(func(p part) bool { return p.kind == claimFile })
	if err != nil {
		return exec.NoRun, unwritable(s.dir, err)
	}
	for _, name := range names {
		p, _ := parsePart(name)
		switch text, err := s.readClaim(p.run); {
		case err != nil:
			return exec.NoRun, err
		case text == s.owner:
			others, err := s.names(func(o part) bool { return o.run == p.run && o.kind == visibleFile })
			if err != nil {
				return exec.NoRun, unwritable(s.dir, err)
			}
			if len(others) == 0 {
				return p.run, nil
			}
			// The job has committed nothing: it was killed when it had found that the run was another one's.
			if err := errors.Join(s.remove(name), s.sync()); err != nil {
				return exec.NoRun, err
			}
		case !isSigned(text):
			unsigned = append(unsigned, p.run)
		}
	}
	if len(unsigned) == 0 {
		return exec.NoRun, nil
	}
	select {
	case <-s.clock.After(ctx, signing):
	case <-ctx.Done():
		return exec.NoRun, context.Cause(ctx)
	}
	for _, run := range unsigned {
		if text, err := s.readClaim(run); err != nil || isSigned(text) {
			continue
		}
		others, err := s.runs()
		if err != nil {
			return exec.NoRun, unwritable(s.dir, err)
		}
		if !others[run] {
			return run, s.remove(claimName(run)) // to be made and signed anew
		}
	}
	return exec.NoRun, nil
}

// readClaim reads who has a run.
func (s *sink) readClaim(run int) (string, error) {
	path := s.path(claimName(run))
	f, err := s.fs.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return givenUp, nil
	}
	if err != nil {
		return "", unwritable(path, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, longestClaim))
	if err = errors.Join(err, f.Close()); err != nil {
		return "", unwritable(path, err)
	}
	return string(text), nil
}

// givenUp stands for the signature of a claim that is not there any more.
const givenUp = "statement of process that has given it up\n"

// longestClaim bounds what is read of a claim: a line with two ids.
const longestClaim = 4 << 10

// Finish gives up the claim: the job will not live again.
func (s *sink) Finish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durable = false
	return s.release()
}

func (s *sink) path(name string) string { return filepath.Join(s.dir, name) }

// partKind tells the names in a directory apart.
type partKind uint8

const (
	claimFile partKind = iota
	openFile
	hiddenFile
	visibleFile
)

// part is what a name in the directory says.
type part struct {
	kind    partKind
	run     int
	epoch   int64
	subtask int
}

func claimName(run int) string { return fmt.Sprintf(".part-%d", run) }

func openName(run, subtask int) string { return fmt.Sprintf(".part-%d-open-%d", run, subtask) }

func partName(run int, epoch int64, subtask int) string {
	return fmt.Sprintf("part-%d-%d-%d", run, epoch, subtask)
}

// parsePart reads a name; false: it is none of a sink.
func parsePart(name string) (part, bool) {
	p := part{kind: visibleFile}
	name, hidden := strings.CutPrefix(name, ".")
	if hidden {
		p.kind = hiddenFile
	}
	rest, ok := strings.CutPrefix(name, "part-")
	if !ok {
		return p, false
	}
	fields := strings.Split(rest, "-")
	run, err := strconv.Atoi(fields[0])
	if err != nil || run < 0 {
		return p, false
	}
	p.run = run
	if hidden && len(fields) == 1 {
		p.kind = claimFile
		return p, true
	}
	if hidden && len(fields) == 4 {
		// The number of one among several parts: nobody asks for it.
		if _, err := strconv.Atoi(fields[3]); err != nil {
			return p, false
		}
		fields = fields[:3]
	}
	if len(fields) != 3 {
		return p, false
	}
	if p.subtask, err = strconv.Atoi(fields[2]); err != nil {
		return p, false
	}
	if hidden && fields[1] == "open" {
		p.kind = openFile
		return p, true
	}
	p.epoch, err = strconv.ParseInt(fields[1], 10, 64)
	return p, err == nil
}

// names lists the files of sinks in the directory that are wanted.
func (s *sink) names(want func(p part) bool) ([]string, error) {
	entries, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if p, ok := parsePart(e.Name()); ok && want(p) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// runs are the numbers that parts in the directory have, and in those of partitions. Those that an INSERT OVERWRITE is
// about to remove count: its record is looked for behind the parts, and so found where one of them was gone already.
func (s *sink) runs() (map[int]bool, error) {
	taken := map[int]bool{}
	if err := s.addRuns(taken, s.dir); err != nil {
		return nil, err
	}
	names, err := records(s.fs, s.dir)
	for _, name := range names {
		r, err := readReplacement(s.fs, s.path(name))
		if err != nil {
			return nil, unfinished(s.dir, err)
		}
		if r != nil {
			r.runs(taken)
		}
	}
	return taken, err
}

func (s *sink) addRuns(taken map[int]bool, dir string) error {
	entries, err := s.fs.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if p, ok := parsePart(e.Name()); ok && p.kind != claimFile {
			taken[p.run] = true
		}
		if s.parter != nil && e.IsDir() && !isHidden(e.Name()) {
			if err := s.addRuns(taken, filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// Commit gives the parts their visible names. A part that has it already was committed before.
func (s *sink) Commit(ctx context.Context, _ int64, parts []exec.Pending) error {
	var err error
	if s.replaces {
		err = s.overwrite(ctx, parts)
	} else {
		names := make([]string, len(parts))
		for i, p := range parts {
			names[i] = string(p)
		}
		err = reveal(ctx, s.fs, s.dir, names, s.success)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = max(0, s.waiting-len(parts))
	return s.release()
}

// reveal gives parts of the table in a directory their visible names, and puts a file into the directory of each
// partition that says it has been committed, if success names one.
func reveal(ctx context.Context, files exec.FS, table string, parts []string, success string) error {
	dirs := map[string]bool{}
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, _, partitioned := strings.Cut(p, "/")
		to := filepath.Join(table, filepath.FromSlash(visibleName(p)))
		if dir := filepath.Dir(to); partitioned && !dirs[dir] {
			if err := exec.MakeDir(files, dir); err != nil {
				return unwritable(dir, err)
			}
			dirs[dir] = true
		}
		hidden := filepath.Join(table, "."+name)
		_, there := files.Stat(to)
		if there != nil && !errors.Is(there, fs.ErrNotExist) {
			return unwritable(to, there)
		}
		if there == nil {
			if _, waits := files.Stat(hidden); waits == nil {
				return diag.New(codeUncommitted, diag.Span{}, "%s can't be committed: there is another file of that name", to).
					WithHint("move it away: what is to be committed is in %s", hidden)
			}
			continue // it was committed before
		}
		err := files.Rename(hidden, to)
		if errors.Is(err, fs.ErrNotExist) {
			return diag.New(codeUncommitted, diag.Span{}, "%s can't be committed: neither it nor its hidden file is there", to).
				WithHint("its rows would be missing; if somebody has taken it away since it was committed, bring it back until the job has been resumed")
		}
		if err != nil {
			return unwritable(to, err)
		}
	}
	// Where files come to is made durable before where they were.
	for dir := range dirs {
		if err := files.SyncDir(dir); err != nil {
			return unwritable(dir, err)
		}
		if err := announce(files, dir, success); err != nil {
			return err
		}
	}
	if len(parts) > 0 {
		if err := files.SyncDir(table); err != nil {
			return unwritable(table, err)
		}
	}
	return nil
}

// visibleName is the path in the table's directory that a part has behind its commit.
func visibleName(part string) string {
	name, dir, partitioned := strings.Cut(part, "/")
	if !partitioned {
		return name
	}
	return dir + "/" + name[:strings.LastIndexByte(name, '-')]
}

// announce puts the file into a partition's directory that says it has been committed, if the table wants one.
func announce(files exec.FS, dir, success string) error {
	if success == "" {
		return nil
	}
	path := filepath.Join(dir, success)
	f, err := files.Create(path)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = files.SyncDir(dir)
	}
	if err != nil {
		return unwritable(path, err)
	}
	return nil
}

// release gives up the claim when nothing more will come of the run: its parts, if it has any, keep the number.
func (s *sink) release() error {
	if !s.claimed || s.durable || s.open > 0 || s.waiting > 0 {
		return nil
	}
	s.claimed = false
	if err := s.remove(claimName(s.run)); err != nil {
		return err
	}
	return s.sync()
}

// sync makes the directory's entries durable.
func (s *sink) sync() error {
	if err := s.fs.SyncDir(s.dir); err != nil {
		return unwritable(s.dir, err)
	}
	return nil
}

func (s *sink) remove(name string) error {
	if err := s.fs.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(s.path(name), err)
	}
	return nil
}

// Discard removes what is hidden of a run but for complete parts up to an epoch.
func (s *sink) Discard(run int, after int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.claimed && (run == exec.OwnRun || run == s.run)
	if own {
		run = s.run
	}
	if run == exec.OwnRun || s.decided {
		return nil // it has none, or all of it is done, or will be
	}
	kept := 0
	names, err := s.names(func(p part) bool {
		if p.run != run || p.kind == visibleFile || p.kind == claimFile {
			return false
		}
		if p.kind == hiddenFile && p.epoch <= after {
			kept++
			return false
		}
		return true
	})
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return unwritable(s.dir, err)
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, s.remove(name))
	}
	if len(names) > 0 {
		errs = append(errs, s.sync())
	}
	if own {
		s.waiting = kept
		errs = append(errs, s.release())
	}
	return errors.Join(errs...)
}

// writer writes the parts of one subtask. A part comes into being with its first row.
type writer struct {
	sink    *sink
	subtask int
	zone    *time.Location
	parts   map[string]*openPart // by the directory of the partition; "" where there are none
	opened  []*openPart          // the same, in order
	closed  bool
}

// openPart is a part that is written.
type openPart struct {
	dir    string
	name   string // as it is written
	file   exec.File
	format formatWriter
}

// Write writes rows.
func (w *writer) Write(b vector.Batch) error {
	if b.Rows == 0 {
		return nil
	}
	if w.sink.parter == nil {
		return w.writePart("", b)
	}
	return w.sink.parter.each(b, w.writePart)
}

// writePart writes rows of one partition.
func (w *writer) writePart(dir string, b vector.Batch) error {
	p := w.parts[dir]
	if p == nil {
		var err error
		if p, err = w.create(dir); err != nil {
			return err
		}
	}
	if err := p.format.Write(b); err != nil {
		return unwritable(w.sink.path(p.name), err)
	}
	return nil
}

// ordinal tells the parts of a partitioned table apart.
func (w *writer) ordinal(i int) string {
	if w.sink.parter == nil {
		return ""
	}
	return "-" + strconv.Itoa(i)
}

func (w *writer) create(dir string) (*openPart, error) {
	s := w.sink
	p := &openPart{dir: dir, name: openName(s.run, w.subtask) + w.ordinal(len(w.opened))}
	var err error
	if p.file, err = s.fs.Create(s.path(p.name)); err != nil {
		return nil, unwritable(s.path(p.name), err)
	}
	w.parts[dir] = p
	w.opened = append(w.opened, p)
	p.format, err = s.newFormat(p.file, w.zone)
	return p, err
}

// Prepare makes the parts durable under their hidden names.
func (w *writer) Prepare(epoch int64) ([]exec.Pending, error) {
	if len(w.opened) == 0 {
		return nil, nil
	}
	s := w.sink
	var pending []exec.Pending
	for i := 0; len(w.opened) > 0; i++ {
		p := w.opened[0]
		path := s.path(p.name)
		if err := p.format.Flush(); err != nil {
			return nil, unwritable(path, err)
		}
		if err := p.file.Sync(); err != nil {
			return nil, unwritable(path, err)
		}
		if err := p.file.Close(); err != nil {
			return nil, unwritable(path, err)
		}
		s.mu.Lock()
		s.waiting++ // from here on the part is Discard's
		s.mu.Unlock()
		name := partName(s.run, epoch, w.subtask) + w.ordinal(i)
		if err := s.fs.Rename(path, s.path("."+name)); err != nil {
			return nil, unwritable(path, err)
		}
		if p.dir != "" {
			name += "/" + p.dir
		}
		pending = append(pending, exec.Pending(name))
		delete(w.parts, p.dir)
		w.opened = w.opened[1:]
	}
	w.opened = nil
	if err := s.sync(); err != nil {
		return nil, err
	}
	return pending, nil
}

// Close drops the parts that were not prepared.
func (w *writer) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	var errs []error
	for _, p := range w.opened {
		_ = p.file.Close() // what it would say is about rows that are given up
		errs = append(errs, w.sink.remove(p.name))
	}
	w.opened, w.parts = nil, nil
	s := w.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	errs = append(errs, s.release())
	return errors.Join(errs...)
}
