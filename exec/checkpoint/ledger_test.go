package checkpoint_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"weir/exec"
	"weir/planner/plan"
	"weir/vector"
	"weir/vector/kernel"
)

// ledger is a sink of changelogs that commits exactly once: for each epoch and subtask it has a file of changes, with a
// hidden name until the commit. One job writes it.
type ledger struct {
	fs    exec.FS
	dir   string
	node  *plan.Node
	keeps bool // its claim outlives the job until Finish

	mu     sync.Mutex
	opened bool
}

// claimOfLedger is there from the first Open until Finish.
const claimOfLedger = ".claim"

func newLedger(_ *plan.Graph, n *plan.Node, c *exec.Config) (exec.Sink, error) {
	return &ledger{fs: c.Seams.FS, dir: n.Spec.(*plan.Sink).Options["print-identifier"], node: n, keeps: c.Checkpoints != nil}, nil
}

func (l *ledger) Open(t *exec.Task) (exec.Writer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.opened {
		if err := l.claim(); err != nil {
			return nil, err
		}
		l.opened = true
	}
	return &ledgerWriter{ledger: l, task: t}, nil
}

func (l *ledger) claim() error {
	if err := l.fs.MkdirAll(l.dir); err != nil {
		return err
	}
	if err := l.fs.SyncDir(filepath.Dir(l.dir)); err != nil || !l.keeps {
		return err
	}
	f, err := l.fs.Create(filepath.Join(l.dir, claimOfLedger))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), l.fs.SyncDir(l.dir))
}

func (l *ledger) Run() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened {
		return 0
	}
	return -1
}

func (l *ledger) Resume(context.Context, int) (int, error) { return 0, nil }

func (l *ledger) Finish() error {
	if err := l.fs.Remove(filepath.Join(l.dir, claimOfLedger)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return l.fs.SyncDir(l.dir)
}

func (l *ledger) Commit(_ context.Context, _ int64, parts []exec.Pending) error {
	for _, p := range parts {
		to := filepath.Join(l.dir, string(p))
		err := l.fs.Rename(filepath.Join(l.dir, "."+string(p)), to)
		if errors.Is(err, fs.ErrNotExist) {
			_, err = l.fs.Stat(to)
		}
		if err != nil {
			return err
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return l.fs.SyncDir(l.dir)
}

func (l *ledger) Discard(_ int, after int64) error {
	entries, err := l.fs.ReadDir(l.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		var epoch int64
		if n, _ := fmt.Sscanf(e.Name(), ".%d-", &epoch); n == 1 && epoch > after {
			if err := l.fs.Remove(filepath.Join(l.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return l.fs.SyncDir(l.dir)
}

type ledgerWriter struct {
	*ledger
	task *exec.Task
	text []byte
}

func (w *ledgerWriter) Write(b vector.Batch) error {
	for i := range b.Rows {
		w.text = append(w.text, b.Kind(i).String()...)
		for j, c := range b.Columns {
			w.text = append(w.text, '|')
			if !c.IsNull(i) {
				w.text = kernel.AppendText(w.text, c, w.node.Schema[j].Type, i, w.task.Zone)
			}
		}
		w.text = append(w.text, '\n')
	}
	return nil
}

func (w *ledgerWriter) Prepare(epoch int64) ([]exec.Pending, error) {
	if len(w.text) == 0 {
		return nil, nil
	}
	name := fmt.Sprintf("%06d-%d", epoch, w.task.Subtask)
	f, err := w.fs.Create(filepath.Join(w.dir, "."+name))
	if err != nil {
		return nil, err
	}
	_, err = f.Write(w.text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	w.text = nil
	return []exec.Pending{exec.Pending(name)}, w.fs.SyncDir(w.dir)
}

func (w *ledgerWriter) Close() error { return nil }

// balance is what the changes in the files of a ledger come to, given in the order of their names: that of epochs. What
// a reader has seen behind each epoch must have been rows, none of them taken back before it was there.
func balance(names []string, files map[string][]byte) ([]string, error) {
	count := map[string]int{}
	var epoch string
	settled := func() error {
		for row, n := range count {
			if n < 0 {
				return fmt.Errorf("behind epoch %s row %s is there %d times", epoch, row, n)
			}
		}
		return nil
	}
	for _, name := range names {
		e, _, _ := strings.Cut(name, "-")
		if e != epoch {
			if err := settled(); err != nil {
				return nil, err
			}
			epoch = e
		}
		for line := range strings.Lines(string(files[name])) {
			kind, row, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "|")
			switch {
			case !ok:
				return nil, fmt.Errorf("%s has the line %q", name, line)
			case kind == "+I" || kind == "+U":
				count[row]++
			default:
				count[row]--
			}
		}
	}
	if err := settled(); err != nil {
		return nil, err
	}
	var rows []string
	for row, n := range count {
		for range n {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	return rows, nil
}
