package print

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/draw"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// PNG draws a picture at twice its size, on white.
func PNG(svg string) ([]byte, error) {
	const pixelsPerPixel = 2
	d, err := render(svg, pixelsPerPixel, newRaster)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, d.canvas.Image()); err != nil {
		return nil, fmt.Errorf("viz/print: %w", err)
	}
	return b.Bytes(), nil
}

type raster struct {
	canvas *gg.Context
	clips  []polygon
}

func newRaster(width, height float64) *raster {
	d := &raster{canvas: gg.NewContext(int(math.Ceil(width)), int(math.Ceil(height)))}
	d.canvas.SetColor(color.White)
	d.canvas.Clear()
	return d
}

func (d *raster) polygons(list []polygon, fill color.NRGBA, pen pen) {
	if fill.A > 0 {
		d.canvas.SetColor(fill)
		trace(d.canvas, list)
		d.canvas.Fill()
	}
	if !pen.draws() {
		return
	}
	d.canvas.SetColor(pen.color)
	d.canvas.SetLineWidth(pen.width)
	dash := pen.dash
	if len(dash) == 1 {
		dash = []float64{dash[0], dash[0]}
	}
	d.canvas.SetDash(dash...)
	d.canvas.SetLineJoin(gg.LineJoinBevel)
	if pen.round {
		d.canvas.SetLineCap(gg.LineCapRound)
	} else {
		d.canvas.SetLineCap(gg.LineCapButt)
	}
	trace(d.canvas, list)
	d.canvas.Stroke()
}

// text fills the outlines of the characters.
func (d *raster) text(t text, x, y, angle float64) {
	var b sfnt.Buffer
	sin, cos := math.Sincos(-angle * math.Pi / 180)
	pen := 0.0 // along the line
	d.canvas.SetColor(t.color)
	for _, r := range t.runs {
		for _, c := range r.text {
			single := run{r.face, string(c)}
			d.glyph(&b, r.face.font, c, t.size, func(px, py float64) (float64, float64) {
				px += pen
				return x + cos*px - sin*py, y + sin*px + cos*py
			})
			pen += single.width(t.size)
		}
	}
	d.canvas.Fill()
}

// glyph adds the outline of a character, whose points, in pixels from its origin, are mapped by at.
func (d *raster) glyph(b *sfnt.Buffer, f *sfnt.Font, c rune, size float64, at func(x, y float64) (float64, float64)) {
	index, err := f.GlyphIndex(b, c)
	if err != nil {
		return
	}
	const unit = 1 << 10 // pixels per em, for precision
	segments, err := f.LoadGlyph(b, index, fixed.I(unit), nil)
	if err != nil {
		return
	}
	p := func(a fixed.Point26_6) (float64, float64) {
		return at(float64(a.X)/64/unit*size, float64(a.Y)/64/unit*size)
	}
	for _, s := range segments {
		x0, y0 := p(s.Args[0])
		x1, y1 := p(s.Args[1])
		x2, y2 := p(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			d.canvas.ClosePath()
			d.canvas.MoveTo(x0, y0)
		case sfnt.SegmentOpLineTo:
			d.canvas.LineTo(x0, y0)
		case sfnt.SegmentOpQuadTo:
			d.canvas.QuadraticTo(x0, y0, x1, y1)
		case sfnt.SegmentOpCubeTo:
			d.canvas.CubicTo(x0, y0, x1, y1, x2, y2)
		}
	}
}

func (d *raster) picture(img image.Image, x, y, width, height float64) error {
	to := image.Rect(int(math.Round(x)), int(math.Round(y)), int(math.Round(x+width)), int(math.Round(y+height)))
	dst, ok := d.canvas.Image().(draw.Image)
	if !ok {
		return fmt.Errorf("%T cannot be drawn on", d.canvas.Image())
	}
	draw.ApproxBiLinear.Scale(dst, to, img, img.Bounds(), draw.Over, nil)
	return nil
}

func (d *raster) clip(p polygon) {
	d.clips = append(d.clips, p)
	trace(d.canvas, d.clips[len(d.clips)-1:])
	d.canvas.Clip()
}

func (d *raster) unclip() {
	d.clips = d.clips[:len(d.clips)-1]
	d.canvas.ResetClip()
	for k := range d.clips {
		trace(d.canvas, d.clips[k:k+1])
		d.canvas.Clip()
	}
}
