package mc_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"projectpenalty/mc"
)

// By hand: ratings 3 and 1 in the order of the estimates 5.5 and 2, clipped to 5.
func TestEvaluateRatings(t *testing.T) {
	test, err := mc.NewObservations(3, 2, []mc.Entry{{0, 0, 3}, {1, 0, 1}, {2, 1, 4}})
	if err != nil {
		t.Fatal(err)
	}
	w := mat.NewDense(3, 2, []float64{2, 0, 5.5, 0, 0, 4})
	got, err := mc.EvaluateRatings(test, w, 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	if want := math.Sqrt((1 + 16 + 0) / 3.0); math.Abs(got.RMSE-want) > lastDigits {
		t.Errorf("RMSE %v, want %v", got.RMSE, want)
	}
	if want := (1 + 4 + 0) / 3.0; math.Abs(got.MAE-want) > lastDigits {
		t.Errorf("MAE %v, want %v", got.MAE, want)
	}
	// User 0: the 1 stands before the 3. User 1 has one rating, and any order is the best.
	first, second := 1.0, 1/math.Log2(3)
	if want := ((1*first+7*second)/(7*first+1*second) + 1) / 2; math.Abs(got.NDCG10-want) > 1e-14 {
		t.Errorf("NDCG %v, want %v", got.NDCG10, want)
	}
	// Alone, it takes the range of the ratings: 1, 3 and 4 are 1, 1 + 8/3 and 5 stars.
	if got, want := mc.NDCG(test, w, 1), (1/(math.Exp2(11.0/3)-1)+1)/2; math.Abs(got-want) > 1e-14 {
		t.Errorf("NDCG at 1 is %v, want %v", got, want)
	}
}

// Ratings of any size have gains between those of one and of five stars, 1 and 31.
func TestNDCGOfAnyRatings(t *testing.T) {
	second := 1 / math.Log2(3)
	for _, c := range []struct {
		ratings, estimates []float64
		want               float64
	}{
		{[]float64{1, -9, -9}, []float64{0, 1, 2}, (1 + second + 31.0/2) / (31 + second + 1.0/2)},
		{[]float64{2000, 0, 0}, []float64{0, 1, 2}, (1 + second + 31.0/2) / (31 + second + 1.0/2)},
		{[]float64{2000, 3, 1}, []float64{3, 2, 1}, 1},
		{[]float64{1e308, -1e308}, []float64{1, 2}, (1 + 31*second) / (31 + second)},
		{[]float64{-7, -7}, []float64{1, 2}, 1},
		{[]float64{5, 1}, []float64{1, 2}, (1 + 31*second) / (31 + second)},
		{[]float64{5e9, 1e9}, []float64{1, 2}, (1 + 31*second) / (31 + second)},
		{[]float64{5, 1}, []float64{math.NaN(), 2}, math.NaN()},
	} {
		var entries []mc.Entry
		for i, r := range c.ratings {
			entries = append(entries, mc.Entry{Row: i, Value: r})
		}
		test, err := mc.NewObservations(len(entries), 1, entries)
		if err != nil {
			t.Fatal(err)
		}
		got := mc.NDCG(test, mat.NewDense(len(entries), 1, c.estimates), 10)
		if !(math.Abs(got-c.want) <= lastDigits) && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("NDCG of %v in the order of %v is %v, want %v", c.ratings, c.estimates, got, c.want)
		}
	}
}

// What has no answer gives an error, never a number.
func TestEvaluateRatingsRefuses(t *testing.T) {
	test, err := mc.NewObservations(2, 1, []mc.Entry{{0, 0, 5}, {1, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	good := mat.NewDense(2, 1, []float64{4, 2})
	for _, c := range []struct {
		w      *mat.Dense
		lo, hi float64
		want   string
	}{
		{good, 5, 1, "the range is from 5 to 1"},
		{good, 1, 1, "the range is from 1 to 1"},
		{good, math.NaN(), 5, "the range is from NaN to 5"},
		{good, 1, math.Inf(1), "the range is from 1 to +Inf"},
		{good, 0, 1, "the rating of (0, 0) is 5; it must be from 0 to 1"},
		{mat.NewDense(1, 2, nil), 1, 5, "the estimate is 1×2, the ratings 2×1"},
		{mat.NewDense(2, 1, []float64{4, math.NaN()}), 1, 5, "the estimate of (1, 0) is NaN"},
	} {
		if m, err := mc.EvaluateRatings(test, c.w, c.lo, c.hi); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, error %v; it must say %q", m, err, c.want)
		}
	}
}

// The best order has NDCG 1, and none has more.
func TestNDCGIsAtMostOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := ratings.Draw(t, "o")
		rows, cols := o.Dims()
		k := rapid.IntRange(1, 10).Draw(t, "k")
		best := mat.NewDense(rows, cols, nil)
		for _, e := range o.All() {
			best.Set(e.Row, e.Col, e.Value)
		}
		if got := mc.NDCG(o, best, k); math.Abs(got-1) > lastDigits {
			t.Fatalf("NDCG %v of the ratings themselves", got)
		}
		w := mat.NewDense(rows, cols, rapid.SliceOfN(rapid.Float64Range(0, 6), rows*cols, rows*cols).Draw(t, "w"))
		if got := mc.NDCG(o, w, k); !(got > 0 && got <= 1+lastDigits) {
			t.Fatalf("NDCG %v", got)
		}
	})
}

// Every solver of ratings: refuses what it cannot use, does not change with a second run, keeps
// what it has when cancelled.
func TestRatingSolvers(t *testing.T) {
	problem, err := mc.LowRank{Rows: 9, Cols: 7, Rank: 2, Observed: 40, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	sensing, err := mc.LowRank{Rows: 4, Cols: 4, Rank: 1, Observed: 9, Seed: 1}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, s := range map[string]mc.Solver{
		"Mean": mc.Mean{}, "Biases": mc.Biases{}, "BiasedALS": mc.BiasedALS{Seed: 1}, "ItemKNN": mc.ItemKNN{},
		"Debiased": mc.Debiased{Solver: mc.BiasedALS{Seed: 1}}, "RidgedRatio": mc.RidgedRatio{Steps: 20},
		"RidgedRatio without ratio":   mc.RidgedRatio{Lambda: mc.Zero, Steps: 20},
		"RidgedRatio without ridge":   mc.RidgedRatio{Ridge: mc.Zero, Steps: 20},
		"RidgedRatio without penalty": mc.RidgedRatio{Lambda: mc.Zero, Ridge: mc.Zero, Steps: 20},
	} {
		trace := &mc.Trace{Every: 1}
		first, err := s.Solve(context.Background(), problem, trace)
		if err != nil {
			t.Fatal(err)
		}
		if first.Status == mc.Unfinished || len(trace.Records) == 0 {
			t.Errorf("%s: status %v, %d records", name, first.Status, len(trace.Records))
		}
		if again, _ := s.Solve(context.Background(), problem); !mat.Equal(first.W, again.W) {
			t.Errorf("%s: a second run, unobserved, differs", name)
		}
		if _, err := s.Solve(context.Background(), sensing); err == nil ||
			!strings.Contains(err.Error(), "*mc.Sensing") {
			t.Errorf("%s of sensing: %v", name, err)
		}
		if _, err := s.Solve(context.Background(), mc.Problem{}); err == nil ||
			!strings.Contains(err.Error(), "Train is nil") {
			t.Errorf("%s of nothing: %v", name, err)
		}
		seen := 0
		result, err := s.Solve(cancelled, problem, mc.ObserverFunc(func(*mc.Step) { seen++ }))
		if !errors.Is(err, context.Canceled) || result == nil || result.W == nil ||
			result.Status != mc.Unfinished || seen == 0 {
			t.Errorf("%s, cancelled: result %v, error %v, %d states seen", name, result, err, seen)
		}
	}
	for want, s := range map[string]mc.Solver{
		"Biases.RowLambda is -1":       mc.Biases{RowLambda: -1},
		"Biases.ColLambda is NaN":      mc.Biases{ColLambda: math.NaN()},
		"Biases.Steps is -1":           mc.Biases{Steps: -1},
		"BiasedALS.Rank is -2":         mc.BiasedALS{Rank: -2},
		"BiasedALS.Lambda is +Inf":     mc.BiasedALS{Lambda: math.Inf(1)},
		"BiasedALS.Steps is -1":        mc.BiasedALS{Steps: -1},
		"RidgedRatio.Rank is -1":       mc.RidgedRatio{Rank: -1},
		"RidgedRatio.Lambda is -1":     mc.RidgedRatio{Lambda: -1},
		"RidgedRatio.Ridge is NaN":     mc.RidgedRatio{Ridge: math.NaN()},
		"RidgedRatio.Steps is -2":      mc.RidgedRatio{Steps: -2},
		"Biases.RowLambda is -3":       mc.RidgedRatio{Biases: mc.Biases{RowLambda: -3}},
		"ItemKNN.K is -1":              mc.ItemKNN{K: -1},
		"ItemKNN.Shrinkage is -1":      mc.ItemKNN{Shrinkage: -1},
		"Debiased.Solver is nil":       mc.Debiased{},
		"Biases.Tolerance is -1":       mc.Debiased{Solver: mc.Mean{}, Biases: mc.Biases{Tolerance: -1}},
		"DeepMF.Depth is 0":            mc.Debiased{Solver: mc.DeepMF{}},
		"BiasedALS.Tolerance is -0.01": mc.BiasedALS{Tolerance: -0.01},
	} {
		if _, err := s.Solve(context.Background(), problem); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}
