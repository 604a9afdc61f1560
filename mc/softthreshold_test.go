package mc

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

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
			if !near.Near(m, tau) || !of.Of(m, tau) {
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
