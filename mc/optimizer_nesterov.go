package mc

import "gonum.org/v1/gonum/mat"

// Nesterov is the accelerated gradient (Nesterov 1983) with a constant momentum, in the form that PyTorch uses,
//
//	V ← β·V + G,   W ← W − η·(G + β·V).
//
// W is the point at which the next gradient is taken: the look-ahead of the original form, in which V' ← β·V' − η·G and
// W' ← W' + V' with G taken at W = W' + β·V' (Sutskever, Martens, Dahl, Hinton 2013, equations 3 and 4). Unlike [Momentum] it
// damps directions of high curvature.
type Nesterov struct {
	// LearningRate η. Default 1e-2.
	LearningRate float64
	// Beta β in [0, 1). Default 0.9.
	Beta float64
}

// Validate says what is wrong with the settings.
func (o Nesterov) Validate() error {
	return first(checkPositive("Nesterov.LearningRate", o.LearningRate), checkFraction("Nesterov.Beta", o.Beta))
}

// Start returns the state for parameters of the given shapes.
func (o Nesterov) Start(shapes []Shape) Stepper {
	return &nesterovState{newRate(or(o.LearningRate, 1e-2)), or(o.Beta, 0.9), moments(shapes)}
}

type nesterovState struct {
	rate
	beta float64
	v    [][]float64
}

func (s *nesterovState) Step(params, grads []*mat.Dense) {
	eta, beta := s.now(), s.beta
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			v := s.v[j][at:]
			for i, gi := range g {
				v[i] = beta*v[i] + gi
				w[i] -= eta * (gi + beta*v[i])
			}
		})
	}
}
