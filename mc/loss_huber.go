package mc

import "math"

// Huber is the squared loss up to a residual of Delta, and grows in proportion beyond (Huber 1964),
//
//	ℓ(x, b) = r²  for |r| ≤ δ,  δ(2|r| − δ)  else;   r = x − b,   |ℓ′| ≤ 2δ,   ℓ″ ≤ 2.
//
// An outlier has the slope 2δ and no more: ‖∇L‖_F ≤ 2δ/√n for entries. Near a fit of the others the
// curvature is that of [Squares].
type Huber struct {
	// Delta δ, in the units of the data: some 1.3 standard deviations of the noise.
	Delta float64 `default:"1" range:"(0, inf)"`
}

// Slopes returns Σ wₖ·ℓ and sets slope to wₖ·ℓ′.
func (h Huber) Slopes(slope, x, b, weight []float64) float64 {
	delta := Resolved(h).Delta
	return Separable(slope, x, b, weight, func(x, b float64) (float64, float64) {
		r := x - b
		if size := math.Abs(r); size > delta {
			return delta * (2*size - delta), math.Copysign(2*delta, r)
		}
		return r * r, 2 * r
	})
}

// Curvature is 2.
func (Huber) Curvature() float64 { return 2 }

// Refuses no value.
func (Huber) Refuses([]float64) (int, string) { return -1, "" }
