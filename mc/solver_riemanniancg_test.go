package mc_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"projectpenalty/mc"
)

func TestRiemannianCG(t *testing.T) {
	for seed := range uint64(3) {
		recovers(t, mc.RiemannianCG{Rank: 5}, completion(t, 100, 100, 5, 4000, seed), 1e-20)
	}
	recovers(t, mc.RiemannianCG{Rank: 2}, completion(t, 60, 25, 2, 800, 1), 1e-20)
	keepsWhatItHas(t, mc.RiemannianCG{Rank: 5}, completion(t, 100, 100, 5, 4000, 1))
	refuses(t, mc.RiemannianCG{}, completion(t, 8, 6, 1, 30, 1), "RiemannianCG.Rank is 0")
	refuses(t, mc.RiemannianCG{Rank: 1}, sensed(t), "must be *mc.Observations")
}

// With noise, two methods that have nothing in common find the same matrix, the one of least
// squares among those of the rank.
func TestRiemannianCGAndALSAgree(t *testing.T) {
	p, err := mc.LowRank{Rows: 40, Cols: 30, Rank: 2, Observed: 700, Noise: 0.3, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	trace := &mc.Trace{Every: 1}
	r, err := mc.RiemannianCG{Rank: 2}.Solve(context.Background(), p, trace)
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k < len(trace.Records); k++ {
		if now, before := trace.Records[k].Loss, trace.Records[k-1].Loss; now > before*(1+rounding) {
			t.Errorf("the loss rises from %v to %v at step %d", before, now, k)
		}
	}
	if r.Status != mc.Converged || mc.NumericalRank(mc.NewPoint(r.W).SingularValues(), 1e-9) != 2 {
		t.Errorf("%v after %d steps", r.Status, r.Steps)
	}
	a, err := mc.ALS{Rank: 2, Lambda: mc.Zero, Tolerance: 1e-13}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	// Where the objective falls by 1e-13 a step W is off by the root of that, 3e-7, and more.
	if d := apart(a.W, r.W); !(d < 1e-5) {
		t.Errorf("ALS is %v apart", d)
	}
}

func ExampleRiemannianCG() {
	problem, err := mc.LowRank{Rows: 100, Cols: 80, Rank: 4, Observed: 3000, MinPerLine: 5, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.RiemannianCG{Rank: 4}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	// The run ends at a residual of 1e-12: measured 2.7e-12.
	fmt.Println(result.Status, mc.Evaluate(problem, result.W).RelativeError < 1e-9)
	// Output:
	// converged true
}
