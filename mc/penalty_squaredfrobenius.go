package mc

import "gonum.org/v1/gonum/mat"

// SquaredFrobenius is the squared Frobenius norm, known as ridge or weight decay,
//
//	R(W) = ‖W‖_F² = Σσᵢ².
//
// Its gradient 2W shrinks all singular values by the same factor, the large ones by most: unlike
// [Nuclear] it makes none of them zero.
type SquaredFrobenius struct{}

// Value returns ‖W‖_F².
func (SquaredFrobenius) Value(p *Point) float64 { return p.Frobenius() * p.Frobenius() }

// AddGradient adds scale·2W to dst.
func (SquaredFrobenius) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.Frobenius() // forms W if it is not
	AddScaled(dst, 2*scale, p.W)
}

// OnSpectrum returns ‖σ‖₂² and its gradient 2σ.
func (SquaredFrobenius) OnSpectrum(grad, sigma []float64) float64 {
	for i := range grad {
		grad[i] = 2 * sigma[i]
	}
	fro := norm2(sigma)
	return fro * fro
}

// Prox sets dst to W/(1 + 2·step).
func (SquaredFrobenius) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	fro := p.Frobenius() / (1 + 2*step)
	dst.Zero()
	AddScaled(dst, 1/(1+2*step), p.W)
	return fro * fro
}

// Degree is 2.
func (SquaredFrobenius) Degree() float64 { return 2 }
