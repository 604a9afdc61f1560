package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// SignSGD steps by the sign of the gradient, or with Beta by that of the momentum, known as Signum
// (Bernstein, Wang, Azizzadenesheli, Anandkumar 2018, algorithms 1 and 2),
//
//	M ← β·M + (1−β)·G,   W ← W − η·sign(M).
//
// All entries move by η, however small the gradient: it is steepest descent in the largest entry,
// as [SpectralDescent] is in the spectral norm, and [Adam] without its memory. An entry of 0 stays.
// Without a [Schedule] each entry ends within about η of the minimum.
type SignSGD struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-3" range:"[0, inf)"`
	// Beta β. Zero means the sign of the gradient itself.
	Beta float64 `range:"[0, 1)"`
}

// Start returns the state for parameters of the given shapes.
func (o SignSGD) Start(shapes []Shape) Stepper { return newSignSGD(o, shapes, parameters[float64]{}) }

func newSignSGD[T kernel.Element](o SignSGD, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &signState[T]{NewStepSize(o.LearningRate), on, o.Beta, momentsOf[T](shapes)}
}

type signState[T kernel.Element] struct {
	StepSize
	parameters[T]
	beta float64
	m    [][]T
}

func (s *signState[T]) Step(params, grads []*mat.Dense) {
	eta, beta, rest := s.Now(), T(s.beta), T(1-s.beta)
	for j := range s.m {
		s.each(j, params, grads, func(w, g []T, at int) {
			m := s.m[j][at:]
			for i, gi := range g {
				if m[i] = beta*m[i] + rest*gi; m[i] != 0 {
					w[i] -= T(math.Copysign(eta, float64(m[i])))
				}
			}
		})
	}
}

// Momentum is M.
func (s *signState[T]) Momentum() [][]float64 { return inDouble(s.m) }

// Kept is the state that a checkpoint keeps.
func (s *signState[T]) Kept() []any { return []any{s.m} }
