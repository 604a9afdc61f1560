package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// NAdam is [Adam] with the look-ahead of [Nesterov] (Dozat 2016, with his schedule of the momentum,
// in the form that PyTorch uses),
//
//	M ← β₁·M + (1−β₁)·G,   S ← β₂·S + (1−β₂)·G²,   µ_t = β₁·(1 − ½·0.96^(ψt)),
//	W ← W − η·(µ_{t+1}·M/(1−Π_{t+1}) + (1−µ_t)·G/(1−Π_t))/(√Ŝ + ε),   Ŝ = S/(1−β₂ᵗ),  Π_t = µ₁⋯µ_t.
type NAdam struct {
	// LearningRate η.
	LearningRate float64 `default:"2e-3" range:"[0, inf)"`
	// Beta1 β₁.
	Beta1 float64 `default:"0.9" range:"[0, 1)"`
	// Beta2 β₂.
	Beta2 float64 `default:"0.999" range:"[0, 1)"`
	// Epsilon ε.
	Epsilon float64 `default:"1e-8" range:"[0, inf)"`
	// MomentumDecay ψ is how fast µ grows from β₁/2 to β₁.
	MomentumDecay float64 `default:"4e-3" range:"[0, inf)"`
}

// Start returns the state for parameters of the given shapes.
func (o NAdam) Start(shapes []Shape) Stepper { return newNAdam(o, shapes, parameters[float64]{}) }

func newNAdam[T kernel.Element](o NAdam, shapes []Shape, on parameters[T]) Stepper {
	o = Resolved(o)
	adam := adamOf(Adam{o.LearningRate, o.Beta1, o.Beta2, o.Epsilon}, shapes, on)
	return &nadamState[T]{adamState: adam, decay: o.MomentumDecay, product: 1}
}

type nadamState[T kernel.Element] struct {
	*adamState[T]
	decay   float64
	t       int
	product float64 // Π_t
}

// mu is µ_t.
func (s *nadamState[T]) mu(t int) float64 {
	return s.beta1 * (1 - math.Pow(0.96, float64(t)*s.decay)/2)
}

func (s *nadamState[T]) Step(params, grads []*mat.Dense) {
	s.t++
	s.power2 *= s.beta2
	mu, next := s.mu(s.t), s.mu(s.t+1)
	s.product *= mu
	ofGradient, ofMomentum := T(s.Now()*(1-mu)/(1-s.product)), T(s.Now()*next/(1-s.product*next))
	beta1, rest1, beta2, rest2 := s.betas()
	corrected, eps := T(1-s.power2), T(s.eps)
	for j := range s.m {
		s.each(j, params, grads, func(w, g []T, at int) {
			m, sq := s.m[j][at:], s.s[j][at:]
			for i, gi := range g {
				m[i] = beta1*m[i] + rest1*gi
				sq[i] = beta2*sq[i] + rest2*gi*gi
				w[i] -= (ofGradient*gi + ofMomentum*m[i]) / (root(sq[i]/corrected) + eps)
			}
		})
	}
}

// Kept is the state that a checkpoint keeps.
func (s *nadamState[T]) Kept() []any { return append(s.adamState.Kept(), &s.t, &s.product) }
