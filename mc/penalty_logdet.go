package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// LogDet is the logarithm of a determinant, a smooth stand-in for the rank (Fazel, Hindi, Boyd 2003; in this form Mohan and
// Fazel 2012),
//
//	R(W) = ½·log det(I + WᵀW/δ²) = ½·Σlog(1 + σᵢ²/δ²).
//
// Singular values well above δ cost the logarithm of their size, those well below nearly nothing. The slope
// σ/(σ² + δ²) is steepest at σ = δ, and 0 at 0. It is not homogeneous; in Normalized(LogDet{}) δ is in units of ‖W‖_F.
type LogDet struct {
	// Delta δ, in units of W. Default 0.01.
	Delta float64
}

// Validate says what is wrong with the settings.
func (l LogDet) Validate() error { return checkPositive("LogDet.Delta", l.Delta) }

// AddGrad adds scale·U·diag(σ/(σ² + δ²))·Vᵀ to dst and returns R(W).
func (l LogDet) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	if dst == nil {
		return l.OnSpectrum(nil, p.SingularValues())
	}
	df := p.slopes()
	r := l.OnSpectrum(df, p.svd.Sigma)
	p.addSpectral(dst, scale, df)
	return r
}

// OnSpectrum returns ½·Σlog(1 + σ²/δ²) and its gradient σ/(σ² + δ²).
func (l LogDet) OnSpectrum(grad, sigma []float64) float64 {
	delta := or(l.Delta, 0.01)
	sum := 0.0
	for _, s := range sigma {
		sum += math.Log1p(s/delta*(s/delta)) / 2
	}
	for i := range grad {
		grad[i] = sigma[i] / (sigma[i]*sigma[i] + delta*delta)
	}
	return sum
}
