package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// AMSGrad is [Adam] with the largest second moment so far, for which it converges where Adam need
// not (Reddi, Kale, Kumar 2018, algorithm 2, in the form that PyTorch uses, with bias correction),
//
//	M ← β₁·M + (1−β₁)·G,   S ← β₂·S + (1−β₂)·G²,   T ← max(T, S),
//	W ← W − η·M̂/(√T̂ + ε),  M̂ = M/(1−β₁ᵗ),  T̂ = T/(1−β₂ᵗ).
//
// The denominator does not fall with the gradient: near the end steps shrink as those of [Momentum]
// do.
type AMSGrad struct {
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
func (o AMSGrad) Start(shapes []Shape) Stepper { return newAMSGrad(o, shapes, parameters[float64]{}) }

func newAMSGrad[T kernel.Element](o AMSGrad, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &amsgradState[T]{adamOf(Adam(o), shapes, on), momentsOf[T](shapes)}
}

type amsgradState[T kernel.Element] struct {
	*adamState[T]
	most [][]T // T
}

func (s *amsgradState[T]) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	s.power2 *= s.beta2
	eta, corrected, eps := T(s.Now()/(1-s.power1)), T(math.Sqrt(1-s.power2)), T(s.eps)
	beta1, rest1, beta2, rest2 := s.betas()
	for j := range s.m {
		s.each(j, params, grads, func(w, g []T, at int) {
			m, sq, most := s.m[j][at:], s.s[j][at:], s.most[j][at:]
			for i, gi := range g {
				m[i] = beta1*m[i] + rest1*gi
				sq[i] = beta2*sq[i] + rest2*gi*gi
				most[i] = max(most[i], sq[i])
				w[i] -= eta * m[i] / (root(most[i])/corrected + eps)
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *amsgradState[T]) Kept() []any { return append(s.adamState.Kept(), s.most) }
