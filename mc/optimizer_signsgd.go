package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// SignSGD steps by the sign of the gradient, or with Beta by that of the momentum, known as Signum
// (Bernstein, Wang, Azizzadenesheli, Anandkumar 2018, algorithms 1 and 2),
//
//	M ← β·M + (1−β)·G,   W ← W − η·sign(M).
//
// All entries move by η, however small the gradient: it is steepest descent in the largest entry,
// as [SpectralDescent] is in the spectral norm, and [Adam] without its memory. An entry of 0 stays.
// Without a [Schedule] each entry ends within about η of the minimum.
type SignSGD struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-3" range:"[0, inf)"`
	// Beta β. Zero means the sign of the gradient itself.
	Beta float64 `range:"[0, 1)"`
}

// Start returns the state for parameters of the given shapes.
func (o SignSGD) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	return &signState{NewStepSize(o.LearningRate), o.Beta, Moments(shapes)}
}

type signState struct {
	StepSize
	beta float64
	m    [][]float64
}

func (s *signState) Step(params, grads []*mat.Dense) {
	eta, beta := s.Now(), s.beta
	for j, p := range params {
		EachRow(p, grads[j], func(w, g []float64, at int) {
			m := s.m[j][at:]
			for i, gi := range g {
				if m[i] = beta*m[i] + (1-beta)*gi; m[i] != 0 {
					w[i] -= math.Copysign(eta, m[i])
				}
			}
		})
	}
}

// Momentum is M.
func (s *signState) Momentum() [][]float64 { return s.m }

// Kept is the state that a checkpoint keeps.
func (s *signState) Kept() []any { return []any{s.m} }
