package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// AdamW is [Adam] with weight decay apart from the gradient (Loshchilov and Hutter 2019, algorithm
// 2, in the form that PyTorch uses),
//
//	W ← W − η·(M̂/(√Ŝ + ε) + λ·W).
//
// A decay within the gradient would be divided by √Ŝ as the gradient is; here it shrinks all
// entries, and so all singular values, by the same factor 1 − ηλ.
type AdamW struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-3" range:"[0, inf)"`
	// Beta1 β₁.
	Beta1 float64 `default:"0.9" range:"[0, 1)"`
	// Beta2 β₂.
	Beta2 float64 `default:"0.999" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-8" range:"[0, inf)"`
	// WeightDecay λ.
	WeightDecay float64 `default:"1e-2" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o AdamW) Start(shapes []Shape) Stepper { return newAdamW(o, shapes, parameters[float64]{}) }

func newAdamW[T kernel.Element](o AdamW, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	adam := adamOf(Adam{o.LearningRate, o.Beta1, o.Beta2, o.Epsilon}, shapes, on)
	return &adamwState[T]{adam, o.WeightDecay}
}

type adamwState[T kernel.Element] struct {
	*adamState[T]
	decay float64
}

func (s *adamwState[T]) Step(params, grads []*mat.Dense) {
	keep := T(1 - s.Now()*s.decay)
	for j := range s.m {
		s.each(j, params, grads, func(w, _ []T, _ int) { kernel.Scale(keep, w, w) })
	}
	s.adamState.Step(params, grads)
}
