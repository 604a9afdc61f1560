package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// Momentum is the heavy ball (Polyak 1964), in the form that PyTorch uses,
//
//	V ← β·V + G,   W ← W − η·V,
//
// whose long-run step along a constant gradient is η/(1−β).
type Momentum struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Beta β.
	Beta float64 `default:"0.9" range:"[0, 1)"`
}

// Start returns the state for parameters of the given shapes.
func (o Momentum) Start(shapes []Shape) Stepper { return newMomentum(o, shapes, parameters[float64]{}) }

func newMomentum[T kernel.Element](o Momentum, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &momentumState[T]{NewStepSize(o.LearningRate), on, o.Beta, momentsOf[T](shapes)}
}

type momentumState[T kernel.Element] struct {
	StepSize
	parameters[T]
	beta float64
	v    [][]T
}

func (s *momentumState[T]) Step(params, grads []*mat.Dense) {
	eta, beta := T(s.Now()), T(s.beta)
	for j := range s.v {
		s.each(j, params, grads, func(w, g []T, at int) {
			v := s.v[j][at:]
			for i, gi := range g {
				v[i] = beta*v[i] + gi
				w[i] -= eta * v[i]
			}
		})
	}
}

// Momentum is V.
func (s *momentumState[T]) Momentum() [][]float64 { return inDouble(s.v) }

// Stability is λ₁ ≤ 2(1+β)/η.
func (s *momentumState[T]) Stability() Stability { return Stability{Edge: 2 * (1 + s.beta) / s.Now()} }

// Kept is the state that a checkpoint keeps.
func (s *momentumState[T]) Kept() []any { return []any{s.v} }
