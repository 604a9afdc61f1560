package mc

import "math"

// Poisson is the negative log-likelihood of counts with mean e^x, less its least value,
//
//	ℓ(x, b) = e^x − bx − b + b·log b,   ℓ′ = e^x − b,   ℓ″ = e^x,
//
// so that 2n·L is the deviance (McCullagh and Nelder 1989, section 2.3). W is the logarithm of the
// means. Slopes and curvature have no bound: near a fit, ℓ″ is the count itself, large counts are
// fitted first, and a learning rate must fit the largest. [ProximalGradient] finds its step size by
// backtracking.
type Poisson struct{}

// Slopes returns Σ wₖ·ℓ and sets slope to wₖ·ℓ′.
func (Poisson) Slopes(slope, x, b, weight []float64) float64 {
	return Separable(slope, x, b, weight, func(x, b float64) (float64, float64) {
		mean := math.Exp(x)
		if b == 0 {
			return mean, mean
		}
		away := x - math.Log(b) // e^x = b·e^away
		if math.Abs(away) < 1e-4 {
			return b * away * away * (1 + away/3) / 2, b * math.Expm1(away) // where the difference cancels
		}
		return mean - b - b*away, mean - b
	})
}

// Curvature is +Inf.
func (Poisson) Curvature() float64 { return math.Inf(1) }

// Refuses negative values.
func (Poisson) Refuses(b []float64) (int, string) {
	for k, v := range b {
		if v < 0 {
			return k, "at least 0"
		}
	}
	return -1, ""
}
