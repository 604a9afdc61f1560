package viz

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The medians are drawn in the order of the setting, failed runs count as the worst, and both axes
// follow the data.
func TestDependence(t *testing.T) {
	c := Dependence("error", "learning rate",
		Curve{"a", []float64{100, 1}, [][]float64{{3, 1, 2}, {50, math.NaN(), 40}}},
		Curve{"b", []float64{1, 100}, [][]float64{{7}, {math.Inf(1)}}})
	text, err := c.CSV()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a,1,50", "a,100,2",
		`"a, lower bound",1,40`, `"a, lower bound",100,1`,
		`"a, upper bound",1,`, `"a, upper bound",100,3`,
		"b,1,7", "b,100,",
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")[1:]
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), text)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("line %d is %q, want %q", i, lines[i], w)
		}
	}
	b, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), `"type":"log"`); n != 2 {
		t.Errorf("%d logarithmic axes, want 2", n)
	}
	if !strings.Contains(c.Alt(), "is not finite: a gap") ||
		!strings.Contains(c.Alt(), "1 interval has no finite end") {
		t.Errorf("a failed run is not told of: %s", c.Alt())
	}
	b, err = Dependence("R²", "window", Curve{"a", []float64{1, 2}, [][]float64{{0.5}, {0.9}}}).JSON()
	if err != nil || strings.Contains(string(b), `"type":"log"`) {
		t.Errorf("an axis from 1 to 2 is logarithmic, or: %v", err)
	}
}

// Curves that share a colour, as there are more of them than the palette has, differ in the style
// of their line.
func TestDependenceTellsManyCurvesApart(t *testing.T) {
	var curves []Curve
	for i := range 2*len(palette) + 1 {
		curves = append(curves, Curve{fmt.Sprint(i), []float64{1, 2}, [][]float64{{1}, {2}}})
	}
	b, err := Dependence("error", "rate", curves...).JSON()
	if err != nil {
		t.Fatal(err)
	}
	for style, want := range map[string]int{"dashed": len(palette), "dotted": 1} {
		if n := strings.Count(string(b), `"type":"`+style+`"`); n != want {
			t.Errorf("%d lines are %s, want %d", n, style, want)
		}
	}
}

func TestDependenceErrors(t *testing.T) {
	for want, c := range map[string]*Chart{
		"no curve was given": Dependence("error", "rate"),
		`"a" has 2 values of rate and 1 lists`: Dependence("error", "rate",
			Curve{"a", []float64{1, 2}, [][]float64{{1}}}),
		`"a" at rate = 1: no values`: Dependence("error", "rate",
			Curve{"a", []float64{1}, [][]float64{nil}}),
		`"a" has NaN as a value of rate; it must`: Dependence("error", "rate",
			Curve{"a", []float64{math.NaN()}, [][]float64{{1}}}),
	} {
		if c.Err() == nil || !strings.Contains(c.Err().Error(), want) {
			t.Errorf("error is %v, want %q", c.Err(), want)
		}
	}
}

func ExampleDependence() {
	chart := Dependence("test error", "learning rate",
		Curve{Name: "GD", X: []float64{1, 10, 100},
			Values: [][]float64{{0.9, 0.8, 0.9}, {0.3, 0.2, 0.4}, {1e-5, 2e-5, 1e-5}}})
	fmt.Println(chart.Alt())
	// Output:
	// Test error over learning rate. GD goes from 0.9 at 1 to 1e-05 at 100, between 1e-05 and 0.9.
}

func TestCurveOf(t *testing.T) {
	got := CurveOf("twice", []float64{1, 3}, func(x float64) []float64 { return []float64{2 * x, -x} })
	want := Curve{Name: "twice", X: []float64{1, 3}, Values: [][]float64{{2, -1}, {6, -3}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("curve (-want +got):\n%s", diff)
	}
}
