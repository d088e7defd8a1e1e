package repl

import (
	"strings"

	"github.com/chzyer/readline"
)

// search finds statements of the history while what they contain is typed. Readline's own search draws those of several
// lines of the terminal in the wrong place.
type search struct {
	history *history
	on      bool
	query   []rune
	at      int    // entry that is shown; behind the last: the line that was there before
	failed  bool   // no entry has the query
	line    string // that was there before
}

// begin starts a search from a line.
func (s *search) begin(line string) {
	*s = search{history: s.history, on: true, at: len(s.history.entries), line: line}
}

// key takes a key. It reports whether the key belongs to the search; one that does not ends it.
func (s *search) key(r rune) bool {
	switch {
	case r == readline.CharBckSearch:
		s.find(s.at-1, -1)
	case r == readline.CharFwdSearch:
		s.find(s.at+1, +1)
	case r == readline.CharBackspace || r == readline.CharCtrlH:
		s.query = s.query[:max(0, len(s.query)-1)]
		s.at = len(s.history.entries)
		s.find(s.at-1, -1)
	case r == readline.CharBell || r == readline.CharInterrupt:
		s.at = len(s.history.entries)
		s.on = false
		return r == readline.CharBell
	case r < ' ' || isPasteMark(r):
		s.on = false
		return false
	default:
		s.query = append(s.query, r)
		s.find(min(s.at, len(s.history.entries)-1), -1)
	}
	return true
}

// find goes to the nearest entry with the query, in a direction.
func (s *search) find(from, step int) {
	query := strings.ToLower(decode(string(s.query)))
	for i := from; i >= 0 && i < len(s.history.entries); i += step {
		if query != "" && strings.Contains(strings.ToLower(s.history.entries[i]), query) {
			s.at, s.failed = i, false
			return
		}
	}
	s.failed = query != ""
}

// shown is the line that the search has come to.
func (s *search) shown() string {
	if s.at < len(s.history.entries) {
		return s.history.entries[s.at]
	}
	return s.line
}

// prompt stands before the line while the search goes on.
func (s *search) prompt() string {
	word := "search"
	if s.failed {
		word = "not found"
	}
	return word + " '" + string(s.query) + "': "
}

// filter sees each key before readline does. Readline's goroutine calls it.
func (e *editor) filter(r rune) (rune, bool) {
	switch {
	case e.search.on:
		taken := e.search.key(r)
		e.show()
		return r, !taken
	case r == readline.CharBckSearch:
		e.search.begin(e.layout.typed())
		e.show()
		return r, false
	}
	return r, r != readline.CharFwdSearch
}

// show draws the line that a search has come to.
func (e *editor) show() {
	prompt := e.prompt
	if e.search.on {
		prompt = e.search.prompt()
	}
	e.rl.Clean()
	e.rl.SetPrompt(prompt)
	e.rl.Operation.SetBuffer(string(e.layout.set(prompt, e.search.shown())))
}
