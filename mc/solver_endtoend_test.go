package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// end returns the end of a run.
func end(t testing.TB, s mc.Solver, p mc.Problem, observers ...mc.Observer) *mat.Dense {
	t.Helper()
	r, err := s.Solve(context.Background(), p, observers...)
	if err != nil {
		t.Fatalf("%#v: %v", s, err)
	}
	return r.W
}

func apart(a, b *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(a, b)
	return mat.Norm(&d, 2) / mat.Norm(b, 2)
}

// The run on the factors and the end-to-end rule are both off the flow by the order of the learning
// rate, and so apart by it: half of it, half as far.
func TestRunsAgreeToFirstOrder(t *testing.T) {
	for _, c := range []struct{ rows, cols, depth int }{{9, 9, 2}, {12, 8, 3}, {7, 11, 4}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			p, err := mc.LowRank{Rows: c.rows, Cols: c.cols, Rank: 2, Observed: 50, Seed: 1}.Problem()
			if err != nil {
				t.Fatal(err)
			}
			start := mc.Orthogonal{Scale: 0.5}
			const time = 16.0 // in which the leading singular value comes most of its way
			flow := end(t, mc.GradientFlow{Depth: c.depth, Init: start, LearningRate: time, Steps: 1,
				Tolerance: 1e-11, Seed: 3}, p)
			distances := func(steps int) (deep, rule, between float64) {
				rate := time / float64(steps)
				a := end(t, mc.DeepMF{Depth: c.depth, Init: start, Optimizer: mc.GD{LearningRate: rate},
					Steps: steps, Seed: 3}, p)
				b := end(t, mc.EndToEnd{Depth: c.depth, Init: start, LearningRate: rate, Steps: steps, Seed: 3}, p)
				return apart(a, flow), apart(b, flow), apart(a, b)
			}
			deep, rule, between := distances(2000)
			deepHalf, ruleHalf, betweenHalf := distances(4000)
			for name, pair := range map[string][2]float64{"DeepMF and the flow": {deep, deepHalf},
				"EndToEnd and the flow": {rule, ruleHalf}, "DeepMF and EndToEnd": {between, betweenHalf}} {
				// First order: half the rate, half the distance, to 5 %. Measured distances are up
				// to 7e-4.
				if ratio := pair[0] / pair[1]; !(ratio > 1.9 && ratio < 2.1) || pair[0] > 0.005 {
					t.Errorf("%s are %v apart, and %v at half the learning rate",
						name, pair[0], pair[1])
				}
			}
		})
	}
}

// At depth 1 the rule is gradient descent.
func TestEndToEndOfDepthOne(t *testing.T) {
	p := completion(t, 9, 7, 1, 40, 1)
	want := end(t, mc.DeepMF{Depth: 1, Init: mc.Gaussian{Scale: 0.1}, Optimizer: mc.GD{LearningRate: 5},
		Steps: 30, Seed: 2}, p)
	if got := end(t, mc.EndToEnd{Depth: 1, Init: mc.Gaussian{Scale: 0.1}, LearningRate: 5, Steps: 30, Seed: 2},
		p); !mat.Equal(got, want) {
		t.Errorf("%v apart", apart(got, want))
	}
}

// At depth 1 the flow decays exponentially where entries are observed, and stays elsewhere: W = b +
// (W₀ − b)·exp(−2t/n).
func TestFlowOfDepthOne(t *testing.T) {
	p := completion(t, 9, 7, 1, 40, 1)
	o := p.Train.(*mc.Observations)
	var start *mat.Dense
	worst := 0.0
	end(t, mc.GradientFlow{Depth: 1, Init: mc.Gaussian{Scale: 1}, LearningRate: 1.7, Steps: 60, Seed: 2}, p,
		mc.ObserverFunc(func(s *mc.Step) {
			w := s.W()
			if s.Index == 0 {
				start = w
			}
			want := mat.DenseCopyOf(start)
			for _, e := range o.All() {
				want.Set(e.Row, e.Col,
					e.Value+(start.At(e.Row, e.Col)-e.Value)*math.Exp(-2*1.7*float64(s.Index)/float64(o.Len())))
			}
			worst = max(worst, apart(w, want))
		}))
	// The default Tolerance of 1e-9 a step, which adds up over 60.
	if worst > 1e-8 || worst == 0 {
		t.Errorf("off by %v", worst)
	}
}

// A number at depth 2 obeys dσ/dt = −4σ(σ − b), the logistic equation: σ = b/(1 + (b/σ₀ −
// 1)·exp(−4bt)).
func TestFlowOfANumber(t *testing.T) {
	o, err := mc.NewObservations(1, 1, []mc.Entry{{Value: 2}})
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	var start float64
	end(t, mc.GradientFlow{Depth: 2, Init: mc.Identity{Scale: 1e-3}, LearningRate: 0.01, Steps: 300},
		mc.Problem{Train: o}, mc.ObserverFunc(func(s *mc.Step) {
			got := s.W().At(0, 0)
			if s.Index == 0 {
				start = got
			}
			want := 2 / (1 + (2/start-1)*math.Exp(-8*0.01*float64(s.Index)))
			worst = max(worst, math.Abs(got-want))
		}))
	// The default Tolerance of 1e-9 a step, which adds up over 300.
	if worst > 1e-7 || math.Abs(start-1e-3) > 1e-15 {
		t.Errorf("off by %v, from %v", worst, start)
	}
}

// Along the flow, singular values move by theorem 3 of Arora et al. (2019).
func TestFlowMovesSingularValues(t *testing.T) {
	p := completion(t, 8, 6, 2, 35, 1)
	for depth := 1; depth <= 4; depth++ {
		const spacing = 1e-3
		type state struct{ sigma, velocity []float64 }
		var states []state
		end(t, mc.GradientFlow{Depth: depth, Init: mc.Gaussian{Scale: 2}, LearningRate: spacing, Steps: 200,
			Tolerance: 1e-12, Seed: 1}, p, mc.ObserverFunc(func(s *mc.Step) {
			u, sigma, v := s.SVD()
			at := state{sigma, make([]float64, len(sigma))}
			for r := range sigma {
				at.velocity[r] = -float64(depth) * math.Pow(sigma[r]*sigma[r], 1-1/float64(depth)) *
					mat.Inner(u.ColView(r), s.Gradient(), v.ColView(r))
			}
			states = append(states, at)
		}))
		for k := 1; k < len(states)-1; k += 20 {
			for r, want := range states[k].velocity {
				got := (states[k+1].sigma[r] - states[k-1].sigma[r]) / (2 * spacing)
				// Central differences are off by the square of the spacing, 1e-6, times a third
				// derivative.
				if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
					t.Errorf("depth %d, step %d: σ%d moves by %v, the theorem says %v",
						depth, k, r+1, got, want)
				}
			}
		}
	}
}

func TestEndToEndRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.EndToEnd{}, p, "EndToEnd.Depth is 0; it must be at least 1")
	refuses(t, mc.GradientFlow{Depth: 2, LearningRate: -1}, p, "GradientFlow.LearningRate is -1")
	refuses(t, mc.EndToEnd{Depth: 2, Init: mc.Zeros{}}, p, "Zeros cannot start a factorisation of depth 2")
	refuses(t, mc.EndToEnd{Depth: 2, Init: mc.Given{}}, p, "EndToEnd.Init is mc.Given{nil}; its depth must be "+
		"EndToEnd.Depth, 2")
	keepsWhatItHas(t, mc.EndToEnd{Depth: 2}, p)
	keepsWhatItHas(t, mc.GradientFlow{Depth: 2}, p)
}

// Depth without factors: the rule finds what the factors find.
func ExampleEndToEnd() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 150, MinPerLine: 3, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	start := mc.Orthogonal{Scale: 0.01}
	for _, solver := range []mc.Solver{
		mc.EndToEnd{Depth: 1, Init: start, LearningRate: 1, Steps: 3000},
		mc.EndToEnd{Depth: 3, Init: start, LearningRate: 1, Steps: 3000},
		mc.DeepMF{Depth: 3, Init: start, Optimizer: mc.GD{LearningRate: 1}, Steps: 3000},
	} {
		result, err := solver.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		m := mc.Evaluate(problem, result.W)
		fmt.Printf("%-11T effective rank %.1f, relative error %.2f\n", solver, m.EffectiveRank, m.RelativeError)
	}
	// Output:
	// mc.EndToEnd effective rank 9.9, relative error 0.79
	// mc.EndToEnd effective rank 1.1, relative error 0.01
	// mc.DeepMF   effective rank 1.1, relative error 0.01
}

// A discrete run beside the flow that it follows: states of the same index belong to the same time.
func ExampleGradientFlow() {
	problem, err := mc.LowRank{Rows: 12, Cols: 10, Rank: 2, Observed: 80, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	const rate = 0.5
	start := mc.Orthogonal{Scale: 0.1}
	run, flow := &mc.Trace{Every: 40}, &mc.Trace{Every: 40}
	if _, err := (mc.DeepMF{Depth: 2, Init: start, Optimizer: mc.GD{LearningRate: rate}, Steps: 120}).Solve(
		context.Background(), problem, run); err != nil {
		log.Fatal(err)
	}
	if _, err := (mc.GradientFlow{Depth: 2, Init: start, LearningRate: rate, Steps: 120}).Solve(
		context.Background(), problem, flow); err != nil {
		log.Fatal(err)
	}
	for k, r := range run.Records {
		fmt.Printf("time %2.0f: σ₁ = %5.2f, of the flow %5.2f\n", rate*float64(r.Step), r.SingularValues[0],
			flow.Records[k].SingularValues[0])
	}
	// Output:
	// time  0: σ₁ =  0.10, of the flow  0.10
	// time 20: σ₁ =  7.12, of the flow  7.26
	// time 40: σ₁ =  9.06, of the flow  9.08
	// time 60: σ₁ =  9.29, of the flow  9.31
}
