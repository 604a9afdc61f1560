package mc

import (
	"fmt"
	"math/rand/v2"
)

// An Init is an initialisation of the factors of a [DeepMF].
//
// The Scale α of an initialisation is that of the end-to-end product: E‖W‖_F² = α²·min(rows, cols),
// the norm of α times the identity, whatever the depth, so that runs of different depth begin
// equally far from zero (Arora, Cohen, Hu, Luo 2019). A hidden size r below min(rows, cols) takes
// its place for [Orthogonal] and [Identity], whose product is α times a partial isometry of rank r.
type Init interface {
	// Fill overwrites the factors, drawing from rng alone.
	Fill(f *Factors, rng *rand.Rand) error
}

// notSaddle refuses to begin a product of factors at zero, where its gradient vanishes.
func notSaddle(scale float64, name string, f *Factors) error {
	if scale == 0 && f.Depth() > 1 {
		return fmt.Errorf("mc: %s is 0; it must be positive at depth %d, whose gradient vanishes "+
			"at 0", name, f.Depth())
	}
	return nil
}

// narrowest returns the smallest size of all.
func narrowest(f *Factors) int {
	rows, cols := f.Dims()
	k := min(rows, cols)
	for _, w := range f.W[1:] {
		_, h := w.Dims()
		k = min(k, h)
	}
	return k
}
