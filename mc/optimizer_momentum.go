package mc

import "gonum.org/v1/gonum/mat"

// Momentum is the heavy ball (Polyak 1964), in the form that PyTorch uses,
//
//	V ← β·V + G,   W ← W − η·V,
//
// whose long-run step along a constant gradient is η/(1−β).
type Momentum struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Beta β.
	Beta float64 `default:"0.9" range:"[0, 1)"`
}

// Start returns the state for parameters of the given shapes.
func (o Momentum) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	return &momentumState{NewStepSize(o.LearningRate), o.Beta, Moments(shapes)}
}

type momentumState struct {
	StepSize
	beta float64
	v    [][]float64
}

func (s *momentumState) Step(params, grads []*mat.Dense) {
	eta, beta := s.Now(), s.beta
	for j, p := range params {
		EachRow(p, grads[j], func(w, g []float64, at int) {
			v := s.v[j][at:]
			for i, gi := range g {
				v[i] = beta*v[i] + gi
				w[i] -= eta * v[i]
			}
		})
	}
}

// Momentum is V.
func (s *momentumState) Momentum() [][]float64 { return s.v }

// Stability is λ₁ ≤ 2(1+β)/η.
func (s *momentumState) Stability() Stability { return Stability{Edge: 2 * (1 + s.beta) / s.Now()} }

// Kept is the state that a checkpoint keeps.
func (s *momentumState) Kept() []any { return []any{s.v} }
