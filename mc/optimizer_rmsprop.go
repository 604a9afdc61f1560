package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// RMSProp divides each entry's step by the root of the running mean of its squared gradient (Tieleman and Hinton 2012,
// lecture 6.5),
//
//	S ← ρ·S + (1−ρ)·G²,   W ← W − η·G/(√S + ε).
type RMSProp struct {
	// LearningRate η. Default 1e-2.
	LearningRate float64
	// Rho ρ in [0, 1) is the memory of the mean. Default 0.99.
	Rho float64
	// Epsilon ε. Default 1e-8.
	Epsilon float64
}

// Validate says what is wrong with the settings.
func (o RMSProp) Validate() error {
	return first(checkPositive("RMSProp.LearningRate", o.LearningRate), checkFraction("RMSProp.Rho", o.Rho),
		checkPositive("RMSProp.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o RMSProp) Start(shapes []Shape) Stepper {
	return &rmspropState{newRate(or(o.LearningRate, 1e-2)), or(o.Rho, 0.99), or(o.Epsilon, 1e-8), moments(shapes)}
}

type rmspropState struct {
	rate
	rho, eps float64
	s        [][]float64
}

func (s *rmspropState) Step(params, grads []*mat.Dense) {
	eta, rho := s.now(), s.rho
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			sq := s.s[j][at:]
			for i, gi := range g {
				sq[i] = rho*sq[i] + (1-rho)*gi*gi
				w[i] -= eta * gi / (math.Sqrt(sq[i]) + s.eps)
			}
		})
	}
}
