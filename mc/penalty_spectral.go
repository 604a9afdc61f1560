package mc

import "gonum.org/v1/gonum/mat"

// Spectral is the spectral or operator norm,
//
//	R(W) = ‖W‖₂ = σ₁,
//
// the dual of the nuclear norm. Its gradient u₁v₁ᵀ draws down the largest singular value alone, so that it evens a
// spectrum out: the opposite of what completion wants, and a contrast to it.
type Spectral struct{}

// AddGrad adds scale·u₁v₁ᵀ to dst and returns ‖W‖₂. Of equal largest singular values it takes the first; at W = 0 it
// adds nothing.
func (s Spectral) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	if dst == nil {
		return p.SingularValues()[0]
	}
	df := p.slopes()
	r := s.OnSpectrum(df, p.svd.Sigma)
	p.addSpectral(dst, scale, df)
	return r
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

// Prox sets dst to U·diag(min(σ, τ))·Vᵀ with τ such that what is cut off has the sum step, or to 0 if σ has less than that:
// W less its projection on the dual ball, that of nuclear norm step (Moreau 1965; the projection by Duchi et al. 2008,
// figure 1).
func (Spectral) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	clipped := p.slopes()
	// With σ descending, Σ(σᵢ − τ)₊ = step over the first k is τ = (σ₁ + … + σ_k − step)/k, for the last k with σ_k ≥ τ.
	level, sum := 0.0, 0.0
	for k, s := range p.svd.Sigma {
		if sum += s; s < (sum-step)/float64(k+1) {
			break
		}
		level = max((sum-step)/float64(k+1), 0)
	}
	for i, s := range p.svd.Sigma {
		clipped[i] = min(s, level)
	}
	p.rebuild(dst, 0, 1, clipped)
	return clipped[0]
}

// Degree is 1.
func (Spectral) Degree() float64 { return 1 }
