package mc

import "gonum.org/v1/gonum/mat"

// Ratio is the nuclear norm over the Frobenius norm,
//
//	R(W) = ‖W‖_* / ‖W‖_F = Σσᵢ / √Σσᵢ².
//
// It is scale-free, R(cW) = R(W). Without Smoothing it lies in [1, √rank W], and is 1 only at rank
// one: its square is a smooth stand-in for the rank. Zhao (2022), section 3.
type Ratio struct {
	// Smoothing ε replaces σ by √(σ² + ε²‖W‖_F²) near rank deficiency, where R has a kink. Zero
	// means the exact subgradient that leaves null directions alone.
	Smoothing float64 `range:"[0, inf)"`
	// Polar is how the polar factor UVᵀ of the gradient is computed. Default Exact; see [Fast].
	Polar PolarMethod
}

// Validate says what is wrong with the settings.
func (r Ratio) Validate() error {
	return first(CheckRanges(r), checkPolar("Ratio", r.Smoothing, r.Polar))
}

// Value returns R(W), and 0 at W = 0, where R is undefined.
func (r Ratio) Value(p *Point) float64 {
	fro := p.Frobenius()
	if fro == 0 {
		return 0
	}
	if p.dense() == nil { // it is too large to be formed, as is the polar factor
		return r.OnSpectrum(nil, p.SingularValues())
	}
	_, nuclear := p.PolarBy(r.Polar, r.Smoothing)
	return nuclear / fro
}

// AddGradient adds scale·∂R/∂W to dst. At W = 0 it adds nothing.
//
// With W = UΣVᵀ the gradient is UVᵀ/‖W‖_F − (‖W‖_*/‖W‖_F³)·W. It is orthogonal to W: the penalty
// turns a spectrum, never stretches it. On the spectrum ∂R/∂σᵢ = 1/‖W‖_F − ‖W‖_*σᵢ/‖W‖_F³ changes
// sign at σ = ‖W‖_F²/‖W‖_*: smaller singular values are pushed down, larger ones up.
func (r Ratio) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	fro := p.Frobenius()
	if fro < leastNorm {
		return
	}
	polar, along := p.PolarBy(r.Polar, r.Smoothing)
	if r.Smoothing != 0 {
		along = inner(polar, p.W) // keeps the gradient orthogonal to W; without smoothing it is ‖W‖_*
	}
	AddScaled(dst, scale/fro, polar)
	if c := -scale * (along / fro) / fro; normal(c / fro) {
		AddScaled(dst, c/fro, p.W)
	} else {
		addUnit(dst, c, p.W, fro)
	}
}

// OnSpectrum returns R and ∂R/∂σ.
func (r Ratio) OnSpectrum(grad, sigma []float64) float64 {
	fro := norm2(sigma)
	if fro == 0 {
		clear(grad)
		return 0
	}
	// Nuclear has the same settings and smooths alike: R is its value over ‖W‖_F.
	nuclear := Nuclear(r).OnSpectrum(grad, sigma)
	if fro < leastNorm {
		clear(grad)
		return nuclear / fro
	}
	for i := range grad {
		grad[i] = grad[i]/fro - nuclear/fro*sigma[i]/fro/fro
	}
	return nuclear / fro
}

// Degree is 0.
func (r Ratio) Degree() float64 { return 0 }
