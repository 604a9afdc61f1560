package mc_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"projectpenalty/mc"
)

func TestGaussNewton(t *testing.T) {
	for _, variant := range []mc.GaussNewtonVariant{mc.Averaging, mc.Updating} {
		for seed := range uint64(3) {
			recovers(t, mc.GaussNewton{Rank: 5, Variant: variant}, completion(t, 100, 100, 5, 2000, seed), 1e-26)
		}
		recovers(t, mc.GaussNewton{Rank: 2, Variant: variant}, completion(t, 60, 25, 2, 500, 1), 1e-26)
		keepsWhatItHas(t, mc.GaussNewton{Rank: 5, Variant: variant}, completion(t, 100, 100, 5, 2000, 1))
	}
}

// Near the solution the root mean square residual falls quadratically: its logarithm at least by a
// factor 1.7 in a step.
func TestGaussNewtonIsQuadratic(t *testing.T) {
	trace := &mc.Trace{Every: 1}
	if _, err := (mc.GaussNewton{Rank: 5, Variant: mc.Updating}).Solve(context.Background(),
		completion(t, 100, 100, 5, 2000, 0), trace); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for k := 1; k < len(trace.Records); k++ {
		before, now := trace.Records[k-1].Loss, trace.Records[k].Loss
		// Between where convergence is not yet quadratic and where the loss is rounding.
		if before > 1e-4 || before < 1e-13 {
			continue
		}
		if seen++; now > 1e3*before*before {
			t.Errorf("step %d: loss %v after %v", k, now, before)
		}
	}
	if seen == 0 {
		t.Error("no step in the quadratic range")
	}
}

func TestGaussNewtonRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.GaussNewton{}, p, "GaussNewton.Rank is 0")
	refuses(t, mc.GaussNewton{Rank: 1, Variant: 2}, p, "GaussNewton.Variant is 2")
	refuses(t, mc.GaussNewton{Rank: 7}, p, "GaussNewton.Rank is 7")
	refuses(t, mc.GaussNewton{Rank: 1}, sensed(t), "must be *mc.Observations")
}

func ExampleGaussNewton() {
	problem, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, MinPerLine: 6, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, variant := range []mc.GaussNewtonVariant{mc.Averaging, mc.Updating} {
		result, err := mc.GaussNewton{Rank: 5, Variant: variant}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		// Rounding, squared: measured 4e-31.
		fmt.Println(variant, result.Status, mc.Evaluate(problem, result.W).Test < 1e-26)
	}
	// Output:
	// averaging converged true
	// updating converged true
}
