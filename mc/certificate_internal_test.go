package mc

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// The rank by elimination is the number of singular values of the whole Jacobian that are not of
// rounding, whether or not the mask determines the matrix, and whichever side is longer.
func TestJacobianRank(t *testing.T) {
	deficient := 0
	for seed := range uint64(60) {
		rows, cols, rank := 9+int(seed%5), 13-int(seed%7), 1+int(seed%3)
		free := rank * (rows + cols - rank)
		p, err := LowRank{Rows: rows, Cols: cols, Rank: rank, Observed: free - 4 + int(seed%12), Seed: seed}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		o := p.Train.(*Observations)
		fit := newRankFit(o, rank)
		fit.begin(NewPoint(p.Truth), 0)
		jacobian, _, ok := fit.jacobian()
		var svd kernel.SVD
		if !ok || !svd.Values(jacobian) {
			t.Fatal("there is no Jacobian")
		}
		got, want := fit.jacobianRank(), NumericalRank(svd.Sigma, 1e-9)
		if got != want {
			t.Errorf("%d×%d, rank %d, %d entries: rank %d of the Jacobian, which has %d", rows, cols, rank, o.Len(),
				got, want)
		}
		if want < free {
			deficient++
		}
	}
	if deficient < 10 || deficient > 50 {
		t.Errorf("%d of 60 masks leave the matrix undetermined; the test must have both kinds", deficient)
	}
}

// An estimate that seems to have one rank more than the ground truth leads to it all the same, and
// the certificate has the rank of the completion.
func TestCertifyLowersTheRank(t *testing.T) {
	for seed := range uint64(5) {
		p, err := LowRank{Rows: 20, Cols: 18, Rank: 2, Observed: 230, MinPerLine: 5, Seed: seed}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		other, err := LowRank{Rows: 20, Cols: 18, Rank: 1, Observed: 1, Seed: seed + 100}.Truth()
		if err != nil {
			t.Fatal(err)
		}
		var w mat.Dense
		w.Scale(0.01, other)
		w.Add(&w, p.Truth)
		o := p.Train.(*Observations)
		if q, _ := likelyRank(o, NewPoint(&w).SingularValues()); q != 3 {
			t.Fatalf("seed %d: the estimate seems to have rank %d, not 3", seed, q)
		}
		if _, c, err := Certify(o, &w); err != nil || c.Rank != 2 || !c.Holds() {
			t.Errorf("seed %d: %v, %v; the completion has rank 2", seed, c, err)
		}
	}
}
