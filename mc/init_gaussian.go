package mc

import (
	"math"
	"math/rand/v2"
)

// Gaussian draws independent normal entries.
type Gaussian struct {
	// Scale α of the product.
	Scale float64 `default:"1e-3" range:"[0, inf)"`
}

// Fill overwrites the factors.
func (g Gaussian) Fill(f *Factors, rng *rand.Rand) error {
	return first(CheckRanges(g), independent(f, Resolved(g).Scale, "Gaussian", rng.NormFloat64))
}

// independent fills the factors with independent entries of one standard deviation s, from draws of
// variance 1. The product of N factors through hidden sizes h has entries of variance s^{2N}·Πh,
// over rows·cols of them.
func independent(f *Factors, scale float64, name string, draw func() float64) error {
	if err := notSaddle(scale, name+".Scale", f); err != nil {
		return err
	}
	rows, cols := f.Dims()
	logVar := 2*math.Log(scale) - math.Log(float64(max(rows, cols)))
	for _, w := range f.W[1:] {
		_, hidden := w.Dims()
		logVar -= math.Log(float64(hidden))
	}
	s := math.Exp(logVar / float64(2*f.Depth()))
	for _, w := range f.W {
		r, _ := w.Dims()
		for i := range r {
			row := w.RawRowView(i)
			for j := range row {
				row[j] = s * draw()
			}
		}
	}
	return nil
}
