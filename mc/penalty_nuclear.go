package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Nuclear is the nuclear norm, the convex envelope of the rank on the unit ball of the spectral
// norm (Fazel 2002),
//
//	R(W) = ‖W‖_* = Σσᵢ.
//
// Its gradient UVᵀ pushes all singular values down alike.
type Nuclear struct {
	// Smoothing ε replaces σ by √(σ² + ε²‖W‖_F²), which has a derivative at σ = 0 too. Zero means
	// the exact subgradient that leaves null directions alone.
	Smoothing float64 `range:"[0, inf)"`
	// Polar is how the polar factor UVᵀ of the gradient is computed. Default Exact; see [Fast].
	Polar PolarMethod
}

// Validate says what is wrong with the settings.
func (n Nuclear) Validate() error {
	return first(CheckRanges(n), checkPolar("Nuclear", n.Smoothing, n.Polar))
}

// Value returns ‖W‖_*.
func (n Nuclear) Value(p *Point) float64 {
	if p.dense() == nil { // it is too large to be formed, as is the polar factor
		return n.OnSpectrum(nil, p.SingularValues())
	}
	_, nuclear := p.PolarBy(n.Polar, n.Smoothing)
	return nuclear
}

// AddGradient adds scale·UVᵀ to dst. At W = 0 it adds nothing.
//
// With smoothing, the shift grows with ‖W‖_F, and its derivative adds (ε²·Σ1/√(σᵢ² + ε²‖W‖_F²))·W.
func (n Nuclear) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	polar, nuclear := p.PolarBy(n.Polar, n.Smoothing)
	AddScaled(dst, scale, polar)
	if fro := p.Frobenius(); n.Smoothing != 0 && fro != 0 {
		// Σ√(σ²+ε²F²) − Σσ²/√(σ²+ε²F²) = ε²F²·Σ1/√(σ²+ε²F²): the sum without the singular values
		along := nuclear - inner(polar, p.W)
		if square := fro * fro; normal(square) {
			AddScaled(dst, scale*along/square, p.W)
		} else {
			addUnit(dst, scale*(along/fro), p.W, fro)
		}
	}
}

// OnSpectrum returns the (smoothed) sum of σ and its gradient.
func (n Nuclear) OnSpectrum(grad, sigma []float64) float64 {
	shift := n.Smoothing * norm2(sigma)
	sum, inverse, unit := 0.0, 0.0, 1.0
	for _, s := range sigma {
		if r := math.Hypot(s, shift); r > 0 {
			unit = powerOfTwo(r) // of any of them
			break
		}
	}
	for _, s := range sigma {
		r := math.Hypot(s, shift)
		sum += r
		if r > 0 {
			inverse += 1 / (r / unit)
		}
	}
	for i := range grad {
		grad[i] = 0
		if r := math.Hypot(sigma[i], shift); sigma[i] > 0 {
			grad[i] = sigma[i]/r + n.Smoothing*n.Smoothing*inverse*(sigma[i]/unit)
		}
	}
	return sum
}

// Prox sets dst to U·diag((σ − step)₊)·Vᵀ, the singular values soft-thresholded (Cai, Candès, Shen
// 2010, theorem 2.1).
func (n Nuclear) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	return p.SetSpectral(dst, func(tau, sigma []float64) (sum float64) {
		for i, s := range sigma {
			tau[i] = max(s-step, 0)
			sum += tau[i]
		}
		return sum
	})
}

// CheckProx says why the settings have no proximal map in closed form, if they have none.
func (n Nuclear) CheckProx() error {
	return first(unsmoothedProx("Nuclear", n.Smoothing), n.Validate())
}

// Degree is 1.
func (n Nuclear) Degree() float64 { return 1 }
