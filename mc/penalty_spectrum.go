package mc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Spectrum is a spectral penalty given by its function, R(W) = f(σ), with the gradient
// U·diag(∂f/∂σ)·Vᵀ (Lewis 1995).
//
// The functions are called from many runs at once, and must not keep their arguments.
// mctest.CheckPenalty checks them. Two configurations with functions cannot be compared by ==.
type Spectrum struct {
	// Name identifies F: it must differ between penalties with different functions, since runs are
	// told apart by [Describe].
	Name string
	// F returns f(σ), a symmetric function of the min(rows, cols) singular values, descending.
	F func(sigma []float64) float64
	// DF sets grad to ∂f/∂σ, of the same length. Where σ is numerically zero its value is not used:
	// null directions are left alone.
	DF func(grad, sigma []float64)
}

// Validate says what is wrong with the settings.
func (s Spectrum) Validate() error {
	switch {
	case s.Name == "":
		return fmt.Errorf("mc: Spectrum.Name is empty; it must be a name for F, by which runs are " +
			"told apart")
	case s.F == nil:
		return fmt.Errorf("mc: Spectrum.F of %q is nil; it must return f(σ)", s.Name)
	case s.DF == nil:
		return fmt.Errorf("mc: Spectrum.DF of %q is nil; it must set ∂f/∂σ", s.Name)
	}
	return nil
}

// GoString prints the name in place of the functions, whose addresses would identify nothing.
func (s Spectrum) GoString() string { return fmt.Sprintf("mc.Spectrum{Name:%q}", s.Name) }

// Value returns f(σ).
func (s Spectrum) Value(p *Point) float64 { return s.F(p.SingularValues()) }

// AddGradient adds scale·U·diag(∂f/∂σ)·Vᵀ to dst.
func (s Spectrum) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.AddSpectral(dst, scale, s.OnSpectrum)
}

// OnSpectrum returns F(σ), and sets grad by DF.
func (s Spectrum) OnSpectrum(grad, sigma []float64) float64 {
	if grad != nil {
		s.DF(grad, sigma)
	}
	return s.F(sigma)
}
