package repl

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// The editor holds a line: a newline or a tab in it would be counted with the wrong width or would complete a word. So
// they are held as characters that no text has.
const (
	newlineMark = '\uFDD0'
	tabMark     = '\uFDD1'
	fillMark    = '\uFDD2' // see layout; it stands for nothing
	firstPaste  = '\uFDD3' // stands for a paste on its way to the editor, and so do those up to lastPaste
	lastPaste   = '\uFDEF'
)

func isPasteMark(r rune) bool { return firstPaste <= r && r <= lastPaste }

// encode makes text for the editor, decode the text that it stands for.
func encode(s string) string { return encoder.Replace(s) }
func decode(s string) string { return decoder.Replace(s) }

var (
	encoder = strings.NewReplacer("\n", string(newlineMark), "\t", string(tabMark))
	decoder = strings.NewReplacer(string(newlineMark), "\n", string(tabMark), "\t", string(fillMark), "")
)

// What a terminal is told, and what it sends around a paste.
const (
	pasteOn    = "\033[?2004h"
	pasteOff   = "\033[?2004l"
	pasteBegin = "\033[200~"
	pasteEnd   = "\033[201~"
)

// keys turns what a terminal sends into what readline understands. A paste becomes one character, which OnChange
// replaces by its text: it is not run before Enter is pressed, and its tabs complete nothing.
type keys struct {
	in     io.Reader
	vi     bool // readline wants every escape for itself: arrows come as control characters
	layout *layout

	pending []byte // read, and not understood yet
	ready   []byte // understood, and not given yet
	pasting bool
	paste   []byte

	mutex  sync.Mutex
	pasted map[rune]string
	next   rune
}

func newKeys(in io.Reader, vi bool, layout *layout) *keys {
	return &keys{in: in, vi: vi, layout: layout, pasted: map[rune]string{}, next: firstPaste}
}

// Read gives keys. Readline's terminal goroutine calls it.
func (k *keys) Read(p []byte) (int, error) {
	for len(k.ready) == 0 {
		buf := make([]byte, 4096)
		n, err := k.in.Read(buf)
		k.pending = append(k.pending, buf[:n]...)
		k.translate(err != nil)
		if err != nil && len(k.ready) == 0 {
			return 0, err
		}
	}
	n := copy(p, k.ready)
	k.ready = k.ready[n:]
	return n, nil
}

// Close does nothing: the reader below has an owner.
func (k *keys) Close() error { return nil }

// translate moves from pending to ready what is whole; at the end of input, all.
func (k *keys) translate(end bool) {
	for len(k.pending) > 0 {
		if k.pasting {
			before, after, whole := bytes.Cut(k.pending, []byte(pasteEnd))
			if !whole {
				keep := partial(k.pending, pasteEnd)
				k.paste = append(k.paste, k.pending[:len(k.pending)-keep]...)
				k.pending = k.pending[len(k.pending)-keep:]
				return
			}
			k.ready = append(k.ready, string(k.keep(string(append(k.paste, before...))))...)
			k.pending, k.paste, k.pasting = after, nil, false
			continue
		}
		if k.pending[0] != '\033' {
			n := bytes.IndexByte(k.pending, '\033')
			if n < 0 {
				n = len(k.pending)
			}
			k.ready = append(k.ready, k.pending[:n]...)
			k.pending = k.pending[n:]
			continue
		}
		n, whole := sequence(k.pending)
		if !whole && !end && (len(k.pending) > 1 || !k.vi) {
			return
		}
		s := string(k.pending[:n])
		k.pending = k.pending[n:]
		switch {
		case s == pasteBegin:
			k.pasting = true
		case translations[s] != "":
			k.ready = append(k.ready, translations[s]...)
		case k.vi && viTranslations[s] != "":
			k.ready = append(k.ready, viTranslations[s]...)
		case !k.vi || n < 3:
			k.ready = append(k.ready, s...)
		}
	}
}

// sequence is the length of the escape sequence that s begins with, and whether all of it is there.
func sequence(s []byte) (n int, whole bool) {
	if len(s) < 2 {
		return len(s), false
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= '@' && s[i] <= '~' {
				return i + 1, true
			}
		}
		return len(s), false
	case 'O':
		if len(s) < 3 {
			return len(s), false
		}
		return 3, true
	case '\r':
		return 2, true
	}
	return 1, true
}

// partial is the length of the longest suffix of s that is a prefix of what may come.
func partial(s []byte, coming string) int {
	for n := min(len(s), len(coming)-1); n > 0; n-- {
		if bytes.HasSuffix(s, []byte(coming[:n])) {
			return n
		}
	}
	return 0
}

// translations are the keys that readline does not know: Home, End, words by Ctrl, and a newline by Alt-Enter.
var translations = map[string]string{
	"\033\r":  string(newlineMark),
	"\033[1~": "\x01", "\033[7~": "\x01", "\033[4~": "\x05", "\033[8~": "\x05",
	"\033[1;5C": "\033f", "\033[1;5D": "\033b", "\033[1;3C": "\033f", "\033[1;3D": "\033b",
}

// viTranslations are the keys that readline takes apart in vi mode.
var viTranslations = map[string]string{
	"\033[A": "\x10", "\033[B": "\x0e", "\033[C": "\x06", "\033[D": "\x02", "\033[H": "\x01", "\033[F": "\x05", "\033[3~": "\x04",
	"\033OA": "\x10", "\033OB": "\x0e", "\033OC": "\x06", "\033OD": "\x02", "\033OH": "\x01", "\033OF": "\x05",
}

// keep stores a paste and returns the character that stands for it.
func (k *keys) keep(s string) rune {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	mark := k.next
	k.pasted[mark] = pasteText(s)
	if k.next++; k.next > lastPaste {
		k.next = firstPaste
	}
	return mark
}

// pasteText makes a paste text for the editor: lines end with a newline, which the last line does not need, and other
// control characters are left out, as they would be keys.
func pasteText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = strings.TrimRight(s, "\n")
	return encode(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= newlineMark && r <= lastPaste {
			return -1
		}
		return r
	}, s))
}

// OnChange puts a paste in its place, and newlines where a line of the terminal ends. Readline calls it after every key.
func (k *keys) OnChange(line []rune, pos int, key rune) ([]rune, int, bool) {
	changed, at := line, pos
	if isPasteMark(key) {
		changed, at = k.insert(line, pos, key)
	}
	changed, at = k.layout.arrange(changed, at, key)
	return changed, at, at != pos || !slices.Equal(changed, line)
}

// insert replaces the character that stands for a paste by its text.
func (k *keys) insert(line []rune, pos int, key rune) ([]rune, int) {
	k.mutex.Lock()
	s := []rune(k.pasted[key])
	delete(k.pasted, key)
	k.mutex.Unlock()
	if pos == 0 || line[pos-1] != key {
		return line, pos // it came while something else than the line was edited
	}
	return slices.Concat(line[:pos-1], s, line[pos:]), pos - 1 + len(s)
}
