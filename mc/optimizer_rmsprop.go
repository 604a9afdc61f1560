package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// RMSProp divides each entry's step by the root of the running mean of its squared gradient
// (Tieleman and Hinton 2012, lecture 6.5),
//
//	S ← ρ·S + (1−ρ)·G²,   W ← W − η·G/(√S + ε).
type RMSProp struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Rho ρ is the memory of the mean.
	Rho float64 `default:"0.99" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-8" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o RMSProp) Start(shapes []Shape) Stepper { return newRMSProp(o, shapes, parameters[float64]{}) }

func newRMSProp[T kernel.Element](o RMSProp, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &rmspropState[T]{NewStepSize(o.LearningRate), on, o.Rho, divisor[T](o.Epsilon), momentsOf[T](shapes)}
}

type rmspropState[T kernel.Element] struct {
	StepSize
	parameters[T]
	rho, eps float64
	s        [][]T
}

func (s *rmspropState[T]) Step(params, grads []*mat.Dense) {
	eta, rho, rest, eps := T(s.Now()), T(s.rho), T(1-s.rho), T(s.eps)
	for j := range s.s {
		s.each(j, params, grads, func(w, g []T, at int) {
			sq := s.s[j][at:]
			for i, gi := range g {
				sq[i] = rho*sq[i] + rest*gi*gi
				w[i] -= eta * gi / (root(sq[i]) + eps)
			}
		})
	}
}

// Stability is that of gradient descent, with P = √S + ε.
func (s *rmspropState[T]) Stability() Stability {
	p := Stability{Edge: 2 / s.Now()}
	for _, squares := range s.s {
		for _, x := range squares {
			p.Entries = append(p.Entries, math.Sqrt(float64(x))+s.eps)
		}
	}
	return p
}

// Kept is the state that a checkpoint keeps.
func (s *rmspropState[T]) Kept() []any { return []any{s.s} }
