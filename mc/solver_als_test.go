package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"testing"

	"projectpenalty/mc"
)

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
	// Where the objective falls by 1e-12 a step W is off by the root of that, 1e-6, and more.
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

func ExampleALS() {
	problem, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 2, Observed: 1500, Noise: 0.5, MinPerLine: 5,
		Seed: 1}.Problem()
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
