package mc_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"projectpenalty/mc"
)

func TestR2RILS(t *testing.T) {
	s := mc.R2RILS{Rank: 5}
	if mc.TargetRank(s) != 5 || mc.TargetRank(mc.DeepMF{Depth: 2}) != 0 {
		t.Error("R2RILS is told rank 5, DeepMF none")
	}
	for seed := range uint64(4) {
		recovers(t, s, completion(t, 100, 100, 5, 1500, seed), 1e-26)
	}
	recovers(t, mc.R2RILS{Rank: 2}, completion(t, 60, 25, 2, 400, 1), 1e-26)
	keepsWhatItHas(t, s, completion(t, 100, 100, 5, 1500, 1))
}

// At an information-theoretic oversampling of 1.33 with six entries in each line, where the least
// squares themselves hardly determine the matrix.
func TestR2RILSNearTheLimit(t *testing.T) {
	found := 0
	for seed := range uint64(6) {
		p := completion(t, 100, 100, 5, 1300, seed)
		r, err := mc.R2RILS{Rank: 5}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		// Found to 1e-10 of entries of the order of 1; what is not found is off by as much as they
		// are.
		if mc.Evaluate(p, r.W).Test < 1e-20 {
			found++
		}
	}
	if found < 4 {
		t.Errorf("%d of 6 recovered, fewer than 4", found)
	}
}

// With noise the error is of the order of the noise.
func TestR2RILSWithNoise(t *testing.T) {
	p, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 3, Observed: 1500, Noise: 0.01, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []mc.Solver{mc.R2RILS{Rank: 3}, mc.GaussNewton{Rank: 3}} {
		r, err := s.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		// Less than the variance of the noise, as a fit averages over entries: measured 2.7e-5.
		if m := mc.Evaluate(p, r.W); m.Test > 1e-4 || m.NumericalRank != 3 {
			t.Errorf("%T: mean squared error %v with noise of variance 1e-4, rank %d",
				s, m.Test, m.NumericalRank)
		}
	}
}

func TestR2RILSRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.R2RILS{}, p, "R2RILS.Rank is 0")
	refuses(t, mc.R2RILS{Rank: 7}, p, "R2RILS.Rank is 7; a 8×6 matrix has at most 6")
	refuses(t, mc.R2RILS{Rank: 1, Steps: -1}, p, "R2RILS.Steps is -1")
	refuses(t, mc.R2RILS{Rank: 1, Tolerance: -1}, p, "R2RILS.Tolerance is -1")
	refuses(t, mc.R2RILS{Rank: 1}, mc.Problem{}, "Problem.Train is nil")
	refuses(t, mc.R2RILS{Rank: 1}, sensed(t), "must be *mc.Observations")
}

func sensed(t *testing.T) mc.Problem {
	t.Helper()
	p, err := mc.LowRank{Rows: 8, Cols: 6, Rank: 1, Observed: 30, Seed: 1}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func BenchmarkR2RILS(b *testing.B) {
	p := completion(b, 100, 100, 5, 2000, 1)
	for b.Loop() {
		if _, err := (mc.R2RILS{Rank: 5}).Solve(context.Background(), p); err != nil {
			b.Fatal(err)
		}
	}
}

// A matrix of rank 5 from 15 % of its entries, exactly, by a solver that is given the rank.
func ExampleR2RILS() {
	problem, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 1500, MinPerLine: 6, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.R2RILS{Rank: 5}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	// Rounding, squared: measured 7e-30.
	fmt.Println(result.Status, mc.Evaluate(problem, result.W).Test < 1e-26)
	// Output:
	// converged true
}

func ExampleTargetRank() {
	for _, s := range []mc.Solver{mc.DeepMF{Depth: 3}, mc.R2RILS{Rank: 5}} {
		if rank := mc.TargetRank(s); rank > 0 {
			fmt.Printf("%T is given the rank, %d\n", s, rank)
		} else {
			fmt.Printf("%T is not given the rank\n", s)
		}
	}
	// Output:
	// mc.DeepMF is not given the rank
	// mc.R2RILS is given the rank, 5
}
