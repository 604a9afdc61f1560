package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Schatten is the Schatten-P norm to its own power,
//
//	R(W) = ‖W‖_P^P = Σσᵢᴾ,   0 < P ≤ 2,
//
// between the rank (P → 0) and the squared Frobenius norm (P = 2), with the nuclear norm at P = 1. Below 1 it is not
// convex, and pushes the smaller of two singular values down harder: what iteratively reweighted least squares minimises
// (Mohan and Fazel 2012).
type Schatten struct {
	// P above 0 and at most 2.
	P float64
	// Smoothing ε replaces σ by √(σ² + ε²‖W‖_F²). Zero means the exact subgradient that leaves null directions alone; below
	// P = 1, where the slope grows without bound as σ → 0, Smoothing must be given, such as 1e-3.
	Smoothing float64
}

// Validate says what is wrong with the settings.
func (s Schatten) Validate() error {
	switch {
	case !(s.P > 0 && s.P <= 2):
		return fmt.Errorf("mc: Schatten.P is %v; it must be above 0 and at most 2", s.P)
	case s.P < 1 && s.Smoothing == 0:
		return fmt.Errorf("mc: Schatten.Smoothing is 0 but P is %v; below 1 the slope at σ = 0 is infinite: set Smoothing, such as 1e-3", s.P)
	}
	return checkSmoothing("Schatten", s.Smoothing)
}

// AddGrad adds scale·∂R/∂W to dst and returns R(W). At W = 0 it adds nothing.
func (s Schatten) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	if dst == nil {
		return s.OnSpectrum(nil, p.SingularValues())
	}
	df := p.slopes()
	r := s.OnSpectrum(df, p.svd.Sigma)
	p.addSpectral(dst, scale, df)
	return r
}

// OnSpectrum returns the (smoothed) sum of σᴾ and its gradient.
func (s Schatten) OnSpectrum(grad, sigma []float64) float64 {
	shift := s.Smoothing * norm2(sigma)
	sum := 0.0
	for _, x := range sigma {
		sum += math.Pow(math.Hypot(x, shift), s.P)
	}
	for i := range grad {
		grad[i] = s.P * math.Pow(math.Hypot(sigma[i], shift), s.P-1)
	}
	smoothSlopes(grad, sigma, s.Smoothing, shift)
	return sum
}

// Prox is that of [Nuclear] at P = 1 and of [SquaredFrobenius] at P = 2.
func (s Schatten) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	if s.P == 1 {
		return Nuclear{}.Prox(dst, step, p)
	}
	return SquaredFrobenius{}.Prox(dst, step, p)
}

// CheckProx says why the settings have no proximal map in closed form, if they have none.
func (s Schatten) CheckProx() error {
	if s.P != 1 && s.P != 2 {
		return fmt.Errorf("mc: Schatten.P is %v; its proximal map has a closed form here at 1 and 2", s.P)
	}
	return unsmoothedProx("Schatten", s.Smoothing)
}

// Degree is P.
func (s Schatten) Degree() float64 { return s.P }
