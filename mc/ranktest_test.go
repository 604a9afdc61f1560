package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Over instances, p-values at the true rank are those of a χ² variable, uniform on [0, 1]; the rank
// below is always refuted. Of 200 uniform values 2 to 21 are below .05, and 38 to 62 of the first
// 100 below ½, with probability .99.
func TestRankTestHasItsLevel(t *testing.T) {
	for _, noise := range []float64{0.01, 0.1} {
		small, low, found := 0, 0, 0
		for seed := range uint64(200) {
			p, err := mc.LowRank{Rows: 20, Cols: 18, Rank: 2, Observed: 160, MinPerLine: 4, Noise: noise,
				Seed: seed}.Problem()
			if err != nil {
				t.Fatal(err)
			}
			fits, err := mc.TestRank(p.Train.(*mc.Observations), p.Truth, noise, 3)
			if err != nil || len(fits) != 4 {
				t.Fatal(len(fits), err)
			}
			// The level; the count is compared with what it means below.
			if fits[2].PValue < 0.05 {
				small++
			}
			if seed < 100 && fits[2].PValue < 0.5 {
				low++
			}
			// Ranks that are too low leave residuals far beyond the noise: measured 1e-49.
			if fits[0].PValue > 1e-6 || fits[1].PValue > 1e-6 {
				t.Errorf("noise %v, seed %d: ranks 0 and 1 have p-values %v and %v", noise, seed,
					fits[0].PValue, fits[1].PValue)
			}
			if least, ok := mc.LeastRank(fits, 0.05); ok && least.Rank == 2 {
				found++
			}
			for q := 1; q < len(fits); q++ {
				if fits[q].Residual > fits[q-1].Residual*(1+1e-12) { // of rounding
					t.Errorf("seed %d: rank %d fits worse than rank %d", seed, q, q-1)
				}
			}
		}
		if small < 2 || small > 21 || low < 38 || low > 62 {
			t.Errorf("noise %v: %d of 200 p-values are below .05, %d of 100 below ½", noise, small, low)
		}
		if found+small != 200 {
			t.Errorf("noise %v: rank 2 is found in %d of 200, refuted in %d", noise, found, small)
		}
	}
}

// From an estimate that knows neither rank nor noise, and in any units.
func TestRankTestOfAnEstimate(t *testing.T) {
	p, err := mc.LowRank{Rows: 40, Cols: 40, Rank: 3, Observed: 460, MinPerLine: 5, Noise: 0.1, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	o := p.Train.(*mc.Observations)
	r, err := mc.NuclearNorm{Noise: 0.1}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	fits, err := mc.TestRank(o, r.W, 0.1, 0)
	if err != nil {
		t.Fatal(err)
	}
	least, ok := mc.LeastRank(fits, 0.05)
	// A tenth of the noise: measured 4e-4.
	if !ok || least.Rank != 3 || math.Abs(least.Noise-0.1) > 0.01 {
		t.Fatalf("rank %d, noise %.3f; 3 and 0.1 are true", least.Rank, least.Noise)
	}
	if most := fits[len(fits)-1].DegreesOfFreedom; most >= o.Len() || most+80-2*len(fits)+1 < o.Len() {
		t.Errorf("the last fit has %d degrees of freedom of %d entries", most, o.Len())
	}
	entries := o.Entries()
	for k := range entries {
		entries[k].Value *= 1e9
	}
	scaled, err := mc.NewObservations(40, 40, entries)
	if err != nil {
		t.Fatal(err)
	}
	var w mat.Dense
	w.Scale(1e9, r.W)
	again, err := mc.TestRank(scaled, &w, 1e8, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := again[3].PValue, fits[3].PValue; math.Abs(got-want) > rounding {
		t.Errorf("p-value %v in units of 1e-9, %v before", got, want)
	}
}

// Over 300 draws of the noise, errors of the fit have the standard errors that are predicted: the
// mean of their squares is within 6 standard deviations of a mean of 300 squares, .08 each, and a
// margin of .1 for terms of second order.
func TestStandardErrors(t *testing.T) {
	const noise, draws = 0.002, 300
	p := completion(t, 12, 10, 2, 80, 3)
	rng := rand.New(rand.NewPCG(1, 1))
	entries := p.Train.(*mc.Observations).Entries()
	clean := make([]float64, len(entries))
	for k, e := range entries {
		clean[k] = e.Value
	}
	squares := mat.NewDense(12, 10, nil)
	var predicted, oracle *mat.Dense
	for range draws {
		for k := range entries {
			entries[k].Value = clean[k] + noise*rng.NormFloat64()
		}
		o, err := mc.NewObservations(12, 10, entries)
		if err != nil {
			t.Fatal(err)
		}
		fits, err := mc.TestRank(o, p.Truth, noise, 2)
		if err != nil {
			t.Fatal(err)
		}
		if predicted == nil {
			if predicted, err = fits[2].StandardErrors(o, noise); err != nil {
				t.Fatal(err)
			}
			if oracle, err = (mc.RankFit{Rank: 2, W: p.Truth}).StandardErrors(o, noise); err != nil {
				t.Fatal(err)
			}
		}
		squares.Apply(func(i, j int, v float64) float64 {
			d := fits[2].W.At(i, j) - p.Truth.At(i, j)
			return v + d*d/draws
		}, squares)
	}
	for i := range 12 {
		for j := range 10 {
			if ratio := squares.At(i, j) / (predicted.At(i, j) * predicted.At(i, j)); math.Abs(ratio-1) > 0.6 {
				t.Errorf("entry (%d, %d): the mean square error is %.2f times what is predicted", i, j, ratio)
			}
			// They differ by a term of second order in the noise, .002.
			if ratio := predicted.At(i, j) / oracle.At(i, j); math.Abs(ratio-1) > 0.1 {
				t.Errorf("entry (%d, %d): the standard error is %.2f times that at the ground truth", i, j, ratio)
			}
		}
	}
	lonely, err := mc.NewObservations(12, 10, entries[:41]) // more than 40 degrees of freedom, and empty rows
	if err != nil {
		t.Fatal(err)
	}
	fits, err := mc.TestRank(lonely, p.Truth, noise, 2)
	if err != nil {
		t.Fatal(err)
	}
	e, err := fits[2].StandardErrors(lonely, noise)
	if err != nil || !math.IsInf(e.At(0, 0), 1) {
		t.Errorf("%v, %v; a matrix with empty rows is not unique", e.At(0, 0), err)
	}
}

func TestRankTestRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	o := p.Train.(*mc.Observations)
	infinite := mat.NewDense(8, 6, append(make([]float64, 47), math.Inf(1)))
	for want, err := range map[string]error{
		"noise is 0; it must be positive": second(mc.TestRank(o, p.Truth, 0, 0)),
		"noise is NaN":                    second(mc.TestRank(o, p.Truth, math.NaN(), 0)),
		"the estimate is 6×8":             second(mc.TestRank(o, mat.NewDense(6, 8, nil), 1, 0)),
		"must both be given":              second(mc.TestRank(o, nil, 1, 0)),
		"not finite":                      second(mc.TestRank(o, infinite, 1, 0)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// The estimate of the convex method is of no low rank; matrices of rank 2 explain the entries.
func ExampleTestRank() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 180, MinPerLine: 4, Noise: 0.1, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.NuclearNorm{Noise: 0.1}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	fits, err := mc.TestRank(problem.Train.(*mc.Observations), result.W, 0.1, 3)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range fits {
		fmt.Printf("rank %d: noise of %.2f, p = %.2f\n", f.Rank, f.Noise, f.PValue)
	}
	least, _ := mc.LeastRank(fits, 0.05)
	fmt.Printf("relative error %.2f, nuclear norm %.2f\n", relativeError(least.W, problem.Truth),
		relativeError(result.W, problem.Truth))
	// Output:
	// rank 0: noise of 1.09, p = 0.00
	// rank 1: noise of 0.58, p = 0.00
	// rank 2: noise of 0.09, p = 0.95
	// rank 3: noise of 0.07, p = 1.00
	// relative error 0.10, nuclear norm 0.15
}

func relativeError(w, truth *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(w, truth)
	return mat.Norm(&d, 2) / mat.Norm(truth, 2)
}
