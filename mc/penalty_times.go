package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Times is a multiple of a penalty, R(W) = c·R₁(W). Below 0 it rewards what the penalty punishes. The result is a [SpectralPenalty] if the
// penalty is.
func Times(c float64, p Penalty) Penalty {
	if s, ok := p.(SpectralPenalty); ok {
		return spectralMultiple{c, s}
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

func (m multiple) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	return m.Factor * m.Penalty.AddGrad(dst, scale*m.Factor, p)
}

// Prox is that of the penalty with the step c·step.
func (m multiple) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	return m.Factor * m.Penalty.(ProximalPenalty).Prox(dst, step*m.Factor, p)
}

// CheckProx says why there is no proximal map in closed form, if there is none.
func (m multiple) CheckProx() error {
	if !(m.Factor >= 0) || math.IsInf(m.Factor, 0) {
		return fmt.Errorf("mc: %#v: the Factor is %v; a proximal map needs one that is at least 0 and finite", m, m.Factor)
	}
	_, err := proximal(m.Penalty)
	return err
}

type spectralMultiple struct {
	Factor  float64
	Penalty SpectralPenalty
}

func (m spectralMultiple) Validate() error  { return multiple{m.Factor, m.Penalty}.Validate() }
func (m spectralMultiple) GoString() string { return multiple{m.Factor, m.Penalty}.GoString() }
func (m spectralMultiple) CheckProx() error { return multiple{m.Factor, m.Penalty}.CheckProx() }

func (m spectralMultiple) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	return m.Factor * m.Penalty.AddGrad(dst, scale*m.Factor, p)
}

func (m spectralMultiple) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	return m.Factor * m.Penalty.(ProximalPenalty).Prox(dst, step*m.Factor, p)
}

func (m spectralMultiple) OnSpectrum(grad, sigma []float64) float64 {
	r := m.Penalty.OnSpectrum(grad, sigma)
	for i := range grad {
		grad[i] *= m.Factor
	}
	return m.Factor * r
}
