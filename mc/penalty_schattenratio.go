package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// SchattenRatio is the ratio of two Schatten (quasi-)norms,
//
//	R(W) = ‖W‖_P / ‖W‖_Q,   ‖W‖_P = (Σσᵢᴾ)^(1/P),   P < Q.
//
// It is scale-free, R(cW) = R(W). Without Smoothing it lies in [1, (rank W)^(1/P−1/Q)], is 1 only
// at rank one, and is [Ratio] at P = 1 and Q = 2; the Smoothing of Ratio is in the numerator alone.
// Zhao (2022), experiments. Its slope
//
//	∂R/∂σᵢ = R·(σᵢᴾ⁻¹/Σσⱼᴾ − σᵢ^(Q−1)/Σσⱼ^Q)
//
// pushes small singular values down and large ones up; below P = 1 it grows without bound as σ → 0.
type SchattenRatio struct {
	// P and Q must be given, P below Q. Below 0.02 the powers 1/P would leave the range of numbers.
	P float64 `range:"[0.02, inf)"`
	Q float64 `range:"[0.02, inf)"`
	// Smoothing ε replaces σ by √(σ² + ε²‖W‖_F²). Zero means the exact subgradient that leaves null
	// directions alone. Below P = 1, where the slope at σ = 0 is infinite, it must be given, such
	// as 1e-3.
	Smoothing float64 `range:"[0, inf)"`
}

// Validate says what is wrong with the settings.
func (s SchattenRatio) Validate() error {
	if err := CheckRanges(s); err != nil {
		return err
	}
	switch {
	case s.P >= s.Q:
		return fmt.Errorf("mc: SchattenRatio.P is %v; it must be below Q, which is %v", s.P, s.Q)
	case s.P < 1 && s.Smoothing == 0:
		return fmt.Errorf("mc: SchattenRatio.Smoothing is 0 but P is %v; it must be given below P = 1, "+
			"where the slope at σ = 0 is infinite, such as 1e-3", s.P)
	}
	return nil
}

// Value returns R(W), and 0 at W = 0, where R is undefined.
func (s SchattenRatio) Value(p *Point) float64 { return s.OnSpectrum(nil, p.SingularValues()) }

// AddGradient adds scale·∂R/∂W to dst. At W = 0 it adds nothing.
func (s SchattenRatio) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.AddSpectral(dst, scale, s.OnSpectrum)
}

// OnSpectrum returns R and ∂R/∂σ.
func (s SchattenRatio) OnSpectrum(grad, sigma []float64) float64 {
	shift := s.Smoothing * norm2(sigma)
	top := 0.0
	for _, x := range sigma {
		top = max(top, math.Hypot(x, shift))
	}
	clear(grad)
	if top == 0 {
		return 0
	}
	// In units of the largest, so that no power is out of range.
	sumP, sumQ := 0.0, 0.0
	for _, x := range sigma {
		rho := math.Hypot(x, shift) / top
		sumP += math.Pow(rho, s.P)
		sumQ += math.Pow(rho, s.Q)
	}
	r := math.Pow(sumP, 1/s.P) / math.Pow(sumQ, 1/s.Q)
	if top < leastNorm {
		return r
	}
	for i := range grad {
		rho := math.Hypot(sigma[i], shift) / top
		grad[i] = r / top * (math.Pow(rho, s.P-1)/sumP - math.Pow(rho, s.Q-1)/sumQ)
	}
	smoothSlopes(grad, sigma, s.Smoothing, shift)
	return r
}

// Degree is 0.
func (s SchattenRatio) Degree() float64 { return 0 }
