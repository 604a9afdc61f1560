package mc

import (
	"math"
	"math/rand/v2"
)

// Uniform draws independent entries, uniform on an interval around zero.
type Uniform struct {
	// Scale α of the product.
	Scale float64 `default:"1e-3" range:"[0, inf)"`
}

// Fill overwrites the factors.
func (u Uniform) Fill(f *Factors, rng *rand.Rand) error {
	draw := func() float64 { return math.Sqrt(3) * (2*rng.Float64() - 1) }
	return first(CheckRanges(u), independent(f, Resolved(u).Scale, "Uniform", draw))
}
