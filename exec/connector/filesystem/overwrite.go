package filesystem

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/exec"
	"weir/exec/expr"
	"weir/exec/format"
	"weir/parser/diag"
	"weir/planner/plan"
	"weir/vector"
)

// INSERT OVERWRITE gives new parts their visible names and removes what was there before: many files, which no file
// system changes at once. So what it is about to do is written down first, under a name in the table's directory:
//
//	.overwrite-<run>-open  the record is being written
//	.overwrite-<run>       it counts: from here on the new rows are the table's, and the old ones are not
//	.overwrite             is locked by who does what a record says
//	.overwritten           is written anew before the first change, and stays: who lists the files sees by it that a listing
//	                       may have old and new ones
//
// A process that is killed before there is a record leaves the old rows, and nothing else to be seen. Behind one that is
// killed later whoever reads the directory next, or overwrites it, does what is left to do; all of it may be done twice.
// What is to be removed is known by name: as long as a record is there no new part gets the run of an old one.
const (
	overwriteLock   = ".overwrite"
	overwritePrefix = ".overwrite-"
	overwriteOpen   = "-open"
	overwriteMark   = ".overwritten"
)

// overwriteWait is how long somebody waits for a process that does what a record says: some thousand files take it less.
const overwriteWait = 30 * time.Second

// overwritePause lies between two looks whether it is done.
const overwritePause = 5 * time.Millisecond

// replacement is what a record says.
type replacement struct {
	parts   []string // as Commit gets them
	old     []oldFile
	success string // as in sink
}

// oldFile is a file that goes, unless another one has its name by then: who finishes what a dead process began may come
// late.
type oldFile struct {
	path           string // in the table's directory
	size, modified int64  // bytes, ms
}

// The lines of a record: a sign, a path as a string of Go, of old files also size and time.
const (
	recordPart    = "+ "
	recordOld     = "- "
	recordSuccess = "! "
)

// text is the record.
func (r *replacement) text() string {
	var b strings.Builder
	line := func(sign, path string) { b.WriteString(sign + strconv.Quote(path) + "\n") }
	for _, p := range r.parts {
		line(recordPart, p)
	}
	for _, f := range r.old {
		fmt.Fprintf(&b, "%s%q %d %d\n", recordOld, f.path, f.size, f.modified)
	}
	if r.success != "" {
		line(recordSuccess, r.success)
	}
	return b.String()
}

// runs adds the runs of the parts that a record names.
func (r *replacement) runs(taken map[int]bool) {
	take := func(path string) {
		if p, ok := parsePart(filepath.Base(path)); ok {
			taken[p.run] = true
		}
	}
	for _, path := range r.parts {
		take(path)
	}
	for _, f := range r.old {
		take(f.path)
	}
}

// readReplacement reads a record; nil: it is gone, all of it was done.
func readReplacement(files exec.FS, path string) (*replacement, error) {
	f, err := files.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &replacement{}
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return r, f.Close()
		}
		if err == nil {
			err = r.readLine(line)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
}

// readLine adds what a line of a record says.
func (r *replacement) readLine(line string) error {
	nothing := fmt.Errorf("the line %q means nothing", line)
	if len(line) < len(recordPart) {
		return nothing
	}
	sign, rest := line[:len(recordPart)], line[len(recordPart):]
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return nothing
	}
	name, err := strconv.Unquote(quoted)
	if err != nil || !filepath.IsLocal(filepath.FromSlash(name)) {
		return nothing
	}
	switch sign {
	case recordPart:
		r.parts = append(r.parts, name)
	case recordOld:
		f := oldFile{path: name}
		if _, err := fmt.Sscanf(rest[len(quoted):], "%d %d", &f.size, &f.modified); err != nil {
			return nothing
		}
		r.old = append(r.old, f)
	case recordSuccess:
		r.success = name
	}
	return nil
}

// records are the names of the records in a directory, in their order.
func records(files exec.FS, dir string) ([]string, error) {
	entries, err := files.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, overwritePrefix) && !strings.HasSuffix(name, overwriteOpen) {
			names = append(names, name)
		}
	}
	return names, nil
}

// finishOverwrites does what is left to do of the INSERT OVERWRITEs of processes that were killed, if there are any, or
// waits for those that are at it.
func finishOverwrites(ctx context.Context, files exec.FS, clock exec.Clock, dir string) error {
	unlock, err := lockOverwrites(ctx, files, clock, dir, func() bool {
		names, err := records(files, dir)
		return err == nil && len(names) > 0 // that it can't be listed is told by who lists it
	})
	if err != nil || unlock == nil {
		return err
	}
	defer unlock()
	return finishLocked(files, dir)
}

// finishLocked is finishOverwrites for who has the lock.
func finishLocked(files exec.FS, dir string) error {
	names, err := records(files, dir)
	if err != nil {
		return unwritable(dir, err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		r, err := readReplacement(files, path)
		if err != nil {
			return unfinished(dir, err)
		}
		if r == nil {
			continue
		}
		if err := r.do(files, dir, path); err != nil {
			return unfinished(dir, err)
		}
	}
	return nil
}

// unfinished says why what a record says can't be done; a Diagnostic says it itself.
func unfinished(dir string, err error) error {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = fmt.Errorf("%s: %w", path.Path, path.Err)
	}
	return diag.New(codeHalfOverwritten, diag.Span{}, "in %s an INSERT OVERWRITE was interrupted behind its commit, and can't be finished: %s", dir, err).
		WithHint("read it once as a user who may write there")
}

// occupied says that others overwrite the table all the time.
func occupied(dir string) error {
	return diag.New(codeHalfOverwritten, diag.Span{}, "%s has been overwritten by others for %s: it can't be waited for any longer", dir, overwriteWait).
		WithHint("end the process that hangs, or try again")
}

// leftOver says what has failed behind the moment from which on the new rows are the table's.
func leftOver(dir string, err error) error {
	return diag.New(codeHalfOverwritten, diag.Span{}, "the rows of the INSERT OVERWRITE are in %s, but what they replace could not be removed: %s", dir, err).
		WithHint("don't write them again: who reads or overwrites the table next removes what is left, if he may")
}

// lockOverwrites waits until nobody else does what a record in the directory says, as long as that matters; unlock is nil
// where it does not. Who may only read can wait as well.
func lockOverwrites(ctx context.Context, files exec.FS, clock exec.Clock, dir string, matters func() bool) (unlock func(), err error) {
	if clock == nil {
		clock = exec.SystemClock{}
	}
	path := filepath.Join(dir, overwriteLock)
	for begin := clock.Now(); matters(); {
		lock, err := files.Lock(path, "")
		if err == nil {
			return func() {
				_ = files.Remove(path) // one that stays is locked by nobody
				_ = lock.Close()
			}, nil
		}
		var locked *exec.LockedError
		held := errors.As(err, &locked)
		if !held {
			if _, held, _ = files.Locked(path); !held { // of a file that may not even be read it is not known
				return nil, unfinished(dir, err)
			}
		}
		if clock.Now().Sub(begin) > overwriteWait {
			return nil, occupied(dir)
		}
		select {
		case <-clock.After(ctx, overwritePause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return nil, nil
}

// generation is another text after each INSERT OVERWRITE that has changed a directory.
func generation(files exec.FS, dir string) string {
	f, err := files.Open(filepath.Join(dir, overwriteMark))
	if err != nil {
		return "" // none so far
	}
	text, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err.Error()
	}
	return string(text)
}

// together lists the files of a table such that all of them are there together: a listing that an INSERT OVERWRITE came in
// between of is made anew.
func together[T any](ctx context.Context, files exec.FS, clock exec.Clock, dir string, list func() (T, error)) (all T, err error) {
	if info, err := files.Stat(dir); err != nil || !info.IsDir() {
		return list() // a file or a pattern: nobody overwrites it
	}
	if clock == nil {
		clock = exec.SystemClock{}
	}
	for begin := clock.Now(); ; {
		before := generation(files, dir) // whoever begins behind the look for records changes it, or is seen by his record
		if err := finishOverwrites(ctx, files, clock, dir); err != nil {
			return all, err
		}
		if all, err = list(); err != nil {
			return all, err
		}
		names, err := records(files, dir)
		if err != nil || len(names) == 0 && generation(files, dir) == before { // that it can't be listed is told by list
			return all, nil
		}
		if clock.Now().Sub(begin) > overwriteWait {
			return all, occupied(dir)
		}
	}
}

// do does what the record at a path says, and removes it. The mark is another one for each record, and each time.
func (r *replacement) do(files exec.FS, dir, path string) error {
	if err := mark(files, dir, filepath.Base(path)); err != nil {
		return err
	}
	if err := reveal(context.Background(), files, dir, r.parts, r.success); err != nil {
		return err
	}
	changed := map[string]bool{}
	for _, f := range r.old {
		old := filepath.Join(dir, filepath.FromSlash(f.path))
		info, err := files.Stat(old)
		if err == nil && (info.Size() != f.size || info.ModTime().UnixMilli() != f.modified) {
			continue // somebody has put another file in its place
		}
		if err == nil {
			err = files.Remove(old)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		changed[filepath.Dir(old)] = true
	}
	for of := range changed {
		if err := files.SyncDir(of); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := files.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return files.SyncDir(dir)
}

// mark changes the generation of a directory.
func mark(files exec.FS, dir, record string) error {
	path := filepath.Join(dir, overwriteMark)
	if err := files.Remove(path + overwriteOpen); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // left by who was killed here
	}
	f, err := files.Create(path + overwriteOpen)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %d\n", record, time.Now().UnixNano())
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return files.Rename(path+overwriteOpen, path)
}

// overwrite makes the parts the whole of the table, or of the partitions that they are in.
func (s *sink) overwrite(ctx context.Context, parts []exec.Pending) error {
	unlock, err := lockOverwrites(ctx, s.fs, s.clock, s.dir, func() bool { return true })
	if err != nil {
		return err
	}
	defer unlock()
	return s.overwriteLocked(parts)
}

func (s *sink) overwriteLocked(parts []exec.Pending) error {
	if err := finishLocked(s.fs, s.dir); err != nil {
		return err
	}
	r := &replacement{success: s.success}
	own := map[string]bool{} // are there already where the commit comes again
	for _, p := range parts {
		r.parts = append(r.parts, string(p))
		own[visibleName(string(p))] = true
	}
	var err error
	for _, dir := range s.overwritten(r.parts) {
		if r.old, err = s.visible(r.old, dir); err != nil {
			return unwritable(filepath.Join(s.dir, dir), err)
		}
	}
	r.old = slices.DeleteFunc(r.old, func(f oldFile) bool { return own[f.path] })
	if len(r.old) == 0 && len(r.parts) == 0 {
		return nil
	}
	path := s.path(overwritePrefix + strconv.Itoa(s.run))
	if err := s.record(path, r.text()); err != nil {
		return unwritable(path, err)
	}
	if err := r.do(s.fs, s.dir, path); err != nil {
		return leftOver(s.dir, err)
	}
	return nil
}

// overwritten are the directories whose rows are replaced, in the table's own: that itself, or those of the partitions
// that there are parts of, and of the one that the statement names.
func (s *sink) overwritten(parts []string) []string {
	if s.parter == nil {
		return []string{""}
	}
	var dirs []string
	for _, p := range parts {
		if _, dir, ok := strings.Cut(p, "/"); ok && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if s.static != "" && !slices.Contains(dirs, s.static) {
		dirs = append(dirs, s.static)
	}
	return dirs
}

// visible adds the files below a directory of the table that readers see, by their paths in the table's directory.
func (s *sink) visible(files []oldFile, dir string) ([]oldFile, error) {
	entries, err := s.fs.ReadDir(filepath.Join(s.dir, filepath.FromSlash(dir)))
	if errors.Is(err, fs.ErrNotExist) {
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if isHidden(e.Name()) {
			continue
		}
		name := e.Name()
		if dir != "" {
			name = dir + "/" + name
		}
		if !e.IsDir() {
			info, err := s.fs.Stat(s.path(filepath.FromSlash(name)))
			if errors.Is(err, fs.ErrNotExist) {
				continue // a link to nothing, or just gone
			}
			if err != nil {
				return nil, err
			}
			files = append(files, oldFile{name, info.Size(), info.ModTime().UnixMilli()})
			continue
		}
		if files, err = s.visible(files, name); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// record writes a record, which counts once it has its name.
func (s *sink) record(path, text string) error {
	f, err := s.fs.Create(path + overwriteOpen)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.fs.Rename(path+overwriteOpen, path)
	}
	if err != nil {
		_ = s.fs.Remove(path + overwriteOpen) // the error to tell is the one before
		return err
	}
	s.mu.Lock()
	s.decided = true // the parts are the table's, whatever happens to the job
	s.mu.Unlock()
	return s.fs.SyncDir(s.dir)
}

// staticDir is the directory of the partition that PARTITION names in full; empty: it leaves a column open.
func (p *parter) staticDir(values map[string]*plan.Literal) (string, error) {
	b := vector.Batch{Rows: 1}
	cells := make([]format.Cells, len(p.columns))
	for i, name := range p.columnNames {
		v := values[name]
		if v == nil {
			return "", nil
		}
		program, err := expr.Compile([]plan.Expr{v}, expr.Env{})
		if err != nil {
			return "", err
		}
		columns, err := program.Eval(vector.Batch{Rows: 1})
		if err != nil {
			return "", err
		}
		cells[i].Encode(columns[0], p.types[i], &rawStyle)
		b.Columns = append(b.Columns, columns[0])
	}
	alone := *p
	alone.columns = make([]int, len(p.columns))
	for i := range alone.columns {
		alone.columns[i] = i
	}
	return alone.dir(cells, b, 0), nil
}
