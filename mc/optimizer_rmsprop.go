package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// RMSProp divides each entry's step by the root of the running mean of its squared gradient
// (Tieleman and Hinton 2012, lecture 6.5),
//
//	S ← ρ·S + (1−ρ)·G²,   W ← W − η·G/(√S + ε).
type RMSProp struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Rho ρ is the memory of the mean.
	Rho float64 `default:"0.99" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-8" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o RMSProp) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	return &rmspropState{NewStepSize(o.LearningRate), o.Rho, divisor(o.Epsilon), Moments(shapes)}
}

type rmspropState struct {
	StepSize
	rho, eps float64
	s        [][]float64
}

func (s *rmspropState) Step(params, grads []*mat.Dense) {
	eta, rho := s.Now(), s.rho
	for j, p := range params {
		EachRow(p, grads[j], func(w, g []float64, at int) {
			sq := s.s[j][at:]
			for i, gi := range g {
				sq[i] = rho*sq[i] + (1-rho)*gi*gi
				w[i] -= eta * gi / (math.Sqrt(sq[i]) + s.eps)
			}
		})
	}
}

// Stability is that of gradient descent, with P = √S + ε.
func (s *rmspropState) Stability() Stability {
	p := Stability{Edge: 2 / s.Now()}
	for _, squares := range s.s {
		for _, x := range squares {
			p.Entries = append(p.Entries, math.Sqrt(x)+s.eps)
		}
	}
	return p
}

// Kept is the state that a checkpoint keeps.
func (s *rmspropState) Kept() []any { return []any{s.s} }
