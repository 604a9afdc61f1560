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
// which is scale-free. If R is absolutely homogeneous of degree d, it is R(W)/‖W‖_F^d: Normalized(Nuclear{}) returns Ratio{},
// Normalized(Spectral{}) is 1 at rank one and 1/√rank at equal singular values, and Normalized(Frobenius{}) is 1. What is in units of W becomes
// relative to ‖W‖_F, as in Normalized(LogDet{}).
//
// It takes spectral penalties, homogeneous or not, [HomogeneousPenalty] ones, and sums and multiples of these: for another,
// Validate, and with it every solver, returns an error. At W = 0 it is 0, with the gradient 0.
//
// The gradient (∇R(Ŵ) − ⟨∇R(Ŵ), Ŵ⟩·Ŵ)/‖W‖_F is orthogonal to W. The result is a [SpectralPenalty] if the argument is one.
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

func (n normalizedSpectral) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	if dst == nil {
		return n.OnSpectrum(nil, p.SingularValues())
	}
	df := p.slopes()
	r := n.OnSpectrum(df, p.svd.Sigma)
	p.addSpectral(dst, scale, df)
	return r
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
		return fmt.Errorf("mc: %#v: the Penalty is neither spectral nor known to be homogeneous; give its type a method Degree() float64 with R(cW) = |c|^Degree·R(W)", n)
	}
	return Validate(n.Penalty)
}

func (n normalized) GoString() string { return fmt.Sprintf("mc.Normalized(%#v)", n.Penalty) }

func (n normalized) AddGrad(dst *mat.Dense, scale float64, p *Point) float64 {
	fro := p.Frobenius()
	if fro == 0 {
		return 0
	}
	d, _ := degree(n.Penalty)
	power := math.Pow(fro, d)
	r := n.Penalty.AddGrad(dst, scale/power, p) / power
	if dst != nil {
		add(dst, -scale*d*r/fro/fro, p.W)
	}
	return r
}

func (normalized) Degree() float64 { return 0 }

// degree returns that of a penalty, and whether it has one.
func degree(p Penalty) (float64, bool) {
	both := func(a, b Penalty) (float64, bool) {
		d, okA := degree(a)
		e, okB := degree(b)
		return d, okA && okB && d == e
	}
	switch p := p.(type) {
	case HomogeneousPenalty:
		return p.Degree(), true
	case sum:
		return both(p.A, p.B)
	case spectralSum:
		return both(p.A, p.B)
	case multiple:
		return degree(p.Penalty)
	case spectralMultiple:
		return degree(p.Penalty)
	}
	return 0, false
}
