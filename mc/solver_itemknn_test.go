package mc_test

import (
	"cmp"
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// By hand: items 0 and 1 agree, item 2 is their opposite, so user 2's rating of item 1 is what item
// 0 is estimated by.
func TestItemKNN(t *testing.T) {
	o, err := mc.NewObservations(3, 3, []mc.Entry{
		{0, 0, 5}, {1, 0, 5}, {2, 0, 1},
		{0, 1, 1}, {1, 1, 1}, {2, 1, 5},
		{1, 2, 4}, {2, 2, 2},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Damping so strong that the biases are 0: residuals are from the mean, 3.
	flat := mc.Biases{RowLambda: 1e12, ColLambda: 1e12}
	result, err := mc.ItemKNN{Biases: flat}.Solve(context.Background(), mc.Problem{Train: o})
	if err != nil {
		t.Fatal(err)
	}
	// With λ = 1e12 the biases are 1e-12 and not 0: measured 1e-12.
	if got := result.W.At(0, 2); math.Abs(got-4) > 1e-10 {
		t.Errorf("estimate %v of item 0 by user 2, want the 4 of the one item that is alike", got)
	}
	// The neighbour's own rating is not used for itself: item 2 has no neighbour alike, and keeps
	// the mean.
	if got := result.W.At(2, 0); math.Abs(got-3) > 1e-6 {
		t.Errorf("estimate %v of item 2, which no item is like; want the mean", got)
	}
}

// Of two neighbours the more similar one alone counts with K = 1, and both with K = 2 weighed by
// their similarities.
func TestItemKNNWeighs(t *testing.T) {
	o, err := mc.NewObservations(3, 4, []mc.Entry{
		{0, 0, 4}, {1, 0, 4}, {2, 0, 4},
		{0, 1, 2}, {1, 1, 2}, {2, 1, 3},
		{1, 2, 4}, {2, 2, 2}, {1, 3, 2}, {2, 3, 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The mean is 3. Residuals: item 0: 1, −1; item 1: 1, −1, 1, −1; item 2: 1, 0, −1, 0. Over
	// users 0 and 1 item 0 agrees with item 1 by 2/√(2·2) = 1 and with item 2 by 1/√(2·1).
	flat := mc.Biases{RowLambda: 1e12, ColLambda: 1e12}
	weight := 1 / math.Sqrt2
	for k, want := range map[int]float64{1: 4, 2: 3 + (1-weight)/(1+weight)} {
		result, err := mc.ItemKNN{K: k, Biases: flat}.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		// As above: measured 1.2e-12.
		if got := result.W.At(0, 2); math.Abs(got-want) > 1e-10 {
			t.Errorf("K = %d: estimate %v, want %v", k, got, want)
		}
	}
}

// At random ratings it is what the formula says, computed one rating at a time.
func TestItemKNNByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const items, users = 7, 6
		known := rapid.SliceOfNDistinct(rapid.IntRange(0, items*users-1), 8, items*users, rapid.ID).Draw(t, "known")
		entries := make([]mc.Entry, len(known))
		for n, at := range known {
			entries[n] = mc.Entry{Row: at / users, Col: at % users, Value: rapid.Float64Range(1, 5).Draw(t, "rating")}
		}
		o, err := mc.NewObservations(items, users, entries)
		if err != nil {
			t.Fatal(err)
		}
		k, shrinkage := rapid.IntRange(1, 4).Draw(t, "K"), rapid.Float64Range(0.5, 5).Draw(t, "shrinkage")
		result, err := mc.ItemKNN{K: k, Shrinkage: shrinkage}.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		biases, err := mc.Biases{}.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		residual := map[[2]int]float64{}
		for _, e := range o.All() {
			residual[[2]int{e.Row, e.Col}] = e.Value - biases.W.At(e.Row, e.Col)
		}
		similarity := func(i, l int) float64 {
			var product, own, other, n float64
			for j := range users {
				a, both := residual[[2]int{i, j}]
				b, and := residual[[2]int{l, j}]
				if both && and {
					product, own, other, n = product+a*b, own+a*a, other+b*b, n+1
				}
			}
			if n < 2 || own*other == 0 {
				return 0
			}
			return (n - 1) / (n - 1 + shrinkage) * product / math.Sqrt(own*other)
		}
		for i := range items {
			for j := range users {
				var near [][2]float64 // similarity, residual
				for l := range items {
					if r, rated := residual[[2]int{l, j}]; rated && l != i && similarity(i, l) > 0 {
						near = append(near, [2]float64{similarity(i, l), r})
					}
				}
				slices.SortStableFunc(near, func(a, b [2]float64) int { return cmp.Compare(b[0], a[0]) })
				want, weight := 0.0, 0.0
				for _, n := range near[:min(k, len(near))] {
					want, weight = want+n[0]*n[1], weight+n[0]
				}
				if weight > 0 {
					want /= weight
				}
				want += biases.W.At(i, j)
				if got := result.W.At(i, j); math.Abs(got-want) > rounding {
					t.Fatalf("estimate (%d, %d) is %v, want %v", i, j, got, want)
				}
			}
		}
	})
}
