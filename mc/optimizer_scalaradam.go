package mc

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// ScalarAdam is [Adam] with one second moment for a whole matrix, the mean of those of its entries,
//
//	M ← β₁·M + (1−β₁)·G,   s ← β₂·s + (1−β₂)·‖G‖_F²/(rows·cols),
//	W ← W − η·M̂/(√ŝ + ε),  M̂ = M/(1−β₁ᵗ),  ŝ = s/(1−β₂ᵗ).
//
// It has all of Adam but the rescaling of single entries: the step keeps the direction of the momentum, and with it the
// singular vectors, while its size does not fall with that of the gradient. Each parameter has a second moment of its
// own, where [GroupRMSProp] has one for all together and no momentum.
type ScalarAdam struct {
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
func (o ScalarAdam) Validate() error {
	return first(checkPositive("ScalarAdam.LearningRate", o.LearningRate), checkFraction("ScalarAdam.Beta1", o.Beta1),
		checkFraction("ScalarAdam.Beta2", o.Beta2), checkPositive("ScalarAdam.Epsilon", o.Epsilon))
}

// Start returns the state for parameters of the given shapes.
func (o ScalarAdam) Start(shapes []Shape) Stepper {
	return &scalarAdamState{
		rate:  newRate(or(o.LearningRate, 1e-3)),
		beta1: or(o.Beta1, 0.9), beta2: or(o.Beta2, 0.999), eps: or(o.Epsilon, 1e-8),
		power1: 1, power2: 1,
		m: moments(shapes), s: make([]float64, len(shapes)),
	}
}

type scalarAdamState struct {
	rate
	beta1, beta2, eps float64
	power1, power2    float64 // β₁ᵗ, β₂ᵗ
	m                 [][]float64
	s                 []float64
}

func (s *scalarAdamState) Step(params, grads []*mat.Dense) {
	s.power1 *= s.beta1
	s.power2 *= s.beta2
	beta := s.beta1
	for j, p := range params {
		rows, cols := p.Dims()
		s.s[j] = s.beta2*s.s[j] + (1-s.beta2)*inner(grads[j], grads[j])/float64(rows*cols)
		eta := s.now() / (1 - s.power1) / (math.Sqrt(s.s[j]/(1-s.power2)) + s.eps)
		eachRow(p, grads[j], func(w, g []float64, at int) {
			m := s.m[j][at:]
			for i, gi := range g {
				m[i] = beta*m[i] + (1-beta)*gi
				w[i] -= eta * m[i]
			}
		})
	}
}
