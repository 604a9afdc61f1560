package viz

import (
	"math"
	"slices"
	"strings"
	"testing"

	"projectpenalty/mc"
)

func TestPenaltyName(t *testing.T) {
	for want, penalty := range map[string]mc.Penalty{
		"Ratio":                         mc.Ratio{},
		"Ratio (smoothing = 0.001)":     mc.Ratio{Smoothing: 1e-3},
		"Schatten (p = 0.5)":            mc.Schatten{P: 0.5},
		"normalised Schatten (p = 0.5)": mc.Normalized(mc.Schatten{P: 0.5}),
		"normalised LogDet":             mc.Normalized(mc.LogDet{}),
		"Sum(Nuclear, Times(2, Ratio))": mc.Sum(mc.Nuclear{}, mc.Times(2, mc.Ratio{})),
	} {
		if got := penaltyName(penalty); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// One derivative that is infinite is a gap, and the others keep their proportions.
func TestPenaltyGradientWithAnInfiniteSlope(t *testing.T) {
	entropy := mc.Spectrum{
		Name: "entropy",
		F:    func(sigma []float64) float64 { return 0 },
		DF: func(grad, sigma []float64) {
			for i, s := range sigma {
				grad[i] = -math.Log(s) - 1
			}
		},
	}
	csv := csvOf(t, PenaltyGradient([]float64{math.E, 1, 0}, entropy))
	if !strings.Contains(csv, ",2.718281828459045,1\n") || !strings.Contains(csv, ",1,0.5\n") {
		t.Errorf("numbers\n%s", csv)
	}
}

// A penalty sees a spectrum in descending order, whatever the order of what is drawn, which stays
// as it is.
func TestPenaltyGradientSorts(t *testing.T) {
	spectral := mc.Spectrum{
		Name: "spectral norm",
		F:    func(sigma []float64) float64 { return sigma[0] },
		DF:   func(grad, sigma []float64) { clear(grad); grad[0] = 1 },
	}
	sigma := []float64{1, 4, 2}
	csv := csvOf(t, PenaltyGradient(sigma, spectral))
	for _, want := range []string{",4,-1\n", ",2,-0\n", ",1,-0\n"} {
		if !strings.Contains(csv, want) {
			t.Errorf("the numbers lack %q\n%s", want, csv)
		}
	}
	if !slices.Equal(sigma, []float64{1, 4, 2}) {
		t.Errorf("the spectrum became %v", sigma)
	}
}

// A gradient of zeros stays one: there is nothing to scale it by.
func TestPenaltyGradientOfAConstant(t *testing.T) {
	c := PenaltyGradient([]float64{3, 1}, mc.Times(0, mc.Nuclear{}), mc.Nuclear{})
	if csv := csvOf(t, c); strings.Contains(csv, "NaN") || !strings.Contains(csv, "Nuclear") {
		t.Errorf("numbers\n%s", csv)
	}
}
