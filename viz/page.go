package viz

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// A Layout is a titled grid of figures, made by [Page].
type Layout struct {
	title   string
	figures []Figure
}

// Page lays figures out side by side, as many in a row as the page is wide for, under a title,
// which may be empty. Charts of one title are told apart as [Distinct] does.
func Page(title string, figures ...Figure) *Layout { return &Layout{title, Distinct(figures...)} }

// Err is that of the first figure that has one.
func (l *Layout) Err() error {
	if len(l.figures) == 0 {
		return fmt.Errorf("viz: Page(%q) has no figures", plain(l.title))
	}
	for _, f := range l.figures {
		if err := f.Err(); err != nil {
			return err
		}
	}
	return nil
}

// HTML returns a fragment for a page.
func (l *Layout) HTML() (string, error) {
	if err := l.Err(); err != nil {
		return "", err
	}
	var b strings.Builder
	if l.title != "" {
		fmt.Fprintf(&b, "<h2>%s</h2>", html.EscapeString(plain(l.title)))
	}
	b.WriteString(`<div style="display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));` +
		`gap:8px;max-width:1540px">`)
	for _, f := range l.figures {
		s, err := f.HTML()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, `<div style="min-width:0">%s</div>`, s)
	}
	b.WriteString("</div>")
	return b.String(), nil
}

// Alt describes each figure in words.
func (l *Layout) Alt() string {
	var said []string
	for _, f := range l.figures {
		if d, ok := f.(interface{ Alt() string }); ok {
			said = append(said, d.Alt())
		}
	}
	return strings.Join(said, " ")
}

// SVG returns the figures as one picture, two in a row.
func (l *Layout) SVG() (string, error) {
	if err := l.Err(); err != nil {
		return "", err
	}
	const perRow, gap, head, line = 2, 8, 34, 22
	type box struct {
		svg  string
		x, y float64
	}
	boxes := make([]box, len(l.figures))
	x, y, width, rowHeight := 0.0, 0.0, 0.0, 0.0
	for i, f := range l.figures {
		if i > 0 && i%perRow == 0 {
			x, y, rowHeight = 0, y+rowHeight+gap, 0
		}
		s, err := f.SVG()
		if err != nil {
			return "", err
		}
		size := svgSize.FindStringSubmatch(s)
		if size == nil {
			return "", fmt.Errorf("viz: Page(%q): figure %d has no size", plain(l.title), i+1)
		}
		w, _ := strconv.ParseFloat(size[1], 64)
		h, _ := strconv.ParseFloat(size[2], 64)
		boxes[i] = box{s, x, y}
		x += w + gap
		width, rowHeight = max(width, x), max(rowHeight, h)
	}
	var body strings.Builder
	top := 0.0
	if l.title != "" {
		lines := wrapped(plain(l.title), 18*bold, width-20, 6)
		for k, text := range lines {
			fmt.Fprintf(&body, `<text x="10" y="%d" font-size="18" font-weight="bold" `+
				`font-family="sans-serif" fill="%s">%s</text>`, 24+line*k, neutral, html.EscapeString(text))
		}
		top = float64(head + line*(len(lines)-1))
	}
	for i, b := range boxes {
		// Names within a picture, of gradients and clips, must not meet those of another.
		s := regexp.MustCompile(`(id="|url\(#)`).ReplaceAllString(b.svg, fmt.Sprintf("${1}f%d-", i))
		fmt.Fprintf(&body, `<svg x="%g" y="%g"%s`, b.x, top+b.y, strings.TrimPrefix(s, "<svg"))
	}
	height := top + y + rowHeight
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g">%s</svg>`,
		width, height, width, height, body.String()), nil
}

// WriteFile saves the figures: .html as a page of its own, .svg, .pdf and .png as a picture, as a
// Chart does.
func (l *Layout) WriteFile(name string) error { return writeFigure(name, l.title, l) }

var svgSize = regexp.MustCompile(`^<svg[^>]*? width="([0-9.]+)" height="([0-9.]+)"`)
