package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// RAdam is [Adam] that adapts its step sizes only once their variance is known (Liu, Jiang, He,
// Chen, Liu, Gao, Han 2020, algorithm 2, with ε as PyTorch has it),
//
//	M ← β₁·M + (1−β₁)·G,   S ← β₂·S + (1−β₂)·G²,   ρ_t = ρ_∞ − 2t·β₂ᵗ/(1−β₂ᵗ),   ρ_∞ = 2/(1−β₂) − 1,
//	W ← W − η·r_t·M̂·√(1−β₂ᵗ)/(√S + ε)  if ρ_t > 5,  and  W ← W − η·M̂  before,
//	r_t = √((ρ_t−4)(ρ_t−2)ρ_∞/((ρ_∞−4)(ρ_∞−2)ρ_t)),   M̂ = M/(1−β₁ᵗ).
//
// The first steps, five by default, are those of momentum: a warm-up whose length β₂ sets. With
// β₂ ≤ 2/3 it never ends.
type RAdam struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-3" range:"[0, inf)"`
	// Beta1 β₁.
	Beta1 float64 `default:"0.9" range:"[0, 1)"`
	// Beta2 β₂.
	Beta2 float64 `default:"0.999" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-8" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o RAdam) Start(shapes []Shape) Stepper { return newRAdam(o, shapes, parameters[float64]{}) }

func newRAdam[T kernel.Element](o RAdam, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &radamState[T]{adamState: adamOf(Adam(o), shapes, on)}
}

type radamState[T kernel.Element] struct {
	*adamState[T]
	t float64
}

func (s *radamState[T]) Step(params, grads []*mat.Dense) {
	s.t++
	s.power1 *= s.beta1
	s.power2 *= s.beta2
	eta, limit := s.Now()/(1-s.power1), 2/(1-s.beta2)-1
	rho := limit - 2*s.t*s.power2/(1-s.power2)
	rectified := rho > 5
	if rectified {
		eta *= math.Sqrt((rho-4)*(rho-2)*limit/((limit-4)*(limit-2)*rho)) * math.Sqrt(1-s.power2)
	}
	step, eps := T(eta), T(s.eps)
	beta1, rest1, beta2, rest2 := s.betas()
	for j := range s.m {
		s.each(j, params, grads, func(w, g []T, at int) {
			m, sq := s.m[j][at:], s.s[j][at:]
			for i, gi := range g {
				m[i] = beta1*m[i] + rest1*gi
				sq[i] = beta2*sq[i] + rest2*gi*gi
				if rectified {
					w[i] -= step * m[i] / (root(sq[i]) + eps)
				} else {
					w[i] -= step * m[i]
				}
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *radamState[T]) Kept() []any { return append(s.adamState.Kept(), &s.t) }
