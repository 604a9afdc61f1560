package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Adadelta divides each entry's gradient by its running root mean square, as [RMSProp], and
// multiplies it by that of its own past steps (Zeiler 2012, algorithm 1),
//
//	S ← ρ·S + (1−ρ)·G²,   Δ = √(D + ε)/√(S + ε)·G,   D ← ρ·D + (1−ρ)·Δ²,
//	W ← W − η·Δ.
//
// A step thus has the units of W, and η = 1 is the paper's: there is nothing to tune. It starts at
// about √ε, and grows.
type Adadelta struct {
	// LearningRate η.
	LearningRate float64 `default:"1" range:"[0, inf)"`
	// Rho ρ is the memory of both means.
	Rho float64 `default:"0.9" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-6" range:"(0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o Adadelta) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	return &adadeltaState{NewStepSize(o.LearningRate), o.Rho, o.Epsilon, Moments(shapes), Moments(shapes)}
}

type adadeltaState struct {
	StepSize
	rho, eps float64
	s, d     [][]float64
}

func (s *adadeltaState) Step(params, grads []*mat.Dense) {
	eta, rho, eps := s.Now(), s.rho, s.eps
	for j, p := range params {
		EachRow(p, grads[j], func(w, g []float64, at int) {
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

// Kept is the state that a checkpoint keeps.
func (s *adadeltaState) Kept() []any { return []any{s.s, s.d} }
