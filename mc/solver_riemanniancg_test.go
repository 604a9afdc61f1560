package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
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

// With noise, two methods that have nothing in common find the same matrix, the one of least squares among those of the rank.
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
		if now, before := trace.Records[k].Loss, trace.Records[k-1].Loss; now > before*(1+1e-12) {
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
	if d := apart(a.W, r.W); !(d < 1e-5) {
		t.Errorf("ALS is %v apart", d)
	}
}

// For a rank that does not bind, the ridge on both factors is the nuclear norm of the product.
func TestALSIsNuclearNorm(t *testing.T) {
	p, err := mc.LowRank{Rows: 25, Cols: 20, Rank: 2, Observed: 300, Noise: 0.3, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	const lambda = 2e-2
	a, err := mc.ALS{Rank: 20, Lambda: lambda, Tolerance: 1e-12, Steps: 20_000}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	if gap := softImputeGap(p.Train.(*mc.Observations), lambda, a.W); !(math.Abs(gap) < 1e-5) {
		t.Errorf("the duality gap is %v (%v after %d steps)", gap, a.Status, a.Steps)
	}
}

func TestALS(t *testing.T) {
	for seed := range uint64(2) {
		recovers(t, mc.ALS{Rank: 5, Lambda: mc.Zero}, completion(t, 100, 100, 5, 4000, seed), 1e-10)
	}
	recovers(t, mc.ALS{Rank: 2, Lambda: mc.Zero}, completion(t, 60, 25, 2, 800, 1), 1e-10)
	p := completion(t, 8, 6, 1, 30, 1)
	keepsWhatItHas(t, mc.ALS{Rank: 1, Tolerance: 1e-15}, p)
	refuses(t, mc.ALS{}, p, "ALS.Rank is 0")
	refuses(t, mc.ALS{Rank: 1, Lambda: -1}, p, "ALS.Lambda is -1")
	refuses(t, mc.ALS{Rank: 7}, p, "ALS.Rank is 7; a 8×6 matrix has at most 6")
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
	fmt.Println(result.Status, mc.Evaluate(problem, result.W).RelativeError < 1e-9)
	// Output:
	// converged true
}

func ExampleALS() {
	problem, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 2, Observed: 1500, Noise: 0.5, MinPerLine: 5, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, rank := range []int{1, 2, 5} {
		result, err := mc.ALS{Rank: rank, Lambda: 1e-3}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		m := mc.Evaluate(problem, result.W)
		fmt.Printf("rank %d: training loss %.2f, test error %.2f\n", rank, m.Train, m.Test)
	}
	// Output:
	// rank 1: training loss 0.67, test error 0.49
	// rank 2: training loss 0.22, test error 0.04
	// rank 5: training loss 0.13, test error 0.15
}
