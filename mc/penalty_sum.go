package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Sum is the sum of two penalties or more,
//
//	R(W) = R₁(W) + R₂(W) + ….
//
// With [Times] they have weights: Sum(Nuclear{}, Times(-1, Frobenius{})) is 0 at rank one and above
// it elsewhere. The result is a [SpectralPenalty] if all terms are, and a [ProximalPenalty] if one
// has a proximal map and the others are [SquaredFrobenius] or multiples of it, as in the elastic
// net.
func Sum(a, b Penalty, more ...Penalty) Penalty {
	total := sumOfTwo(a, b)
	for _, p := range more {
		total = sumOfTwo(total, p)
	}
	return total
}

func sumOfTwo(a, b Penalty) Penalty {
	_, okA := a.(SpectralPenalty)
	_, okB := b.(SpectralPenalty)
	if okA && okB {
		return spectralSum{sum{a, b}}
	}
	return sum{a, b}
}

type sum struct{ A, B Penalty }

func (s sum) Validate() error {
	if s.A == nil || s.B == nil {
		return fmt.Errorf("mc: %#v: a Penalty is nil; name one, such as Nuclear{}", s)
	}
	return first(Validate(s.A), Validate(s.B))
}

func (s sum) GoString() string { return fmt.Sprintf("mc.Sum(%#v, %#v)", s.A, s.B) }

func (s sum) Value(p *Point) float64 { return s.A.Value(p) + s.B.Value(p) }

func (s sum) AddGradient(dst *mat.Dense, scale float64, p *Point) {
	s.A.AddGradient(dst, scale, p)
	s.B.AddGradient(dst, scale, p)
}

// Prox is, with R = R₁ + c‖W‖_F², that of R₁ at W/(1+2·step·c) with the step step/(1+2·step·c):
// squares are completed.
func (s sum) Prox(dst *mat.Dense, step float64, p *Point) float64 {
	r, c, _ := s.ridge()
	shrink := 1 / (1 + 2*step*c)
	var w mat.Dense
	w.Scale(shrink, p.W)
	value := r.Prox(dst, step*shrink, NewPoint(&w))
	fro := frobenius(dst)
	return value + c*fro*fro
}

// CheckProx says why there is no proximal map in closed form, if there is none.
func (s sum) CheckProx() error {
	if s.A == nil || s.B == nil {
		return s.Validate()
	}
	_, _, err := s.ridge()
	return err
}

// ridge returns the sum as R₁ + c‖W‖_F² for an R₁ that has a proximal map.
func (s sum) ridge() (ProximalPenalty, float64, error) {
	for _, pair := range [][2]Penalty{{s.A, s.B}, {s.B, s.A}} {
		if c, ok := squares(pair[1]); ok {
			if c < 0 || math.IsNaN(c) || math.IsInf(c, 0) {
				return nil, 0, fmt.Errorf("mc: %#v: ‖W‖_F² has the factor %v; it must be at least 0 and "+
					"finite for a proximal map", s, c)
			}
			r, err := proximal(pair[0])
			return r, c, err
		}
	}
	return nil, 0, fmt.Errorf("mc: %#v has no proximal map in closed form; a sum has one where all "+
		"terms but one are SquaredFrobenius or its multiples", s)
}

// squares returns the c of a penalty c‖W‖_F².
func squares(p Penalty) (c float64, ok bool) {
	switch p := p.(type) {
	case SquaredFrobenius:
		return 1, true
	case spectralMultiple:
		c, ok = squares(p.Penalty)
		return p.Factor * c, ok
	case spectralSum:
		a, okA := squares(p.A)
		b, okB := squares(p.B)
		return a + b, okA && okB
	}
	return 0, false
}

func (s sum) degree() (float64, bool) {
	a, okA := degree(s.A)
	b, okB := degree(s.B)
	return a, okA && okB && a == b
}

// spectralSum is a sum of spectral penalties.
type spectralSum struct{ sum }

func (s spectralSum) OnSpectrum(grad, sigma []float64) float64 {
	a, b := s.A.(SpectralPenalty), s.B.(SpectralPenalty)
	if grad == nil {
		return a.OnSpectrum(nil, sigma) + b.OnSpectrum(nil, sigma)
	}
	slope := borrow(len(sigma))
	defer slope.giveBack()
	r := a.OnSpectrum(grad, sigma) + b.OnSpectrum(slope.x, sigma)
	for i := range grad {
		grad[i] += slope.x[i]
	}
	return r
}
