package mc

import (
	"math"
	"math/rand/v2"
)

// Identity sets each factor to α^{1/N} times the identity matrix of the smallest of all layer
// sizes, padded with zeros to the factor's shape. The factors are balanced, as those of
// [Orthogonal] are.
type Identity struct {
	// Scale α of the product.
	Scale float64 `default:"1e-3" range:"[0, inf)"`
}

// Fill overwrites the factors.
func (d Identity) Fill(f *Factors, _ *rand.Rand) error {
	scale := Resolved(d).Scale
	if err := first(CheckRanges(d), notSaddle(scale, "Identity.Scale", f)); err != nil {
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
