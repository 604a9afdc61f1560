package mc

import "gonum.org/v1/gonum/mat"

// GD is gradient descent,
//
//	W ← W − η·G.
type GD struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o GD) Start([]Shape) Stepper {
	o = Resolved(o)
	return &gdState{NewStepSize(o.LearningRate)}
}

type gdState struct{ StepSize }

func (s *gdState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		AddScaled(w, -s.Now(), grads[j])
	}
}

// Stability is that of gradient descent, λ₁ ≤ 2/η.
func (s *gdState) Stability() Stability { return Stability{Edge: 2 / s.Now()} }

// Kept is the state that a checkpoint keeps.
func (s *gdState) Kept() []any { return nil }
