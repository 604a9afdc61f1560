package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A PolarMethod is a way to compute the polar factor W(WᵀW + ε²‖W‖_F²·I)^(−1/2), smoothed if ε > 0,
// of which gradients of the nuclear norm consist.
type PolarMethod int

const (
	// Exact goes by the singular value decomposition: errors of the order of 1e-15, any ε.
	Exact PolarMethod = iota
	// Fast goes by matrix products alone: a composition of two Zolotarev functions (Nakatsukasa and
	// Freund 2016), the second in single precision. It takes ε = 0 or ε from 1e-5 to 1. Its
	// relative error is below 1e-4, and is estimated at each step, see [Step.PolarEstimate]: where
	// the estimate exceeds 1e-3 the step falls back to Exact. With ε = 0 that happens as soon as a
	// singular value is below about 1e-7·‖W‖_F, and costs both.
	//
	// In a run in [Single] with ε ≥ 1e-4 the first function is in single precision too. The
	// relative error is then 1e-4, and up to 3e-4 where many singular values are near ε and others
	// a thousand times larger; a step whose estimate exceeds 1e-3 is done again as in double
	// precision.
	Fast
)

var polarMethodNames = [...]string{"mc.Exact", "mc.Fast"}

// GoString makes %#v print the constant's name.
func (m PolarMethod) GoString() string {
	if m < 0 || int(m) >= len(polarMethodNames) {
		return fmt.Sprintf("mc.PolarMethod(%d)", int(m))
	}
	return polarMethodNames[m]
}

// checkPolar is what every type with the fields Smoothing and Polar asks of both together.
func checkPolar(name string, eps float64, m PolarMethod) error {
	switch {
	case m != Exact && m != Fast:
		return fmt.Errorf("mc: %s.Polar is %#v; it must be Exact or Fast", name, m)
	case m == Fast && eps != 0 && !(eps >= kernel.PolarLeastSmoothing && eps <= 1):
		return fmt.Errorf("mc: %s.Smoothing is %v; it must be 0 or between %v and 1 where Polar is "+
			"Fast, "+
			"such as 1e-4", name, eps, kernel.PolarLeastSmoothing)
	}
	return nil
}

// fastPolarLimit is the estimated error from which on a step of Fast falls back to Exact.
const fastPolarLimit = 1e-3

// PolarBy is [Point.Polar] by the given method.
func (p *Point) PolarBy(m PolarMethod, eps float64) (*mat.Dense, float64) {
	if m == Exact {
		return p.Polar(eps)
	}
	if !p.fastTried || p.fastEps != eps {
		p.fastKnown = p.fast.Factorize(p.dense().RawMatrix(), eps, fastPolarLimit)
		p.fastEps, p.fastTried = eps, true
		if p.fastKnown {
			p.fastU.SetRawMatrix(p.fast.U)
		}
	}
	if !p.fastKnown {
		return p.Polar(eps)
	}
	return &p.fastU, p.fast.Nuclear
}

// Polar returns the smoothed polar factor and the smoothed nuclear norm,
//
//	W(WᵀW + ε²‖W‖_F²·I)^(−1/2) = U·diag(σᵢ/√(σᵢ² + ε²‖W‖_F²))·Vᵀ  and  Σ√(σᵢ² + ε²‖W‖_F²).
//
// With ε = 0 these are UVᵀ over the directions of non-zero σ and ‖W‖_*; numerically zero
// directions, those with σ ≤ max(rows, cols)·2⁻⁵²·σ₁, are left alone. The matrix belongs to the
// Point and is valid until Changed.
func (p *Point) Polar(eps float64) (*mat.Dense, float64) {
	if p.polarKnown && p.polarEps == eps {
		return p.polar, p.polarValue
	}
	p.factorize()
	if rows, cols := p.held.dims(); p.polar == nil {
		p.polar = mat.NewDense(rows, cols, nil)
	}
	p.polarValue = 0
	shift := eps * p.Frobenius()
	zero := p.negligible()
	weight := p.spectrumScratch()
	for i, s := range p.svd.Sigma {
		r := math.Hypot(s, shift)
		p.polarValue += r
		weight[i] = 0
		if s > zero {
			weight[i] = s / r
		}
	}
	p.rebuild(p.polar, 0, 1, weight)
	p.polarEps, p.polarKnown = eps, true
	return p.polar, p.polarValue
}

// A PolarEstimate says how good the last polar factor by [Fast] is.
type PolarEstimate struct {
	// Error estimates its relative error by ‖VᵀVz − z‖/‖z‖ for a random z, where the columns of V
	// should be orthonormal: V = U with ε = 0, and otherwise U stacked on ε‖W‖_F·H, for U = W·H. It
	// is 0 if W is out of range, see FellBack. Where all is in single precision, it includes a
	// bound of how far V is turned, from ‖H − Hᵀ‖ and ‖WᵀU − UᵀW‖.
	Error float64
	// FellBack reports that Exact was used instead, since Error exceeds 1e-3, or ‖W‖_F is not
	// between 1e-140 and 1e140.
	FellBack bool
}

// PolarEstimate returns that of the polar factor of W by [Fast]; ok is false if Fast has not
// computed it since Changed.
func (p *Point) PolarEstimate() (estimate PolarEstimate, ok bool) {
	if !p.fastTried {
		return PolarEstimate{}, false
	}
	return PolarEstimate{Error: p.fast.Error, FellBack: !p.fastKnown}, true
}

// PolarEstimate returns that of the polar factor in the penalty's gradient at the iterate, if the
// penalty is a [Ratio] or [Nuclear] by [Fast]. It adds no cost: the step needs the same polar
// factor.
func (s *Step) PolarEstimate() (estimate PolarEstimate, ok bool) {
	s.Penalty()
	return s.point.PolarEstimate()
}
