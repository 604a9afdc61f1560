package mc_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// The lower P, the harder the smaller of two singular values is pushed down against the larger.
func ExampleSchatten() {
	for _, p := range []mc.Schatten{{P: 2}, {P: 1}, {P: 0.5, Smoothing: 1e-3}} {
		fmt.Printf("P = %-3v ", p.P)
		descent(p, 4, 2, 1)
	}
	// Output:
	// P = 2   R = 21.00, σ moves by -8.00 -4.00 -2.00
	// P = 1   R = 7.00, σ moves by -1.00 -1.00 -1.00
	// P = 0.5 R = 4.41, σ moves by -0.25 -0.35 -0.50
}

// At P = 1/2 and 2/3 the proximal map is the minimiser of ½(x − a)² + step·xᴾ among all x ≥ 0: no
// point of a fine grid is better, nor any near the best of it; and it jumps from 0 where both are
// equally good.
func TestSchattenProximalMap(t *testing.T) {
	for _, p := range []float64{0.5, 2.0 / 3} {
		prox := func(a, step float64) float64 {
			dst := mat.NewDense(1, 1, nil)
			mc.Schatten{P: p}.Prox(dst, step, mc.NewPoint(mat.NewDense(1, 1, []float64{-a})))
			return -dst.At(0, 0)
		}
		for _, step := range []float64{1e-6, 0.01, 0.5, 1, 7, 1e6} {
			unit := math.Pow(step, 1/(2-p)) // at which length both terms are of a size
			jump := (2 - p) / (2 * (1 - p)) * math.Pow(2*(1-p), 1/(2-p)) * unit
			for _, a := range []float64{0, 0.1 * jump, 0.999 * jump, 1.001 * jump, 1.1 * jump,
				2 * jump, 10 * jump, 1e4 * jump, 1e15 * jump} {
				f := func(x float64) float64 { return (x-a)*(x-a)/2 + step*math.Pow(x, p) }
				best := 0.0
				for k := 1; k <= 100_000; k++ {
					if x := a * float64(k) / 100_000; f(x) < f(best) {
						best = x
					}
				}
				// The minimum of a function that is convex about the best of the grid, by the
				// bisection of its slope.
				if best > 0 {
					low, high := best-a/100_000, best+a/100_000
					for range 100 {
						if x := (low + high) / 2; x-a+step*p*math.Pow(x, p-1) < 0 {
							low = x
						} else {
							high = x
						}
					}
					best = (low + high) / 2
				}
				if got := prox(a, step); math.Abs(got-best) > rounding*a {
					t.Errorf("P = %v, step %v: %v goes to %v, not to %v", p, step, a, got, best)
				}
			}
			if below, above := prox(jump*(1-1e-9), step), prox(jump*(1+1e-9), step); below != 0 ||
				above < jump/2 {
				t.Errorf("P = %v, step %v: no jump at %v, but from %v to %v", p, step, jump, below, above)
			}
		}
		if got := prox(3, 0); got != 3 {
			t.Errorf("P = %v: with step 0, 3 goes to %v", p, got)
		}
	}
}
