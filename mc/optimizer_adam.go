package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// Adam divides the running mean of the gradient, entry by entry, by the root of the running mean of its square (Kingma
// and Ba 2015, algorithm 1),
//
//	M ← β₁·M + (1−β₁)·G,   S ← β₂·S + (1−β₂)·G²,
//	W ← W − η·M̂/(√Ŝ + ε),  M̂ = M/(1−β₁ᵗ),  Ŝ = S/(1−β₂ᵗ).
type Adam struct {
	// LearningRate η. Default 1e-3.
	LearningRate float64
	// Beta1 β₁ in [0, 1). Default 0.9.
	Beta1 float64
	// Beta2 β₂ in [0, 1). Default 0.999.
	Beta2 float64
	// Epsilon ε. Default 1e-8.
	Epsilon float64
}

// Validate says what is wrong with the settings.
func (o Adam) Validate() error {
	return first(checkPositive("Adam.LearningRate", o.LearningRate), checkFraction("Adam.Beta1", o.Beta1),
		checkFraction("Adam.Beta2", o.Beta2), checkPositive("Adam.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o Adam) Start(shapes []Shape) Stepper {
	return &adamState{
		rate:  newRate(or(o.LearningRate, 1e-3)),
		beta1: or(o.Beta1, 0.9), beta2: or(o.Beta2, 0.999), eps: or(o.Epsilon, 1e-8),
		power1: 1, power2: 1,
		m: moments(shapes), s: moments(shapes),
	}
}

type adamState struct {
	rate
	beta1, beta2, eps float64
	power1, power2    float64 // β₁ᵗ, β₂ᵗ
	m, s              [][]float64
}

func (s *adamState) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	s.power2 *= s.beta2
	for j, p := range params {
		eachRow(p, grads[j], func(w, g []float64, at int) {
			n := len(g)
			kernel.Adam(w, g, s.m[j][at:at+n], s.s[j][at:at+n], s.now(), s.beta1, s.beta2, 1-s.power1, 1-s.power2, s.eps)
		})
	}
}
