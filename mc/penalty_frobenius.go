package mc

import "gonum.org/v1/gonum/mat"

// Frobenius is the Frobenius norm,
//
//	R(W) = ‖W‖_F = √Σσᵢ².
//
// Gradient descent on the linear model minimises it implicitly among the solutions that it can
// reach from zero. Its gradient W/‖W‖_F has norm 1 everywhere but at W = 0, where the subgradient 0
// is taken.
type Frobenius struct{}

// Value returns ‖W‖_F.
func (Frobenius) Value(p *Point) float64 { return p.Frobenius() }

// AddGradient adds scale·W/‖W‖_F to dst.
func (Frobenius) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	if fro := p.Frobenius(); fro != 0 {
		addUnit(dst, scale, p.W, fro)
	}
}

// OnSpectrum returns ‖σ‖₂ and its gradient σ/‖σ‖₂.
func (Frobenius) OnSpectrum(grad, sigma []float64) float64 {
	fro := norm2(sigma)
	for i := range grad {
		grad[i] = 0
		if fro != 0 {
			grad[i] = sigma[i] / fro
		}
	}
	return fro
}

// Prox sets dst to (1 − step/‖W‖_F)₊·W.
func (Frobenius) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	fro := p.Frobenius()
	dst.Zero()
	if fro <= step {
		return 0
	}
	AddScaled(dst, 1-step/fro, p.W)
	return fro - step
}

// Degree is 1.
func (Frobenius) Degree() float64 { return 1 }
