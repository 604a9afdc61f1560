package viz

import (
	"math"
	"strings"
	"testing"
)

// lines of a chart's numbers.
func csvOf(t *testing.T, c *Chart) string {
	t.Helper()
	text, err := c.CSV()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestLaw(t *testing.T) {
	c := Law(Rate{"σ₁", []float64{0, 1, 2}, []float64{1, 2, math.NaN()}, []float64{1.5, 4, 1}},
		Rate{"σ₂", []float64{0, 1, 2}, []float64{0, -1, 0}, []float64{0, -1, 0}})
	want := "series,time,dσ/dt\nσ₁: measured,0,1.5\nσ₁: measured,1,4\nσ₁: measured,2,1\n" +
		"σ₂: measured,0,0\nσ₂: measured,1,-1\nσ₂: measured,2,0\n" +
		"σ₁: predicted,0,1\nσ₁: predicted,1,2\nσ₁: predicted,2,NaN\n"
	if got := csvOf(t, c); !strings.HasPrefix(got, want) {
		t.Errorf("numbers\n%s\nwant\n%s", got, want)
	}
	b, err := c.JSON()
	if err != nil || !strings.Contains(string(b), "largest deviation 50 % of the largest measured rate · 1 "+
		"value is not finite") {
		t.Errorf("a deviation of 2 of 4 is not 50 %%, %v: %s", err, b)
	}
}

func TestSharpness(t *testing.T) {
	c := Sharpness(0.1, Line{"GD", []float64{1, 2, 9}, []float64{3, 25, 20}})
	if got, want := csvOf(t, c),
		"series,step,largest eigenvalue of the Hessian\nGD,1,3\nGD,2,25\nGD,9,20\n2/η,1,20\n2/η,9,20\n"; got != want {
		t.Errorf("numbers\n%s\nwant\n%s", got, want)
	}
	if got := csvOf(t, Sharpness(0, Line{"GD", []float64{1, 2}, []float64{3, -1}})); strings.Contains(got, "2/η") {
		t.Errorf("without a learning rate there is an edge:\n%s", got)
	}
}

func TestLayersAndBalance(t *testing.T) {
	c := Layers(Path{"", []float64{0, 5}, [][]float64{{4, 3, 2, 1}, {8, 7}}},
		Path{"last", []float64{0}, [][]float64{{6}}})
	want := "series,step,singular value σᵢ of a layer\nlayer 1: σ1,0,4\nlayer 1: σ1,5,8\nlayer 1: " +
		"σ2,0,3\nlayer 1: σ2,5,7\n" +
		"layer 1: σ3,0,2\nlast: σ1,0,6\n"
	if got := csvOf(t, c); got != want {
		t.Errorf("layers\n%s\nwant\n%s", got, want)
	}
	for values, want := range map[[2]float64]string{{1, 100}: "log", {1, 5}: "value", {0, 100}: "value"} {
		b, err := Balance(Line{"a", []float64{0, 1}, values[:]}).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(b), `"type":"log"`); got != (want == "log") {
			t.Errorf("imbalance of %v: a logarithmic axis is %t", values, got)
		}
	}
}

func TestErrorsOfTheory(t *testing.T) {
	for want, c := range map[string]*Chart{
		"viz: Law: no rate was given": Law(),
		`viz: Law: "a" has 1 times, 2 predicted and 1 measured rates`: Law(Rate{"a", []float64{1},
			[]float64{1, 2}, []float64{1}}),
		"viz: Sharpness: no line was given": Sharpness(1),
		"viz: Sharpness: the learning rate is -1; it must be at least 0": Sharpness(-1,
			Line{"a", []float64{1}, []float64{1}}),
		`viz: Sharpness: line "a" has 1 values of X and 0 of Y`: Sharpness(1, Line{"a", []float64{1}, nil}),
		"viz: Balance: no line was given":                       Balance(),
		`viz: Balance: line "a" has 0 values of X and 0 of Y`:   Balance(Line{Name: "a"}),
		"viz: Layers: no layer was given":                       Layers(),
		`viz: Layers: layer "a" has 2 steps and 1 spectra`: Layers(Path{"a", []float64{1, 2},
			[][]float64{{1}}}),
		"viz: Imbalance of the layers: none of its values is finite": Balance(Line{"a", []float64{1},
			[]float64{math.NaN()}}),
	} {
		if c.Err() == nil || !strings.HasPrefix(c.Err().Error(), want) {
			t.Errorf("error is %v, want %q", c.Err(), want)
		}
	}
}
