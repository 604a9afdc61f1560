package viz

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// shades is the number of colours of a bitmap, beside the transparent one.
const shades = 255

// bitmap draws the cells across × down pixels each, so that no viewer blurs them visibly.
func (g grid) bitmap(w *mat.Dense, scale Scale, colours []string, across, down int) *image.Paletted {
	palette := make(color.Palette, shades+1) // the first is transparent, for cells that are blank
	palette[0] = color.NRGBA{}
	for k := range shades {
		palette[k+1] = colourAt(colours, float64(k)/(shades-1))
	}
	rows, cols := w.Dims()
	img := image.NewPaletted(image.Rect(0, 0, cols*across, rows*down), palette)
	for i := range rows {
		row := i
		if g.upward {
			row = rows - 1 - i
		}
		first := img.Pix[row*down*img.Stride:][:img.Stride]
		for j := range cols {
			shade := g.shade(w.At(i, j), j, scale)
			for k := range across {
				first[j*across+k] = shade
			}
		}
		for k := 1; k < down; k++ {
			copy(img.Pix[(row*down+k)*img.Stride:], first)
		}
	}
	return img
}

// shade is the place of a value in the palette of a bitmap: 0 if it is blank, 1 at or below the
// lower end of the scale, 255 at or above its upper one.
func (g grid) shade(x float64, column int, scale Scale) uint8 {
	if !isFinite(x) {
		return 0
	}
	t := min(max((g.at(x, column)-scale.Min)/(scale.Max-scale.Min), 0), 1)
	return uint8(1 + math.Round(t*(shades-1)))
}

// enlarged is the number of pixels along a cell that is drawn with a length: at least three per
// pixel of the picture, unless the cells are so many that they need less.
func enlarged(length float64, cells int) int {
	const most = 1500 // pixels along the bitmap
	return max(1, min(int(math.Ceil(3*length)), most/cells))
}

// svg draws the cells as a bitmap: as shapes of their own they would take many times the room, and
// show seams.
func (g grid) svg(note, legend string, w *mat.Dense, scale Scale, colours []string, width, height int) (string, error) {
	rows, cols := w.Dims()
	head := wrapped(plain(g.title), 15*bold, float64(width-20), 3)
	var notes []string
	for line := range strings.SplitSeq(note, "\n") {
		notes = append(notes, wrapped(line, 11, float64(width-20), 6)...)
	}
	marks, margin := g.marks(scale), 92
	for _, m := range marks {
		margin = max(margin, 34+int(textWidth(m, 11))+4)
	}
	extra := 18*(len(head)-1) + 14*(len(notes)-1)
	height += extra
	left, top, right, bottom := g.left(), 56+extra, width-margin, height-44-g.below
	across, down := float64(right-left)/float64(cols), float64(bottom-top)/float64(rows)
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	if err := e.Encode(&b, g.bitmap(w, scale, colours, enlarged(across, cols), enlarged(down, rows))); err != nil {
		return "", fmt.Errorf("viz: %s: %w", g.title, err)
	}
	var s strings.Builder
	text := func(x, y float64, size int, more, content string) {
		fmt.Fprintf(&s, `<text x="%g" y="%g" font-size="%d"%s>%s</text>`,
			math.Round(10*x)/10, math.Round(10*y)/10, size, more, html.EscapeString(content))
	}
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" fill="%s">`,
		width, height, width, height, neutral)
	for k, line := range head {
		text(10, float64(20+18*k), 15, ` font-weight="bold"`, line)
	}
	for k, line := range notes {
		text(10, float64(20+18*len(head)+14*k), 11, "", line)
	}
	fmt.Fprintf(&s, `<image x="%d" y="%d" width="%d" height="%d" preserveAspectRatio="none" href="data:image/png;base64,%s"/>`,
		left, top, right-left, bottom-top, base64.StdEncoding.EncodeToString(b.Bytes()))
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="%s"/>`,
		left, top, right-left, bottom-top, neutral)
	columns, lines := every(cols, g.colStride(cols)), every(rows, g.rowStride(rows))
	room := float64(right - left)
	switch {
	case g.position != nil:
		columns, lines = labelled(g.x), labelled(g.y)
	case g.named:
		room = float64(g.colStride(cols))*across - 6
	}
	for _, k := range columns {
		x := float64(left) + (float64(k)+0.5)*across
		if g.position != nil { // names stand on end
			fmt.Fprintf(&s, `<text transform="translate(%.1f %d) rotate(-90)" font-size="11" text-anchor="end">%s</text>`,
				x+across/2+4, bottom+5, html.EscapeString(label(g.x.categories[k])))
			continue
		}
		text(x, float64(bottom+14), 11, ` text-anchor="middle"`, fitted(g.x.categories[k], room))
	}
	for _, k := range lines {
		place := k
		if g.upward {
			place = rows - 1 - k
		}
		text(float64(left-5), float64(top)+(float64(place)+0.5)*down+4, 11, ` text-anchor="end"`,
			fitted(label(g.y.categories[k]), float64(left-27)))
	}
	middle := float64(left+right) / 2
	text(middle, float64(bottom+32+g.below), 12, ` text-anchor="middle"`,
		cut(plain(g.x.name), 12, 2*min(middle, float64(width)-middle)-8))
	fmt.Fprintf(&s, `<text transform="translate(14 %d) rotate(-90)" font-size="12" text-anchor="middle">%s</text>`,
		(top+bottom)/2, html.EscapeString(cut(plain(g.y.name), 12, float64(2*min((top+bottom)/2,
			height-(top+bottom)/2)-8))))
	s.WriteString(`<defs><linearGradient id="g" x1="0" y1="1" x2="0" y2="0">`)
	for k, c := range colours {
		fmt.Fprintf(&s, `<stop offset="%.3f" stop-color="%s"/>`, float64(k)/float64(len(colours)-1), c)
	}
	s.WriteString(`</linearGradient></defs>`)
	fmt.Fprintf(&s, `<rect x="%d" y="%d" width="14" height="%d" fill="url(#g)"/>`, right+16, top+14, bottom-top-14)
	text(float64(right+16), float64(top+6), 11, "", legend)
	for k, m := range marks {
		text(float64(right+34), float64(top+14)+float64(k)/2*float64(bottom-top-14)+4, 11, "", m)
	}
	s.WriteString(`</svg>`)
	return s.String(), nil
}

// marks are the numbers beside the bar of colours, from above.
func (g grid) marks(scale Scale) (list []string) {
	for _, x := range []float64{scale.Max, scale.Min/2 + scale.Max/2, scale.Min} {
		if g.log {
			list = append(list, short(math.Pow(10, x)))
		} else {
			list = append(list, shortTo(tellApart(scale.Min, scale.Max, 3, 3), x))
		}
	}
	return list
}

// label is what stands beside an axis: a name up to its tab, if it has one.
func label(category string) string {
	text, _, _ := strings.Cut(category, "\t")
	return text
}

// labelled are the cells whose label is not empty.
func labelled(a axis) (list []int) {
	for k, c := range a.categories {
		if label(c) != "" {
			list = append(list, k)
		}
	}
	return list
}

// every lists each stride-th of n cells.
func every(n, stride int) (list []int) {
	for k := 0; k < n; k += stride {
		list = append(list, k)
	}
	return list
}
