package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Normalized is a penalty at the matrix of Frobenius norm 1,
//
//	R̂(W) = R(W/‖W‖_F),
//
// which is scale-free. If R is absolutely homogeneous of degree d, it is R(W)/‖W‖_F^d:
// Normalized(Nuclear{}) returns Ratio{}, Normalized(Spectral{}) is 1 at rank one and 1/√rank at
// equal singular values, and Normalized(Frobenius{}) is 1. Lengths such as the δ of [LogDet] become
// relative to ‖W‖_F.
//
// It takes spectral penalties, homogeneous or not, [HomogeneousPenalty] ones, and sums and
// multiples of these: for another, Validate, and with it every solver, returns an error. At W = 0
// it is 0, with the gradient 0.
//
// The gradient (∇R(Ŵ) − ⟨∇R(Ŵ), Ŵ⟩·Ŵ)/‖W‖_F is orthogonal to W. The result is a [SpectralPenalty]
// if the argument is one.
func Normalized(p Penalty) Penalty {
	switch p := p.(type) {
	case Nuclear:
		return Ratio(p)
	case SpectralPenalty:
		return normalizedSpectral{p}
	}
	return normalized{p}
}

// normalizedSpectral evaluates on the spectrum σ/‖σ‖, homogeneous or not.
type normalizedSpectral struct{ Penalty SpectralPenalty }

func (n normalizedSpectral) Validate() error { return Validate(n.Penalty) }

func (n normalizedSpectral) GoString() string { return fmt.Sprintf("mc.Normalized(%#v)", n.Penalty) }

func (n normalizedSpectral) Value(p *Point) float64 { return n.OnSpectrum(nil, p.SingularValues()) }

func (n normalizedSpectral) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	p.AddSpectral(dst, scale, n.OnSpectrum)
}

func (n normalizedSpectral) OnSpectrum(grad, sigma []float64) float64 {
	fro := norm2(sigma)
	if fro == 0 {
		clear(grad)
		return 0
	}
	unit := borrow(len(sigma))
	defer unit.giveBack()
	for i, s := range sigma {
		unit.x[i] = s / fro
	}
	r := n.Penalty.OnSpectrum(grad, unit.x)
	along := 0.0
	for i := range grad {
		along += grad[i] * unit.x[i]
	}
	if fro < leastNorm {
		clear(grad)
		return r
	}
	for i := range grad {
		grad[i] = (grad[i] - along*unit.x[i]) / fro
	}
	return r
}

func (normalizedSpectral) Degree() float64 { return 0 }

// normalized divides by the power of the norm.
type normalized struct{ Penalty Penalty }

func (n normalized) Validate() error {
	if n.Penalty == nil {
		return fmt.Errorf("mc: Normalized(nil): the Penalty is missing; name one, such as Nuclear{}")
	}
	if _, ok := degree(n.Penalty); !ok {
		return fmt.Errorf("mc: %#v: the Penalty is neither spectral nor known to be homogeneous; give "+
			"its type a method Degree() float64 with R(cW) = |c|^Degree·R(W)", n)
	}
	return Validate(n.Penalty)
}

func (n normalized) GoString() string { return fmt.Sprintf("mc.Normalized(%#v)", n.Penalty) }

func (n normalized) Value(p *Point) float64 {
	fro := p.Frobenius()
	if fro == 0 {
		return 0
	}
	d, _ := degree(n.Penalty)
	if outOfRange(fro) {
		return n.Penalty.Value(unitPoint(p))
	}
	return n.Penalty.Value(p) / math.Pow(fro, d)
}

// outOfRange tells that powers of a norm may be.
func outOfRange(fro float64) bool { return !(fro > 1e-100 && fro < 1e100) }

// unitPoint is that of W/‖W‖_F, where W is not 0.
func unitPoint(p *Point) *Point {
	fro := p.Frobenius()
	unit := mat.DenseCopyOf(p.W)
	unit.Apply(func(_, _ int, x float64) float64 { return x / fro }, unit)
	return NewPoint(unit)
}

func (n normalized) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	fro := p.Frobenius()
	if fro < leastNorm {
		return
	}
	d, _ := degree(n.Penalty)
	if outOfRange(fro) {
		unit := unitPoint(p)
		n.Penalty.AddGradient(dst, scale/fro, unit)
		AddScaled(dst, -scale/fro*d*n.Penalty.Value(unit), unit.W)
		return
	}
	power := math.Pow(fro, d)
	n.Penalty.AddGradient(dst, scale/power, p)
	AddScaled(dst, -scale*d*(n.Penalty.Value(p)/power)/fro/fro, p.W)
}

func (normalized) Degree() float64 { return 0 }

// degree returns that of a penalty, and whether it has one.
func degree(p Penalty) (float64, bool) {
	switch p := p.(type) {
	case HomogeneousPenalty:
		return p.Degree(), true
	case interface{ degree() (float64, bool) }: // a sum or a multiple
		return p.degree()
	}
	return 0, false
}
