package repl

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weir/repl/session"
)

// historyLimit is how many statements Up and Ctrl-R find; the file may hold twice as many before it is cut.
const historyLimit = 1000

// history is the statements run before, the last one at the end. The file has one as a JSON string a line, so that
// a statement of many lines stays one, and is only appended to: two prompts may share it.
type history struct {
	path    string // empty: nothing is kept
	entries []string
}

// HistoryFile is where the prompt keeps its history. It is empty where there is no home.
func HistoryFile() string { return session.StateFile("history") }

// loadHistory reads a history. One that can't be read is empty; lines that are no JSON are left out.
func loadHistory(path string) *history {
	h := &history{path: path}
	if path == "" {
		return h
	}
	f, err := os.Open(path)
	if err != nil {
		return h
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var s string
		if json.Unmarshal(lines.Bytes(), &s) == nil && s != "" {
			h.entries = append(h.entries, s)
		}
	}
	cut := len(h.entries) > 2*historyLimit && lines.Err() == nil
	h.entries = h.entries[max(0, len(h.entries)-historyLimit):]
	if cut {
		h.rewrite()
	}
	return h
}

// add appends a statement, unless it is the last one again. What can't be written is still there to the end of the
// session.
func (h *history) add(statement string) {
	statement = strings.TrimSpace(statement)
	if statement == "" || len(h.entries) > 0 && h.entries[len(h.entries)-1] == statement {
		return
	}
	h.entries = append(h.entries, statement)
	if len(h.entries) > historyLimit {
		h.entries = slices.Delete(h.entries, 0, len(h.entries)-historyLimit)
	}
	if h.path == "" || os.MkdirAll(filepath.Dir(h.path), 0o700) != nil {
		return
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	// Statements may hold passwords: a file that others could read is closed to them.
	if f.Chmod(0o600) != nil {
		return
	}
	_, _ = f.Write(historyLine(statement))
}

func historyLine(statement string) []byte {
	line, err := json.Marshal(statement)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return append(line, '\n')
}

// rewrite replaces the file by the entries held.
func (h *history) rewrite() {
	f, err := os.CreateTemp(filepath.Dir(h.path), "history-*") // mode 0600
	if err != nil {
		return
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriter(f)
	for _, e := range h.entries {
		_, _ = w.Write(historyLine(e)) // the error stays in w
	}
	err = w.Flush()
	if e := f.Close(); err == nil && e == nil {
		_ = os.Rename(f.Name(), h.path)
	}
}
