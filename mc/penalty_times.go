package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Times is a multiple of a penalty, R(W) = c·R₁(W). With c below 0 it rewards what the penalty
// punishes. The result is a [SpectralPenalty] if the penalty is one.
func Times(c float64, p Penalty) Penalty {
	if _, ok := p.(SpectralPenalty); ok {
		return spectralMultiple{multiple{c, p}}
	}
	return multiple{c, p}
}

type multiple struct {
	Factor  float64
	Penalty Penalty
}

func (m multiple) Validate() error {
	switch {
	case m.Penalty == nil:
		return fmt.Errorf("mc: %#v: the Penalty is nil; name one, such as Nuclear{}", m)
	case math.IsNaN(m.Factor) || math.IsInf(m.Factor, 0):
		return fmt.Errorf("mc: %#v: the Factor is %v; it must be finite", m, m.Factor)
	}
	return Validate(m.Penalty)
}

func (m multiple) GoString() string { return fmt.Sprintf("mc.Times(%#v, %#v)", m.Factor, m.Penalty) }

func (m multiple) Value(p *Point) float64 { return m.Factor * m.Penalty.Value(p) }

func (m multiple) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	m.Penalty.AddGradient(dst, scale*m.Factor, p)
}

// Prox is that of the penalty with the step c·step.
func (m multiple) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	return m.Factor * m.Penalty.(ProximalPenalty).Prox(dst, step*m.Factor, p)
}

// CheckProx says why there is no proximal map in closed form, if there is none.
func (m multiple) CheckProx() error {
	if !(m.Factor >= 0) || math.IsInf(m.Factor, 0) {
		return fmt.Errorf("mc: %#v: the Factor is %v; it must be at least 0 and finite for a proximal "+
			"map", m, m.Factor)
	}
	_, err := proximal(m.Penalty)
	return err
}

func (m multiple) degree() (float64, bool) { return degree(m.Penalty) }

// spectralMultiple is a multiple of a spectral penalty.
type spectralMultiple struct{ multiple }

func (m spectralMultiple) OnSpectrum(grad, sigma []float64) float64 {
	r := m.Penalty.(SpectralPenalty).OnSpectrum(grad, sigma)
	for i := range grad {
		grad[i] *= m.Factor
	}
	return m.Factor * r
}
