package mc

import "gonum.org/v1/gonum/mat"

// The training loss is the mean squared residual over the n measurements,
//
//	L(W) = ‖A(W) − b‖²/n,   ∇L(W) = (2/n)·A*(A(W) − b).

// lossGradient sets grad to ∇L(W) and residual (length n) to A(W) − b, and returns L(W).
func lossGradient(grad *mat.Dense, residual []float64, m Measurement, w *mat.Dense) float64 {
	loss := loss(residual, m, w)
	grad.Zero()
	m.AddAdjoint(grad, 2/float64(m.Len()), residual)
	return loss
}

// loss sets residual to A(W) − b and returns L(W).
func loss(residual []float64, m Measurement, w *mat.Dense) float64 {
	m.Apply(residual, w)
	sum := 0.0
	for k, b := range m.Values() {
		residual[k] -= b
		sum += residual[k] * residual[k]
	}
	return sum / float64(m.Len())
}
