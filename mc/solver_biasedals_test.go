package mc_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// The loss of the result is that of its estimate, and no worse than the mean's.
func TestBiasedALSLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := ratings.Draw(t, "o")
		solver := mc.BiasedALS{Rank: rapid.IntRange(1, 4).Draw(t, "rank"),
			Lambda: rapid.Float64Range(0.01, 1).Draw(t, "ridge"), Tolerance: 1e-12, Steps: 500, Seed: 2}
		result, err := solver.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		if got := mc.Evaluate(mc.Problem{Train: o}, result.W).Train; math.Abs(got-result.Loss) > rounding*(1+got) {
			t.Fatalf("loss %v in the result, %v of the estimate", result.Loss, got)
		}
		spread := 0.0
		for _, v := range o.Values() {
			spread += (v - mean(o)) * (v - mean(o)) / float64(o.Len())
		}
		if result.Loss > spread+rounding {
			t.Fatalf("loss %v, worse than the mean's %v", result.Loss, spread)
		}
	})
}

// With next to no ridge a matrix of low rank plus biases is found from enough of its entries.
func TestBiasedALSFindsALowRankMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x, y := mat.NewDense(30, 2, nil), mat.NewDense(25, 2, nil)
	for _, m := range []*mat.Dense{x, y} {
		m.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, m)
	}
	w := mat.NewDense(30, 25, nil)
	w.Mul(x, y.T())
	w.Apply(func(i, j int, v float64) float64 { return v + 3 + math.Sin(float64(i)) + math.Cos(float64(j)) }, w)
	mask, err := mc.SampleMask(30, 25, 500, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	entries := make([]mc.Entry, len(mask))
	for k, at := range mask {
		entries[k] = mc.Entry{Row: at / 25, Col: at % 25, Value: w.At(at/25, at%25)}
	}
	o, err := mc.NewObservations(30, 25, entries)
	if err != nil {
		t.Fatal(err)
	}
	result, err := mc.BiasedALS{Rank: 2, Lambda: 1e-8, Steps: 2000, Tolerance: 1e-9,
		Seed: 1}.Solve(context.Background(), mc.Problem{Train: o})
	if err != nil {
		t.Fatal(err)
	}
	// W is off by the root of Tolerance, 3e-5, and more.
	if got := mc.Evaluate(mc.Problem{Train: o, Truth: w}, result.W).RelativeError; got > 1e-4 {
		t.Errorf("relative error %v, want it recovered", got)
	}
}
