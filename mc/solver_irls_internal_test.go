package mc

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/random"
)

// atUnseen returns the largest entry of m that is not observed, over its largest.
func atUnseen(o *Observations, m *mat.Dense) float64 {
	rows, cols := m.Dims()
	observed := mat.NewDense(rows, cols, nil)
	for _, e := range o.All() {
		observed.Set(e.Row, e.Col, 1)
	}
	worst, most := 0.0, 0.0
	for i := range rows {
		for j := range cols {
			x := math.Abs(m.At(i, j))
			most = max(most, x)
			if observed.At(i, j) == 0 {
				worst = max(worst, x)
			}
		}
	}
	return worst / most
}

// shapes of problems whose steps are looked at.
func irlsSteps(t *testing.T, check func(t *testing.T, o *Observations, w *mat.Dense, svd *kernel.SVD)) {
	for _, l := range []LowRank{{Rows: 20, Cols: 20, Rank: 3, Observed: 150, Seed: 1},
		{Rows: 25, Cols: 12, Rank: 2, Observed: 120, Seed: 2}, {Rows: 10, Cols: 30, Rank: 2, Observed: 110, Seed: 3}} {
		p, err := l.Problem()
		if err != nil {
			t.Fatal(err)
		}
		// The last W: some matrix with singular values from 1 to 3.
		var svd kernel.SVD
		svd.Factorize(gaussian(l.Rows, l.Cols, random.New(4, 1)).RawMatrix())
		w := mat.NewDense(l.Rows, l.Cols, nil)
		for c := range svd.Sigma {
			svd.Sigma[c] = 3 - 2*float64(c)/float64(len(svd.Sigma)-1)
			w.RankOne(w, svd.Sigma[c], view(svd.U).ColView(c), view(svd.V).ColView(c))
		}
		check(t, p.Train.(*Observations), w, &svd)
	}
}

// A step of MatrixIRLS minimises ⟨W, M₁WM₂⟩ subject to the observed entries: M₁WM₂ vanishes at all
// others.
func TestMatrixIRLSStep(t *testing.T) {
	irlsSteps(t, func(t *testing.T, o *Observations, w *mat.Dense, svd *kernel.SVD) {
		for _, above := range []int{2, 5, len(svd.Sigma)} { // how many σ are above ε
			run := &matrixReweighting{}
			if err := run.Start(context.Background(), &State{Problem: Problem{Train: o}}); err != nil {
				t.Fatal(err)
			}
			run.w.Scale(1/run.unit, w)
			run.svd.Factorize(run.w.RawMatrix())
			run.eps = 0.98 * run.svd.Sigma[above-1] // no lower than the next
			run.fill(context.Background(), 1e-14)
			run.eps *= run.unit
			var next mat.Dense
			next.Scale(run.unit, run.w)
			if got := run.space.L.Cols / 2; got != above {
				t.Fatalf("%d singular values above ε, want %d", got, above)
			}
			side := func(x kernel.Matrix) *mat.Dense {
				m := mat.NewDense(x.Rows, x.Rows, nil)
				for i := range x.Rows {
					m.Set(i, i, 1/run.eps)
				}
				for c, s := range svd.Sigma {
					column := view(x).ColView(c)
					m.RankOne(m, 1/max(s, run.eps)-1/run.eps, column, column)
				}
				return m
			}
			var weighted mat.Dense
			weighted.Product(side(svd.U), &next, side(svd.V))
			if off := atUnseen(o, &weighted); off > 1e-9 { // rounding, times the condition of the weights
				t.Errorf("%d×%d with %d above ε: the weighted solution is %v where nothing is observed",
					o.rows, o.cols, above, off)
			}
			if got := loss(make([]float64, o.Len()), o, &next); got > 1e-30 { // the square of rounding
				t.Errorf("loss %v", got)
			}
		}
	})
}

// A step of IRLS minimises tr(WMWᵀ): WM vanishes where nothing is observed.
func TestIRLSStep(t *testing.T) {
	irlsSteps(t, func(t *testing.T, o *Observations, w *mat.Dense, svd *kernel.SVD) {
		for _, p := range []float64{0, 0.5, 1} {
			gamma := 0.3 * svd.Sigma[0]
			next := mat.NewDense(o.rows, o.cols, nil)
			newRowwise(o).solve(next, svd, gamma, p)
			m := mat.NewDense(o.cols, o.cols, nil)
			rest := math.Pow(gamma, p/2-1)
			for j := range o.cols {
				m.Set(j, j, rest)
			}
			for c, s := range svd.Sigma {
				column := view(svd.V).ColView(c)
				m.RankOne(m, math.Pow(s*s+gamma, p/2-1)-rest, column, column)
			}
			var weighted mat.Dense
			weighted.Mul(next, m)
			if off := atUnseen(o, &weighted); off > 1e-9 { // rounding, times the condition of the weights
				t.Errorf("%d×%d, p = %v: the weighted solution is %v where nothing is observed",
					o.rows, o.cols, p, off)
			}
		}
	})
}
