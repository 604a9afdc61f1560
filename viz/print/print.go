// Package print lets WriteFile save figures as .pdf, for papers, and as .png, without a browser.
// Import it for its effect:
//
//	import _ "projectpenalty/viz/print"
//
// It is a package of its own because its fonts and libraries add 4.5 MB to a program. A .pdf has
// text that can be searched and lines that scale. A .png has twice the size in pixels, on white.
//
// Text is set in Liberation Sans, whose widths are those of Arial, and in DejaVu Sans where
// Liberation Sans lacks a character; the .pdf embeds the characters that it uses.
package print

import (
	"fmt"
	"image"
	"image/color"

	"projectpenalty/viz/internal/fileformat"
)

func init() {
	fileformat.Add(".pdf", PDF)
	fileformat.Add(".png", PNG)
}

// A device draws what a picture consists of. All coordinates are in the device's own units.
type device interface {
	// polygons fills and strokes lines that are given by their corners. A pen without width and a
	// fill that is transparent draw nothing.
	polygons(p []polygon, fill color.NRGBA, pen pen)
	// text writes from the point on, in the direction of the angle in degrees, counterclockwise.
	text(t text, x, y, angle float64)
	// picture fills the rectangle with the image.
	picture(img image.Image, x, y, width, height float64) error
	// clip keeps what follows within the polygon, until unclip.
	clip(p polygon)
	unclip()
}

type point struct{ x, y float64 }

type polygon struct {
	points []point
	closed bool
}

// trace draws polygons as the path of a page or of a canvas.
func trace(path interface {
	MoveTo(x, y float64)
	LineTo(x, y float64)
	ClosePath()
}, list []polygon) {
	for _, p := range list {
		for k, at := range p.points {
			if k == 0 {
				path.MoveTo(at.x, at.y)
			} else {
				path.LineTo(at.x, at.y)
			}
		}
		if p.closed {
			path.ClosePath()
		}
	}
}

type pen struct {
	color color.NRGBA
	width float64
	dash  []float64
	round bool
}

func (p pen) draws() bool { return p.width > 0 && p.color.A > 0 }

type text struct {
	runs  []run
	size  float64
	color color.NRGBA
}

// render makes a device for a picture's size, draws on it, and returns it.
func render[D device](svg string, scale float64, begin func(width, height float64) D) (d D, err error) {
	p, err := parse(svg)
	if err != nil {
		return d, fmt.Errorf("viz/print: %w", err)
	}
	d = begin(p.width*scale, p.height*scale)
	r := renderer{device: d, defined: p.defined}
	s := style{matrix: matrix{a: scale, d: scale}, fill: black, size: 16, opacity: 1}
	if err := r.children(p.root, s); err != nil {
		return d, fmt.Errorf("viz/print: %w", err)
	}
	return d, nil
}
