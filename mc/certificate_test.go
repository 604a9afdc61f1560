package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// certificate of an estimate near the ground truth, off by a fraction of its size.
func certificate(t *testing.T, p mc.Problem, off float64) (*mat.Dense, *mc.RankCertificate) {
	t.Helper()
	w, rng := mat.DenseCopyOf(p.Truth), rand.New(rand.NewPCG(1, 1))
	w.Apply(func(_, _ int, x float64) float64 { return x + off*rng.NormFloat64() }, w)
	completion, c, err := mc.Certify(p.Train.(*mc.Observations), w)
	if err != nil {
		t.Fatal(err)
	}
	return completion, c
}

// An estimate that is close leads to the ground truth, and is certified with the numbers that
// follow from its mask.
func TestCertify(t *testing.T) {
	for _, p := range []mc.Problem{completion(t, 30, 20, 2, 140, 1), completion(t, 20, 30, 2, 140, 1),
		completion(t, 40, 40, 3, 300, 2)} {
		w, c := certificate(t, p, 1e-2)
		_, sigma, _ := mc.NewPoint(p.Truth).SVD()
		rank := mc.NumericalRank(sigma, 1e-10)
		if rows, cols := p.Dims(); !c.Holds() || c.Rank != rank || c.Redundant != p.Train.Len()-rank*(rows+cols-rank) {
			t.Fatalf("%v", c)
		}
		if e := mc.Evaluate(p, w).RelativeError; !(e < rounding) {
			t.Errorf("relative error %v, certified", e)
		}
	}
}

// A row with as many entries as the rank is met whatever its values are: none of them is confirmed,
// and all others are.
func TestCertifyUnconfirmed(t *testing.T) {
	l := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 300, Seed: 1}
	p, err := l.Problem()
	if err != nil {
		t.Fatal(err)
	}
	var entries []mc.Entry
	row := 0
	for _, e := range p.Train.(*mc.Observations).All() {
		if e.Row == 7 {
			if row++; row > 2 {
				continue
			}
		}
		entries = append(entries, e)
	}
	p.Train = observed(t, 20, 20, entries).Train
	_, c := certificate(t, p, 1e-3)
	if c.Holds() || !c.InPart() || c.Unconfirmed != 2 || c.Doubtful != 18 {
		t.Errorf("%v; two entries should not be confirmed, and the rest of their row doubtful", c)
	}
	for i := range 20 {
		for j := range 20 {
			if x := c.Entries.At(i, j); (x == 0) != (i == 7 && !has(entries, i, j)) {
				t.Errorf("entry (%d, %d) is marked %v", i, j, x)
			}
		}
	}
}

// Rows in a unit far below that of the others leave equations that are hardly met, and look
// confirmed: of column 0 only two entries in such rows are observed.
func TestCertifyRowsInAnotherUnit(t *testing.T) {
	for _, unit := range []float64{1, 1e-3, 1e-4, 1e-5, 1e-6} {
		truth, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 1, Seed: 1}.Truth()
		if err != nil {
			t.Fatal(err)
		}
		var entries []mc.Entry
		for i := range 20 {
			for j := range 20 {
				if i < 6 {
					truth.Set(i, j, unit*truth.At(i, j))
				}
				if j > 0 || i < 2 {
					entries = append(entries, mc.Entry{Row: i, Col: j, Value: truth.At(i, j)})
				}
			}
		}
		_, c, err := mc.Certify(observed(t, 20, 20, entries).Train.(*mc.Observations), truth)
		if err != nil || c.Holds() {
			t.Errorf("unit %v: %v, %v; nothing confirms column 0", unit, c, err)
		}
	}
}

func has(entries []mc.Entry, i, j int) bool {
	return slices.ContainsFunc(entries, func(e mc.Entry) bool { return e.Row == i && e.Col == j })
}

// A fit of rank 3 that is locally unique, has redundant equations and is wrong: they are not where
// it is wrong. Nothing but doubtful entries are.
func TestCertifyInPart(t *testing.T) {
	p, err := mc.LowRank{Rows: 28, Cols: 28, Rank: 3, Observed: 167, MinPerLine: 4, Seed: 6026}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	r, c := solved(t, mc.Restarts{}, p)
	// It is wrong in doubtful entries: the relative error is .056, that of a certified W some
	// 1e-15.
	if e := mc.Evaluate(p, r.W).RelativeError; c.Holds() || !c.InPart() || e < 1e-3 {
		t.Fatalf("%v, with a relative error of %v", c, e)
	}
	wrong := 0
	for i := range 28 {
		for j := range 28 {
			// The fit is to rounding: an entry is right far below 1e-6, or another solution is far
			// off.
			if off := math.Abs(r.W.At(i, j) - p.Truth.At(i, j)); off > 1e-6 {
				if wrong++; c.Entries.At(i, j) != 0 {
					t.Errorf("entry (%d, %d) is off by %v, and not doubtful", i, j, off)
				}
			}
		}
	}
	if wrong == 0 || c.Doubtful < wrong {
		t.Errorf("%d entries are wrong, %d doubtful", wrong, c.Doubtful)
	}
}

// What must not be certified, and why.
func TestCertifyRefuses(t *testing.T) {
	p := completion(t, 30, 20, 2, 140, 1)
	noisy := p.Train.(*mc.Observations).Entries()
	rng := rand.New(rand.NewPCG(2, 1))
	for k := range noisy {
		noisy[k].Value *= 1 + 1e-8*rng.NormFloat64()
	}
	var blocks []mc.Entry // of two, whose relative scale is free
	for i := range 10 {
		for j := range 10 {
			if (i < 5) == (j < 5) {
				blocks = append(blocks, mc.Entry{Row: i, Col: j, Value: 1})
			}
		}
	}
	ones := mat.NewDense(10, 10, nil)
	ones.Apply(func(_, _ int, _ float64) float64 { return 1 }, ones)
	few := completion(t, 30, 20, 1, 60, 1)
	for _, c := range []struct {
		name, want string
		p          mc.Problem
		off        float64
	}{
		{"noise", "best fit of rank 2 has a relative residual of",
			mc.Problem{Train: observed(t, 30, 20, noisy).Train, Truth: p.Truth}, 0},
		{"an estimate far off", "best fit of rank", p, 3},
		{"two blocks", "has rank 18 of 19", mc.Problem{Train: observed(t, 10, 10, blocks).Train, Truth: ones}, 0},
		{"too few entries", "too few entries",
			mc.Problem{Train: observed(t, 30, 20, few.Train.(*mc.Observations).Entries()[:45]).Train,
				Truth: few.Truth}, 0},
	} {
		if _, got := certificate(t, c.p, c.off); got.Holds() || !strings.Contains(got.String(), c.want) {
			t.Errorf("%s: %v; that does not say %q", c.name, got, c.want)
		}
	}
	o := p.Train.(*mc.Observations)
	for want, w := range map[string]*mat.Dense{"must both be given": nil,
		"is 3×3; the observations": mat.NewDense(3, 3, nil)} {
		if _, _, err := mc.Certify(o, w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// A rough estimate by the ratio leads to the completion to rounding, with reasons to believe it.
func ExampleCertify() {
	problem, err := mc.LowRank{Rows: 30, Cols: 30, Rank: 2, Observed: 250, MinPerLine: 3, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	result, err := mc.DeepMF{
		Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 3e-2},
		Schedule: mc.Cosine{}, Steps: 1000,
	}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	completion, certificate, err := mc.Certify(problem.Train.(*mc.Observations), result.W)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("rank %d, %d redundant equations, believe it: %v\n", certificate.Rank, certificate.Redundant,
		certificate.Holds())
	fmt.Printf("relative error above 1e-3 before, below 1e-12 after: %v, %v\n",
		mc.Evaluate(problem, result.W).RelativeError > 1e-3, mc.Evaluate(problem, completion).RelativeError < 1e-12)
	// Output:
	// rank 2, 134 redundant equations, believe it: true
	// relative error above 1e-3 before, below 1e-12 after: true, true
}
