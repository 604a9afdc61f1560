package kernel

import (
	"fmt"
	"math"
	"testing"
)

// The singular values of the triangle (f, g; 0, h) have the product |f·h|, and the larger is half
// the sum of √((f+h)²+g²) and √((f−h)²+g²). Signs do not matter.
func TestSmallestOfTwo(t *testing.T) {
	numbers := []float64{0, 1e-9, 0.01, 0.5, 1, 3, 1e4}
	for _, f := range numbers {
		for _, g := range numbers {
			for _, h := range numbers {
				t.Run(fmt.Sprint(f, g, h), func(t *testing.T) {
					want := 0.0
					if f*h != 0 {
						want = f * h / ((math.Hypot(f+h, g) + math.Hypot(f-h, g)) / 2)
					}
					for signs := range 8 {
						sign := func(bit int) float64 { return 1 - 2*float64(signs>>bit&1) }
						// Rounding of a dozen operations.
						if got := smallestOfTwo(sign(0)*f, sign(1)*g, sign(2)*h); math.Abs(got-want) > 1e-14*want {
							t.Errorf("%v with signs %03b, want %v", got, signs, want)
						}
					}
				})
			}
		}
	}
}

// A rotation turns (f, g) into (r, 0), keeps the length of any vector, and does so at numbers whose
// squares underflow.
func TestGivens(t *testing.T) {
	for _, x := range [][2]float64{
		{3, 4}, {-3, 4}, {3, -4}, {0, 2}, {2, 0}, {0, 0}, {1, 1e-30}, {1e-30, 1}, {1e-200, 1e-200}, {5e-160, 12e-160},
	} {
		f, g := x[0], x[1]
		c, s, r := givens(f, g)
		length := math.Hypot(f, g)
		// Rounding of two or three operations, each 1.1e-16.
		if math.Abs(c*c+s*s-1) > 1e-15 || math.Abs(math.Abs(r)-length) > 1e-15*length ||
			math.Abs(c*f+s*g-r) > 4e-16*length || math.Abs(c*g-s*f) > 4e-16*length {
			t.Errorf("(%v, %v): c = %v, s = %v, r = %v", f, g, c, s, r)
		}
	}
}
