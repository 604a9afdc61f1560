package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Adagrad divides each entry's step by the root of the sum of its squared gradients (Duchi, Hazan,
// Singer 2011, with the diagonal of figure 1),
//
//	S ← S + G²,   W ← W − η·G/(√S + ε).
//
// The sum never falls, so that steps shrink as 1/√t even where the gradient does not. [Shampoo] is
// the same with matrices.
type Adagrad struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-10" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o Adagrad) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	return &adagradState{NewStepSize(o.LearningRate), divisor(o.Epsilon), Moments(shapes)}
}

type adagradState struct {
	StepSize
	eps float64
	s   [][]float64
}

func (s *adagradState) Step(params, grads []*mat.Dense) {
	eta := s.Now()
	for j, p := range params {
		EachRow(p, grads[j], func(w, g []float64, at int) {
			sq := s.s[j][at:]
			for i, gi := range g {
				sq[i] += gi * gi
				w[i] -= eta * gi / (math.Sqrt(sq[i]) + s.eps)
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *adagradState) Kept() []any { return []any{s.s} }
