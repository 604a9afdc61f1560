package linalg

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The gradient of the nuclear norm of W = L·Rᵀ is G·R to L and Gᵀ·L to R, where G is the sum of
// u·vᵀ over the singular values that are not 0. It is so at every size of W, and where the last
// column of L is that before, so that a singular value is 0 to rounding.
func TestThinSpectrumGradient(t *testing.T) {
	const rows, cols, h = 12, 9, 4
	for _, size := range []float64{1e-12, 1e-3, 1, 1e3, 1e12} {
		for _, rank := range []int{h, h - 1} {
			name := fmt.Sprintf("size %g, rank %d", size, rank)
			rng := rand.New(rand.NewPCG(4, 1))
			l, r := gaussian(rows, h, rng), gaussian(cols, h, rng)
			for j := rank; j < h; j++ {
				l.SetCol(j, mat.Col(nil, rank-1, l))
			}
			l.Scale(size, l)
			var w, g, wantL, wantR mat.Dense
			w.Mul(l, r.T())
			var svd mat.SVD
			svd.Factorize(&w, mat.SVDThin)
			var u, v mat.Dense
			svd.UTo(&u)
			svd.VTo(&v)
			g.Mul(u.Slice(0, rows, 0, rank), v.Slice(0, cols, 0, rank).T())
			wantL.Mul(&g, r)
			wantR.Mul(g.T(), l)

			var thin ThinSpectrum
			if !thin.Decompose(l.RawMatrix(), r.RawMatrix()) {
				t.Fatalf("%s: not finite", name)
			}
			gradL, gradR := mat.NewDense(rows, h, nil), mat.NewDense(cols, h, nil)
			slopes := make([]float64, len(thin.Sigma))
			for i := range slopes {
				slopes[i] = 1
			}
			thin.AddGradient(gradL.RawMatrix(), gradR.RawMatrix(), 1, slopes)
			gradR.Scale(1/size, gradR)
			wantR.Scale(1/size, &wantR)
			if !mat.EqualApprox(gradL, &wantL, 1e-10) || !mat.EqualApprox(gradR, &wantR, 1e-10) {
				t.Errorf("%s: the gradient to L is\n%.3v\nnot\n%.3v\nand that to R\n%.3v\nnot\n%.3v", name,
					mat.Formatted(gradL), mat.Formatted(&wantL), mat.Formatted(gradR), mat.Formatted(&wantR))
			}
		}
	}
}
