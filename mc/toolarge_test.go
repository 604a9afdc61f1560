package mc_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// large is a problem whose matrix is too large to be formed.
func large(t *testing.T) mc.Problem {
	t.Helper()
	return observed(t, 12_000, 12_000, []mc.Entry{
		{Row: 0, Col: 1, Value: 4}, {Row: 1, Col: 0, Value: 2}, {Row: 1, Col: 2, Value: -3}, {Row: 5, Col: 1, Value: 3},
	})
}

// What goes by the polar factor, the gradient matrix or W itself does without where these cannot be
// formed: penalties have their value, records what can be known.
func TestTracesOfWhatCannotBeFormed(t *testing.T) {
	p := large(t)
	for _, penalty := range []mc.SpectralPenalty{
		mc.Ratio{}, mc.Ratio{Smoothing: 1e-3, Polar: mc.Fast}, mc.Nuclear{}, mc.Entropy{},
	} {
		trace := &mc.Trace{Every: 1, Split: true, Alignment: true}
		d := mc.DeepMF{Depth: 2, Hidden: 2, Penalty: penalty, Lambda: 1e-3, Steps: 3, Stop: mc.Stop{Patience: 10}}
		r, err := d.Solve(context.Background(), p, trace)
		if err != nil {
			t.Errorf("%T: %v", penalty, err)
			continue
		}
		last, _ := trace.Last()
		all := make([]float64, 12_000) // also those that are 0, which a smoothed penalty counts
		copy(all, last.SingularValues)
		want := penalty.OnSpectrum(nil, all)
		// Rounding.
		if math.Abs(last.Penalty-want) > 1e-9*want || r.Metrics(p).NuclearNorm == 0 {
			t.Errorf("%T: penalty %v, want %v", penalty, last.Penalty, want)
		}
		if last.Split != nil || last.Alignment != nil {
			t.Errorf("%T: split %v, alignment %v", penalty, last.Split, last.Alignment)
		}
	}
	for _, s := range []mc.Solver{
		mc.Standardized{Solver: mc.SoftImpute{}}, mc.SoftImpute{}, mc.RidgedRatio{Rank: 2, Steps: 3},
	} {
		trace := &mc.Trace{Every: 1}
		if _, err := s.Solve(context.Background(), p, trace); err != nil || len(trace.Records) == 0 {
			t.Errorf("%T: %d records, %v", s, len(trace.Records), err)
		}
	}
}

// All observers of a model that is too large to form see the same.
func TestTwoTracesOfAModel(t *testing.T) {
	p := large(t)
	p.Test = p.Train
	one, two := &mc.Trace{}, &mc.Trace{}
	if _, err := (mc.ItemKNN{}).Solve(context.Background(), p, one, two); err != nil {
		t.Fatal(err)
	}
	for k, trace := range []*mc.Trace{one, two} {
		if last, _ := trace.Last(); last.Test == nil || !math.IsNaN(last.FrobeniusNorm) {
			t.Errorf("trace %d ends with %+v; want a test error, and a norm that is not known", k+1, last)
		}
	}
}

// Test data that need the whole matrix are refused where it is not formed, and used where it is.
func TestTestDataOfALargeMatrix(t *testing.T) {
	p := large(t)
	test, err := mc.NewStreamedSensing(12_000, 12_000, []float64{1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	p.Test = test
	for _, s := range []mc.Solver{
		mc.DeepMF{Depth: 2, Hidden: 2, Steps: 3}, mc.ItemKNN{}, mc.SoftImpute{}, mc.Biases{},
	} {
		_, err := s.Solve(context.Background(), p, &mc.Trace{})
		if want := "Problem.Test is *mc.StreamedSensing"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v, want %q", s, err, want)
		}
	}
}

// Factors that are given set the hidden size, whatever Hidden is, for each solver that takes them.
func TestGivenFactorsOfALargeMatrix(t *testing.T) {
	p := observed(t, 120_000, 120_000, []mc.Entry{{Row: 0, Col: 1, Value: 4}, {Row: 1, Col: 0, Value: 2}})
	f, err := mc.NewFactors(120_000, 120_000, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []mc.Solver{
		mc.DeepMF{Depth: 2, Init: mc.Given{Factors: f}, Steps: 1},
		mc.LBFGS{Depth: 2, Init: mc.Given{Factors: f}, Steps: 1},
	} {
		if _, err := s.Solve(context.Background(), p); err != nil {
			t.Errorf("%T: %v", s, err)
		}
	}
}

// The settings of a comparison come from the sparse matrix, in an instant: the largest λ of
// SoftImpute is half of that above which W = 0, at any fraction observed.
func TestContendersOfSparseData(t *testing.T) {
	p, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 2, Observed: 300, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	o := p.Train.(*mc.Observations)
	for _, c := range mc.Contenders(o) {
		if c.Name != "soft impute" {
			continue
		}
		soft := c.Candidates[0].(mc.Standardized)
		for factor, zero := range map[float64]bool{2.01: true, 1.99: false} {
			scaled := soft
			s := soft.Solver.(mc.SoftImpute)
			s.Lambda *= factor
			scaled.Solver = s
			r, err := scaled.Solve(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			// A constant matrix, the mean, is what is left of S = 0.
			if lone := r.W.At(0, 0) == r.W.At(1, 1) && r.W.At(0, 0) == r.W.At(2, 3); lone != zero {
				t.Errorf("at %v times the largest λ W is constant: %v, want %v", factor, lone, zero)
			}
		}
		return
	}
	t.Error("soft impute is not among them")
}
