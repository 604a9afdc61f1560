package print

import (
	"fmt"
	"sync"

	"codeberg.org/go-fonts/dejavu/dejavusans"
	"codeberg.org/go-fonts/dejavu/dejavusansbold"
	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// A typeface is a font in one weight.
type typeface struct {
	family, style string // for the .pdf
	bytes         []byte
	font          *sfnt.Font
}

// typefaces returns the fonts of a weight, in the order in which a character is looked for.
var typefaces = sync.OnceValues(func() (faces struct{ regular, bold []*typeface }, err error) {
	load := func(family, style string, bytes []byte) *typeface {
		f, failed := sfnt.Parse(bytes)
		if failed != nil {
			err = fmt.Errorf("viz/print: font %s %s: %w", family, style, failed)
		}
		return &typeface{family, style, bytes, f}
	}
	faces.regular = []*typeface{
		load("LiberationSans", "", liberationsansregular.TTF), load("DejaVuSans", "", dejavusans.TTF),
	}
	faces.bold = []*typeface{
		load("LiberationSans", "B", liberationsansbold.TTF), load("DejaVuSans", "B", dejavusansbold.TTF),
	}
	return faces, err
})

// A run is text in one typeface.
type run struct {
	face *typeface
	text string
}

// split sets a text in runs of typefaces that have its characters.
func split(s string, bold bool) ([]run, error) {
	faces, err := typefaces()
	if err != nil {
		return nil, err
	}
	list := faces.regular
	if bold {
		list = faces.bold
	}
	var runs []run
	var b sfnt.Buffer
	for _, r := range s {
		face := list[0]
		for _, f := range list {
			if index, err := f.font.GlyphIndex(&b, r); err == nil && index != 0 {
				face = f
				break
			}
		}
		if n := len(runs); n > 0 && runs[n-1].face == face {
			runs[n-1].text += string(r)
		} else {
			runs = append(runs, run{face, string(r)})
		}
	}
	return runs, nil
}

// width of the run at a size.
func (r run) width(size float64) float64 {
	var b sfnt.Buffer
	const unit = 1 << 10 // pixels per em, for precision
	sum := fixed.Int26_6(0)
	for _, c := range r.text {
		index, err := r.face.font.GlyphIndex(&b, c)
		if err != nil {
			continue
		}
		if advance, err := r.face.font.GlyphAdvance(&b, index, fixed.I(unit), 0); err == nil {
			sum += advance
		}
	}
	return float64(sum) / 64 / unit * size
}

// width of the text.
func (t text) width() (sum float64) {
	for _, r := range t.runs {
		sum += r.width(t.size)
	}
	return sum
}
