package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Adadelta divides each entry's gradient by its running root mean square, as [RMSProp], and multiplies it by that of its
// own past steps (Zeiler 2012, algorithm 1),
//
//	S ← ρ·S + (1−ρ)·G²,   Δ = √(D + ε)/√(S + ε)·G,   D ← ρ·D + (1−ρ)·Δ²,
//	W ← W − η·Δ.
//
// A step thus has the units of W, and η = 1 is the paper's: there is nothing to tune. It starts at about √ε, and grows.
type Adadelta struct {
	// LearningRate η. Default 1.
	LearningRate float64
	// Rho ρ in [0, 1) is the memory of both means. Default 0.9.
	Rho float64
	// Epsilon ε. Default 1e-6.
	Epsilon float64
}

// Validate says what is wrong with the settings.
func (o Adadelta) Validate() error {
	return first(checkPositive("Adadelta.LearningRate", o.LearningRate), checkFraction("Adadelta.Rho", o.Rho), checkPositive("Adadelta.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o Adadelta) Start(shapes []Shape) Stepper {
	return &adadeltaState{newRate(or(o.LearningRate, 1)), or(o.Rho, 0.9), or(o.Epsilon, 1e-6), moments(shapes), moments(shapes)}
}

type adadeltaState struct {
	rate
	rho, eps float64
	s, d     [][]float64
}

func (s *adadeltaState) Step(params, grads []*mat.Dense) {
	eta, rho, eps := s.now(), s.rho, s.eps
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			sq, moved := s.s[j][at:], s.d[j][at:]
			for i, gi := range g {
				sq[i] = rho*sq[i] + (1-rho)*gi*gi
				delta := math.Sqrt(moved[i]+eps) / math.Sqrt(sq[i]+eps) * gi
				moved[i] = rho*moved[i] + (1-rho)*delta*delta
				w[i] -= eta * delta
			}
		})
	}
}
