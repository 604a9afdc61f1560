package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// Adam divides the running mean of the gradient, entry by entry, by the root of the running mean of
// its square (Kingma and Ba 2015, algorithm 1),
//
//	M ← β₁·M + (1−β₁)·G,   S ← β₂·S + (1−β₂)·G²,
//	W ← W − η·M̂/(√Ŝ + ε),  M̂ = M/(1−β₁ᵗ),  Ŝ = S/(1−β₂ᵗ).
type Adam struct {
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
func (o Adam) Start(shapes []Shape) Stepper { return newAdam(o, shapes, parameters[float64]{}) }

func newAdam[T kernel.Element](o Adam, shapes []Shape, on parameters[T]) Stepper {
	return plainAdam[T]{adamOf(o, shapes, on)}
}

// adamOf is the state of Adam, and a part of its variants' states.
func adamOf[T kernel.Element](o Adam, shapes []Shape, on parameters[T]) *adamState[T] {
	o = Resolved(o)
	return &adamState[T]{
		StepSize: NewStepSize(o.LearningRate), parameters: on,
		beta1: o.Beta1, beta2: o.Beta2, eps: divisor[T](o.Epsilon),
		power1: 1, power2: 1,
		m: momentsOf[T](shapes), s: momentsOf[T](shapes),
	}
}

type adamState[T kernel.Element] struct {
	StepSize
	parameters[T]
	beta1, beta2, eps float64
	power1, power2    float64 // β₁ᵗ, β₂ᵗ
	m, s              [][]T
}

func (s *adamState[T]) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	s.power2 *= s.beta2
	for j := range s.m {
		s.each(j, params, grads, func(w, g []T, at int) {
			n := len(g)
			kernel.Adam(w, g, s.m[j][at:at+n], s.s[j][at:at+n], s.Now(), s.beta1, s.beta2,
				1-s.power1, 1-s.power2, s.eps)
		})
	}
}

// betas returns β₁, 1−β₁, β₂ and 1−β₂.
func (s *adamState[T]) betas() (beta1, rest1, beta2, rest2 T) {
	return T(s.beta1), T(1 - s.beta1), T(s.beta2), T(1 - s.beta2)
}

// Momentum is M.
func (s *adamState[T]) Momentum() [][]float64 { return inDouble(s.m) }

// Kept is the state that a checkpoint keeps.
func (s *adamState[T]) Kept() []any { return []any{&s.power1, &s.power2, s.m, s.s} }

// plainAdam is Adam itself: its variants step otherwise, and so are stable elsewhere.
type plainAdam[T kernel.Element] struct{ *adamState[T] }

// Stability is λ₁ ≤ 2(1+β₁)/((1−β₁)η), with P = (1−β₁ᵗ)(√Ŝ + ε).
func (s plainAdam[T]) Stability() Stability {
	p := Stability{Edge: 2 * (1 + s.beta1) / ((1 - s.beta1) * s.Now())}
	for _, squares := range s.s {
		for _, x := range squares {
			p.Entries = append(p.Entries, (1-s.power1)*(math.Sqrt(float64(x)/(1-s.power2))+s.eps))
		}
	}
	return p
}
