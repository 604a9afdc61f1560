package mc_test

import (
	"context"
	"fmt"
	"log"
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

// Momentum makes it an mc.MomentumStepper.
func (s *lionState) Momentum() [][]float64 { return s.m }

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

// divided is gradient descent over a number, W ← W − η·G/P.
type divided struct{ LearningRate, P float64 }

func (o divided) Start([]mc.Shape) mc.Stepper {
	return &dividedState{mc.NewStepSize(o.LearningRate), o.P}
}

type dividedState struct {
	mc.StepSize
	p float64
}

func (s *dividedState) Step(params, grads []*mat.Dense) {
	for j, w := range params {
		mc.AddScaled(w, -s.Now()/s.p, grads[j])
	}
}

// Stability makes it an mc.StableStepper.
func (s *dividedState) Stability() mc.Stability { return mc.Stability{Edge: 2 / s.Now(), Number: s.p} }

// Readings of an optimiser of one's own: the momentum of lion, and where divided gradient descent
// is stable. The loss of 20 entries is a quadratic of curvature 2/20.
func ExampleStableStepper() {
	problem, err := mc.LowRank{Rows: 6, Cols: 5, Rank: 1, Observed: 20, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, optimizer := range []mc.Optimizer{lion{}, divided{LearningRate: 2, P: 4}} {
		trace := &mc.Trace{Every: 1, Watch: mc.Quantities{mc.Sharpness{}, mc.UpdateCosines{}}}
		solver := mc.DeepMF{Depth: 1, Optimizer: optimizer, Steps: 2}
		if _, err := solver.Solve(context.Background(), problem, trace); err != nil {
			log.Fatal(err)
		}
		_, momentum := optimizer.Start(nil).(mc.MomentumStepper)
		_, stable := optimizer.Start(nil).(mc.StableStepper)
		fmt.Printf("%T: %v, %v\n", optimizer, momentum, stable)
		for _, name := range []string{"cosine of update and momentum", "edge of stability", "preconditioned sharpness"} {
			if _, values := trace.Series(name, 0); values != nil {
				fmt.Printf("%s: %.3f\n", name, values[len(values)-1])
			}
		}
	}
	// Output:
	// mc_test.lion: true, false
	// cosine of update and momentum: 0.840
	// mc_test.divided: false, true
	// edge of stability: 1.000
	// preconditioned sharpness: 0.025
}
