package mc

import "gonum.org/v1/gonum/mat"

// SpectralDescent steps by the polar factor of the momentum, known as Muon (Jordan et al. 2024),
//
//	M ← β·M + G,   W ← W − η·UVᵀ,   M = UΣVᵀ.
//
// All directions of the step are equally long, whatever the singular values of the gradient: it is
// steepest descent in the spectral norm (Carlson, Cevher, Carin 2015), as [SignSGD] is in the
// largest entry. A constant step has spectral norm η and Frobenius norm η·√rank M.
//
// Muon approximates UVᵀ by five Newton–Schulz steps, which leave the singular values of a step
// between 0.7 and 1.2; here they are 1, or with Smoothing σ/√(σ² + ε²‖M‖_F²), which damps
// directions in which the momentum is small.
type SpectralDescent struct {
	// LearningRate η.
	LearningRate float64 `default:"1e-2" range:"[0, inf)"`
	// Beta β.
	Beta float64 `default:"0.95" range:"[0, 1)"`
	// Smoothing ε, relative to ‖M‖_F. Zero means UVᵀ itself, over the directions of non-zero σ.
	Smoothing float64 `range:"[0, inf)"`
	// Polar is how UVᵀ is computed. Default Exact; see [Fast].
	Polar PolarMethod
}

// Validate says what is wrong with the settings.
func (o SpectralDescent) Validate() error {
	return first(CheckRanges(o), checkPolar("SpectralDescent", o.Smoothing, o.Polar))
}

// Start returns the state for parameters of the given shapes.
func (o SpectralDescent) Start(shapes []Shape) Stepper {
	o = Resolved(o)
	s := &spectralState{
		StepSize: NewStepSize(o.LearningRate), beta: o.Beta, smoothing: o.Smoothing, polar: o.Polar,
	}
	for _, shape := range shapes {
		s.m = append(s.m, NewPoint(mat.NewDense(shape.Rows, shape.Cols, nil)))
	}
	return s
}

type spectralState struct {
	StepSize
	beta, smoothing float64
	polar           PolarMethod
	m               []*Point
}

func (s *spectralState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		m := s.m[j]
		scaleBy(m.W, s.beta)
		AddScaled(m.W, 1, grads[j])
		m.Changed()
		polar, _ := m.PolarBy(s.polar, s.smoothing)
		AddScaled(w, -s.Now(), polar)
	}
}

// Kept is the state that a checkpoint keeps.
func (s *spectralState) Kept() (kept []any) {
	for _, m := range s.m {
		kept = append(kept, m.W)
	}
	return kept
}
