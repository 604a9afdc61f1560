package mc_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Close to 0 the logarithm is steep, until below δ it counts as 0.
func ExampleLogDet() {
	descent(mc.LogDet{Delta: 0.1}, 4, 1, 0.1, 1e-3)
	// Output:
	// R = 6.34, σ moves by -0.25 -0.99 -5.00 -0.10
}

// The proximal map of LogDet is the minimiser of ½(x − a)² + step·½·log(1 + x²/δ²), where that has
// one minimum and where it has two: no point of a fine grid is better, and the slope vanishes
// there.
func TestLogDetProximalMap(t *testing.T) {
	for _, delta := range []float64{0.01, 1, 100} {
		for _, k := range []float64{1e-20, 1e-6, 0.1, 1, 7.9, 8.1, 20, 1e3, 1e6, 1e20} {
			for _, a := range []float64{0, 1e-9, 1e-3, 0.5, 1, 2, 5, 5.19, 6, 10, 30, 100, 1e3, 1e6,
				1e12} {
				step, sigma := k*delta*delta, a*delta
				dst := mat.NewDense(1, 1, nil)
				mc.LogDet{Delta: delta}.Prox(dst, step, mc.NewPoint(mat.NewDense(1, 1, []float64{sigma})))
				f := func(x float64) float64 {
					return (x-sigma)*(x-sigma)/2 +
						step/2*math.Log1p(x/delta*(x/delta))
				}
				got, least := dst.At(0, 0), f(0)
				for i := range 2000 {
					u := float64(i) / 1999
					least = min(least, f(sigma*u), f(sigma*math.Pow(10, -12*u)))
				}
				// Rounding of the objective.
				if !(f(got) <= least*(1+1e-13)) {
					t.Errorf("δ = %v, step %v: %v goes to %v, where the objective is %v and not %v",
						delta, step, sigma, got, f(got), least)
				}
				if x := got / delta; math.Abs(x-a+k*x/(1+x*x)) > rounding*(a+k*x/(1+x*x)) {
					t.Errorf("δ = %v, step %v: %v goes to %v, where the slope is not 0", delta,
						step, sigma, got)
				}
			}
		}
	}
}
