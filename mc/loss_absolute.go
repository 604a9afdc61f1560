package mc

import "math"

// Absolute is the absolute residual, smoothed so that it has a slope at 0,
//
//	ℓ(x, b) = √(r² + ε²) − ε,   r = x − b,   |ℓ′| ≤ 1,   ℓ″ ≤ 1/ε.
//
// Its minimum is a median where that of [Squares] is a mean. Slopes are ±1 until a residual comes
// near ε: ‖∇L‖_F, at most 1/√n for entries, stays at this size all the way to a fit, as the
// gradient of a norm does, and gradient descent needs steps of the order of ε.
type Absolute struct {
	// Smoothing ε, in the units of the data.
	Smoothing float64 `default:"1e-2" range:"(0, inf)"`
}

// Slopes returns Σ wₖ·ℓ and sets slope to wₖ·ℓ′.
func (a Absolute) Slopes(slope, x, b, weight []float64) float64 {
	eps := Resolved(a).Smoothing
	return Separable(slope, x, b, weight, func(x, b float64) (float64, float64) {
		r := x - b
		size := math.Hypot(r, eps)
		return r * (r / (size + eps)), r / size
	})
}

// Curvature is 1/ε.
func (a Absolute) Curvature() float64 { return 1 / Resolved(a).Smoothing }

// Refuses no value.
func (Absolute) Refuses([]float64) (int, string) { return -1, "" }
