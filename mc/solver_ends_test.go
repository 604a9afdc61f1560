package mc_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// observed makes a problem of entries.
func observed(t testing.TB, rows, cols int, entries []mc.Entry) mc.Problem {
	t.Helper()
	o, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		t.Fatal(err)
	}
	return mc.Problem{Train: o}
}

// ratingsTable makes a table of ratings 1 to 5 of which a fraction is observed, at least one entry.
func ratingsTable(t testing.TB, rows, cols int, fraction float64, seed uint64) mc.Problem {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 77))
	entries := []mc.Entry{{Row: rng.IntN(rows), Col: rng.IntN(cols), Value: 1 + float64(rng.IntN(5))}}
	for i := range rows {
		for j := range cols {
			if (i != entries[0].Row || j != entries[0].Col) && rng.Float64() < fraction {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: 1 + float64(rng.IntN(5))})
			}
		}
	}
	return observed(t, rows, cols, entries)
}

// zeroLoss is the loss of W = 0.
func zeroLoss(p mc.Problem) float64 {
	sum := 0.0
	for _, b := range p.Train.Values() {
		sum += b * b
	}
	return sum / float64(p.Train.Len())
}

// honest checks what any end of a run must be: a finite W whose loss is the one that is stated, and
// WorseThanZero where that loss is above the loss of W = 0.
func honest(t *testing.T, name string, p mc.Problem, r *mc.Result, err error) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, mc.ErrDiverged) {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	loss := mc.Evaluate(p, r.W).Train
	switch {
	// Rounding, and 1e-25 for the loss of an exact fit, which is all rounding.
	case !(math.Abs(loss-r.Loss) <= rounding*(loss+r.Loss)+1e-25):
		t.Errorf("%s: the loss is said to be %v and is %v", name, r.Loss, loss)
	// The margin that Iterate leaves to rounding.
	case loss > zeroLoss(p)*(1+1e-9) && r.Status != mc.WorseThanZero:
		t.Errorf("%s: %v with loss %v; W = 0 has %v", name, r.Status, loss, zeroLoss(p))
	}
}

// What a wrapper returns is judged by the data, and not by what it leaves to its solver: worse than
// the mean or than the biases is not worse than W = 0.
func TestWrappersJudgeTheirEnd(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 9))
		p := ratingsTable(t, 3+rng.IntN(6), 3+rng.IntN(6), 0.2+0.7*rng.Float64(), seed+1000)
		inner := mc.GaussNewton{Rank: 1, Steps: 20}
		for _, s := range []mc.Solver{
			mc.Debiased{Solver: inner}, mc.Standardized{Solver: inner}, mc.BiScale{Solver: inner},
			mc.BiScale{Solver: inner, CenterOnly: true}, mc.BiScale{Solver: mc.BiScale{Solver: mc.SoftImpute{}}},
			mc.Tune{Candidates: []mc.Solver{mc.Standardized{Solver: inner}}},
		} {
			name := fmt.Sprintf("table %d, %s", seed, mc.Describe(s))
			r, err := s.Solve(context.Background(), p)
			honest(t, name, p, r, err)
			if err == nil && r.Status == mc.WorseThanZero && r.Loss < zeroLoss(p) {
				t.Errorf("%s: %v with loss %v; W = 0 has %v", name, r.Status, r.Loss, zeroLoss(p))
			}
		}
	}
}

// completers are the solvers of observed entries that this file holds to their ends.
func completers(rank int) []mc.Solver {
	return []mc.Solver{
		mc.R2RILS{Rank: rank, Steps: 30}, mc.GaussNewton{Rank: rank, Steps: 30},
		mc.GaussNewton{Rank: rank, Variant: mc.Updating, Steps: 30}, mc.ALS{Rank: rank},
		mc.RiemannianCG{Rank: rank, Steps: 200}, mc.MatrixIRLS{Steps: 60}, mc.MatrixIRLS{Rank: rank, Steps: 60},
		mc.IRLS{Steps: 60}, mc.NuclearNorm{}, mc.SVT{Steps: 200}, mc.MinimumFrobenius{},
	}
}

// The multiplication table has rank 1. From the entries left, R2RILS of rank 2 fits its least
// squares of rank 4 at once, while the truncated estimate is far off.
func TestR2RILSConvergedMeansFitted(t *testing.T) {
	var entries []mc.Entry
	for i := range 12 {
		for j := range 10 {
			if (7*i+3*j)%4 != 0 {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: float64((i + 1) * (j + 1))})
			}
		}
	}
	p := observed(t, 12, 10, entries)
	for _, s := range []mc.Solver{mc.R2RILS{Rank: 2}, mc.GaussNewton{Rank: 2}} {
		r, err := s.Solve(context.Background(), p)
		honest(t, fmt.Sprintf("%T", s), p, r, err)
		// Residuals of 1e-10 of the data at most: measured 1e-12.
		if err == nil && r.Status == mc.Converged && r.Loss > 1e-20*zeroLoss(p) {
			t.Errorf("%T: converged with loss %v", s, r.Loss)
		}
	}
}

// Ratings of which 6 % are observed have fewer entries than a matrix of rank 3 has parameters.
func TestSparseRatings(t *testing.T) {
	for seed := range uint64(3) {
		p := ratingsTable(t, 100, 80, 0.06, seed)
		for _, s := range completers(3)[:5] {
			r, err := s.Solve(context.Background(), p)
			honest(t, fmt.Sprintf("%#v", s), p, r, err)
			if _, ok := s.(mc.ALS); !ok {
				continue
			}
			if largest := mat.Max(r.W); err != nil || largest > 15 || mat.Min(r.W) < -15 {
				t.Errorf("ALS: entries from %v to %v of ratings from 1 to 5 (%v, %v)",
					mat.Min(r.W), largest, r.Status, err)
			}
		}
	}
}

// Units do not matter: data times 10^k give the estimate times 10^k. mctest checks this of solvers
// of exact data that claim it; here are noisy ratings, whose runs a step limit ends before rounding
// grows, and solvers of which it is not claimed.
func TestUnits(t *testing.T) {
	exact, err := mc.LowRank{Rows: 60, Cols: 50, Rank: 3, Observed: 1200, MinPerLine: 8, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	noisy := ratingsTable(t, 30, 25, 0.6, 4)
	for _, c := range []struct {
		p       mc.Problem
		solvers []mc.Solver
	}{
		{exact, []mc.Solver{
			mc.NuclearNorm{}, mc.SVT{}, mc.IRLS{Steps: 100},
		}},
		{noisy, []mc.Solver{
			mc.R2RILS{Rank: 2, Steps: 5}, mc.GaussNewton{Rank: 2, Steps: 5}, mc.RiemannianCG{Rank: 2, Steps: 20},
			mc.ALS{Rank: 2},
		}},
	} {
		for _, s := range c.solvers {
			want, err := s.Solve(context.Background(), c.p)
			if err != nil {
				t.Fatal(err)
			}
			rows, cols := c.p.Dims()
			for _, k := range []int{-12, 3, 12} {
				unit := math.Pow10(k)
				entries := c.p.Train.(*mc.Observations).Entries()
				for i := range entries {
					entries[i].Value *= unit
				}
				r, err := s.Solve(context.Background(), observed(t, rows, cols, entries))
				if err != nil || r.Status != want.Status {
					t.Fatalf("%T ×1e%d: %v, %v; unscaled %v", s, k, r.Status, err, want.Status)
				}
				r.W.Scale(1/unit, r.W)
				if d := apart(r.W, want.W); !(d < 1e-8) { // rounding of the values, times the condition of the problem
					t.Errorf("%T ×1e%d: the estimate differs by %v", s, k, d)
				}
			}
		}
	}
}

// Data of 1e300 have squares that no float64 holds: the run ends with advice for it. In place of
// that a solver may fit exactly.
func TestHugeData(t *testing.T) {
	p := ratingsTable(t, 12, 10, 0.6, 1)
	entries := p.Train.(*mc.Observations).Entries()
	for k := range entries {
		entries[k].Value *= 1e300
	}
	p = observed(t, 12, 10, entries)
	for _, s := range completers(2) {
		r, err := s.Solve(context.Background(), p)
		switch {
		case err == nil && r.Loss == 0:
		case !errors.Is(err, mc.ErrDiverged) || !strings.Contains(err.Error(), "scale the data"):
			t.Errorf("%T: %+v, %v", s, r, err)
		}
	}
}

// Equal ratings are fitted, and found to be so.
func TestEqualRatings(t *testing.T) {
	p := ratingsTable(t, 12, 9, 0.5, 2)
	entries := p.Train.(*mc.Observations).Entries()
	for k := range entries {
		entries[k].Value = 4
	}
	p = observed(t, 12, 9, entries)
	for _, s := range completers(1) {
		r, err := s.Solve(context.Background(), p)
		// A constant matrix is of rank 1 and fitted by all but ALS, whose default λ keeps a loss of
		// .0025.
		if _, ok := s.(mc.ALS); err != nil || r.Loss > 1e-6 && !ok {
			t.Errorf("%#v: %+v, %v", s, r, err)
			continue
		}
		honest(t, fmt.Sprintf("%#v", s), p, r, err)
		switch s.(type) {
		case mc.R2RILS, mc.GaussNewton, mc.RiemannianCG, mc.ALS, mc.NuclearNorm, mc.MinimumFrobenius:
			if r.Status != mc.Converged {
				t.Errorf("%#v: %v after %d steps with loss %v", s, r.Status, r.Steps, r.Loss)
			}
		}
	}
	// Rank 2 of data of rank 1.
	for _, s := range completers(2)[:5] {
		r, err := s.Solve(context.Background(), p)
		honest(t, fmt.Sprintf("%#v", s), p, r, err)
	}
}

// Data of zeros have W = 0.
func TestZeroData(t *testing.T) {
	p := observed(t, 4, 3, []mc.Entry{{Row: 0, Col: 0}, {Row: 1, Col: 2}, {Row: 3, Col: 1}})
	for _, s := range completers(2) {
		r, err := s.Solve(context.Background(), p)
		if err != nil || r.Status != mc.Converged || mat.Norm(r.W, 2) != 0 {
			t.Errorf("%T: %+v, %v", s, r, err)
		}
	}
}
