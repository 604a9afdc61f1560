package mc_test

import (
	"context"
	"math"
	"testing"

	"projectpenalty/mc"
)

// By hand: items 0 and 1 agree, item 2 is their opposite, so user 2's rating of item 1 is what item 0 is estimated by.
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
	flat := mc.Biases{RowDamping: 1e12, ColDamping: 1e12}
	result, err := mc.ItemKNN{Biases: flat}.Solve(context.Background(), mc.Problem{Train: o})
	if err != nil {
		t.Fatal(err)
	}
	if got := result.W.At(0, 2); math.Abs(got-4) > 1e-6 {
		t.Errorf("estimate %v of item 0 by user 2, want the 4 of the one item that is alike", got)
	}
	// The neighbour's own rating is not used for itself: item 2 has no neighbour alike, and keeps the mean.
	if got := result.W.At(2, 0); math.Abs(got-3) > 1e-6 {
		t.Errorf("estimate %v of item 2, which no item is like; want the mean", got)
	}
}

// Of two neighbours the more similar one alone counts with K = 1, and both with K = 2 weighed by their similarities.
func TestItemKNNWeighs(t *testing.T) {
	o, err := mc.NewObservations(3, 4, []mc.Entry{
		{0, 0, 4}, {1, 0, 4}, {2, 0, 4},
		{0, 1, 2}, {1, 1, 2}, {2, 1, 3},
		{1, 2, 4}, {2, 2, 2}, {1, 3, 2}, {2, 3, 3},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The mean is 3. Residuals: item 0: 1, −1; item 1: 1, −1, 1, −1; item 2: 1, 0, −1, 0. Over users 0 and 1 item 0 agrees with item 1
	// by 2/√(2·2) = 1 and with item 2 by 1/√(2·1).
	flat := mc.Biases{RowDamping: 1e12, ColDamping: 1e12}
	weight := 1 / math.Sqrt2
	for k, want := range map[int]float64{1: 4, 2: 3 + (1-weight)/(1+weight)} {
		result, err := mc.ItemKNN{K: k, Biases: flat}.Solve(context.Background(), mc.Problem{Train: o})
		if err != nil {
			t.Fatal(err)
		}
		if got := result.W.At(0, 2); math.Abs(got-want) > 1e-6 {
			t.Errorf("K = %d: estimate %v, want %v", k, got, want)
		}
	}
}
