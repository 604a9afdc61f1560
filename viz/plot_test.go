package viz

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"projectpenalty/mc"
	_ "projectpenalty/viz/draw"
	"projectpenalty/viz/print"
)

var nan, inf = math.NaN(), math.Inf(1)

// losses is a trace of these training losses at steps 0, 1, 2 ….
func losses(values ...float64) *mc.Trace {
	t := &mc.Trace{Every: 1}
	for k, v := range values {
		t.Records = append(t.Records, mc.Record{Step: k, Loss: v, Objective: v})
	}
	return t
}

func svgOf(t *testing.T, f Figure) string {
	t.Helper()
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	return svg
}

// A point between gaps, which no line reaches, is a dot in the picture and in what is printed.
// Other points of a line are none.
func TestLonePointsShow(t *testing.T) {
	one := losses(1)
	one.Records[0].SingularValues, one.TruthSingularValues = []float64{3, 1}, []float64{3, 3}
	for name, c := range map[string]struct {
		chart *Chart
		dots  int
	}{
		"one of three works": {Dependence("error", "rate",
			Curve{"a", []float64{1, 2, 3}, [][]float64{{inf}, {0.25}, {inf}}}), 1},
		"diverges at once":   {Loss(losses(1, nan)), 1},
		"among lines":        {Loss(losses(1, 0.5, nan, 0.25, inf, 0.1, 0.05)), 1},
		"at both ends":       {Loss(losses(1, 0, 0.5, 0.25, -1, 2)), 2},
		"no gap":             {Loss(losses(1, 0.5, 0.25)), 0},
		"one value and mark": {SingularValues(one), 4},
	} {
		t.Run(name, func(t *testing.T) {
			svg := svgOf(t, c.chart)
			if n := strings.Count(svg, `transform="matrix(3.5,0,0,3.5,`); n != c.dots {
				t.Errorf("%d dots, want %d", n, c.dots)
			}
			if name != "diverges at once" {
				return
			}
			b, err := print.PNG(svg)
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			blue := 0
			for y := 2 * 88; y < img.Bounds().Dy(); y++ { // below the legend
				for x := range img.Bounds().Dx() {
					if r, g, b, _ := img.At(x, y).RGBA(); r>>8 == 0 && g>>8 == 0x72 && b>>8 == 0xb2 {
						blue++
					}
				}
			}
			if blue < 100 { // half of a disc of diameter 14 at least
				t.Errorf("%d points of the colour of the line are printed", blue)
			}
			if err := c.chart.WriteFile(filepath.Join(t.TempDir(), "a.pdf")); err != nil {
				t.Error(err)
			}
		})
	}
}

// A chart counts as one with values only if one of them shows on its axes.
func TestVisible(t *testing.T) {
	of := func(x, y []float64) plot {
		return plot{title: "t", x: axis{log: true}, y: axis{log: true}, series: []series{{x: x, y: y}}}
	}
	p, err := of([]float64{0, 10}, []float64{1, -1}).visible()
	if err != nil || !p.x.log || p.y.log {
		t.Errorf("(0, 1) and (10, -1) are drawn on logarithmic axes %t, %t, %v", p.x.log, p.y.log, err)
	}
	if p, err := of([]float64{0, 10}, []float64{1, 2}).visible(); err != nil || !p.x.log || !p.y.log {
		t.Errorf("(0, 1) and (10, 2) are drawn on logarithmic axes %t, %t, %v", p.x.log, p.y.log, err)
	}
	c := PenaltyGradient([]float64{2, 1}, mc.Times(nan, mc.Nuclear{}))
	if err := c.Err(); err == nil || !strings.Contains(err.Error(), "none of its values is finite") {
		t.Errorf("a line at zero alone: %v", err)
	}
}

// bands are the polygons of bands in a picture, each as its lowest and highest x.
func bands(t *testing.T, c *Chart) (list [][2]float64) {
	t.Helper()
	polygons := regexp.MustCompile(`<polygon points="([^"]*)"[^>]*fill-opacity="0.18"`)
	for _, p := range polygons.FindAllStringSubmatch(svgOf(t, c), -1) {
		lo, hi := inf, -inf
		for k, at := range strings.Fields(p[1]) {
			if x, err := strconv.ParseFloat(at, 64); err != nil {
				t.Fatal(err)
			} else if k%2 == 0 {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
		list = append(list, [2]float64{lo, hi})
	}
	return list
}

// A band ends at an x without both ends and begins anew after it, as the note says.
func TestBandsHaveGaps(t *testing.T) {
	full, open := []float64{1, 1.1, 1.2}, []float64{1.5, 1.6, inf}
	at := func(values ...[]float64) *Chart {
		x := []float64{1, 2, 3, 4, 5}[:len(values)]
		return Dependence("error", "x", Curve{"a", x, values})
	}
	const left, right = 66, 736 // of the axis
	for name, c := range map[string]struct {
		chart *Chart
		want  [][2]float64
	}{
		"whole": {at(full, full, full), [][2]float64{{left, right}}},
		"two":   {at(full, full, open, full, full), [][2]float64{{left, left + 167.5}, {right - 167.5, right}}},
		"three": {at(full, open, full), [][2]float64{{left - 3.5, left + 3.5}, {right - 3.5, right + 3.5}}}, // bars
	} {
		got := bands(t, c.chart)
		if len(got) != len(c.want) {
			t.Errorf("%s: the bands go over %v, want %v", name, got, c.want)
			continue
		}
		for k, w := range c.want {
			if math.Abs(got[k][0]-w[0]) > 0.6 || math.Abs(got[k][1]-w[1]) > 0.6 { // whole pixels
				t.Errorf("%s: the bands go over %v, want %v", name, got, c.want)
			}
		}
	}
	if got := chartData(unpacked(t, at(full, open, full)))[1]; fmt.Sprint(got) != "[[1 1 1.2] [2 <nil> <nil>] [3 1 1.2]]" {
		t.Errorf("the band that a page unpacks is %v", got)
	}
	// On a logarithmic axis an interval that goes down to zero has no end.
	low := Dependence("error", "x", Curve{"a", []float64{1, 2, 3}, [][]float64{full, {-1, 1, 200}, full}}).Log()
	const note = "1 interval goes down to zero or below: no band there"
	if n := len(bands(t, low)); n != 2 || !strings.Contains(low.Alt(), note) {
		t.Errorf("%d bands, in words %s", n, low.Alt())
	}
}

// Numbers that have digits in common are drawn and said to as many more.
func TestNumbersInANarrowRangeAreToldApart(t *testing.T) {
	c := Loss(losses(1000, 1000.0002, 1000.0004)).Linear()
	var y []any
	for _, p := range chartData(unpacked(t, c))[0] {
		y = append(y, p[1])
	}
	if fmt.Sprint(y...) != "1000 1000.0002 1000.0004" ||
		!strings.Contains(c.Alt(), "from 1000 at 0 to 1000.0004 at 2") {
		t.Errorf("drawn are %v, in words %s", y, c.Alt())
	}
	for _, c := range []struct {
		lo, hi float64
		want   int
	}{{0, 1, 6}, {-5, 5, 6}, {90, 100, 6}, {1000, 1000.48, 8}, {7, 7, 6}, {0, 0, 6}, {-1e308, 1e308, 6}, {nan, nan, 6},
		{1, 1 + 0x1p-52, 17}} {
		if got := tellApart(c.lo, c.hi, 5, 6); got != c.want {
			t.Errorf("%v to %v are told apart by %d digits, want %d", c.lo, c.hi, got, c.want)
		}
	}
}

// A picture has the same digits as the live chart, and so has a mark beside such numbers.
func TestAPictureTellsNumbersApart(t *testing.T) {
	rises := Loss(losses(1000, 1000.0002, 1000.0004)).Linear()
	svg, err := rises.SVG()
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`<path d="M\S+ (\S+)L\S+ (\S+)L\S+ (\S+)" fill="none" stroke="#0072B2"`)
	if at := line.FindStringSubmatch(svg); at == nil || at[1] == at[2] || at[2] == at[3] {
		t.Errorf("a line that rises is drawn as %q", at)
	}
	p := plot{title: "t", series: []series{{name: "a", x: []float64{1, 2}, y: []float64{4.000001, 4.000009}}},
		marks: []mark{{y: 4.000004}}}
	if drawn := fmt.Sprint(chartData(unpacked(t, p.made()))[1][0][1]); drawn != "4.000004" {
		t.Errorf("the mark is at %s, want 4.000004", drawn)
	}
}

// An interval of differences that has no end crosses the line at zero, on which side its finite
// values may lie.
func TestDifferencesWithoutEnd(t *testing.T) {
	base := Method{"a", []float64{1, 1, 1, 1, 1}}
	for _, values := range [][]float64{{0.5, 0.7, 0.8, 0.9, inf}, {1.1, 1.5, 1.7, 1.8, -inf}} {
		bar := chartData(unpacked(t, Differences("error", base, Method{"b", values})))[1]
		from, to := bar[0][0].(float64), bar[1][0].(float64)
		if !(from < 0 && to > 0) {
			t.Errorf("the interval of %v goes from %v to %v", values, from, to)
		}
	}
}

// A .csv has numbers as they are, also those that a drawing has at its edge or not at all.
func TestTableIsExact(t *testing.T) {
	long := losses(0.1, 1.0/3)
	long.Records[0].Step, long.Records[1].Step = 1234567, 1234568
	const want = "training loss,1.234567e+06,0.1\ntraining loss,1.234568e+06,0.3333333333333333\n"
	if got := csvOf(t, Loss(long)); !strings.HasSuffix(got, want) {
		t.Errorf("numbers\n%s\nwant\n%s", got, want)
	}
	compared := Compare("error", Method{"a", []float64{0.5, 1, inf, inf}}, Method{"b", []float64{nan, inf}})
	got := strings.Split(csvOf(t, compared), "\n")
	for _, want := range []string{
		"interval of the median,0.5,a", "interval of the median,+Inf,a", "interval of the median,+Inf,b",
		"seed,1,a", "seed,+Inf,a", "seed,NaN,b", "seed,+Inf,b", "median,+Inf,a", "median,+Inf,b",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
}

// An interval without end goes to an edge that is a number.
func TestEdgesAreNumbers(t *testing.T) {
	for _, values := range [][]float64{
		{1e308, 1e308, inf}, {1e-300, 1e308, inf}, {-1, 1.79e308, inf}, {-1.79e308, 1, -inf},
	} {
		for _, p := range chartData(unpacked(t, Compare("error", Method{"a", values})))[0][:2] {
			if p[0] == nil {
				t.Errorf("of %v an end of the interval is not drawn", values)
			}
		}
	}
}

// A penalty that is negative in between is a gap, not a line across it.
func TestPenaltyIsNotJoinedAcrossGaps(t *testing.T) {
	trace := losses(1, 1, 1)
	for k, penalty := range []float64{1, -1, 1} {
		trace.Records[k].Objective += penalty
		trace.Records[k].SingularValues = []float64{1}
	}
	c := Loss(trace)
	if got := fmt.Sprint(chartData(unpacked(t, c))[1]); got != "[[0 1] [1 <nil>] [2 1]]" ||
		!strings.Contains(c.Alt(), "1 value is not positive") {
		t.Errorf("the penalty is drawn at %s, in words %s", got, c.Alt())
	}
}
