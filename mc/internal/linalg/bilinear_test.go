package linalg

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// randomEntries returns so many positions, at least least in each row and column, and values.
func randomEntries(rows, cols, n, least int, rng *rand.Rand) (Entries, []float64) {
	for {
		known := make([]bool, rows*cols)
		for _, at := range rng.Perm(rows * cols)[:n] {
			known[at] = true
		}
		e := Entries{Rows: rows, Cols: cols, Start: make([]int, rows+1)}
		count := make([]int, cols)
		enough := true
		for i := range rows {
			for j := range cols {
				if known[i*cols+j] {
					e.Col = append(e.Col, int32(j))
					count[j]++
				}
			}
			e.Start[i+1] = len(e.Col)
			enough = enough && e.Start[i+1]-e.Start[i] >= least
		}
		for _, c := range count {
			enough = enough && c >= least
		}
		if !enough {
			continue
		}
		values := make([]float64, n)
		for k := range values {
			values[k] = rng.NormFloat64()
		}
		return e, values
	}
}

// Decomposition and conjugate gradients find the same solution, the one of least norm: that of the
// pseudo-inverse.
func TestBilinearLeastSquares(t *testing.T) {
	for _, shape := range []struct{ rows, cols, rank, known int }{{12, 9, 2, 70}, {9, 12, 2, 70}, {10, 10, 3, 100}} {
		rng := rand.New(rand.NewPCG(1, 2))
		e, values := randomEntries(shape.rows, shape.cols, shape.known, shape.rank+1, rng)
		b := NewBilinear(e, values, shape.rank)
		for k := range b.U {
			b.U[k] = rng.NormFloat64()
		}
		for k := range b.V {
			b.V[k] = rng.NormFloat64()
		}
		// The same problem as a dense system, in the orientation of b.
		n, nx, r := shape.known, len(b.X), shape.rank
		a := mat.NewDense(n, nx+len(b.Y), nil)
		for i := range b.Entries.Rows {
			for k := b.Entries.Start[i]; k < b.Entries.Start[i+1]; k++ {
				j := int(b.Entries.Col[k])
				for c := range r {
					a.Set(k, i*r+c, b.V[j*r+c])
					a.Set(k, nx+j*r+c, b.U[i*r+c])
				}
			}
		}
		var svd mat.SVD
		if !svd.Factorize(a, mat.SVDThin) {
			t.Fatal("no decomposition")
		}
		var want mat.VecDense
		rank := svd.Rank(1e-10)
		svd.SolveVecTo(&want, mat.NewVecDense(n, b.Values), rank)
		if free := nx + len(b.Y) - rank; free != r*r {
			t.Fatalf("%d free directions, want %d", free, r*r)
		}
		for _, direct := range []bool{true, false} {
			b.direct = direct
			b.Prepare()
			b.Solve(b.Values, nil, nil)
			off := 0.0
			for k := range nx {
				off = math.Hypot(off, b.X[k]-want.AtVec(k))
			}
			for k := range b.Y {
				off = math.Hypot(off, b.Y[k]-want.AtVec(nx+k))
			}
			// Rounding, times the condition of the problem: measured 5e-15.
			if off > 1e-12*mat.Norm(&want, 2) {
				t.Errorf("%+v, decomposed %v: %v off a solution of norm %v", shape, direct, off, mat.Norm(&want, 2))
			}
		}
	}
}

// At a high rank too the solution is that of least norm, UᵀX = YᵀV, and takes no r² × r² matrix.
func TestBilinearOfHighRank(t *testing.T) {
	const rows, cols, rank = 60, 50, 45
	rng := rand.New(rand.NewPCG(1, 3))
	e, values := randomEntries(rows, cols, rows*cols, 0, rng)
	b := NewBilinear(e, values, rank)
	for _, side := range [][]float64{b.U, b.V} {
		for k := range side {
			side[k] = rng.NormFloat64()
		}
	}
	b.Prepare()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.Solve(b.Values, nil, nil)
	runtime.ReadMemStats(&after)
	if size := after.TotalAlloc - before.TotalAlloc; size > 1<<20 {
		t.Errorf("a solution allocates %d bytes", size)
	}
	off := make([]float64, len(values))
	b.At(off, b.U, b.V, b.X, b.Y)
	for k, v := range b.Values {
		off[k] -= v
	}
	x, y := mat.NewDense(rows, rank, b.X), mat.NewDense(cols, rank, b.Y)
	u, v := mat.NewDense(rows, rank, b.U), mat.NewDense(cols, rank, b.V)
	var ux, yv mat.Dense
	ux.Mul(u.T(), x)
	yv.Mul(y.T(), v)
	// Rounding, times the condition of the problem.
	if !mat.EqualApprox(&ux, &yv, 1e-9) {
		t.Errorf("UᵀX differs from YᵀV")
	}
	gradient := make([]float64, len(b.d))
	b.adjoint(gradient, off)
	if g := Norm(gradient); g > 1e-9*Norm(b.Values) {
		t.Errorf("the gradient is %v", g)
	}
}

func TestOrthonormalize(t *testing.T) {
	const rows, rank = 7, 3
	rng := rand.New(rand.NewPCG(3, 1))
	a := gaussian(rows, rank, rng)
	for i := range rows {
		a.Set(i, 2, a.At(i, 0)-2*a.At(i, 1)) // the last column depends on the others
	}
	q, r := mat.NewDense(rows, rank, nil), mat.NewDense(rank, rank, nil)
	Orthonormalize(q.RawMatrix().Data, r.RawMatrix().Data, a.RawMatrix().Data, rank)
	var product, gram mat.Dense
	product.Mul(q, r)
	gram.Mul(q.T(), q)
	if !mat.EqualApprox(&product, a, 1e-14) {
		t.Errorf("q·r differs from a:\n%v", mat.Formatted(&product))
	}
	if !mat.EqualApprox(&gram, mat.NewDiagDense(rank, []float64{1, 1, 0}), 1e-14) || r.At(2, 2) != 0 {
		t.Errorf("qᵀq is\n%v", mat.Formatted(&gram))
	}
}

// Orthonormal spans what its argument spans, also where columns are nearly or wholly dependent.
func TestOrthonormal(t *testing.T) {
	const rows, cols = 40, 6
	for _, apart := range []float64{1, 1e-4, 0} {
		a := gaussian(rows, cols, rand.New(rand.NewPCG(6, 1)))
		rank := cols
		if apart == 0 {
			rank--
		}
		for i := range rows { // the last column is the first but for so much of itself
			a.Set(i, cols-1, a.At(i, 0)+apart*a.At(i, cols-1))
		}
		q := mat.DenseCopyOf(a)
		Orthonormal(q.RawMatrix())
		var gram, coordinates, back mat.Dense
		gram.Mul(q.T(), q)
		trace := mat.Trace(&gram)
		// Rounding: measured 9e-16.
		if math.Abs(trace-float64(rank)) > 1e-12 {
			t.Errorf("%v apart: the columns have the squared lengths %v in all, want %d", apart, trace, rank)
		}
		coordinates.Mul(q.T(), a)
		back.Mul(q, &coordinates)
		if !mat.EqualApprox(&back, a, 1e-12) {
			t.Errorf("%v apart: the span is another", apart)
		}
	}
}
