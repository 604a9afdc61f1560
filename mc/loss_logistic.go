package mc

import "math"

// Logistic is the negative log-likelihood of yes and no, for values 1 and −1 (1-bit completion;
// Davenport, Plan, van den Berg, Wootters 2014),
//
//	ℓ(x, b) = log(1 + e^(−bx)),   P(b = 1) = 1/(1 + e^(−x)),   |ℓ′| ≤ 1,   ℓ″ ≤ 1/4.
//
// L is the log loss, and 2n·L the deviance. The curvature is at most an eighth of that of
// [Squares], and vanishes where W is sure: once all signs are right, ‖∇L‖_F falls in proportion to
// L, which has no minimum. W then grows without bound in the direction of a large margin, unless a
// penalty on its size holds it.
type Logistic struct{}

// Slopes returns Σ wₖ·ℓ and sets slope to wₖ·ℓ′.
func (Logistic) Slopes(slope, x, b, weight []float64) float64 {
	return Separable(slope, x, b, weight, func(x, b float64) (float64, float64) {
		margin := b * x
		e := math.Exp(-math.Abs(margin)) // which does not overflow
		value, wrong := math.Log1p(e), e/(1+e)
		if margin < 0 {
			value, wrong = value-margin, 1/(1+e)
		}
		return value, -b * wrong
	})
}

// Curvature is 1/4.
func (Logistic) Curvature() float64 { return 0.25 }

// Refuses values other than −1 and 1.
func (Logistic) Refuses(b []float64) (int, string) {
	for k, v := range b {
		if v != 1 && v != -1 {
			return k, "-1 or 1"
		}
	}
	return -1, ""
}
