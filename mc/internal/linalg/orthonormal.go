package linalg

import "math"

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
