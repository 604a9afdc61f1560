package mc

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// Decomposition and conjugate gradients find the same solution, the one of least norm: that of the pseudo-inverse.
func TestBilinearLeastSquares(t *testing.T) {
	for _, shape := range []struct{ rows, cols, rank, observed int }{{12, 9, 2, 70}, {9, 12, 2, 70}, {10, 10, 3, 100}} {
		p, err := LowRank{Rows: shape.rows, Cols: shape.cols, Rank: shape.rank, Observed: shape.observed, MinPerLine: shape.rank + 1, Noise: 0.3, Seed: 1}.Problem()
		if err != nil {
			t.Fatal(err)
		}
		o := p.Train.(*Observations)
		rng := rand.New(rand.NewPCG(1, 2))
		b := newBilinear(o, shape.rank)
		for k := range b.u {
			b.u[k] = rng.NormFloat64()
		}
		for k := range b.v {
			b.v[k] = rng.NormFloat64()
		}
		// The same problem as a dense system, in the orientation of b.
		n, nx, r := b.o.Len(), len(b.x), shape.rank
		a := mat.NewDense(n, nx+len(b.y), nil)
		for k, e := range b.o.All() {
			for c := range r {
				a.Set(k, e.Row*r+c, b.v[e.Col*r+c])
				a.Set(k, nx+e.Col*r+c, b.u[e.Row*r+c])
			}
		}
		var svd mat.SVD
		if !svd.Factorize(a, mat.SVDThin) {
			t.Fatal("no decomposition")
		}
		var want mat.VecDense
		rank := svd.Rank(1e-10)
		svd.SolveVecTo(&want, mat.NewVecDense(n, b.o.value), rank)
		if free := nx + len(b.y) - rank; free != r*r {
			t.Fatalf("%d free directions, want %d", free, r*r)
		}
		for _, direct := range []bool{true, false} {
			b.direct = direct
			for k := range b.cg {
				b.cg[k] = make([]float64, nx+len(b.y))
			}
			b.prepare()
			b.solve(b.o.value, nil, nil)
			off := 0.0
			for k := range nx {
				off = math.Hypot(off, b.x[k]-want.AtVec(k))
			}
			for k := range b.y {
				off = math.Hypot(off, b.y[k]-want.AtVec(nx+k))
			}
			if off > 1e-9*mat.Norm(&want, 2) {
				t.Errorf("%+v, decomposed %v: %v off a solution of norm %v", shape, direct, off, mat.Norm(&want, 2))
			}
		}
	}
}

func TestCholesky(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 5, choleskyBlock, choleskyBlock + 1, 131} {
		g := gaussian(n, n+3, rng)
		a := mat.NewDense(n, n, nil)
		a.Mul(g, g.T())
		want := make([]float64, n)
		for i := range want {
			want[i] = rng.NormFloat64()
		}
		x := mat.NewVecDense(n, nil)
		x.MulVec(a, mat.NewVecDense(n, want))
		var c cholesky
		if !c.factorize(mat.DenseCopyOf(a).RawMatrix()) {
			t.Fatalf("%d: not positive", n)
		}
		c.solve(x.RawVector().Data)
		for i, v := range want {
			if math.Abs(x.AtVec(i)-v) > 1e-8*float64(n) {
				t.Fatalf("n = %d: x[%d] = %v, want %v", n, i, x.AtVec(i), v)
			}
		}
		// The rows of g are made orthonormal by their Gram matrix, which is a.
		y := mat.DenseCopyOf(g.T())
		c.solveRight(y.RawMatrix())
		a.Mul(y.T(), y)
		for i := range n {
			for j := range n {
				identity := 0.0
				if i == j {
					identity = 1
				}
				if math.Abs(a.At(i, j)-identity) > 1e-9*float64(n) {
					t.Fatalf("n = %d: columns %d and %d have the product %v", n, i, j, a.At(i, j))
				}
			}
		}
		a.Set(n-1, n-1, -1)
		if c.factorize(a.RawMatrix()) {
			t.Errorf("n = %d: factored a matrix that is not positive", n)
		}
	}
}
