package mc

import "gonum.org/v1/gonum/mat"

// SpectralDescent steps by the polar factor of the momentum, known as Muon (Jordan et al. 2024),
//
//	M ← β·M + G,   W ← W − η·UVᵀ,   M = UΣVᵀ.
//
// All directions of the step are equally long, whatever the singular values of the gradient: it is steepest descent in the
// spectral norm (Carlson, Cevher, Carin 2015), as [SignSGD] is in the largest entry. A constant step has spectral norm η and
// Frobenius norm η·√rank M.
//
// Muon approximates UVᵀ by five Newton–Schulz steps, which leave the singular values of a step between 0.7 and 1.2; here they are 1,
// or with Smoothing σ/√(σ² + ε²‖M‖_F²), which fades out what the momentum has little of.
type SpectralDescent struct {
	// LearningRate η. Default 1e-2.
	LearningRate float64
	// Beta β in [0, 1). Default 0.95.
	Beta float64
	// Smoothing ε, relative to ‖M‖_F. Zero means UVᵀ itself, over the directions of non-zero σ.
	Smoothing float64
	// Polar is how UVᵀ is computed. Default Exact; see [Fast].
	Polar PolarMethod
}

// Validate says what is wrong with the settings.
func (o SpectralDescent) Validate() error {
	return first(checkPositive("SpectralDescent.LearningRate", o.LearningRate), checkFraction("SpectralDescent.Beta", o.Beta),
		checkPolar("SpectralDescent", o.Smoothing, o.Polar))
}

// Start returns the state for parameters of the given shapes.
func (o SpectralDescent) Start(shapes []Shape) Stepper {
	s := &spectralState{rate: newRate(or(o.LearningRate, 1e-2)), beta: or(o.Beta, 0.95), smoothing: o.Smoothing, polar: o.Polar}
	for _, shape := range shapes {
		s.m = append(s.m, NewPoint(mat.NewDense(shape.Rows, shape.Cols, nil)))
	}
	return s
}

type spectralState struct {
	rate
	beta, smoothing float64
	polar           PolarMethod
	m               []*Point
}

func (s *spectralState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		m := s.m[j]
		scaleBy(m.W, s.beta)
		add(m.W, 1, grads[j])
		m.Changed()
		polar, _ := m.PolarBy(s.polar, s.smoothing)
		add(w, -s.now(), polar)
	}
}
