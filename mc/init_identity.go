package mc

import (
	"math"
	"math/rand/v2"
)

// Identity starts from α^{1/N} times the identity of the smallest size of all, padded with zeros to each factor's shape. The
// factors are balanced, as [Orthogonal]'s are.
type Identity struct {
	// Scale α of the product. Default 1e-3.
	Scale float64
}

// Fill overwrites the factors.
func (d Identity) Fill(f *Factors, _ *rand.Rand) error {
	scale, err := initScale(d.Scale, "Identity")
	if err != nil {
		return err
	}
	s := math.Pow(scale, 1/float64(f.Depth()))
	k := narrowest(f)
	for _, w := range f.W {
		w.Zero()
		for i := range k {
			w.Set(i, i, s)
		}
	}
	return nil
}

func narrowest(f *Factors) int {
	rows, cols := f.Dims()
	k := min(rows, cols)
	for _, w := range f.W[1:] {
		_, h := w.Dims()
		k = min(k, h)
	}
	return k
}
