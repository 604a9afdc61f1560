package print

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// PDF draws a picture as a page of its size, at 0.75 points per pixel, so that text of 12 pixels is
// of 9 points.
func PDF(svg string) ([]byte, error) {
	const pointsPerPixel = 0.75
	d, err := render(strings.Map(basic, svg), pointsPerPixel, newPDF)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := d.file.Output(&b); err != nil {
		return nil, fmt.Errorf("viz/print: %w", err)
	}
	return b.Bytes(), nil
}

// basic replaces a character beyond U+FFFF, for which fpdf has no room.
func basic(r rune) rune {
	if r > 0xffff {
		return '\ufffd'
	}
	return r
}

type pdf struct {
	file   *fpdf.Fpdf
	images int
	fonts  map[*typeface]bool
}

func newPDF(width, height float64) *pdf {
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: width, Ht: height}})
	f.SetMargins(0, 0, 0)
	f.SetAutoPageBreak(false, 0)
	// The same picture is the same file, whenever it is written.
	f.SetCreationDate(time.Unix(0, 0).UTC())
	f.SetModificationDate(time.Unix(0, 0).UTC())
	f.SetCatalogSort(true)
	f.AddPage()
	return &pdf{file: f, fonts: map[*typeface]bool{}}
}

func (d *pdf) polygons(list []polygon, fill color.NRGBA, pen pen) {
	if fill.A > 0 {
		d.file.SetAlpha(float64(fill.A)/255, "Normal")
		d.file.SetFillColor(int(fill.R), int(fill.G), int(fill.B))
		trace(d.file, list)
		d.file.DrawPath("F")
	}
	if pen.draws() {
		d.file.SetAlpha(float64(pen.color.A)/255, "Normal")
		d.file.SetDrawColor(int(pen.color.R), int(pen.color.G), int(pen.color.B))
		d.file.SetLineWidth(pen.width)
		d.file.SetDashPattern(pen.dash, 0)
		d.file.SetLineJoinStyle("bevel")
		d.file.SetLineCapStyle(map[bool]string{false: "butt", true: "round"}[pen.round])
		trace(d.file, list)
		d.file.DrawPath("D")
	}
	d.file.SetAlpha(1, "Normal")
}

func (d *pdf) text(t text, x, y, angle float64) {
	if t.color.A == 0 {
		return
	}
	d.file.SetAlpha(float64(t.color.A)/255, "Normal")
	d.file.SetTextColor(int(t.color.R), int(t.color.G), int(t.color.B))
	d.file.TransformBegin()
	d.file.TransformRotate(angle, x, y)
	for _, r := range t.runs {
		if !d.fonts[r.face] {
			d.file.AddUTF8FontFromBytes(r.face.family, r.face.style, r.face.bytes)
			d.fonts[r.face] = true
		}
		d.file.SetFont(r.face.family, r.face.style, t.size)
		d.file.Text(x, y, r.text)
		x += r.width(t.size)
	}
	d.file.TransformEnd()
	d.file.SetAlpha(1, "Normal")
}

func (d *pdf) picture(img image.Image, x, y, width, height float64) error {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	d.images++
	name, options := fmt.Sprint(d.images), fpdf.ImageOptions{ImageType: "png"}
	d.file.RegisterImageOptionsReader(name, options, &b)
	d.file.ImageOptions(name, x, y, width, height, false, options, 0, "")
	return d.file.Error()
}

func (d *pdf) clip(p polygon) {
	points := make([]fpdf.PointType, len(p.points))
	for k, at := range p.points {
		points[k] = fpdf.PointType{X: at.x, Y: at.y}
	}
	d.file.ClipPolygon(points, false)
}

func (d *pdf) unclip() { d.file.ClipEnd() }
