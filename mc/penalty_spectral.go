package mc

import "gonum.org/v1/gonum/mat"

// Spectral is the spectral or operator norm,
//
//	R(W) = ‖W‖₂ = σ₁,
//
// the dual of the nuclear norm. Its gradient u₁v₁ᵀ draws down the largest singular value alone, so
// that it evens a spectrum out. Completion wants the opposite: it serves as a contrast.
type Spectral struct{}

// Value returns ‖W‖₂.
func (Spectral) Value(p *Point) float64 { return p.SingularValues()[0] }

// AddGradient adds scale·u₁v₁ᵀ to dst. If several are equally large, it takes the first; at W = 0
// it adds nothing.
func (s Spectral) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.AddSpectral(dst, scale, s.OnSpectrum)
}

// OnSpectrum returns the largest of σ, and as the gradient 1 in its place.
func (Spectral) OnSpectrum(grad, sigma []float64) float64 {
	largest := 0
	for i, s := range sigma {
		if s > sigma[largest] {
			largest = i
		}
	}
	clear(grad)
	if grad != nil && sigma[largest] > 0 {
		grad[largest] = 1
	}
	return sigma[largest]
}

// Prox sets dst to U·diag(min(σ, τ))·Vᵀ with Σ(σᵢ − τ)₊ = step, or to 0 if Σσᵢ is less than the
// step. It is W minus its projection on the dual ball, of nuclear norm step (Moreau 1965; the
// projection by Duchi et al. 2008, figure 1).
func (Spectral) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	return p.SetSpectral(dst, func(clipped, sigma []float64) float64 {
		// With σ descending, τ = (σ₁ + … + σ_k − step)/k for the last k with σ_k ≥ τ.
		level, sum := 0.0, 0.0
		for k, s := range sigma {
			if sum += s; s < (sum-step)/float64(k+1) {
				break
			}
			level = max((sum-step)/float64(k+1), 0)
		}
		for i, s := range sigma {
			clipped[i] = min(s, level)
		}
		return clipped[0]
	})
}

// Degree is 1.
func (Spectral) Degree() float64 { return 1 }
