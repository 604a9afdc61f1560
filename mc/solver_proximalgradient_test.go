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

// The estimate minimises its objective: with the nuclear norm a dual point proves it.
func TestProximalGradientIsOptimal(t *testing.T) {
	for _, plain := range []bool{false, true} {
		for _, c := range []struct{ rows, cols int }{{30, 30}, {40, 15}, {12, 35}} {
			p, err := mc.LowRank{Rows: c.rows, Cols: c.cols, Rank: 2, Observed: c.rows * c.cols / 2, Noise: 0.3,
				Seed: 1}.Problem()
			if err != nil {
				t.Fatal(err)
			}
			const lambda = 1e-2
			r, err := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: lambda,
				Plain: plain}.Solve(context.Background(), p)
			if err != nil || r.Status != mc.Converged {
				t.Fatal(r, err)
			}
			// The Tolerance, 1e-8, is of one step; the optimum is further by the steps that are
			// left out.
			if gap := softImputeGap(p.Train.(*mc.Observations), lambda, r.W); !(math.Abs(gap) < 1e-6) {
				t.Errorf("%d×%d, plain %v: the duality gap is %v", c.rows, c.cols, plain, gap)
			}
		}
	}
}

// With other penalties, and other measurements, no gradient method gets below it.
func TestProximalGradientPenalties(t *testing.T) {
	sensing, err := mc.LowRank{Rows: 8, Cols: 6, Rank: 2, Observed: 30, Noise: 0.1, Seed: 1}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]mc.Problem{"entries": completion(t, 8, 6, 2, 36, 1), "sensing": sensing} {
		for _, penalty := range []mc.Penalty{mc.Nuclear{}, mc.L1{}, mc.Spectral{}, mc.Frobenius{},
			mc.SquaredFrobenius{}, mc.Times(2, mc.Nuclear{})} {
			const lambda = 0.05
			objective := func(w *mat.Dense) float64 {
				return mc.Evaluate(p, w).Train + lambda*penalty.Value(mc.NewPoint(w))
			}
			r, err := mc.ProximalGradient{Penalty: penalty, Lambda: lambda,
				Tolerance: 1e-10}.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			least := objective(r.W)
			other, err := mc.DeepMF{Depth: 1, Penalty: penalty, Lambda: lambda,
				Optimizer: mc.Adam{LearningRate: 0.01}, Schedule: mc.Cosine{},
				Steps: 3000}.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			// The run ends at steps of 1e-10; 3000 steps of Adam come within 1 %.
			if reached := objective(other.W); reached < least*(1-1e-9) || reached > least*1.01 {
				t.Errorf("%s, %#v: objective %v (%v after %d steps), Adam reaches %v",
					name, penalty, least, r.Status, r.Steps, reached)
			}
		}
	}
}

// Acceleration saves steps, and restarts keep it from swinging.
func TestProximalGradientAccelerates(t *testing.T) {
	p := completion(t, 25, 25, 2, 300, 1)
	steps := map[bool]int{}
	for _, plain := range []bool{false, true} {
		r, err := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-3, Plain: plain,
			Steps: 20_000}.Solve(context.Background(), p)
		if err != nil || r.Status != mc.Converged {
			t.Fatal(r, err)
		}
		steps[plain] = r.Steps
	}
	if 3*steps[false] > steps[true] {
		t.Errorf("%d steps, and %d without acceleration", steps[false], steps[true])
	}
}

// With Schatten below 1, unsmoothed, the rank is met exactly from entries from which the nuclear
// norm neither finds it nor comes near; and without acceleration the objective falls at every step.
func TestProximalGradientSchatten(t *testing.T) {
	for seed := range uint64(2) {
		p := completion(t, 50, 50, 3, 800, seed)
		nuclear, err := mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-4}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		convex := mc.Evaluate(p, nuclear.W).RelativeError
		for _, power := range []float64{0.5, 2.0 / 3} {
			r, err := mc.ProximalGradient{Penalty: mc.Schatten{P: power}, Lambda: 1e-4}.Solve(context.Background(), p)
			if err != nil || r.Status != mc.Converged {
				t.Fatal(r, err)
			}
			if m := mc.Evaluate(p, r.W); m.NumericalRank != 3 || m.RelativeError > convex/5 {
				t.Errorf("P = %v: rank %d, relative error %v; %v with the nuclear norm",
					power, m.NumericalRank, m.RelativeError, convex)
			}
		}
		last, steps := math.Inf(1), 0
		penalty := mc.Schatten{P: 0.5}
		falls := mc.ObserverFunc(func(s *mc.Step) {
			steps++
			f := s.Loss + 1e-3*penalty.Value(mc.NewPoint(mat.DenseCopyOf(s.W())))
			if f > last*(1+1e-6) { // a rounded zero has a root of 1e-8
				t.Errorf("step %d: the objective rises from %v to %v", s.Index, last, f)
			}
			last = f
		})
		if _, err := (mc.ProximalGradient{Penalty: penalty, Lambda: 1e-3, Plain: true, Steps: 100}).Solve(
			context.Background(), p, falls); err != nil || steps < 50 {
			t.Fatal(steps, err)
		}
	}
}

func TestProximalGradientRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.ProximalGradient{}, p, "ProximalGradient.Penalty is nil; name the penalty")
	refuses(t, mc.ProximalGradient{Penalty: mc.Ratio{}}, p, "no proximal map in closed form")
	refuses(t, mc.ProximalGradient{Penalty: mc.Nuclear{Smoothing: 0.1}}, p, "Nuclear.Smoothing is 0.1")
	refuses(t, mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: -1}, p, "ProximalGradient.Lambda is -1")
	keepsWhatItHas(t, mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-3}, p)
}

// The nuclear norm has a kink where a singular value is zero: the proximal map stops there, a
// gradient method goes to and fro about it.
func ExampleProximalGradient() {
	problem, err := mc.LowRank{Rows: 30, Cols: 30, Rank: 2, Observed: 450, Noise: 0.1, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, solver := range []mc.Solver{
		mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-2},
		mc.DeepMF{Depth: 1, Penalty: mc.Nuclear{}, Lambda: 1e-2, Optimizer: mc.Adam{LearningRate: 1e-2}, Steps: 1000},
	} {
		result, err := solver.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%T: rank %d\n", solver, mc.NumericalRank(mc.NewPoint(result.W).SingularValues(), 1e-9))
	}
	// Output:
	// mc.ProximalGradient: rank 2
	// mc.DeepMF: rank 30
}
