package mc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The derivative of soft thresholding agrees with central differences, at square and rectangular shapes.
func TestSoftThresholdDerivative(t *testing.T) {
	for _, c := range []struct {
		name       string
		rows, cols int
		tau        float64
	}{{"square", 7, 7, 2}, {"tall", 9, 5, 2}, {"wide", 5, 9, 2}, {"full rank", 6, 6, 1e-3}, {"full rank, tall", 8, 4, 1e-3}, {"nothing left", 5, 5, 100}, {"one row", 1, 6, 0.5}} {
		rng := newRand(3, 1)
		m, h := gaussian(c.rows, c.cols, rng), gaussian(c.rows, c.cols, rng)
		var at, plus, minus softThreshold
		at.Of(m, c.tau)
		got := mat.NewDense(c.rows, c.cols, nil)
		at.Derivative(got, h)
		const step = 1e-6
		var up, down mat.Dense
		up.Scale(step, h)
		down.Sub(m, &up)
		up.Add(m, &up)
		plus.Of(&up, c.tau)
		minus.Of(&down, c.tau)
		var want mat.Dense
		want.Sub(plus.X, minus.X)
		want.Scale(1/(2*step), &want)
		want.Sub(&want, got)
		if e := mat.Norm(&want, 2); e > 1e-7*(1+math.Abs(mat.Norm(got, 2))) {
			t.Errorf("%s: off the difference by %v", c.name, e)
		}
	}
}
