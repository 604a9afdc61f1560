package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
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
func (o Adadelta) Start(shapes []Shape) Stepper { return newAdadelta(o, shapes, parameters[float64]{}) }

func newAdadelta[T kernel.Element](o Adadelta, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &adadeltaState[T]{NewStepSize(o.LearningRate), on, o.Rho, divisor[T](o.Epsilon), momentsOf[T](shapes),
		momentsOf[T](shapes)}
}

type adadeltaState[T kernel.Element] struct {
	StepSize
	parameters[T]
	rho, eps float64
	s, d     [][]T
}

func (s *adadeltaState[T]) Step(params, grads []*mat.Dense) {
	eta, rho, rest, eps := T(s.Now()), T(s.rho), T(1-s.rho), T(s.eps)
	for j := range s.s {
		s.each(j, params, grads, func(w, g []T, at int) {
			sq, moved := s.s[j][at:], s.d[j][at:]
			for i, gi := range g {
				sq[i] = rho*sq[i] + rest*gi*gi
				delta := root(moved[i]+eps) / root(sq[i]+eps) * gi
				moved[i] = rho*moved[i] + rest*delta*delta
				w[i] -= eta * delta
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *adadeltaState[T]) Kept() []any { return []any{s.s, s.d} }
