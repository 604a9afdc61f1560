package mc_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"

	"projectpenalty/mc"
)

// On the quadratic of depth 1, from 0, it ends at the minimum Frobenius norm, as every method does
// whose steps are combinations of gradients.
func TestLBFGSFindsMinimumFrobenius(t *testing.T) {
	p := sensed(t)
	got, err := mc.LBFGS{Depth: 1, Init: mc.Zeros{}}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	want, err := mc.MinimumFrobenius{}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	// Converged is a gradient of 1e-9 of its first norm: measured 1e-8.
	if d := apart(got.W, want.W); got.Status != mc.Converged || !(d < 1e-7) {
		t.Errorf("%v after %d steps, %v apart", got.Status, got.Steps, d)
	}
}

// The objective never rises, with a penalty too, and the gradient at the end is as small as
// Tolerance says.
func TestLBFGSDescends(t *testing.T) {
	p := completion(t, 20, 16, 2, 200, 1)
	for _, s := range []mc.LBFGS{
		{Depth: 2, Steps: 300},
		{Depth: 1, Penalty: mc.Ratio{Smoothing: 1e-2}, Lambda: 1e-2, Steps: 300},
		{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2, Steps: 300},
		{Depth: 3, Penalty: mc.Nuclear{Smoothing: 1e-3}, Lambda: 1e-4, Steps: 300},
	} {
		before := 0.0
		_, err := s.Solve(context.Background(), p, mc.ObserverFunc(func(step *mc.Step) {
			if now := step.Objective(); step.Index > 0 && now > before*(1+rounding) {
				t.Errorf("%#v: from %v to %v at step %d", s, before, now, step.Index)
			} else {
				before = now
			}
		}))
		if err != nil {
			t.Error(err)
		}
	}
}

func TestLBFGSRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.LBFGS{}, p, "LBFGS.Depth is 0")
	refuses(t, mc.LBFGS{Depth: 1, Penalty: mc.Ratio{}}, p, "LBFGS.Lambda")
	refuses(t, mc.LBFGS{Depth: 1, Memory: -1}, p, "LBFGS.Memory is -1")
	ctx, stop := context.WithCancel(context.Background())
	r, err := mc.LBFGS{Depth: 2}.Solve(ctx, p, mc.ObserverFunc(func(s *mc.Step) {
		if s.Index == 3 {
			stop()
		}
	}))
	if !errors.Is(err, context.Canceled) || r == nil || r.Steps > 4 {
		t.Errorf("%+v, %v", r, err)
	}
}

func ExampleLBFGS() {
	problem, err := mc.LowRank{Rows: 30, Cols: 30, Rank: 2, Observed: 450, MinPerLine: 5, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.LBFGS{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-4, Seed: 1}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	// λ = 1e-4 moves the minimum: measured 4e-5.
	fmt.Println(result.Status, mc.Evaluate(problem, result.W).RelativeError < 1e-3)
	// Output:
	// converged true
}
