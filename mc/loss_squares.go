package mc

// Squares is the squared loss, the default of a [Problem],
//
//	ℓ(x, b) = (x − b)²,   ℓ′ = 2(x − b),   ℓ″ = 2.
//
// The gradient of L is 2/n times the residual at the measurements, however large: near a fit it
// vanishes in proportion, so that ‖∇L‖_F says how far away the fit is.
type Squares struct{}

// Slopes returns Σ wₖ·ℓ and sets slope to wₖ·ℓ′.
func (Squares) Slopes(slope, x, b, weight []float64) float64 {
	return Separable(slope, x, b, weight, func(x, b float64) (float64, float64) {
		return (x - b) * (x - b),
			2 * (x - b)
	})
}

// Curvature is 2.
func (Squares) Curvature() float64 { return 2 }

// Refuses no value.
func (Squares) Refuses([]float64) (int, string) { return -1, "" }
