package mc

import (
	"math"
	"math/rand/v2"
)

// Uniform starts from independent entries, uniform on an interval around zero.
type Uniform struct {
	// Scale α of the product. Default 1e-3.
	Scale float64
}

// Fill overwrites the factors.
func (u Uniform) Fill(f *Factors, rng *rand.Rand) error {
	return independent(f, u.Scale, "Uniform", func() float64 { return math.Sqrt(3) * (2*rng.Float64() - 1) })
}
