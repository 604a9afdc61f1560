package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// ScalarAdam is [Adam] with one second moment for a whole matrix, the mean of those of its entries,
//
//	M ← β₁·M + (1−β₁)·G,   s ← β₂·s + (1−β₂)·‖G‖_F²/(rows·cols),
//	W ← W − η·M̂/(√ŝ + ε),  M̂ = M/(1−β₁ᵗ),  ŝ = s/(1−β₂ᵗ).
//
// It has all of Adam but the rescaling of single entries: the step keeps the direction of the
// momentum, and with it the singular vectors, while its size does not fall with that of the
// gradient. Each parameter has a second moment of its own, where [GroupRMSProp] has one for all
// together and no momentum.
type ScalarAdam struct {
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
func (o ScalarAdam) Start(shapes []Shape) Stepper {
	return newScalarAdam(o, shapes, parameters[float64]{})
}

func newScalarAdam[T kernel.Element](o ScalarAdam, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	return &scalarAdamState[T]{
		StepSize: NewStepSize(o.LearningRate), parameters: on,
		beta1: o.Beta1, beta2: o.Beta2, eps: divisor[float64](o.Epsilon),
		power1: 1, power2: 1,
		m: momentsOf[T](shapes), s: make([]float64, len(shapes)),
	}
}

type scalarAdamState[T kernel.Element] struct {
	StepSize
	parameters[T]
	beta1, beta2, eps float64
	power1, power2    float64 // β₁ᵗ, β₂ᵗ
	m                 [][]T
	s                 []float64
}

func (s *scalarAdamState[T]) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	s.power2 *= s.beta2
	beta, rest := T(s.beta1), T(1-s.beta1)
	for j := range s.m {
		g := s.gradient(j, grads)
		s.s[j] = s.beta2*s.s[j] + (1-s.beta2)*innerOf(g, g)/float64(g.Rows*g.Cols)
		eta := T(over(s.Now()/(1-s.power1), math.Sqrt(s.s[j]/(1-s.power2)), s.eps))
		s.each(j, params, grads, func(w, g []T, at int) {
			m := s.m[j][at:]
			for i, gi := range g {
				m[i] = beta*m[i] + rest*gi
				w[i] -= eta * m[i]
			}
		})
	}
}

// Momentum is M.
func (s *scalarAdamState[T]) Momentum() [][]float64 { return inDouble(s.m) }

// Kept is the state that a checkpoint keeps.
func (s *scalarAdamState[T]) Kept() []any { return []any{&s.power1, &s.power2, s.m, s.s} }
