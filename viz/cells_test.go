package viz

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func hex(t *testing.T, s string) color.NRGBA {
	t.Helper()
	c := colourAt([]string{s, s}, 0)
	if s != "#"+hexDigits(c) {
		t.Fatalf("colour %s is read as %v", s, c)
	}
	return c
}

func hexDigits(c color.NRGBA) string {
	const digits = "0123456789abcdef"
	var out []byte
	for _, v := range []uint8{c.R, c.G, c.B} {
		out = append(out, digits[v>>4], digits[v&15])
	}
	return string(out)
}

// At the k-th of n steps a scale has its k-th colour, halfway between two their mean, beyond its
// ends those of the ends.
func TestColourAt(t *testing.T) {
	for name, scale := range map[string][]string{"viridis": viridis, "diverging": diverging} {
		last := len(scale) - 1
		for k, want := range scale {
			if got := colourAt(scale, float64(k)/float64(last)); got != hex(t, want) {
				t.Errorf("%s: colour %d is %v, want %s", name, k, got, want)
			}
			if k == last {
				continue
			}
			a, b := hex(t, want), hex(t, scale[k+1])
			got := colourAt(scale, (float64(k)+0.5)/float64(last))
			for i, v := range [3][3]uint8{{got.R, a.R, b.R}, {got.G, a.G, b.G}, {got.B, a.B, b.B}} {
				if mean := (float64(v[1]) + float64(v[2])) / 2; math.Abs(float64(v[0])-mean) > 0.51 {
					t.Errorf("%s: between colours %d and %d channel %d is %d, want %v", name, k, k+1, i, v[0], mean)
				}
			}
		}
		if lo, hi := colourAt(scale, -3), colourAt(scale, 3); lo != hex(t, scale[0]) || hi != hex(t, scale[last]) {
			t.Errorf("%s: beyond the ends %v and %v", name, lo, hi)
		}
	}
}

// bitmapOf is the bitmap in the picture of a chart.
func bitmapOf(t *testing.T, c *Chart) image.Image {
	t.Helper()
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`base64,([^"]+)"`).FindStringSubmatch(svg)
	if found == nil {
		t.Fatal("the picture has no bitmap")
	}
	b, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Each cell of a picture has the colour of its value, up to its edges, and is blank where it has
// none.
func TestCellsOfAPicture(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x, y := Levels{"x", []float64{1, 2, 3}}, Levels{"y", []float64{1, 2}}
	for name, c := range map[string]struct {
		chart   *Chart
		scale   []string
		want    [2][3]float64 // place on the scale, from 0 to 1; below 0 is blank
		colours int
	}{
		"entries": {
			Heatmap("W", mat.NewDense(2, 3, []float64{0, 9, 3, nan, inf, 4.5}), Scale{}),
			viridis, [2][3]float64{{0, 1, 1. / 3}, {-1, -1, 0.5}}, 4,
		},
		"a scale that is given": {
			Heatmap("W", mat.NewDense(2, 3, []float64{0, 9, 3, -50, 50, 6}), Scale{Min: 3, Max: 9}),
			viridis, [2][3]float64{{0, 1, 0}, {0, 1, 0.5}}, 3,
		},
		"diverging": {
			Heatmap("W", mat.NewDense(2, 3, []float64{0, 2, -4, 4, 1, -1}), Scale{Diverging: true}),
			diverging, [2][3]float64{{0.5, 0.75, 0}, {1, 0.625, 0.375}}, 6,
		},
		"phases, row 0 below, colours by the logarithm": {
			PhaseDiagram("P", x, y, mat.NewDense(2, 3, []float64{1, 10, 100, nan, 1000, 1e4}), Scale{}),
			viridis, [2][3]float64{{-1, 0.75, 1}, {0, 0.25, 0.5}}, 5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			img := bitmapOf(t, c.chart)
			size := img.Bounds()
			across, down := size.Dx()/3, size.Dy()/2
			if across*3 != size.Dx() || down*2 != size.Dy() || across < 300 || down < 300 {
				t.Fatalf("the bitmap is %v; cells of a picture of some 420 pixels must have three pixels each", size)
			}
			var shade [2][3]color.NRGBA
			for i, row := range c.want {
				for j, want := range row {
					shade[i][j] = colourAt(c.scale, max(0, want))
				}
			}
			for py := range size.Dy() {
				for px := range size.Dx() {
					want, got := c.want[py/down][px/across], color.NRGBAModel.Convert(img.At(px, py)).(color.NRGBA)
					if want < 0 {
						if got.A != 0 {
							t.Fatalf("(%d, %d) is %v, want nothing", px, py, got)
						}
						continue
					}
					// Shades are 254 steps of the scale apart, whose colours differ by at most 2
					// per channel.
					at := shade[py/down][px/across]
					for _, d := range [3]int{int(got.R) - int(at.R), int(got.G) - int(at.G), int(got.B) - int(at.B)} {
						if d*d > 4 || got.A != 255 {
							t.Fatalf("(%d, %d) is %v, want %v", px, py, got, at)
						}
					}
				}
			}
		})
	}
}

// Of many cells the bitmap stays small, and none is lost.
func TestBitmapOfManyCells(t *testing.T) {
	w := mat.NewDense(3, 1400, nil)
	w.Apply(func(i, j int, _ float64) float64 { return float64((i + j) % 2) }, w)
	img := bitmapOf(t, Heatmap("W", w, Scale{}))
	if size := img.Bounds(); size.Dx() != 1400 {
		t.Errorf("%v for 1400 columns, want a pixel each", size)
	}
	for j := range 1400 {
		if got, want := color.NRGBAModel.Convert(img.At(j, 0)), hex(t, viridis[(j%2)*(len(viridis)-1)]); got != want {
			t.Fatalf("cell %d is %v, want %v", j, got, want)
		}
	}
}

func TestInfiniteCellsAreSaid(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{1, math.Inf(1), math.Inf(-1), math.NaN()},
			"2×2 · 1 entry is unknown, 2 entries are infinite: blank"},
		{[]float64{1, math.Inf(1), 2, 3}, "2×2 · 1 entry is infinite: blank"},
		{[]float64{1, math.NaN(), math.NaN(), 3}, "2×2 · 2 entries are unknown: blank"},
	} {
		chart := Heatmap("W", mat.NewDense(2, 2, c.values), Scale{})
		if got := chart.Alt(); !regexp.MustCompile(regexp.QuoteMeta(c.want) + `,`).MatchString(got) {
			t.Errorf("%v: %q does not say %q", c.values, got, c.want)
		}
	}
	err := Heatmap("W", mat.NewDense(1, 2, []float64{math.Inf(1), math.NaN()}), Scale{}).Err()
	want := `viz: Heatmap("W"): no entry of the 1×2 matrix is finite: 1 entry is unknown, 1 entry is infinite: blank`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Numbers of rows and columns stand beside the picture whole; a name is cut to its room.
func TestNumbersBesideAPicture(t *testing.T) {
	svg, err := Heatmap("m", mat.NewDense(61, 87, nil), Scale{}).SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, label := range []string{"0", "11", "77", "8", "56"} {
		if !strings.Contains(svg, ">"+label+"</text>") {
			t.Errorf("the picture has no label %s", label)
		}
	}
	if strings.Contains(svg, "…") {
		t.Error("a number is cut")
	}
}
