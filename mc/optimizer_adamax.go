package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
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
func (o Adamax) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	return &adamaxState{
		StepSize: NewStepSize(o.LearningRate),
		beta1:    o.Beta1, beta2: o.Beta2, eps: divisor(o.Epsilon),
		power1: 1,
		m:      Moments(shapes), u: Moments(shapes),
	}
}

type adamaxState struct {
	StepSize
	beta1, beta2, eps float64
	power1            float64 // β₁ᵗ
	m, u              [][]float64
}

func (s *adamaxState) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	eta := s.Now() / (1 - s.power1)
	for j, p := range params {
		EachRow(p, grads[j], func(w, g []float64, at int) {
			m, u := s.m[j][at:], s.u[j][at:]
			for i, gi := range g {
				m[i] = s.beta1*m[i] + (1-s.beta1)*gi
				u[i] = max(s.beta2*u[i], math.Abs(gi)+s.eps)
				w[i] -= eta * m[i] / u[i]
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *adamaxState) Kept() []any { return []any{&s.power1, s.m, s.u} }
