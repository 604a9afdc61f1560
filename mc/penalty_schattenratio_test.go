package mc_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// R lies between 1, at rank one, and k^(1/P−1/Q), at k equal singular values; every pair of powers.
func TestSchattenRatioBounds(t *testing.T) {
	// Rounding, with room for matrices that are nearly of lower rank.
	const tol = 1e-10
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float64Range(0.2, 2).Draw(t, "P")
		s := mc.SchattenRatio{P: p, Q: p + rapid.Float64Range(0.1, 3).Draw(t, "Q − P")}
		k := rapid.IntRange(1, 6).Draw(t, "k")
		most := math.Pow(float64(k), 1/s.P-1/s.Q)
		sigma, equal, one := make([]float64, k), make([]float64, k), make([]float64, k)
		for i := range sigma {
			sigma[i], equal[i] = rapid.Float64Range(1e-3, 1e3).Draw(t, "σ"), 3
		}
		one[0] = 7
		if r := s.OnSpectrum(nil, sigma); r < 1-tol || r > most*(1+tol) {
			t.Fatalf("R = %v at %v, outside [1, %v]", r, sigma, most)
		}
		if r := s.OnSpectrum(nil, equal); math.Abs(r-most) > tol*most {
			t.Fatalf("R = %v at equal singular values; it is %v", r, most)
		}
		if r := s.OnSpectrum(nil, one); math.Abs(r-1) > tol {
			t.Fatalf("R = %v at rank one", r)
		}
		// The slope along σ is 0: the penalty is scale-free.
		df, along, size := make([]float64, k), 0.0, 0.0
		s.OnSpectrum(df, sigma)
		for i := range df {
			along += df[i] * sigma[i]
			size = max(size, math.Abs(df[i]*sigma[i]))
		}
		if math.Abs(along) > tol*size+rounding {
			t.Fatalf("⟨∂R/∂σ, σ⟩ = %v", along)
		}
	})
}

func TestSchattenRatioSettings(t *testing.T) {
	for want, s := range map[string]mc.SchattenRatio{
		"mc: SchattenRatio.P is 0; it must be at least 0.02 and finite":       {Q: 1},
		"mc: SchattenRatio.Q is 0; it must be at least 0.02 and finite":       {P: 1},
		"mc: SchattenRatio.P is 2; it must be below Q, which is 1":            {P: 2, Q: 1},
		"mc: SchattenRatio.P is 1; it must be below Q, which is 1":            {P: 1, Q: 1},
		"mc: SchattenRatio.Smoothing is 0 but P is 0.5; it must be given":     {P: 0.5, Q: 1},
		"mc: SchattenRatio.Smoothing is -1; it must be at least 0 and finite": {P: 1, Q: 2, Smoothing: -1},
	} {
		if err := mc.Validate(s); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%#v: error %v, not %q", s, err, want)
		}
	}
}

// The ratio of 1 and 2 pushes the smallest singular value down twice as hard as the next, that of
// 1/2 and 2/3 six times as hard.
func ExampleSchattenRatio() {
	descent(mc.SchattenRatio{P: 1, Q: 2}, 4, 2, 1)
	descent(mc.SchattenRatio{P: 0.5, Q: 2.0 / 3, Smoothing: 1e-3}, 4, 2, 1)
	// Output:
	// R = 1.53, σ moves by +0.07 -0.07 -0.15
	// R = 1.69, σ moves by +0.02 -0.01 -0.05
}
