package mc_test

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// lion is an optimiser of one's own (Chen et al. 2023, algorithm 2, without weight decay),
//
//	W ← W − η·sign(β₁·M + (1−β₁)·G),   M ← β₂·M + (1−β₂)·G.
type lion struct {
	LearningRate float64 `default:"1e-4" range:"[0, inf)"`
	Beta1        float64 `default:"0.9" range:"[0, 1)"`
	Beta2        float64 `default:"0.99" range:"[0, 1)"`
}

func (o lion) Start(shapes []mc.Shape) mc.Stepper {
	o = mc.Resolved(o)
	return &lionState{mc.NewStepSize(o.LearningRate), o, mc.Moments(shapes)}
}

type lionState struct {
	mc.StepSize
	lion
	m [][]float64
}

func (s *lionState) Step(params, grads []*mat.Dense) {
	for j, p := range params {
		mc.EachRow(p, grads[j], func(w, g []float64, at int) {
			m := s.m[j][at:]
			for i, gi := range g {
				if c := s.Beta1*m[i] + (1-s.Beta1)*gi; c != 0 {
					w[i] -= math.Copysign(s.Now(), c)
				}
				m[i] = s.Beta2*m[i] + (1-s.Beta2)*gi
			}
		})
	}
}

// An optimiser of one's own is its settings and its step. A large gradient, then a small one of the
// other sign: M = 0.02, and 0.9·0.02 − 0.1·0.1 is still positive.
func ExampleStepSize() {
	w := []*mat.Dense{mat.NewDense(1, 1, []float64{1})}
	run := lion{LearningRate: 0.1}.Start([]mc.Shape{{Rows: 1, Cols: 1}})
	for _, g := range []float64{2, -0.1} {
		run.Step(w, []*mat.Dense{mat.NewDense(1, 1, []float64{g})})
		fmt.Printf("%.1f\n", w[0].At(0, 0))
	}
	fmt.Println(mc.Describe(lion{Beta2: mc.Zero}))
	fmt.Println(mc.Validate(lion{Beta1: 1}))
	// Output:
	// 0.9
	// 0.8
	// mc_test.lion{LearningRate:0.0001, Beta1:0.9, Beta2:mc.Zero}
	// mc: lion.Beta1 is 1; it must be in [0, 1), where 0 means 0.9 and mc.Zero means 0
}
