package mc

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/linalg"
)

// Orthogonal sets W_j = α^{1/N}·B_j B_{j−1}ᵀ with random orthonormal frames B_j of each space, of k
// columns each, k the smallest size of all. The product is α times a random partial isometry, all
// singular values of a factor are equal, and the factors are balanced: W_{j+1}ᵀW_{j+1} = W_jW_jᵀ.
type Orthogonal struct {
	// Scale α of the product.
	Scale float64 `default:"1e-3" range:"[0, inf)"`
}

// Fill overwrites the factors.
func (o Orthogonal) Fill(f *Factors, rng *rand.Rand) error {
	scale := Resolved(o).Scale
	if err := first(CheckRanges(o), notSaddle(scale, "Orthogonal.Scale", f)); err != nil {
		return err
	}
	s := math.Pow(scale, 1/float64(f.Depth()))
	k := narrowest(f)
	_, cols := f.Dims()
	in := orthonormal(cols, k, rng)
	for _, w := range f.W {
		r, _ := w.Dims()
		out := orthonormal(r, k, rng)
		w.Mul(out, in.T())
		w.Scale(s, w)
		in = out
	}
	return nil
}

// orthonormal draws k orthonormal columns of length n from the uniform (Haar) measure.
func orthonormal(n, k int, rng *rand.Rand) *mat.Dense {
	if n > 512 && n > 4*k { // the n × n matrix below would be large
		q := gaussian(n, k, rng)
		linalg.Orthonormal(q.RawMatrix()) // its R has a positive diagonal
		return q
	}
	var qr mat.QR
	qr.Factorize(gaussian(n, k, rng))
	var full, r mat.Dense
	qr.QTo(&full)
	qr.RTo(&r)
	q := mat.DenseCopyOf(full.Slice(0, n, 0, k))
	for j := range k { // signs by R's diagonal make the distribution uniform (Mezzadri 2007)
		if r.At(j, j) < 0 {
			for i := range n {
				q.Set(i, j, -q.At(i, j))
			}
		}
	}
	return q
}
