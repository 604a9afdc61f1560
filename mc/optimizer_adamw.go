package mc

import "gonum.org/v1/gonum/mat"

// AdamW is [Adam] with weight decay apart from the gradient (Loshchilov and Hutter 2019, algorithm 2, in the form that PyTorch
// uses),
//
//	W ← W − η·(M̂/(√Ŝ + ε) + λ·W).
//
// A decay within the gradient would be divided by √Ŝ as the gradient is; here it shrinks all entries, and so all
// singular values, by the same factor 1 − ηλ.
type AdamW struct {
	// LearningRate η. Default 1e-3.
	LearningRate float64
	// Beta1 β₁ in [0, 1). Default 0.9.
	Beta1 float64
	// Beta2 β₂ in [0, 1). Default 0.999.
	Beta2 float64
	// Epsilon ε. Default 1e-8.
	Epsilon float64
	// WeightDecay λ. Default 1e-2; without one, see Adam.
	WeightDecay float64
}

// Validate says what is wrong with the settings.
func (o AdamW) Validate() error {
	return first(checkPositive("AdamW.LearningRate", o.LearningRate), checkFraction("AdamW.Beta1", o.Beta1),
		checkFraction("AdamW.Beta2", o.Beta2), checkPositive("AdamW.Epsilon", o.Epsilon), checkPositive("AdamW.WeightDecay", o.WeightDecay))
}

// Start returns the state for parameters of the given shapes.
func (o AdamW) Start(shapes []Shape) Stepper {
	adam := Adam{o.LearningRate, o.Beta1, o.Beta2, o.Epsilon}.Start(shapes).(*adamState)
	return &adamwState{adam, or(o.WeightDecay, 1e-2)}
}

type adamwState struct {
	*adamState
	decay float64
}

func (s *adamwState) Step(params, grads []*mat.Dense) {
	for _, p := range params {
		scaleBy(p, 1-s.now()*s.decay)
	}
	s.adamState.Step(params, grads)
}
