package viz

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/png"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// svg draws the cells as one small bitmap: as shapes of their own they would take a hundred times the room.
func (g grid) svg(note, legend string, w *mat.Dense, scale Scale, colours []string, width, height int) (string, error) {
	rows, cols := w.Dims()
	cells := image.NewNRGBA(image.Rect(0, 0, cols, rows))
	for i := range rows {
		for j := range cols {
			if x := w.At(i, j); !math.IsNaN(x) && !math.IsInf(x, 0) {
				row := i
				if g.upward {
					row = rows - 1 - i
				}
				if g.log {
					x = math.Log10(x)
				}
				cells.SetNRGBA(j, row, colourAt(colours, (x-scale.Min)/(scale.Max-scale.Min)))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, cells); err != nil {
		return "", fmt.Errorf("viz: %s: %w", g.title, err)
	}
	left, top, right, bottom := 52, 56, width-92, height-44
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" fill="%s">`, width, height, width, height, neutral)
	fmt.Fprintf(&s, `<text x="10" y="20" font-size="15" font-weight="bold">%s</text><text x="10" y="38" font-size="11">%s</text>`, html.EscapeString(plain(g.title)), html.EscapeString(note))
	fmt.Fprintf(&s, `<image x="%d" y="%d" width="%d" height="%d" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,%s"/>`,
		left, top, right-left, bottom-top, base64.StdEncoding.EncodeToString(b.Bytes()))
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="%s"/>`, left, top, right-left, bottom-top, neutral)
	for _, k := range ticks(cols) {
		fmt.Fprintf(&s, `<text x="%.1f" y="%d" font-size="11" text-anchor="middle">%s</text>`, float64(left)+(float64(k)+0.5)*float64(right-left)/float64(cols), bottom+14, html.EscapeString(g.x.categories[k]))
	}
	for _, k := range ticks(rows) {
		place := k
		if g.upward {
			place = rows - 1 - k
		}
		fmt.Fprintf(&s, `<text x="%d" y="%.1f" font-size="11" text-anchor="end">%s</text>`, left-5, float64(top)+(float64(place)+0.5)*float64(bottom-top)/float64(rows)+4, html.EscapeString(g.y.categories[k]))
	}
	fmt.Fprintf(&s, `<text x="%d" y="%d" font-size="12" text-anchor="middle">%s</text>`, (left+right)/2, bottom+32, html.EscapeString(plain(g.x.name)))
	fmt.Fprintf(&s, `<text transform="translate(14 %d) rotate(-90)" font-size="12" text-anchor="middle">%s</text>`, (top+bottom)/2, html.EscapeString(plain(g.y.name)))
	s.WriteString(`<defs><linearGradient id="g" x1="0" y1="1" x2="0" y2="0">`)
	for k, c := range colours {
		fmt.Fprintf(&s, `<stop offset="%.3f" stop-color="%s"/>`, float64(k)/float64(len(colours)-1), c)
	}
	s.WriteString(`</linearGradient></defs>`)
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="14" height="%d" fill="url(#g)"/>`, right+16, top+14, bottom-top-14)
	fmt.Fprintf(&s, `<text x="%d" y="%d" font-size="11">%s</text>`, right+16, top+6, html.EscapeString(legend))
	for k, x := range []float64{scale.Max, (scale.Min + scale.Max) / 2, scale.Min} {
		if g.log {
			x = math.Pow(10, x)
		}
		fmt.Fprintf(&s, `<text x="%d" y="%.1f" font-size="11">%s</text>`, right+34, float64(top+14)+float64(k)/2*float64(bottom-top-14)+4, short(x))
	}
	s.WriteString(`</svg>`)
	return s.String(), nil
}

// ticks are the cells that get a label: all of up to twelve, else about eight, as dress.js has them.
func ticks(n int) (list []int) {
	stride := 1
	if n > 12 {
		stride = (n + 7) / 8
	}
	for k := 0; k < n; k += stride {
		list = append(list, k)
	}
	return list
}
