package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// For matrices that settle, Near comes to what Of finds, also after a singular value has come above
// the threshold. What Of finds has the singular values σ − τ.
func TestSoftThresholdNear(t *testing.T) {
	for _, c := range []struct{ rows, cols int }{{50, 50}, {60, 35}, {35, 60}} {
		rng := rand.New(rand.NewPCG(5, 1))
		// Rank 4 and noise; the fourth singular value comes in at the tenth matrix.
		u, v := gaussian(c.rows, 4, rng), gaussian(c.cols, 4, rng)
		noise, wander := gaussian(c.rows, c.cols, rng), gaussian(c.rows, c.cols, rng)
		noise.Scale(0.1, noise)
		var near, of SoftThreshold
		for k := range 60 {
			m := mat.DenseCopyOf(noise)
			for j := range 4 {
				if j < 3 || k >= 10 {
					m.RankOne(m, 1+0.2*float64(j), u.ColView(j), v.ColView(j))
				}
			}
			var shift mat.Dense
			shift.Scale(math.Pow(0.5, float64(k)), wander)
			m.Add(m, &shift)
			const tau = 12
			if !near.Near(m.RawMatrix(), tau) || !of.Of(m.RawMatrix(), tau) {
				t.Fatal("not finite")
			}
			if (k == 9 || k == 59) && near.Rank != of.Rank {
				t.Errorf("%d×%d, matrix %d: ranks %d and %d", c.rows, c.cols, k, near.Rank, of.Rank)
			}
			if k < 59 {
				continue
			}
			var svd, shrunk mat.SVD
			svd.Factorize(m, mat.SVDNone)
			x := mat.NewDense(c.rows, c.cols, of.X.Data)
			shrunk.Factorize(x, mat.SVDNone)
			for i, s := range svd.Values(nil) {
				// Rounding of singular values: measured 1.4e-13.
				if got := shrunk.Values(nil)[i]; math.Abs(got-max(0, s-tau)) > 1e-11 {
					t.Errorf("%d×%d: singular value %v became %v", c.rows, c.cols, s, got)
				}
			}
			for i, w := range of.X.Data {
				// As above: measured 2e-14.
				if math.Abs(near.X.Data[i]-w) > 1e-11 {
					t.Fatalf("%d×%d: Near has %v where Of has %v", c.rows, c.cols, near.X.Data[i], w)
				}
			}
		}
		if of.Rank != 4 {
			t.Errorf("%d×%d: rank %d", c.rows, c.cols, of.Rank)
		}
	}
}

// Columns that are independent become orthonormal, and columns that are dependent but for 1e-5 are
// refused, whatever the size and the place of the others.
func TestSoftThresholdOrthonormal(t *testing.T) {
	const rows, width = 30, 4
	for place := range width - 1 {
		for _, first := range []float64{1e-5, 1, 1e5} {
			for _, apart := range []float64{1e-5, 1} {
				rng := rand.New(rand.NewPCG(6, 1))
				image := gaussian(rows, width, rng)
				for i := range rows { // the column at place+1 is that at place, and a little
					image.Set(i, place+1, image.At(i, place)+apart*image.At(i, place+1))
					if place > 0 {
						image.Set(i, 0, first*image.At(i, 0))
					}
				}
				var s SoftThreshold
				s.image = image.RawMatrix()
				want := apart == 1 && (first == 1 || place == 0)
				if got := s.orthonormal(); got != want {
					t.Errorf("columns %d and %d apart by %g, the first of size %g: %v, want %v", place, place+1, apart,
						first, got, want)
				}
				if !want {
					continue
				}
				var gram mat.Dense
				gram.Mul(image.T(), image)
				for i := range width {
					for j := range width {
						// Rounding: measured 4e-16.
						if e := gram.At(i, j); math.Abs(e-map[bool]float64{true: 1}[i == j]) > 1e-12 {
							t.Errorf("columns %d and %d have the inner product %v", i, j, e)
						}
					}
				}
			}
		}
	}
}
