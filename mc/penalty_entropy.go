package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Entropy is the entropy of the normalised singular values, the logarithm of the effective rank
// (Roy and Vetterli 2007),
//
//	R(W) = −Σ pᵢ·log pᵢ,   pᵢ = σᵢ/‖W‖_*.
//
// It is scale-free, R(cW) = R(W), lies in [0, log rank W], and is 0 only at rank one. Its slope
// ∂R/∂σᵢ = −(log pᵢ + R)/‖W‖_* changes sign at σ = ‖W‖_*/exp R, as that of [Ratio] does elsewhere,
// and grows as log 1/σ where σ → 0: the smaller a singular value, the harder it is pushed down.
type Entropy struct {
	// Smoothing ε replaces σ by √(σ² + ε²‖W‖_F²) near rank deficiency, where R has a kink. Zero
	// means the exact subgradient that leaves null directions alone.
	Smoothing float64 `range:"[0, inf)"`
}

// Value returns R(W), and 0 at W = 0, where R is undefined.
func (e Entropy) Value(p *Point) float64 { return e.OnSpectrum(nil, p.SingularValues()) }

// AddGradient adds scale·∂R/∂W to dst. At W = 0 it adds nothing.
func (e Entropy) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.AddSpectral(dst, scale, e.OnSpectrum)
}

// OnSpectrum returns R and ∂R/∂σ, which is taken to be 0 where σ is. Without smoothing, a singular
// value below 2⁻⁴⁶ of the largest is rounding, and counts as 0.
func (e Entropy) OnSpectrum(grad, sigma []float64) float64 {
	shift := e.Smoothing * norm2(sigma)
	zero := 0.0
	if e.Smoothing == 0 {
		for _, s := range sigma {
			zero = max(zero, 0x1p-46*s)
		}
	}
	sum := 0.0
	for _, s := range sigma {
		if rho := math.Hypot(s, shift); rho > zero {
			sum += rho
		}
	}
	clear(grad)
	if sum == 0 {
		return 0
	}
	entropy := 0.0
	for _, s := range sigma {
		if rho := math.Hypot(s, shift); rho > zero {
			entropy -= rho / sum * math.Log(rho/sum)
		}
	}
	if sum < leastNorm {
		return entropy
	}
	for i := range grad {
		if rho := math.Hypot(sigma[i], shift); rho > zero {
			grad[i] = -(math.Log(rho/sum) + entropy) / sum
		}
	}
	smoothSlopes(grad, sigma, e.Smoothing, shift)
	return entropy
}

// Degree is 0.
func (e Entropy) Degree() float64 { return 0 }
