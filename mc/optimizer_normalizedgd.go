package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// NormalizedGD steps along the gradient by a length that does not depend on it (Nesterov 1984;
// Hazan, Levy, Shalev-Shwartz 2015, algorithm 1),
//
//	W ← W − η·√(rows·cols)·G/‖G‖_F,
//
// so that the root mean square of a step's entries is η, about as with [Adam] and [SignSGD], and a
// learning rate means the same for all three. Each parameter is normalised by itself. It keeps the
// direction of the gradient, and is [ScalarAdam] without its memory; where the gradient is 0
// nothing moves. Without a [Schedule] it ends within about one such step of the minimum.
type NormalizedGD struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-3" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o NormalizedGD) Start([]Shape) Stepper {
	return newNormalizedGD(o, parameters[float64]{})
}

func newNormalizedGD[T kernel.Element](o NormalizedGD, on parameters[T]) Stepper {
	o = Resolved(o)
	return &normalizedState[T]{NewStepSize(o.LearningRate), on}
}

type normalizedState[T kernel.Element] struct {
	StepSize
	parameters[T]
}

func (s *normalizedState[T]) Step(params, grads []*mat.Dense) {
	for j := range s.count(params) {
		g := s.gradient(j, grads)
		fro := math.Sqrt(innerOf(g, g))
		if x, ok := kernel.Wide(g); ok { // squares may leave the range
			fro = linalg.Frobenius(x)
		}
		if fro > 0 {
			s.move(j, params, grads, -s.Now()*math.Sqrt(float64(g.Rows*g.Cols))/fro)
		}
	}
}

// Kept is the state that a checkpoint keeps.
func (s *normalizedState[T]) Kept() []any { return nil }
