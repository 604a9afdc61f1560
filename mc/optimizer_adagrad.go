package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Adagrad divides each entry's step by the root of the sum of its squared gradients (Duchi, Hazan, Singer 2011, with the
// diagonal of figure 1),
//
//	S ← S + G²,   W ← W − η·G/(√S + ε).
//
// The sum never falls, so that steps shrink as 1/√t even where the gradient does not. [Shampoo] is the same with matrices.
type Adagrad struct {
	// LearningRate η. Default 1e-2.
	LearningRate float64
	// Epsilon ε. Default 1e-10.
	Epsilon float64
}

// Validate says what is wrong with the settings.
func (o Adagrad) Validate() error {
	return first(checkPositive("Adagrad.LearningRate", o.LearningRate), checkPositive("Adagrad.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o Adagrad) Start(shapes []Shape) Stepper {
	return &adagradState{newRate(or(o.LearningRate, 1e-2)), or(o.Epsilon, 1e-10), moments(shapes)}
}

type adagradState struct {
	rate
	eps float64
	s   [][]float64
}

func (s *adagradState) Step(params, grads []*mat.Dense) {
	eta := s.now()
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			sq := s.s[j][at:]
			for i, gi := range g {
				sq[i] += gi * gi
				w[i] -= eta * gi / (math.Sqrt(sq[i]) + s.eps)
			}
		})
	}
}
