package print

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
)

// drawing has one of each element that charts use, at known places, on 100 × 60 pixels.
func drawing(t testing.TB) string {
	t.Helper()
	cells := image.NewNRGBA(image.Rect(0, 0, 20, 20)) // four cells, one of them transparent
	for y := range 20 {
		for x := range 20 {
			switch {
			case x < 10 && y < 10:
				cells.Set(x, y, color.NRGBA{255, 0, 255, 255})
			case x >= 10 && y >= 10:
				cells.Set(x, y, color.NRGBA{0, 255, 255, 255})
			case x >= 10:
				cells.Set(x, y, color.NRGBA{255, 255, 0, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, cells); err != nil {
		t.Fatal(err)
	}
	return `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="60" fill="#333">` +
		`<defs><clipPath id="c"><path d="M0 0l10 0l0 10l-10 0Z"/></clipPath>` +
		`<linearGradient id="g" x1="0" y1="1" x2="0" y2="0"><stop offset="0" stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient></defs>` +
		`<rect x="0" y="40" width="10" height="20" fill="#f00"/>` + // a square
		`<g clip-path="url(#c)"><rect width="100" height="60" fill="rgb(0,0,255)"/></g>` + // of which the corner shows
		`<path d="M20 50L40 50" fill="none" stroke="#00800080" stroke-width="4"/>` +
		// a disc about (50, 50)
		`<path d="M1 0A1 1 0 1 1 1 -0.1A1 1 0 0 1 1 0" transform="matrix(5,0,0,5,50,50)" fill="#0a0"/>` +
		`<polygon points="60 40 80 40 80 60 60 60" fill="#000" fill-opacity="0.5"/>` +
		`<image x="20" y="0" width="20" height="20" preserveAspectRatio="none" href="data:image/png;base64,` +
		base64.StdEncoding.EncodeToString(b.Bytes()) + `"/>` +
		`<rect x="90" y="0" width="10" height="40" fill="url(#g)"/>` +
		`<svg x="45" y="5"><rect width="4" height="4" fill="#f0f"/></svg>` +
		`<text x="60" y="20" style="font-size:12px;font-weight:bold" text-anchor="middle">σᵢ Aⱼ</text>` +
		`<text transform="translate(14 30) rotate(-90)" font-size="10" text-anchor="middle">up</text>` +
		`</svg>`
}

func TestPNG(t *testing.T) {
	b, err := PNG(drawing(t))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil || img.Bounds() != image.Rect(0, 0, 200, 120) {
		t.Fatalf("%v, %v; want 200×120", img.Bounds(), err)
	}
	for _, c := range []struct {
		what       string
		x, y       float64 // in units of the picture
		r, g, b, a uint8
	}{
		{"nothing", 70, 30, 255, 255, 255, 255},
		{"rectangle", 5, 55, 255, 0, 0, 255},
		{"within the clip", 5, 5, 0, 0, 255, 255},
		{"beyond the clip", 12, 5, 255, 255, 255, 255},
		{"translucent line", 30, 50, 127, 191, 127, 255},
		{"beside the line", 30, 53, 255, 255, 255, 255},
		{"disc, left", 46, 50, 0, 170, 0, 255},
		{"disc, right", 54, 50, 0, 170, 0, 255},
		{"disc, top", 50, 46, 0, 170, 0, 255},
		{"disc, corner of its box", 45.5, 45.5, 255, 255, 255, 255},
		{"half opaque", 70, 50, 127, 127, 127, 255},
		{"first cell", 21, 1, 255, 0, 255, 255},
		{"first cell, its edge", 29, 9, 255, 0, 255, 255},
		{"second cell, its edge", 31, 9, 255, 255, 0, 255},
		{"fourth cell, its edge", 31, 11, 0, 255, 255, 255},
		{"transparent cell", 25, 15, 255, 255, 255, 255},
		{"gradient, below", 95, 39.5, 3, 3, 3, 255},
		{"gradient, middle", 95, 20, 127, 127, 127, 255},
		{"gradient, above", 95, 0.5, 252, 252, 252, 255},
		{"picture within", 47, 7, 255, 0, 255, 255},
	} {
		got := color.NRGBAModel.Convert(img.At(int(2*c.x), int(2*c.y))).(color.NRGBA)
		want := color.NRGBA{c.r, c.g, c.b, c.a}
		near := func(a, b uint8) bool { return math.Abs(float64(a)-float64(b)) <= 3 } // rounding of mixed colours
		if !near(got.R, want.R) || !near(got.G, want.G) || !near(got.B, want.B) || got.A != want.A {
			t.Errorf("%s: %v, want %v", c.what, got, want)
		}
	}
	// Text is centred on its anchor: the ink of both texts spreads evenly about it.
	for what, box := range map[string]image.Rectangle{
		"text": image.Rect(41, 8, 79, 23), "turned text": image.Rect(7, 20, 17, 40),
	} {
		ink, sum := 0.0, 0.0
		for y := 2 * box.Min.Y; y < 2*box.Max.Y; y++ {
			for x := 2 * box.Min.X; x < 2*box.Max.X; x++ {
				r, _, _, _ := img.At(x, y).RGBA()
				dark := 1 - float64(r)/0xffff
				ink += dark
				if what == "text" {
					sum += dark * (float64(x)/2 - 60)
				} else {
					sum += dark * (float64(y)/2 - 30)
				}
			}
		}
		if ink < 50 || math.Abs(sum/ink) > 3 {
			t.Errorf("%s: ink %.0f, %.1f off its anchor", what, ink, sum/ink)
		}
	}
}

func TestPDF(t *testing.T) {
	b, err := PDF(drawing(t))
	if err != nil {
		t.Fatal(err)
	}
	again, err := PDF(drawing(t))
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("the same picture is another file, %v", err)
	}
	if !bytes.HasPrefix(b, []byte("%PDF")) || !bytes.Contains(b, []byte("/MediaBox [0 0 75.00 45.00]")) {
		t.Errorf("not a page of 75 by 45 points: %.200q", b)
	}
	var content strings.Builder
	for _, s := range regexp.MustCompile(`(?s)/FlateDecode[^>]*>>\s*stream\r?\n(.*?)\nendstream`).FindAllSubmatch(
		b, -1) {
		r, err := zlib.NewReader(bytes.NewReader(s[1]))
		if err != nil {
			continue
		}
		text, err := io.ReadAll(r)
		if err == nil && len(text) < 10_000 {
			content.Write(text)
		}
	}
	for what, want := range map[string]string{
		"rectangle, from the lower left": "1.000 0.000 0.000 rg\n0.00 15.00 m",
		"width of the line":              "3.00 w",
		"line":                           "15.00 7.50 m",
		"clip":                           "7.50000 37.50000 l 0.00000 37.50000 l h W n",
	} {
		if !strings.Contains(content.String(), want) {
			t.Errorf("%s: no %q in\n%.3000s", what, want, content.String())
		}
	}
	for _, font := range []string{"/BaseFont /utf8liberationsans", "/BaseFont /utf8dejavusansB"} {
		if !bytes.Contains(b, []byte(font)) {
			t.Errorf("the font %s is not embedded", font)
		}
	}
}

// A character beyond U+FFFF, for which fpdf has no room, is replaced.
func TestPDFOfAnyCharacter(t *testing.T) {
	const svg = `<svg width="100" height="60"><text x="1" y="20" font-size="12">%s</text></svg>`
	got, err := PDF(fmt.Sprintf(svg, "Films 🎬"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := PDF(fmt.Sprintf(svg, "Films \ufffd"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes are not the %d of the replacement, %v", len(got), len(want), err)
	}
}

// What charts never draw is an error, not a file without it.
func TestUnknown(t *testing.T) {
	for svg, want := range map[string]string{
		"":                                    "not an SVG",
		"<svg":                                "picture",
		"<html/>":                             "not an SVG",
		"<svg/>":                              "no size",
		`<svg width="1" height="1"><circle/>`: "picture",
		`<svg width="1" height="1"><circle/></svg>`:                            "<circle>",
		`<svg width="1" height="1"><rect fill="octarine"/></svg>`:              "octarine",
		`<svg width="1" height="1"><path d="M0 0C1 1 2 2 3 3"/></svg>`:         "'C'",
		`<svg width="1" height="1"><path d="L1 1"/></svg>`:                     "'L'",
		`<svg width="1" height="1"><g transform="skewX(3)"/></svg>`:            "skewX",
		`<svg width="1" height="1"><g clip-path="url(#nope)"/></svg>`:          "nope",
		`<svg width="1" height="1"><rect fill="url(#nope)"/></svg>`:            "nope",
		`<svg width="1" height="1"><image href="https://example.org/"/></svg>`: "embedded",
	} {
		for name, convert := range map[string]func(string) ([]byte, error){"PDF": PDF, "PNG": PNG} {
			if _, err := convert(svg); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %q: error %v does not say %q", name, svg, err, want)
			}
		}
	}
}

// An arc goes around its centre: the end points and the radius are those that were asked for.
func TestArc(t *testing.T) {
	for _, c := range []struct {
		large, sweep bool
		centre       point
		turn         float64 // of the arc, in quarters
	}{
		{false, true, point{0, 0}, 1}, {true, true, point{1, 1}, 3}, {false, false, point{1, 1}, 1},
		{true, false, point{0, 0}, 3},
	} {
		a, b := point{1, 0}, point{0, 1}
		length, last := 0.0, a
		for _, p := range append(arc(a, b, 1, 1, 0, c.large, c.sweep), b) {
			// Rounding: measured 2e-16.
			if r := math.Hypot(p.x-c.centre.x, p.y-c.centre.y); math.Abs(r-1) > 1e-12 {
				t.Errorf("%+v: %v is %v from the centre, want 1", c, p, r)
			}
			length += math.Hypot(p.x-last.x, p.y-last.y)
			last = p
		}
		if want := c.turn * math.Pi / 2; math.Abs(length-want) > 0.01*want { // chords are shorter than arcs
			t.Errorf("%+v: length %v, want %v", c, length, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]string{"1 2": "[1 2]", "0-670.5": "[0 -670.5]",
		"1e-3,.5.25": "[0.001 0.5 0.25]", "": "[]"} {
		if got := fmt.Sprint(pathNumbers(s)); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}
