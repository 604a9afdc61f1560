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

// For matrices that settle, Near comes to what Of finds, also after a singular value has come above the threshold.
func TestSoftThresholdNear(t *testing.T) {
	for _, c := range []struct{ rows, cols int }{{50, 50}, {60, 35}, {35, 60}} {
		rng := newRand(5, 1)
		// Rank 4 and noise; the fourth singular value comes in at the tenth matrix.
		u, v := gaussian(c.rows, 4, rng), gaussian(c.cols, 4, rng)
		noise, wander := gaussian(c.rows, c.cols, rng), gaussian(c.rows, c.cols, rng)
		var near, of softThreshold
		for k := range 60 {
			m := mat.NewDense(c.rows, c.cols, nil)
			for j := range 4 {
				if j < 3 || k >= 10 {
					m.RankOne(m, 1+0.2*float64(j), u.ColView(j), v.ColView(j))
				}
			}
			add(m, 0.1, noise)
			add(m, math.Pow(0.5, float64(k)), wander)
			const tau = 12
			threshold := near.Near
			if k%20 == 0 {
				threshold = near.Of
			}
			if !threshold(m, tau) || !of.Of(m, tau) {
				t.Fatal("not finite")
			}
			if k == 9 || k == 59 {
				if k == 59 && !closeTo(near.X, of.X, 1e-9) || near.Rank != of.Rank || math.Abs(near.SquaredNorm()-of.SquaredNorm()) > 1e-2*of.SquaredNorm() {
					t.Errorf("%d×%d, matrix %d: ranks %d and %d", c.rows, c.cols, k, near.Rank, of.Rank)
				}
			}
		}
		if of.Rank != 4 {
			t.Errorf("%d×%d: rank %d", c.rows, c.cols, of.Rank)
		}
	}
}
