package mc

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// An Init is a start for the factors of a [DeepMF].
//
// The Scale α of a start is that of the end-to-end product: E‖W‖_F² = α²·min(rows, cols), the norm of α times the
// identity, whatever the depth, so that runs of different depth start equally far from zero (Arora, Cohen, Hu, Luo
// 2019). A hidden size r below min(rows, cols) takes its place for [Orthogonal] and [Identity], whose product is α times a partial
// isometry of rank r.
type Init interface {
	// Fill overwrites the factors, drawing from rng alone.
	Fill(f *Factors, rng *rand.Rand) error
}

const defaultInitScale = 1e-3

// digest identifies matrices by 16 hexadecimal digits.
func digest(matrices ...*mat.Dense) string {
	h := sha256.New()
	for _, w := range matrices {
		b, _ := w.MarshalBinary() // only fails for matrices that are too large to be held
		h.Write(b)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

func initScale(scale float64, name string) (float64, error) {
	if scale == 0 {
		return defaultInitScale, nil
	}
	if !(scale > 0) || math.IsInf(scale, 0) {
		return 0, fmt.Errorf("mc: %s.Scale is %v; it must be positive and finite, or 0 for %v", name, scale, defaultInitScale)
	}
	return scale, nil
}
