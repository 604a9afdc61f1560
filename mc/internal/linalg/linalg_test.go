package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

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
		small, y := mat.DenseCopyOf(a).RawMatrix(), mat.VecDenseCopyOf(x).RawVector().Data
		var c Cholesky
		if !c.Factorize(mat.DenseCopyOf(a).RawMatrix()) || !Factor(small, 0) {
			t.Fatalf("%d: not positive", n)
		}
		c.Solve(x.RawVector().Data)
		Forward(small, y)
		Backward(small, y)
		for i, v := range want {
			// The condition number of A grows with n².
			if math.Abs(x.AtVec(i)-v) > 1e-8*float64(n) || math.Abs(y[i]-v) > 1e-8*float64(n) {
				t.Fatalf("n = %d: x[%d] = %v by blocks and %v, want %v", n, i, x.AtVec(i), y[i], v)
			}
		}
		// The rows of g are made orthonormal by their Gram matrix, which is a.
		q := mat.DenseCopyOf(g.T())
		c.SolveRight(q.RawMatrix())
		a.Mul(q.T(), q)
		if identity := mat.NewDiagDense(n, ones(n)); !mat.EqualApprox(a, identity, 1e-9*float64(n)) {
			t.Errorf("n = %d: the columns are not orthonormal", n)
		}
		a.Set(n-1, n-1, -1)
		if c.Factorize(a.RawMatrix()) {
			t.Errorf("n = %d: factored a matrix that is not positive", n)
		}
	}
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

// Factor adds the shift, and raises the pivots of a semidefinite matrix to half of it.
func TestFactorShift(t *testing.T) {
	a := kernel.Matrix{Rows: 2, Cols: 2, Stride: 2, Data: []float64{3, 9, 2, 7}}
	if !Factor(a, 1) || a.Data[0] != 2 || a.Data[2] != 1 || math.Abs(a.Data[3]-math.Sqrt(7)) > 1e-15 {
		t.Errorf("factor of ((4, 2), (2, 8)) is %v", a.Data)
	}
	if a.Data[1] != 9 {
		t.Error("wrote above the diagonal")
	}
	negative := kernel.Matrix{Rows: 1, Cols: 1, Stride: 1, Data: []float64{-4}}
	if !Factor(negative, 2) || negative.Data[0] != 1 {
		t.Errorf("the pivot −4 + 2 became %v, want the root of 1", negative.Data[0])
	}
	if negative.Data[0] = math.Inf(1); Factor(negative, 1) {
		t.Error("factored an infinite matrix")
	}
}

// Conjugate gradients find the solution of the normal equations, preconditioned or not.
func TestLeastSquares(t *testing.T) {
	const n, k = 30, 8
	rng := rand.New(rand.NewPCG(7, 1))
	a, b := gaussian(n, k, rng), gaussian(n, 1, rng)
	ridge := make([]float64, k)
	var normal mat.Dense
	normal.Mul(a.T(), a)
	for i := range ridge {
		ridge[i] = float64(i)
		normal.Set(i, i, normal.At(i, i)+ridge[i])
	}
	var right, want mat.Dense
	right.Mul(a.T(), b)
	if err := want.Solve(&normal, &right); err != nil {
		t.Fatal(err)
	}
	product := func(m mat.Matrix) func(dst, x []float64) {
		return func(dst, x []float64) {
			mat.NewVecDense(len(dst), dst).MulVec(m, mat.NewVecDense(len(x), x))
		}
	}
	solver := LeastSquares{Apply: product(a), Adjoint: product(a.T()), Ridge: ridge}
	for _, precondition := range []bool{false, true} {
		if precondition {
			solver.Precondition = func(dst, g []float64) {
				for i := range dst {
					dst[i] = g[i] / normal.At(i, i)
				}
			}
		}
		x, r := make([]float64, k), mat.Col(nil, 0, b)
		// Rounding of numbers of size 1.
		solver.Solve(x, r, 2*k, func(g []float64, _ float64) bool { return Norm(g) <= 1e-12 })
		residual := mat.Col(nil, 0, b)
		for i := range k {
			// Rounding: measured 2e-16.
			if math.Abs(x[i]-want.At(i, 0)) > 1e-12 {
				t.Errorf("preconditioned %v: x[%d] is %v, want %v", precondition, i, x[i], want.At(i, 0))
			}
			kernel.Axpy(-x[i], mat.Col(nil, i, a), residual)
		}
		for i := range r {
			// Rounding: measured 7e-16.
			if math.Abs(r[i]-residual[i]) > 1e-12 {
				t.Errorf("preconditioned %v: the residual is %v, want %v", precondition, r[i], residual[i])
			}
		}
	}
}

func TestProduct(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	for _, c := range []struct{ rows, cols, k, h, rank int }{{20, 15, 6, 6, 4}, {5, 30, 8, 8, 5}, {9, 9, 4, 4, 9}} {
		l, r := gaussian(c.rows, c.k, rng), gaussian(c.cols, c.h, rng)
		var w mat.Dense
		w.Mul(l, r.T())
		var svd mat.SVD
		svd.Factorize(&w, mat.SVDThin)
		var p Product
		if !p.Decompose(l.RawMatrix(), r.RawMatrix(), c.rank) {
			t.Fatal("not finite")
		}
		rank := min(c.rank, c.rows, c.cols, c.k)
		if len(p.Sigma) != rank {
			t.Fatalf("%+v: %d singular values, want %d", c, len(p.Sigma), rank)
		}
		var u, v, sv, want mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		sigma := svd.Values(nil)
		sv.Mul(u.Slice(0, c.rows, 0, rank), mat.NewDiagDense(rank, sigma[:rank]))
		want.Mul(&sv, v.Slice(0, c.cols, 0, rank).T())
		got := mat.NewDense(c.rows, c.cols, nil)
		p.Form(got.RawMatrix())
		if !mat.EqualApprox(got, &want, 1e-12*sigma[0]) {
			t.Errorf("%+v: not the best approximation", c)
		}
		if l.Set(0, 0, math.NaN()); p.Decompose(l.RawMatrix(), r.RawMatrix(), c.rank) {
			t.Errorf("%+v: decomposed a NaN", c)
		}
	}
}

// A tangent vector's Adjoint is the adjoint of its Apply, and Project leaves a tangent vector
// alone.
func TestTangentSpace(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	e, values := randomEntries(9, 7, 30, 0, rng)
	q := func(rows int) kernel.Matrix {
		a, r := gaussian(rows, 2, rng).RawMatrix(), make([]float64, 4)
		Orthonormalize(a.Data, r, append([]float64(nil), a.Data...), 2)
		return a
	}
	s := TangentSpace{Entries: kernel.NewSparse(e.Rows, e.Cols, e.Start, e.Col)}
	s.Move(q(9), q(7))
	x, y := s.Zero(), s.Zero()
	random := gaussian(9, 7, rng)
	identity := mat.NewDense(7, 7, nil)
	for j := range 7 {
		identity.Set(j, j, 1)
	}
	s.Project(x, random.RawMatrix(), identity.RawMatrix())
	fit := make([]float64, len(values))
	s.Apply(fit, x)
	s.Adjoint(y, values)
	// Rounding of sums of some hundred terms.
	if a, b := kernel.Dot(fit, values), kernel.Dot(x.All, y.All); math.Abs(a-b) > 1e-13*(1+math.Abs(a)) {
		t.Errorf("⟨A(x), y⟩ = %v, ⟨x, A*(y)⟩ = %v", a, b)
	}
	s.Sides(x)
	again := s.Zero()
	s.Project(again, Clone(s.L), Clone(s.R))
	for k, v := range x.All {
		// Rounding: measured 7e-16.
		if math.Abs(again.All[k]-v) > 1e-13 {
			t.Fatalf("coordinate %d of a tangent vector is %v after projection, %v before", k, again.All[k], v)
		}
	}
}

// Norms hold where squares leave the range of numbers.
func TestNorms(t *testing.T) {
	for _, scale := range []float64{1e-320, 1e-200, 1, 1e200, 1e307} {
		x := []float64{3 * scale, -4 * scale, 12 * scale}
		m := kernel.Matrix{Rows: 2, Cols: 1, Stride: 2, Data: []float64{5 * scale, 7, 12 * scale}}
		for _, got := range []float64{Norm(x), Frobenius(m)} {
			// Rounding of a few operations, and of the smallest numbers.
			if math.Abs(got-13*scale) > 1e-15*13*scale+5e-324 {
				t.Errorf("the norm of 3, −4, 12 times %v is %v", scale, got)
			}
		}
	}
	if got := Norm(nil); got != 0 {
		t.Errorf("the norm of nothing is %v", got)
	}
	if got := Norm([]float64{math.NaN(), 1}); !math.IsNaN(got) {
		t.Errorf("the norm of NaN is %v", got)
	}
}

func TestQuantile(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		sorted []float64
		q      float64
		want   float64
	}{
		{[]float64{1, 2, 3, 4}, 0, 1}, {[]float64{1, 2, 3, 4}, 0.5, 2.5}, {[]float64{1, 2, 3, 4}, 1, 4},
		{[]float64{1, 3, 7}, 0.25, 2}, {[]float64{5}, 0.3, 5}, {[]float64{1, inf, inf}, 0.75, inf},
		{[]float64{-inf, 1, 2}, 0.25, -inf}, {[]float64{1, 2, inf}, 0.5, 2},
	} {
		if got := Quantile(c.sorted, c.q); got != c.want {
			t.Errorf("the %v-quantile of %v is %v, want %v", c.q, c.sorted, got, c.want)
		}
	}
}
