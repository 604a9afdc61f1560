package mc

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A PolarMethod is a way to compute the smoothed polar factor W(WᵀW + ε²‖W‖_F²·I)^(−1/2), which gradients of the nuclear
// norm are made of.
type PolarMethod int

const (
	// Exact goes by the singular value decomposition: errors of the order of 1e-15, any ε.
	Exact PolarMethod = iota
	// Fast goes by matrix products alone: a composition of two Zolotarev functions (Nakatsukasa and Freund 2016). It
	// needs ε ≥ 1e-5. Its relative error is below 1e-4 whatever the singular values, and is estimated at each step: where the
	// estimate exceeds 1e-3 the step falls back to Exact.
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

// checkPolar is what every penalty with the fields Smoothing and Polar asks of them.
func checkPolar(name string, eps float64, m PolarMethod) error {
	if err := checkSmoothing(name, eps); err != nil {
		return err
	}
	switch {
	case m != Exact && m != Fast:
		return fmt.Errorf("mc: %s.Polar is %#v; it must be Exact or Fast", name, m)
	case m == Fast && !(eps >= kernel.PolarLeastSmoothing && eps <= 1):
		return fmt.Errorf("mc: %s.Polar is Fast but Smoothing is %v; set Smoothing between %v and 1, such as 1e-4", name, eps, kernel.PolarLeastSmoothing)
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
	if p.fastKnown && p.fastEps == eps {
		return &p.fastU, p.fast.Nuclear
	}
	if !p.fast.Factorize(p.dense().RawMatrix(), eps, fastPolarLimit) {
		return p.Polar(eps)
	}
	p.fastU.SetRawMatrix(p.fast.U)
	p.fastEps, p.fastKnown = eps, true
	return &p.fastU, p.fast.Nuclear
}
