package mc

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// What is found beyond U and V are the leading singular triples of (I − UUᵀ)·E·(I − VVᵀ),
// orthogonal to U and V also where E·V has a part beyond U, as before a λ has converged.
func TestSoftImputeLooksBeyondItsVectors(t *testing.T) {
	const rows, cols, width = 30, 20, 3
	p, err := LowRank{Rows: rows, Cols: cols, Rank: 5, Observed: 350, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	o := p.Train.(*Observations)
	rng := rand.New(rand.NewPCG(1, 2))
	orthonormal := func(n int) (*mat.Dense, kernel.Matrix) {
		m := mat.NewDense(n, width, nil)
		m.Apply(func(int, int, float64) float64 { return rng.NormFloat64() }, m)
		var qr mat.QR
		qr.Factorize(m)
		var q mat.Dense
		qr.QTo(&q)
		m.Copy(q.Slice(0, n, 0, width))
		return m, m.RawMatrix()
	}
	run := &imputation{o: o, entries: kernel.NewSparse(o.rows, o.cols, o.start, o.col), residual: o.value,
		d: []float64{3, 2, 1}, cap: cols, rng: rng}
	u, rawU := orthonormal(rows)
	v, rawV := orthonormal(cols)
	run.u, run.v = rawU, rawV

	left, sigma, right := run.beyond()
	e := mat.NewDense(rows, cols, nil)
	for _, at := range o.Entries() {
		e.Set(at.Row, at.Col, at.Value)
	}
	var core, part mat.Dense
	core.Mul(u.T(), e)
	part.Mul(u, &core)
	e.Sub(e, &part)
	core.Reset()
	core.Mul(e, v)
	part.Mul(&core, v.T())
	e.Sub(e, &part)
	var svd mat.SVD
	svd.Factorize(e, mat.SVDThin)
	want := svd.Values(nil)
	for k := range 2 {
		// A few rounds of subspace iteration: measured 6e-5.
		if math.Abs(sigma[k]-want[k]) > 1e-3*want[k] {
			t.Errorf("singular value %d is %v, want %v", k, sigma[k], want[k])
		}
	}
	for c, side := range map[string]struct {
		base *mat.Dense
		x    kernel.Matrix
	}{"left": {u, left}, "right": {v, right}} {
		x := mat.NewDense(side.x.Rows, 2, nil)
		for i := range side.x.Rows {
			x.SetRow(i, side.x.Data[i*side.x.Stride:i*side.x.Stride+2])
		}
		var inner, gram mat.Dense
		inner.Mul(side.base.T(), x)
		gram.Mul(x.T(), x)
		if mat.Max(&inner) > rounding || mat.Min(&inner) < -rounding ||
			!mat.EqualApprox(&gram, mat.NewDiagDense(2, []float64{1, 1}), rounding) {
			t.Errorf("%s vectors are not orthonormal, or not orthogonal to those at hand:\n%.2v\n%.2v", c,
				mat.Formatted(&gram), mat.Formatted(&inner))
		}
	}
}
