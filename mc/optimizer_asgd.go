package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// ASGD is averaged stochastic gradient descent (Polyak and Juditsky 1992, in the form that PyTorch
// uses, with the step sizes of Bottou 2012),
//
//	W ← (1 − λη_t)·W − η_t·G,   η_t = η/(1 + λη(t−1))^α,
//
// where t counts from 1. As in PyTorch, the average of the iterates, from step T0 on,
//
//	A ← A + µ_t·(W − A),   µ_t = 1/max(1, t−1−T0),
//
// is kept beside the parameters and does not act on them: it is the Average of the state that Start
// returns.
type ASGD struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Decay λ shrinks W and the step size.
	Decay float64 `default:"1e-4" range:"[0, inf)"`
	// Power α of the decrease of the step size.
	Power float64 `default:"0.75" range:"[0, inf)"`
	// T0 is the step from which on iterates are averaged. Before, the average is the iterate.
	T0 int `default:"1e6" range:"[1, inf)"`
}

// Start returns the state for parameters of the given shapes, an *[ASGDState].
func (o ASGD) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	return &ASGDState{StepSize: NewStepSize(o.LearningRate), settings: o, average: Moments(shapes)}
}

// ASGDState is the state of an [ASGD] in a run.
type ASGDState struct {
	StepSize
	settings ASGD
	average  [][]float64
	t        int
}

// Step overwrites params, and averages them.
func (s *ASGDState) Step(params, grads []*mat.Dense) {
	s.t++
	o := s.settings
	// A schedule multiplies η_t as a whole.
	eta := s.Now() / math.Pow(1+o.Decay*o.LearningRate*float64(s.t-1), o.Power)
	keep, weight := 1-o.Decay*eta, 1/float64(max(1, s.t-1-o.T0))
	for j, p := range params {
		EachRow(p, grads[j], func(w, g []float64, at int) {
			average := s.average[j][at:]
			for i, gi := range g {
				w[i] = keep*w[i] - eta*gi
				if average[i] += weight * (w[i] - average[i]); weight == 1 {
					average[i] = w[i]
				}
			}
		})
	}
}

// Average returns the average of parameter number j, row by row. It belongs to the state.
func (s *ASGDState) Average(j int) []float64 { return s.average[j] }

// Kept is the state that a checkpoint keeps.
func (s *ASGDState) Kept() []any { return []any{&s.t, s.average} }
