package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// Orthonormalize sets q to an orthonormal basis of the columns of a, and r to the upper triangle
// with a = q·r, by the Gram–Schmidt process applied twice (Giraud and Langou 2003). Both a and q
// hold rows of rank numbers, r is rank × rank. A column that depends on those before it gives a
// zero column of q and a zero on the diagonal of r.
func Orthonormalize(q, r, a []float64, rank int) {
	copy(q, a)
	clear(r)
	for k := range rank {
		scale := 0.0
		for i := k; i < len(a); i += rank {
			scale = math.Hypot(scale, a[i])
		}
		for range 2 {
			for c := range k {
				dot := 0.0
				for i := 0; i < len(q); i += rank {
					dot += q[i+c] * q[i+k]
				}
				r[c*rank+k] += dot
				for i := 0; i < len(q); i += rank {
					q[i+k] -= dot * q[i+c]
				}
			}
		}
		norm := 0.0
		for i := k; i < len(q); i += rank {
			norm += q[i] * q[i]
		}
		norm = math.Sqrt(norm)
		if !(norm > 1e-13*scale) {
			norm = 0
		}
		r[k*rank+k] = norm
		for i := k; i < len(q); i += rank {
			if norm == 0 {
				q[i] = 0
			} else {
				q[i] /= norm
			}
		}
	}
}

// Orthonormal replaces the columns of x (contiguous rows) by an orthonormal basis of what they
// span. It divides by the Cholesky factor of their Gram matrix twice, which is fast, and leaves
// columns that are nearly dependent to [Orthonormalize].
func Orthonormal(x kernel.Matrix) {
	gram := kernel.NewMatrix(x.Cols, x.Cols)
	var factor Cholesky
	for range 2 {
		kernel.SyrkLower(true, 1, x, 0, gram)
		largest := 0.0
		for c := range x.Cols {
			largest = max(largest, gram.Data[c*x.Cols+c])
		}
		ok := factor.Factorize(gram)
		for c := range x.Cols {
			pivot := gram.Data[c*x.Cols+c]
			ok = ok && pivot*pivot > 1e-10*largest
		}
		if !ok {
			q, r := make([]float64, len(x.Data)), make([]float64, x.Cols*x.Cols)
			Orthonormalize(q, r, x.Data, x.Cols)
			copy(x.Data, q)
			return
		}
		factor.SolveRight(x)
	}
}
