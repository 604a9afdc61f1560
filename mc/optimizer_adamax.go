package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// Adamax is [Adam] with the largest of the past gradients, forgotten by β₂, in place of the second
// moment (Kingma and Ba 2015, algorithm 2, with PyTorch's ε),
//
//	M ← β₁·M + (1−β₁)·G,   U ← max(β₂·U, |G| + ε),   W ← W − η·M/(1−β₁ᵗ)/U.
//
// No entry ever moves by more than about η.
type Adamax struct {
	// LearningRate η.
	LearningRate float64 `default:"2e-3" range:"[0, inf)"`
	// Beta1 β₁.
	Beta1 float64 `default:"0.9" range:"[0, 1)"`
	// Beta2 β₂.
	Beta2 float64 `default:"0.999" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-8" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o Adamax) Start(shapes []Shape) Stepper { return newAdamax(o, shapes, parameters[float64]{}) }

func newAdamax[T kernel.Element](o Adamax, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &adamaxState[T]{
		StepSize: NewStepSize(o.LearningRate), parameters: on,
		beta1: o.Beta1, beta2: o.Beta2, eps: divisor[T](o.Epsilon),
		power1: 1,
		m:      momentsOf[T](shapes), u: momentsOf[T](shapes),
	}
}

type adamaxState[T kernel.Element] struct {
	StepSize
	parameters[T]
	beta1, beta2, eps float64
	power1            float64 // β₁ᵗ
	m, u              [][]T
}

func (s *adamaxState[T]) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	eta, beta1, rest, beta2, eps := T(s.Now()/(1-s.power1)), T(s.beta1), T(1-s.beta1), T(s.beta2), T(s.eps)
	for j := range s.m {
		s.each(j, params, grads, func(w, g []T, at int) {
			m, u := s.m[j][at:], s.u[j][at:]
			for i, gi := range g {
				m[i] = beta1*m[i] + rest*gi
				u[i] = max(beta2*u[i], T(math.Abs(float64(gi)))+eps)
				w[i] -= eta * m[i] / u[i]
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *adamaxState[T]) Kept() []any { return []any{&s.power1, s.m, s.u} }
