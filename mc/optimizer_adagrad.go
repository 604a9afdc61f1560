package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// Adagrad divides each entry's step by the root of the sum of its squared gradients (Duchi, Hazan,
// Singer 2011, with the diagonal of figure 1),
//
//	S ← S + G²,   W ← W − η·G/(√S + ε).
//
// The sum never falls, so that steps shrink as 1/√t even where the gradient does not. [Shampoo] is
// the same with matrices.
type Adagrad struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-10" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o Adagrad) Start(shapes []Shape) Stepper { return newAdagrad(o, shapes, parameters[float64]{}) }

func newAdagrad[T kernel.Element](o Adagrad, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &adagradState[T]{NewStepSize(o.LearningRate), on, divisor[T](o.Epsilon), momentsOf[T](shapes)}
}

type adagradState[T kernel.Element] struct {
	StepSize
	parameters[T]
	eps float64
	s   [][]T
}

func (s *adagradState[T]) Step(params, grads []*mat.Dense) {
	eta, eps := T(s.Now()), T(s.eps)
	for j := range s.s {
		s.each(j, params, grads, func(w, g []T, at int) {
			sq := s.s[j][at:]
			for i, gi := range g {
				sq[i] += gi * gi
				w[i] -= eta * gi / (root(sq[i]) + eps)
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *adagradState[T]) Kept() []any { return []any{s.s} }
