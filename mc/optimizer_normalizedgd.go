package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
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
	o = Resolved(o)
	return &normalizedState{NewStepSize(o.LearningRate)}
}

type normalizedState struct{ StepSize }

func (s *normalizedState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		rows, cols := w.Dims()
		if fro := frobenius(grads[j]); fro > 0 {
			AddScaled(w, -s.Now()*math.Sqrt(float64(rows*cols))/fro, grads[j])
		}
	}
}

// Kept is the state that a checkpoint keeps.
func (s *normalizedState) Kept() []any { return nil }
