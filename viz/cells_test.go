package viz

import (
	"bytes"
	"encoding/base64"
	"html"
	"image"
	"image/color"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

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

// texts are the horizontal texts of a picture that is no chart of ECharts.
type placed struct {
	x, y, size float64
	middle     bool
	text       string
}

func texts(t *testing.T, svg string) (list []placed) {
	t.Helper()
	found := regexp.MustCompile(`<text x="([0-9.]+)" y="([0-9.]+)" font-size="([0-9]+)"([^>]*)>([^<]*)<`)
	for _, m := range found.FindAllStringSubmatch(svg, -1) {
		p := placed{middle: strings.Contains(m[4], "middle"), text: html.UnescapeString(m[5])}
		for k, v := range []*float64{&p.x, &p.y, &p.size} {
			x, err := strconv.ParseFloat(m[k+1], 64)
			if err != nil {
				t.Fatal(err)
			}
			*v = x
		}
		if strings.Contains(m[4], "bold") {
			p.size *= bold
		}
		list = append(list, p)
	}
	return list
}

// Title and notes of a heat map are whole, within its picture and above its cells; labels stand
// apart and are whole too.
func TestTextsOfAPicture(t *testing.T) {
	rates, observed := make([]float64, 12), []float64{1234, 12345, 123456}
	values := mat.NewDense(3, 12, nil)
	for j := range rates {
		rates[j] = 1.234e-5 * math.Pow(2, float64(j))
		for i := range observed {
			values.Set(i, j, math.Pow(10, -float64(i+j)))
		}
	}
	tall := mat.NewDense(60, 6, nil)
	tall.Set(3, 3, math.NaN())
	const title = "The completed matrix of sixty cities over six weeks of measurements"
	for name, c := range map[string]struct {
		chart  *Chart
		note   string
		labels []string // of columns
		rows   []string
	}{
		"tall": {Heatmap(title, tall, Scale{Unit: "degrees Celsius, daily"}),
			"60×6 · 1 entry is unknown: blank · colours: degrees Celsius, daily",
			[]string{"0", "1", "2", "3", "4", "5"}, []string{"0", "8", "16", "24", "32", "40", "48", "56"}},
		"phases": {PhaseDiagram(title, Levels{strings.Repeat("learning rate ", 9), rates},
			Levels{strings.Repeat("entries ", 9), observed}, values, Scale{Unit: "error"}),
			"3×12 · colours: error, logarithmic",
			[]string{"1.234e-05", "4.936e-05", "0.0001974", "0.0007898", "0.003159", "0.01264"},
			[]string{"1234", "12345", "123456"}},
		"one line": {Heatmap("W", mat.NewDense(2, 2, []float64{1, 2, 3, 4}), Scale{}), "2×2", []string{"0", "1"},
			[]string{"0", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			svg := svgOf(t, c.chart)
			var width, height, left, top, w, h float64
			sizes := regexp.MustCompile(`<svg[^>]* width="(\d+)" height="(\d+)"` +
				`.*<image x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"`)
			found := sizes.FindStringSubmatch(svg)
			if found == nil {
				t.Fatalf("%.300s", svg)
			}
			for k, v := range []*float64{&width, &height, &left, &top, &w, &h} {
				*v, _ = strconv.ParseFloat(found[k+1], 64)
			}
			var above, columns, rows []string
			right := 0.0 // of the last label of a column
			for _, p := range texts(t, svg) {
				switch {
				case p.y < top-10: // title and notes
					above = append(above, p.text)
					if p.x+textWidth(p.text, p.size) > width {
						t.Errorf("%q leaves the picture, which is %v wide", p.text, width)
					}
				case p.y == top+h+14:
					columns = append(columns, p.text)
					half := 6.2 / 2 * float64(utf8.RuneCountInString(p.text))
					if p.x-half < right {
						t.Errorf("%q begins at %v, left of where the label before it ends", p.text, p.x-half)
					}
					right = p.x + half
				case p.y == top+h+32: // the name of the axis, which is about the middle of the cells
					if half := textWidth(p.text, p.size) / 2; p.x-half < 0 || p.x+half > width {
						t.Errorf("%q leaves the picture, which is %v wide", p.text, width)
					}
				case p.x == left-5:
					rows = append(rows, p.text)
				}
			}
			name := regexp.MustCompile(`translate\(14 (\d+)\) rotate\(-90\)" font-size="12"[^>]*>([^<]*)<`)
			upright := name.FindStringSubmatch(svg)
			if upright == nil {
				t.Fatal("the rows have no name")
			}
			middle, _ := strconv.ParseFloat(upright[1], 64)
			if half := textWidth(upright[2], 12) / 2; middle-half < 0 || middle+half > height {
				t.Errorf("%q leaves the picture, which is %v high", upright[2], height)
			}
			if got := strings.Join(above, " "); got != c.chart.Title()+" "+c.note {
				t.Errorf("above the cells is %q", got)
			}
			if !slices.Equal(columns, c.labels) || !slices.Equal(rows, c.rows) {
				t.Errorf("columns are labelled %q, rows %q", columns, rows)
			}
			if _, usual := heatmapSize(c.chart.rowsAndCols(t)); height-float64(usual) != top-56 {
				t.Errorf("the cells begin at %v in a picture of %v pixels: they lose room to the texts", top, height)
			}
		})
	}
}

// rowsAndCols are those of the matrix that a heat map shows.
func (c *Chart) rowsAndCols(t *testing.T) (rows, cols int) {
	t.Helper()
	o := decoded(t, c)
	count := func(axis string) int { return len(o[axis].([]any)[0].(map[string]any)["data"].([]any)) }
	return count("yAxis"), count("xAxis")
}

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		text  string
		width float64
		want  []string
	}{
		{"", 100, []string{""}},
		{"aaaa bbbb cccc", 60, []string{"aaaa bbbb", "cccc"}}, // 6.3 pixels per letter, 4 per space
		{"aaaaaaaaaa b", 30, []string{"aaa…", "b"}},
		{"aaaa bbbb cccc dddd", 30, []string{"aaaa", "bbbb", "ccc…"}},
	} {
		if got := wrapped(c.text, 10, c.width, 3); !slices.Equal(got, c.want) {
			t.Errorf("%q within %v is %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// The title of a page stands within it and above its figures.
func TestTitleOfAPageIsWrapped(t *testing.T) {
	const title = "A page of one figure under a title that is longer than its only figure is wide"
	svg := svgOf(t, Page(title, Heatmap("W", mat.NewDense(2, 2, nil), Scale{})))
	size := svgSize.FindStringSubmatch(svg)
	figure := regexp.MustCompile(`<svg x="0" y="([0-9.]+)"`).FindStringSubmatch(svg)
	if size == nil || figure == nil {
		t.Fatalf("%.300s", svg)
	}
	width, _ := strconv.ParseFloat(size[1], 64)
	top, _ := strconv.ParseFloat(figure[1], 64)
	var lines []string
	for _, p := range texts(t, svg) {
		if p.size != 18*bold {
			continue
		}
		lines = append(lines, p.text)
		if p.x+textWidth(p.text, p.size) > width || p.y > top-10 {
			t.Errorf("%q at (%v, %v) leaves the page, %v wide, or covers the figure at %v",
				p.text, p.x, p.y, width, top)
		}
	}
	if strings.Join(lines, " ") != title || len(lines) < 2 {
		t.Errorf("the title is %q", lines)
	}
}

// Infinite cells, blank in the drawing, are in the .csv.
func TestTableOfInfiniteCells(t *testing.T) {
	c := Heatmap("W", mat.NewDense(1, 3, []float64{1.0 / 3, math.Inf(1), math.NaN()}), Scale{})
	if got, want := csvOf(t, c), "row,column,value\n0,0,0.3333333333333333\n0,1,+Inf\n"; got != want {
		t.Errorf("numbers\n%s\nwant\n%s", got, want)
	}
}
