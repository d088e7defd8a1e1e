//go:build linux

package main

import (
	"fmt"
	"html"
	"strings"
)

// Sizes of a cell and the margins, in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 16
	titleBar   = 28
)

// palette maps SGR colours to those of the picture.
var palette = map[int]string{
	0: "#d8dee9", 30: "#4c566a", 31: "#e06c75", 32: "#98c379", 33: "#e5c07b", 34: "#61afef", 35: "#c678dd", 36: "#56b6c2", 37: "#d8dee9",
	90: "#7b8496", 91: "#ef8790", 92: "#b3d69a", 93: "#f0d399", 94: "#82c4f8", 95: "#d79ee9", 96: "#7fcbd4", 97: "#ffffff",
}

// svg draws lines as a terminal window.
func svg(lines [][]cell, width int) string {
	w, h := float64(width)*cellWidth+2*margin, len(lines)*cellHeight+titleBar+margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" role="img" aria-label="A session at the prompt of weir">`+"\n", w, h, w, h)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="#22262e"/>`+"\n")
	for i, color := range []string{"#e06c75", "#e5c07b", "#98c379"} {
		fmt.Fprintf(&b, `<circle cx="%d" cy="14" r="5" fill="%s"/>`+"\n", margin+6+i*16, color)
	}
	b.WriteString(`<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">` + "\n")
	for i, line := range lines {
		drawLine(&b, line, titleBar+i*cellHeight+13)
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// drawLine writes the runs of equal style; each says how long it is, so that columns align in every font.
func drawLine(b *strings.Builder, line []cell, y int) {
	for i := 0; i < len(line); {
		from := i
		var run strings.Builder
		for ; i < len(line) && line[i].style == line[from].style; i++ {
			if line[i].r == 0 {
				line[i].r = ' '
			}
			run.WriteRune(line[i].r)
		}
		if strings.TrimSpace(run.String()) == "" {
			continue
		}
		st, extra := line[from].style, ""
		if st.bold {
			extra += ` font-weight="bold"`
		}
		if st.dim {
			extra += ` opacity="0.65"`
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%d" fill="%s" textLength="%.1f"%s>%s</text>`+"\n",
			margin+float64(from)*cellWidth, y, palette[st.fg], float64(i-from)*cellWidth, extra, html.EscapeString(run.String()))
	}
}
