package mc

import "gonum.org/v1/gonum/mat"

// Momentum is the heavy ball (Polyak 1964), in the form that PyTorch uses,
//
//	V ← β·V + G,   W ← W − η·V,
//
// whose long-run step along a constant gradient is η/(1−β).
type Momentum struct {
	// LearningRate η. Default 1e-2.
	LearningRate float64
	// Beta β in [0, 1). Default 0.9.
	Beta float64
}

// Validate says what is wrong with the settings.
func (o Momentum) Validate() error {
	return first(checkPositive("Momentum.LearningRate", o.LearningRate), checkFraction("Momentum.Beta", o.Beta))
}

// Start returns the state for parameters of the given shapes.
func (o Momentum) Start(shapes []Shape) Stepper {
	return &momentumState{newRate(or(o.LearningRate, 1e-2)), or(o.Beta, 0.9), moments(shapes)}
}

type momentumState struct {
	rate
	beta float64
	v    [][]float64
}

func (s *momentumState) Step(params, grads []*mat.Dense) {
	eta, beta := s.now(), s.beta
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			v := s.v[j][at:]
			for i, gi := range g {
				v[i] = beta*v[i] + gi
				w[i] -= eta * v[i]
			}
		})
	}
}
