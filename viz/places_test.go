package viz_test

import (
	"encoding/csv"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

// The pictures of a page stand two in a row, below its title, and neither overlap nor leave it.
func TestPicturesOfAPageDoNotOverlap(t *testing.T) {
	trace := history("", 1)
	loss, spectrum := viz.Loss(trace), viz.SingularValues(trace)
	page := viz.Page("A page", loss, spectrum, loss, spectrum, loss)
	svg, err := page.SVG()
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 {
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	size := regexp.MustCompile(`^<svg[^>]* width="([0-9.]+)" height="([0-9.]+)" viewBox="0 0 ([0-9.]+) ([0-9.]+)"`).
		FindStringSubmatch(svg)
	if size == nil || size[1] != size[3] || size[2] != size[4] {
		t.Fatalf("the page is %.200s", svg)
	}
	type box struct{ x, y, w, h float64 }
	var boxes []box
	picture := regexp.MustCompile(`<svg x="([0-9.-]+)" y="([0-9.-]+)"[^>]*? width="([0-9.]+)" height="([0-9.]+)"`)
	for _, f := range picture.FindAllStringSubmatch(svg, -1) {
		boxes = append(boxes, box{number(f[1]), number(f[2]), number(f[3]), number(f[4])})
	}
	if len(boxes) != 5 {
		t.Fatalf("%d pictures, want 5", len(boxes))
	}
	for i, a := range boxes {
		if a.x < 0 || a.y < 24 || a.x+a.w > number(size[1]) || a.y+a.h > number(size[2]) {
			t.Errorf("picture %d, %+v, leaves the page of %s × %s or covers its title", i, a, size[1], size[2])
		}
		for j, b := range boxes[:i] {
			if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
				t.Errorf("pictures %d and %d overlap: %+v and %+v", j, i, b, a)
			}
			if i/2 == j/2 && a.y != b.y || i%2 == j%2 && a.x != b.x {
				t.Errorf("pictures %d and %d, %+v and %+v, are not in rows of two", j, i, b, a)
			}
		}
	}
}

// The field of a scale-free penalty is the same over a square of any size, up to rounding.
// The ratio depends on σ₁/σ₂ alone, so that its level sets are rays.
func TestPenaltyFieldOfTheRatio(t *testing.T) {
	// Points by series, with NaN between the parts of a line.
	points := func(size float64) map[string][][2]float64 {
		text, err := viz.PenaltyField(mc.Ratio{}, size).CSV()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][][2]float64{}
		for _, row := range rows[1:] {
			p := [2]float64{math.NaN(), math.NaN()}
			for k := range p {
				if x, err := strconv.ParseFloat(row[k+1], 64); err == nil {
					p[k] = x / size
				}
			}
			found[row[0]] = append(found[row[0]], p)
		}
		return found
	}
	want := points(1)
	if len(want) != 2 || len(want["level sets of R"]) < 200 || len(want["steepest descent −∇R"]) < 12*12*2 {
		t.Fatalf("%d series", len(want))
	}
	for _, size := range []float64{0.25, 16} {
		got := points(size)
		for name, list := range want {
			if len(got[name]) != len(list) {
				t.Fatalf("size %v: %d points of %s, want %d", size, len(got[name]), name, len(list))
			}
			for k, p := range list {
				for i := range p {
					x := got[name][k][i]
					// Rounding: measured 0, as the sizes are powers of two.
					if math.Abs(x-p[i]) > 1e-12 || math.IsNaN(p[i]) != math.IsNaN(x) {
						t.Fatalf("size %v: point %d of %s is %v of it, want %v", size, k, name, got[name][k], p)
					}
				}
			}
		}
	}
	sets := want["level sets of R"]
	for k := 0; k+1 < len(sets); k += 2 { // a segment in each cell that it crosses
		a, b := sets[k], sets[k+1]
		if math.IsNaN(a[0]) || math.IsNaN(b[0]) || min(a[0], a[1], b[0], b[1]) < 0.2 {
			continue // near the axes the cells are coarse
		}
		// Level sets are straight within a cell, of 40 along an axis: measured .4 % off the ray.
		if math.Abs(a[0]/a[1]-b[0]/b[1]) > 0.01*a[0]/a[1] {
			t.Errorf("a level set goes from %v to %v, off its ray", a, b)
		}
	}
}
