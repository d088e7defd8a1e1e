package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chzyer/readline"
)

// editor is a lineReader with readline's keys. Its goroutines write on the screen only while read runs.
type editor struct {
	rl      *readline.Instance
	in      *readline.CancelableStdin
	painter *painter
	layout  *layout
	search  *search
	history *history
	screen  io.Writer
	prompt  string // of the line being read
}

// What is taken for the size of a terminal that does not tell its own.
const (
	standardWidth  = 80
	standardHeight = 24
)

func newEditor(p *Prompt) (*editor, error) {
	e := &editor{in: readline.NewCancelableStdin(p.config.In), painter: &painter{color: p.config.Color}, history: p.history, screen: p.config.Screen}
	size := func() (width, height int) {
		if f, ok := p.config.Screen.(*os.File); ok {
			if w, h, err := readline.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
				return w, h
			}
		}
		return standardWidth, standardHeight
	}
	width := func() int { width, _ := size(); return width }
	e.layout, e.search = &layout{width: width}, &search{history: p.history}
	e.painter.room = e.layout.room
	keys := newKeys(e.in, p.config.Vi, e.layout)
	list := func(words []string) {
		width, height := size()
		e.above(columns(words, width-1, height-2))
	}
	rl, err := readline.NewEx(&readline.Config{
		Prompt:                 prompt,
		Stdin:                  keys,
		Stdout:                 p.config.Screen,
		Stderr:                 p.config.Screen,
		Listener:               keys,
		Painter:                e.painter,
		AutoComplete:           &completer{catalog: p.session.Catalog, before: e.painter.getBefore, list: list, files: fileNames},
		VimMode:                p.config.Vi,
		EOFPrompt:              "\n",
		HistoryLimit:           historyLimit + 1, // and the line being edited
		DisableAutoSaveHistory: true,
		FuncFilterInputRune:    e.filter,
		FuncGetWidth:           width,
		ForceUseInteractive:    true,
	})
	if err != nil {
		return nil, err
	}
	e.rl = rl
	return e, nil
}

func (e *editor) read(prompt, before string) (string, error) {
	e.painter.setBefore(before)
	e.rl.SetPrompt(prompt)
	e.prompt, e.search.on = prompt, false
	e.layout.begin(prompt)
	// Readline's own history would keep lines, and what became of an old one when it was run again.
	e.rl.ResetHistory()
	for _, s := range e.history.entries {
		if err := e.rl.SaveHistory(encode(s)); err != nil {
			return "", err
		}
	}
	if _, err := io.WriteString(e.screen, pasteOn); err != nil {
		return "", err
	}
	line, err := e.rl.Readline()
	if _, e := io.WriteString(e.screen, pasteOff); err == nil {
		err = e
	}
	return decode(line), err
}

// above shows lines above the one being edited. Readline's goroutine calls it, between two keys.
func (e *editor) above(lines []string) {
	e.rl.Clean()
	_, _ = io.WriteString(e.screen, strings.Join(lines, "\n")+"\n") // where the screen is gone, so is who reads it
	e.rl.Refresh()
}

func (e *editor) interrupt() { e.in.Close() }

func (e *editor) close() error {
	e.in.Close()
	return e.rl.Close()
}

// edit opens the statement being typed, or else the last one, in the user's editor, and enters what comes back.
func (p *Prompt) edit(ctx context.Context) error {
	text := strings.TrimSpace(p.typed)
	if text == "" {
		text = p.last
	}
	changed, err := p.visit(ctx, text)
	if err != nil {
		fmt.Fprintln(p.config.Screen, "can't edit the statement:", err)
		return nil
	}
	p.typed = ""
	changed = strings.TrimSpace(changed)
	if changed == "" {
		return nil
	}
	shown := changed
	if p.config.Color {
		shown = highlight(changed, 0)
	}
	fmt.Fprintln(p.config.Screen, shown)
	if isEdit(changed) {
		return nil // or it would open the editor for ever
	}
	return p.enter(ctx, changed)
}

// visit lets the user's editor change a text: $VISUAL, $EDITOR, or vi. What Ctrl-C does as long as it runs is its own
// affair: the prompt does not look at interrupts.
func (p *Prompt) visit(ctx context.Context, text string) (string, error) {
	dir, err := os.MkdirTemp("", "weir-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "statement.sql")
	if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
		return "", err
	}
	command := "vi"
	for _, key := range []string{"EDITOR", "VISUAL"} {
		if v := os.Getenv(key); v != "" {
			command = v
		}
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", command+` "$1"`, "sh", name)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.config.In, p.config.Screen, p.config.Screen
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", fmt.Errorf("%s: %w", command, err)
		}
		return "", err
	}
	changed, err := os.ReadFile(name)
	return string(changed), err
}

// ViMode reports whether readline's init file, $INPUTRC or ~/.inputrc, asks for editing in the manner of vi.
func ViMode() bool {
	name := os.Getenv("INPUTRC")
	if name == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return false
		}
		name = filepath.Join(home, ".inputrc")
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	vi := false
	for line := range strings.Lines(string(content)) {
		if f := strings.Fields(line); len(f) == 3 && strings.EqualFold(f[0], "set") && strings.EqualFold(f[1], "editing-mode") {
			vi = strings.EqualFold(f[2], "vi")
		}
	}
	return vi
}
