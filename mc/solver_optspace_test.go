package mc_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"projectpenalty/mc"
)

func TestOptSpace(t *testing.T) {
	for seed := range uint64(3) {
		recovers(t, mc.OptSpace{Rank: 3}, completion(t, 60, 60, 3, 1500, seed), 1e-14)
	}
	recovers(t, mc.OptSpace{Rank: 2}, completion(t, 60, 25, 2, 800, 1), 1e-14)
	keepsWhatItHas(t, mc.OptSpace{Rank: 3}, completion(t, 60, 60, 3, 1500, 1))
	refuses(t, mc.OptSpace{Rank: -1}, completion(t, 8, 6, 1, 30, 1), "OptSpace.Rank is -1")
	refuses(t, mc.OptSpace{Rank: 7}, completion(t, 8, 6, 1, 30, 1), "OptSpace.Rank is 7; a 8×6 matrix has at most 6")
	refuses(t, mc.OptSpace{Rank: 1}, sensed(t), "must be *mc.Observations")
}

// The rank is found where entries abound.
func TestOptSpaceEstimatesTheRank(t *testing.T) {
	for rank := 1; rank <= 4; rank++ {
		for seed := range uint64(3) {
			p := completion(t, 100, 80, rank, 5000, seed)
			r, err := mc.OptSpace{}.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			got := mc.NumericalRank(mc.NewPoint(r.W).SingularValues(), 1e-9)
			if got != rank || mc.TargetRank(mc.OptSpace{}) != 0 {
				t.Errorf("rank %d is estimated as %d", rank, got)
			}
		}
	}
}

// With noise, it ends where another method for the same least squares does, and the objective falls
// at each step.
func TestOptSpaceWithNoise(t *testing.T) {
	p, err := mc.LowRank{Rows: 40, Cols: 30, Rank: 2, Observed: 700, Noise: 0.3, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	trace := &mc.Trace{Every: 1}
	r, err := mc.OptSpace{Rank: 2, Tolerance: 1e-10}.Solve(context.Background(), p, trace)
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k < len(trace.Records); k++ {
		if now, before := trace.Records[k].Loss, trace.Records[k-1].Loss; now > before*(1+rounding) {
			t.Errorf("the loss rises from %v to %v at step %d", before, now, k)
		}
	}
	c, err := mc.RiemannianCG{Rank: 2}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	// The Tolerance of OptSpace, 1e-9, times the condition of the problem.
	if d := apart(r.W, c.W); r.Status != mc.Converged || !(d < 1e-6) {
		t.Errorf("%v after %d steps, %v apart from RiemannianCG", r.Status, r.Steps, d)
	}
}

func ExampleOptSpace() {
	problem, err := mc.LowRank{Rows: 100, Cols: 80, Rank: 2, Observed: 5000, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.OptSpace{}.Solve(context.Background(), problem) // which estimates the rank
	if err != nil {
		log.Fatal(err)
	}
	m := mc.Evaluate(problem, result.W)
	// A residual of 1e-9: measured 2.3e-9.
	fmt.Println(result.Status, m.NumericalRank, m.RelativeError < 1e-7)
	// Output:
	// converged 2 true
}
