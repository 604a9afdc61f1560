package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// GroupRMSProp is gradient descent with one adaptive step size for all parameters together (Arora,
// Cohen, Hu, Luo 2019, appendix on experiments),
//
//	s ← ρ·s + (1−ρ)·Σⱼ‖Gⱼ‖_F²,   Wⱼ ← Wⱼ − η·Gⱼ/(√(s/(1−ρᵗ)) + ε).
//
// Unlike [RMSProp] it keeps the direction of the gradient, so that a run follows the path of
// gradient flow, only faster where that is slow.
type GroupRMSProp struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-3" range:"[0, inf)"`
	// Rho ρ is the memory of the mean.
	Rho float64 `default:"0.99" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-6" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o GroupRMSProp) Start([]Shape) Stepper {
	return newGroupRMSProp(o, parameters[float64]{})
}

func newGroupRMSProp[T kernel.Element](o GroupRMSProp, on parameters[T]) Stepper {
	o = Resolved(o)
	return &groupState[T]{
		StepSize: NewStepSize(o.LearningRate), parameters: on, rho: o.Rho, eps: divisor[float64](o.Epsilon), power: 1,
	}
}

type groupState[T kernel.Element] struct {
	StepSize
	parameters[T]
	rho, eps float64
	s        float64
	power    float64 // ρᵗ
}

func (s *groupState[T]) Step(params, grads []*mat.Dense) {
	s.s = s.rho*s.s + (1-s.rho)*s.squaredNorm(grads)
	s.power *= s.rho
	eta := over(s.Now(), math.Sqrt(s.s/(1-s.power)), s.eps)
	s.descend(params, grads, eta)
}

// Stability is that of gradient descent, with P = √(s/(1−ρᵗ)) + ε.
func (s *groupState[T]) Stability() Stability {
	return Stability{Edge: 2 / s.Now(), Number: math.Sqrt(s.s/(1-s.power)) + s.eps}
}

// Kept is the state that a checkpoint keeps.
func (s *groupState[T]) Kept() []any { return []any{&s.s, &s.power} }
