package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// SignSGD steps by the sign of the gradient, or with Beta by that of the momentum, known as Signum (Bernstein, Wang,
// Azizzadenesheli, Anandkumar 2018, algorithms 1 and 2),
//
//	M ← β·M + (1−β)·G,   W ← W − η·sign(M).
//
// All entries move by η, however small the gradient: it is steepest descent in the largest entry, as [SpectralDescent] is in
// the spectral norm, and [Adam] without its memory. An entry of 0 stays. Without a [Schedule] it ends up to η off.
type SignSGD struct {
	// LearningRate η. Default 1e-3.
	LearningRate float64
	// Beta β in [0, 1). Default 0, the sign of the gradient.
	Beta float64
}

// Validate says what is wrong with the settings.
func (o SignSGD) Validate() error {
	return first(checkPositive("SignSGD.LearningRate", o.LearningRate), checkFraction("SignSGD.Beta", o.Beta))
}

// Start returns the state for parameters of the given shapes.
func (o SignSGD) Start(shapes []Shape) Stepper {
	return &signState{newRate(or(o.LearningRate, 1e-3)), o.Beta, moments(shapes)}
}

type signState struct {
	rate
	beta float64
	m    [][]float64
}

func (s *signState) Step(params, grads []*mat.Dense) {
	eta, beta := s.now(), s.beta
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			m := s.m[j][at:]
			for i, gi := range g {
				if m[i] = beta*m[i] + (1-beta)*gi; m[i] != 0 {
					w[i] -= math.Copysign(eta, m[i])
				}
			}
		})
	}
}
