package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Adamax is [Adam] with the largest of the past gradients, forgotten by β₂, in place of the second moment (Kingma and Ba 2015,
// algorithm 2, with PyTorch's ε),
//
//	M ← β₁·M + (1−β₁)·G,   U ← max(β₂·U, |G| + ε),   W ← W − η·M/(1−β₁ᵗ)/U.
//
// No entry ever moves by more than about η.
type Adamax struct {
	// LearningRate η. Default 2e-3.
	LearningRate float64
	// Beta1 β₁ in [0, 1). Default 0.9.
	Beta1 float64
	// Beta2 β₂ in [0, 1). Default 0.999.
	Beta2 float64
	// Epsilon ε. Default 1e-8.
	Epsilon float64
}

// Validate says what is wrong with the settings.
func (o Adamax) Validate() error {
	return first(checkPositive("Adamax.LearningRate", o.LearningRate), checkFraction("Adamax.Beta1", o.Beta1),
		checkFraction("Adamax.Beta2", o.Beta2), checkPositive("Adamax.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o Adamax) Start(shapes []Shape) Stepper {
	return &adamaxState{
		rate:  newRate(or(o.LearningRate, 2e-3)),
		beta1: or(o.Beta1, 0.9), beta2: or(o.Beta2, 0.999), eps: or(o.Epsilon, 1e-8),
		power1: 1,
		m:      moments(shapes), u: moments(shapes),
	}
}

type adamaxState struct {
	rate
	beta1, beta2, eps float64
	power1            float64 // β₁ᵗ
	m, u              [][]float64
}

func (s *adamaxState) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	eta := s.now() / (1 - s.power1)
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			m, u := s.m[j][at:], s.u[j][at:]
			for i, gi := range g {
				m[i] = s.beta1*m[i] + (1-s.beta1)*gi
				u[i] = max(s.beta2*u[i], math.Abs(gi)+s.eps)
				w[i] -= eta * m[i] / u[i]
			}
		})
	}
}
