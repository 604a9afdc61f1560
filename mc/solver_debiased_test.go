package mc_test

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// Biases taken off and added again leave what the inner solver would do: with Mean, the mean of the
// residuals.
func TestDebiased(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := ratings.Draw(t, "o")
		p := mc.Problem{Train: o}
		biases, err := mc.Biases{}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		left := make([]float64, o.Len())
		o.Apply(left, biases.W)
		shift := 0.0
		for k, v := range o.Values() {
			shift += (v - left[k]) / float64(o.Len())
		}
		result, err := mc.Debiased{Solver: mc.Mean{}}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		rows, cols := o.Dims()
		for i := range rows {
			for j := range cols {
				// The default Tolerance of Biases, 1e-10, times what the steps that are left out
				// would add.
				if want := biases.W.At(i, j) + shift; math.Abs(result.W.At(i, j)-want) > 1e-7 {
					t.Fatalf("estimate (%d, %d) is %v, want biases and the mean of what they leave, %v",
						i, j, result.W.At(i, j), want)
				}
			}
		}
	})
}

// What an observer of a debiased run sees of errors is what holds of the final estimate.
func TestDebiasedIsObserved(t *testing.T) {
	problem, err := mc.LowRank{Rows: 12, Cols: 10, Rank: 2, Observed: 80, Seed: 3}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	trace := &mc.Trace{Every: 10}
	result, err := mc.Debiased{Solver: mc.DeepMF{Depth: 2, Steps: 50, Seed: 1}}.Solve(context.Background(),
		problem, trace)
	if err != nil {
		t.Fatal(err)
	}
	last, _ := trace.Last()
	got, want := *last.Test, mc.Evaluate(problem, result.W).Test
	if math.Abs(got-want) > rounding {
		t.Errorf("the trace ends with test error %v, the estimate has %v", got, want)
	}
	if math.Abs(result.Loss-mc.Evaluate(problem, result.W).Train) > rounding {
		t.Errorf("the result has loss %v, the estimate %v",
			result.Loss, mc.Evaluate(problem, result.W).Train)
	}
}
