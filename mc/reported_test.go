package mc_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Situations that users of programs of this kind report, each with its right answer. Those of one
// solver are in that solver's file:
//
//   - scales that vanish, estimates far from the ratings: TestScalesAreBounded,
//     TestBiScaleOfSmallTables, TestBiScaleOfSparseRatings, TestRatingsWithAConstantRow;
//   - empty rows and columns, cold films: TestEmptyRowAndColumn, TestColdFilms;
//   - factors of the residuals in place of W: TestDebiasedFactorsOfALargeMatrix;
//   - Converged without a fit: TestR2RILSConvergedMeansFitted, TestSparseRatings, and for wrappers
//     TestWrappersJudgeTheirEnd;
//   - plausible numbers for what has no answer: TestNDCGOfAnyRatings, TestEvaluateRatingsRefuses,
//     TestEvaluateNaN;
//   - units: TestScaledLowRank, TestUnits;
//   - equal ratings, data of 1e300, matrices of 1e-320, charts with +Inf: TestEqualRatings,
//     TestBiasedALSOfEqualRatings, TestHugeData, TestPenaltiesAtExtremes, and
//     TestInfiniteCellsAreSaid of package viz;
//   - zeros that mean a default: TestZeroIsSaidToAnOptimizer, TestZeroIsNotTheDefault, and
//     TestRefusedLevels of package sweep;
//   - measurements of one's own: TestDigestCoversOwnMaps, TestMinimumFrobeniusOfOwnMap,
//     TestMinimumFrobeniusOfDifficultOwnMaps, TestTuneOfOwnMap, TestOwnMapsOfEqualValues of package
//     sweep, TestMeasurements of mctest;
//   - corrupt results: TestTornLines of package sweep;
//   - a penalty without a weight: TestPenaltyNeedsAWeight.

// Equal ratings are the mean, which leaves nothing for factors.
func TestBiasedALSOfEqualRatings(t *testing.T) {
	for _, value := range []float64{4, -2, 1e-310, 1e-200, 1e100} {
		p := ratingsTable(t, 12, 9, 0.5, 2)
		entries := p.Train.(*mc.Observations).Entries()
		for k := range entries {
			entries[k].Value = value
		}
		for _, s := range []mc.Solver{
			mc.BiasedALS{Rank: 2}, mc.SoftImpute{Center: true}, mc.BiScale{Solver: mc.ALS{Rank: 1}},
		} {
			r, err := s.Solve(context.Background(), observed(t, 12, 9, entries))
			if err != nil || r.Status != mc.Converged || math.Sqrt(r.Loss) > rounding*math.Abs(value) {
				t.Errorf("%T, ratings of %v: %+v, %v", s, value, r, err)
			}
		}
	}
}

// A zero that is said is used: Adam without momentum trains as with next to none, and not as with
// its default of 0.9.
func TestZeroIsSaidToAnOptimizer(t *testing.T) {
	p := ratingsTable(t, 8, 6, 0.7, 1)
	train := func(beta1 float64) *mat.Dense {
		s := mc.DeepMF{Depth: 2, Optimizer: mc.Adam{LearningRate: 1e-2, Beta1: beta1}, Steps: 20, Seed: 1}
		r, err := s.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		return r.W
	}
	zero := train(mc.Zero)
	// 1e-12 of a step, grown over 20 steps of a method that divides by small gradients.
	if d := apart(zero, train(1e-12)); d > 1e-6 {
		t.Errorf("Beta1 mc.Zero and 1e-12 are %v apart", d)
	}
	// Another path altogether: measured 1.9.
	if !mat.Equal(train(0), train(0.9)) || apart(zero, train(0.9)) < 1e-3 {
		t.Error("Beta1 0 must be the default of 0.9, and mc.Zero another value")
	}
}

// The factors of Debiased are those of its W, also where W is too large to be formed.
func TestDebiasedFactorsOfALargeMatrix(t *testing.T) {
	p := observed(t, 12_000, 12_000, []mc.Entry{
		{Row: 0, Col: 0, Value: 4}, {Row: 0, Col: 1, Value: 5}, {Row: 1, Col: 0, Value: 3}, {Row: 1, Col: 1, Value: 4},
	})
	r, err := mc.Debiased{Solver: mc.DeepMF{Depth: 2, Hidden: 2, Steps: 50}}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	factors := mc.Detail[*mc.Factors](r)
	if factors == nil {
		t.Fatal("there are no factors")
	}
	if loss := mc.EvaluateFactors(p, factors).Train; math.Abs(loss-r.Loss) > rounding*r.Loss || r.Loss > 1 {
		t.Errorf("the factors have loss %v, the Result says %v; the biases alone have .5", loss, r.Loss)
	}
}

// A row of equal ratings, whose scale would be 0, spoils no other: estimates stay near the data.
func TestRatingsWithAConstantRow(t *testing.T) {
	p := ratingsTable(t, 10, 8, 0.6, 6)
	entries := p.Train.(*mc.Observations).Entries()
	for k, e := range entries {
		if e.Row == 3 {
			entries[k].Value = 5
		}
	}
	p = observed(t, 10, 8, entries)
	for _, s := range []mc.Solver{
		mc.SoftImpute{}, mc.SoftImpute{Center: true, Scale: true}, mc.ALS{Rank: 2}, mc.BiasedALS{Rank: 2},
		mc.Biases{}, mc.ItemKNN{}, mc.NuclearNorm{}, mc.Debiased{Solver: mc.ALS{Rank: 2}},
	} {
		r, err := s.Solve(context.Background(), p)
		honest(t, mc.Describe(s), p, r, err)
		if err == nil && (mat.Max(r.W) > 20 || mat.Min(r.W) < -15) {
			t.Errorf("%#v: estimates from %v to %v of ratings from 1 to 5", s, mat.Min(r.W), mat.Max(r.W))
		}
	}
}

// A zero that is said where it would mean a default that is computed is refused, and by name.
func TestZeroIsNotTheDefault(t *testing.T) {
	p := ratingsTable(t, 6, 5, 0.7, 1)
	for _, c := range []struct {
		s    mc.Solver
		want string
	}{
		{mc.SoftImpute{Lambda: mc.Zero}, "SoftImpute.Lambda is 0; it must be positive"},
		{mc.SVT{Tau: mc.Zero}, "SVT.Tau is 0; it must be positive"},
		{mc.SVT{Step: mc.Zero}, "SVT.Step is 0; it must be positive"},
		{mc.Tune{Candidates: []mc.Solver{mc.Mean{}}, HoldOut: mc.Zero}, "Tune.HoldOut is 0; it must be positive"},
		{mc.BiScale{Solver: mc.SoftImpute{Lambda: mc.Zero}}, "SoftImpute.Lambda is 0; it must be positive"},
	} {
		refuses(t, c.s, p, c.want)
	}
}

// A stiff flow, whose integrator would take 1e8 steps to the next state, ends with an error that
// says so, and a cancelled one at once.
func TestGradientFlowOfAStiffProblem(t *testing.T) {
	p := ratingsTable(t, 6, 5, 0.8, 1)
	entries := p.Train.(*mc.Observations).Entries()
	for k := range entries {
		entries[k].Value *= 1e6
	}
	p = observed(t, 6, 5, entries)
	s := mc.GradientFlow{Depth: 3, LearningRate: 10, Tolerance: 1e-3, Steps: 5}
	r, err := s.Solve(context.Background(), p)
	if !errors.Is(err, mc.ErrDiverged) || !strings.Contains(err.Error(), "the flow is stiff") ||
		r == nil || r.W == nil {
		t.Errorf("%+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err = s.Solve(ctx, p, mc.ObserverFunc(func(*mc.Step) { cancel() }))
	if !errors.Is(err, context.Canceled) || r == nil || r.Steps > 1 {
		t.Errorf("cancelled at the first state: %+v, %v", r, err)
	}
}

// A rank above that of any matrix of the shape changes neither the model nor the time.
func TestBiasedALSOfAHugeRank(t *testing.T) {
	p := ratingsTable(t, 12, 9, 0.6, 1)
	want, err := mc.BiasedALS{Rank: 9}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := mc.BiasedALS{Rank: 1_000_000}.Solve(context.Background(), p)
	if err != nil || !mat.Equal(got.W, want.W) {
		t.Errorf("rank 1,000,000 is not that of rank 9 (%v)", err)
	}
}

// The same matrix in other units is found as well.
func TestScaledLowRank(t *testing.T) {
	for _, unit := range []float64{1e-12, 1e-6, 1, 1e6, 1e9, 1e12} {
		p, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 3, Observed: 1200, MinPerLine: 8, Seed: 1}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		entries := p.Train.(*mc.Observations).Entries()
		for k := range entries {
			entries[k].Value *= unit
		}
		scaled := observed(t, 60, 50, entries)
		p.Truth.Scale(unit, p.Truth)
		for _, s := range []mc.Solver{mc.R2RILS{Rank: 3}, mc.RiemannianCG{Rank: 3}, mc.GaussNewton{Rank: 3}} {
			r, err := s.Solve(context.Background(), scaled)
			// Exact entries and well-conditioned factors, with tolerances from 1e-15 to 1e-12:
			// measured 1.6e-12.
			if err != nil || r.Status != mc.Converged || !(apart(r.W, p.Truth) < 1e-9) {
				t.Errorf("%T ×%v: %v, %v, %v apart", s, unit, r.Status, err, apart(r.W, p.Truth))
			}
		}
	}
}

// A penalty without a weight is refused, as a weight without a penalty is; a weight of zero can be
// said.
func TestPenaltyNeedsAWeight(t *testing.T) {
	p := ratingsTable(t, 6, 5, 0.7, 1)
	for _, c := range []struct {
		s    mc.Solver
		want string
	}{
		{mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}}, "DeepMF.Lambda is not given"},
		{mc.LBFGS{Depth: 1, Penalty: mc.Ratio{}}, "LBFGS.Lambda is not given"},
		{mc.ProximalGradient{Penalty: mc.Nuclear{}}, "ProximalGradient.Lambda is not given"},
		{mc.DeepMF{Depth: 1, Lambda: 1}, "DeepMF.Penalty is nil"},
	} {
		refuses(t, c.s, p, c.want)
	}
	zero := mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: mc.Zero, Steps: 2}
	if _, err := zero.Solve(context.Background(), p); err != nil {
		t.Error(err)
	}
}
