package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// Nesterov is the accelerated gradient (Nesterov 1983) with a constant momentum, in the form that
// PyTorch uses,
//
//	V ← β·V + G,   W ← W − η·(G + β·V).
//
// W is the point at which the next gradient is taken: the look-ahead of the original form, in which
// V' ← β·V' − η·G and W' ← W' + V' with G taken at W = W' + β·V' (Sutskever, Martens, Dahl, Hinton
// 2013, equations 3 and 4). Unlike [Momentum] it damps directions of high curvature.
type Nesterov struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Beta β.
	Beta float64 `default:"0.9" range:"[0, 1)"`
}

// Start returns the state for parameters of the given shapes.
func (o Nesterov) Start(shapes []Shape) Stepper { return newNesterov(o, shapes, parameters[float64]{}) }

func newNesterov[T kernel.Element](o Nesterov, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &nesterovState[T]{NewStepSize(o.LearningRate), on, o.Beta, momentsOf[T](shapes)}
}

type nesterovState[T kernel.Element] struct {
	StepSize
	parameters[T]
	beta float64
	v    [][]T
}

func (s *nesterovState[T]) Step(params, grads []*mat.Dense) {
	eta, beta := T(s.Now()), T(s.beta)
	for j := range s.v {
		s.each(j, params, grads, func(w, g []T, at int) {
			v := s.v[j][at:]
			for i, gi := range g {
				v[i] = beta*v[i] + gi
				w[i] -= eta * (gi + beta*v[i])
			}
		})
	}
}

// Momentum is V.
func (s *nesterovState[T]) Momentum() [][]float64 { return inDouble(s.v) }

// Stability is λ₁ ≤ 2(1+β)/((1+2β)η).
func (s *nesterovState[T]) Stability() Stability {
	return Stability{Edge: 2 * (1 + s.beta) / ((1 + 2*s.beta) * s.Now())}
}

// Kept is the state that a checkpoint keeps.
func (s *nesterovState[T]) Kept() []any { return []any{s.v} }
