package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// GD is gradient descent,
//
//	W ← W − η·G.
type GD struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o GD) Start([]Shape) Stepper { return newGD(o, parameters[float64]{}) }

func newGD[T kernel.Element](o GD, on parameters[T]) Stepper {
	o = Resolved(o)
	return &gdState[T]{NewStepSize(o.LearningRate), on}
}

type gdState[T kernel.Element] struct {
	StepSize
	parameters[T]
}

func (s *gdState[T]) Step(params, grads []*mat.Dense) {
	s.descend(params, grads, s.Now())
}

// Stability is that of gradient descent, λ₁ ≤ 2/η.
func (s *gdState[T]) Stability() Stability { return Stability{Edge: 2 / s.Now()} }

// Kept is the state that a checkpoint keeps.
func (s *gdState[T]) Kept() []any { return nil }
