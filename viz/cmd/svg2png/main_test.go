package main

import (
	"bytes"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"projectpenalty/viz"

	"gonum.org/v1/gonum/mat"
)

// A heat map keeps both ends of its scale of colours and white around it, in few colours, twice as
// large.
func TestConvert(t *testing.T) {
	values := mat.NewDense(16, 16, nil)
	for i := range 256 {
		values.Set(i/16, i%16, float64(i))
	}
	svg, err := viz.Heatmap("values", values, viz.Scale{}).SVG()
	if err != nil {
		t.Fatal(err)
	}
	var small, large bytes.Buffer
	for out, colours := range map[*bytes.Buffer]int{&small: 32, &large: 256} {
		if err := convert(strings.NewReader(svg), out, colours); err != nil {
			t.Fatal(err)
		}
	}
	if small.Len() >= large.Len() {
		t.Errorf("32 colours take %d bytes, 256 take %d", small.Len(), large.Len())
	}
	picture, err := png.Decode(&small)
	if err != nil {
		t.Fatal(err)
	}
	found := map[color.RGBA]bool{}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			found[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)] = true
		}
	}
	if len(found) > 32 {
		t.Errorf("there are %d colours; 32 were allowed", len(found))
	}
	near := func(want color.RGBA) bool {
		for c := range found {
			d := func(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
			if max(d(c.R, want.R), d(c.G, want.G), d(c.B, want.B)) < 24 {
				return true
			}
		}
		return false
	}
	// the ends of viridis
	for _, want := range []color.RGBA{{255, 255, 255, 255}, {68, 1, 84, 255}, {253, 231, 37, 255}} {
		if !near(want) {
			t.Errorf("%v is lost", want)
		}
	}
	if err := convert(strings.NewReader(svg), &small, 1); err == nil ||
		!strings.Contains(err.Error(), "must be from 2 to 256") {
		t.Errorf("one colour: %v", err)
	}
}
