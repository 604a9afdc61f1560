package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// Factor overwrites the lower triangle of A with L, where A + shift·I = L·Lᵀ. A pivot below
// shift/2, which rounding alone can cause in a semidefinite A, is raised to that. Factor reports
// false at a pivot that is not positive and finite. It suits small matrices; [Cholesky] is for
// large ones.
//
// It goes by columns and takes four rows at a time, whose sums are independent of each other.
func Factor(a kernel.Matrix, shift float64) bool {
	n := a.Rows
	row := func(i int) []float64 { return a.Data[i*a.Stride : i*a.Stride+n] }
	for j := range n {
		l := row(j)
		pivot := l[j] + shift
		for _, v := range l[:j] {
			pivot -= v * v
		}
		pivot = max(pivot, shift/2)
		if !(pivot > 0) || math.IsInf(pivot, 0) {
			return false
		}
		pivot = math.Sqrt(pivot)
		l[j] = pivot
		scale := 1 / pivot
		l = l[:j]
		i := j + 1
		for ; i+4 <= n; i += 4 {
			r0, r1, r2, r3 := row(i), row(i+1), row(i+2), row(i+3)
			s0, s1, s2, s3 := r0[j], r1[j], r2[j], r3[j]
			p0, p1, p2, p3 := r0[:len(l)], r1[:len(l)], r2[:len(l)], r3[:len(l)]
			for k, v := range l {
				s0 -= p0[k] * v
				s1 -= p1[k] * v
				s2 -= p2[k] * v
				s3 -= p3[k] * v
			}
			r0[j], r1[j], r2[j], r3[j] = s0*scale, s1*scale, s2*scale, s3*scale
		}
		for ; i < n; i++ {
			r := row(i)
			s := r[j]
			for k, v := range l {
				s -= r[k] * v
			}
			r[j] = s * scale
		}
	}
	return true
}

// short is the length up to which a loop beats a call of the kernel.
const short = 16

// Forward overwrites x with L⁻¹·x. It reads the lower triangle of l.
func Forward(l kernel.Matrix, x []float64) {
	for i := range x {
		row := l.Data[i*l.Stride : i*l.Stride+i+1]
		if i > short {
			x[i] = (x[i] - kernel.Dot(row[:i], x[:i])) / row[i]
			continue
		}
		sum := x[i]
		for k, v := range row[:i] {
			sum -= v * x[k]
		}
		x[i] = sum / row[i]
	}
}

// Backward overwrites x with L⁻ᵀ·x. It reads the lower triangle of l.
func Backward(l kernel.Matrix, x []float64) {
	for i := len(x) - 1; i >= 0; i-- {
		row := l.Data[i*l.Stride : i*l.Stride+i+1]
		x[i] /= row[i]
		if i > short {
			kernel.Axpy(-x[i], row[:i], x[:i])
			continue
		}
		for k, v := range row[:i] {
			x[k] -= v * x[i]
		}
	}
}

// Cholesky is the factor L of a positive definite A = L·Lᵀ. It is made in place and by blocks, so
// that nearly all of the work is matrix products. The zero value is ready.
type Cholesky struct {
	l       kernel.Matrix
	inverse kernel.Matrix // the inverses of the diagonal blocks, one below the other
	panel   []float64
}

const choleskyBlock = 48

// Factorize keeps a, whose lower triangle it overwrites with L. It reports false if A is not
// positive definite.
func (c *Cholesky) Factorize(a kernel.Matrix) bool {
	n := a.Rows
	c.l = a
	if c.inverse.Rows < n {
		c.inverse = kernel.NewMatrix((n+choleskyBlock-1)/choleskyBlock*choleskyBlock, choleskyBlock)
	}
	for at := 0; at < n; at += choleskyBlock {
		size := min(choleskyBlock, n-at)
		diagonal, inverse := Block(a, at, at, size, size), Block(c.inverse, at, 0, size, size)
		if !Factor(diagonal, 0) {
			return false
		}
		invertTriangle(inverse, diagonal)
		below := n - at - size
		if below == 0 {
			break
		}
		panel := Block(a, at+size, at, below, size)
		c.timesTransposed(panel, inverse)
		kernel.SyrkLower(false, -1, panel, 1, Block(a, at+size, at+size, below, below))
	}
	return true
}

// invertTriangle sets inverse to L⁻¹.
func invertTriangle(inverse, l kernel.Matrix) {
	n := l.Rows
	for i := range n {
		row := inverse.Data[i*inverse.Stride : i*inverse.Stride+n]
		clear(row)
		pivot := l.Data[i*l.Stride+i]
		for k := range i {
			above := inverse.Data[k*inverse.Stride : k*inverse.Stride+k+1]
			kernel.Axpy(-l.Data[i*l.Stride+k]/pivot, above, row[:k+1])
		}
		row[i] = 1 / pivot
	}
}

// timesTransposed overwrites x with x·bᵀ.
func (c *Cholesky) timesTransposed(x, b kernel.Matrix) {
	if size := x.Rows * x.Cols; len(c.panel) < size {
		c.panel = make([]float64, size)
	}
	old := kernel.Matrix{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols, Data: c.panel[:x.Rows*x.Cols]}
	CopyRows(old, x)
	kernel.Gemm(false, true, 1, old, b, 0, x)
}

// Solve overwrites x with A⁻¹·x.
func (c *Cholesky) Solve(x []float64) {
	Forward(c.l, x)
	Backward(c.l, x)
}

// SolveRight overwrites x (m × n) with x·L⁻ᵀ. If A is the Gram matrix of the columns of x, these
// become orthonormal.
func (c *Cholesky) SolveRight(x kernel.Matrix) {
	for at := 0; at < x.Cols; at += choleskyBlock {
		size := min(choleskyBlock, x.Cols-at)
		panel := Block(x, 0, at, x.Rows, size)
		if at > 0 {
			before := Block(x, 0, 0, x.Rows, at)
			kernel.Gemm(false, true, -1, before, Block(c.l, at, 0, size, at), 1, panel)
		}
		c.timesTransposed(panel, Block(c.inverse, at, 0, size, size))
	}
}
