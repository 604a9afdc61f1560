package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// GroupRMSProp is gradient descent with one adaptive step size for all parameters together (Arora, Cohen, Hu, Luo 2019,
// appendix on experiments),
//
//	s ← ρ·s + (1−ρ)·Σⱼ‖Gⱼ‖_F²,   Wⱼ ← Wⱼ − η·Gⱼ/(√(s/(1−ρᵗ)) + ε).
//
// Unlike [RMSProp] it keeps the direction of the gradient, so that a run follows the path of gradient flow, only faster
// where that is slow.
type GroupRMSProp struct {
	// LearningRate η. Default 1e-3.
	LearningRate float64
	// Rho ρ in [0, 1) is the memory of the mean. Default 0.99.
	Rho float64
	// Epsilon ε. Default 1e-6.
	Epsilon float64
}

// Validate says what is wrong with the settings.
func (o GroupRMSProp) Validate() error {
	return first(checkPositive("GroupRMSProp.LearningRate", o.LearningRate), checkFraction("GroupRMSProp.Rho", o.Rho),
		checkPositive("GroupRMSProp.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o GroupRMSProp) Start([]Shape) Stepper {
	return &groupState{rate: newRate(or(o.LearningRate, 1e-3)), rho: or(o.Rho, 0.99), eps: or(o.Epsilon, 1e-6), power: 1}
}

type groupState struct {
	rate
	rho, eps float64
	s        float64
	power    float64 // ρᵗ
}

func (s *groupState) Step(params, grads []*mat.Dense) {
	s.s = s.rho*s.s + (1-s.rho)*squaredNorm(grads)
	s.power *= s.rho
	eta := s.now() / (math.Sqrt(s.s/(1-s.power)) + s.eps)
	for j, w := range params {
		add(w, -eta, grads[j])
	}
}
