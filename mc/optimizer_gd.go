package mc

import "gonum.org/v1/gonum/mat"

// GD is gradient descent,
//
//	W ← W − η·G.
type GD struct {
	// LearningRate η. Default 1e-2.
	LearningRate float64
}

// Validate says what is wrong with the settings.
func (o GD) Validate() error { return checkPositive("GD.LearningRate", o.LearningRate) }

// Start returns the state for parameters of the given shapes.
func (o GD) Start([]Shape) Stepper { return &gdState{newRate(or(o.LearningRate, 1e-2))} }

type gdState struct{ rate }

func (s *gdState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		add(w, -s.now(), grads[j])
	}
}
