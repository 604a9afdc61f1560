package mc

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// cholesky is the factor L of a positive definite A = L·Lᵀ, made in place by blocks so that nearly all of the work is matrix
// products.
type cholesky struct {
	l       kernel.Matrix
	inverse kernel.Matrix // those of the diagonal blocks, one below the other
	panel   []float64
}

const choleskyBlock = 48

// factorize keeps a, whose lower triangle it overwrites; it reports false if a pivot is not positive.
func (c *cholesky) factorize(a kernel.Matrix) bool {
	n := a.Rows
	c.l = a
	if c.inverse.Rows < n {
		c.inverse = kernel.NewMatrix((n+choleskyBlock-1)/choleskyBlock*choleskyBlock, choleskyBlock)
	}
	for at := 0; at < n; at += choleskyBlock {
		size := min(choleskyBlock, n-at)
		inverse := block(c.inverse, at, 0, size, size)
		if !diagonalCholesky(block(a, at, at, size, size), inverse) {
			return false
		}
		below := n - at - size
		if below == 0 {
			break
		}
		panel := block(a, at+size, at, below, size)
		c.timesTransposed(panel, inverse)
		kernel.SyrkLower(false, -1, panel, 1, block(a, at+size, at+size, below, below))
	}
	return true
}

// timesTransposed overwrites x with x·bᵀ.
func (c *cholesky) timesTransposed(x, b kernel.Matrix) {
	if size := x.Rows * x.Cols; len(c.panel) < size {
		c.panel = make([]float64, size)
	}
	old := kernel.Matrix{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols, Data: c.panel[:x.Rows*x.Cols]}
	copyRows(old, x)
	kernel.Gemm(false, true, 1, old, b, 0, x)
}

// diagonalCholesky overwrites the lower triangle of a block with its factor and sets inverse to that of the factor.
func diagonalCholesky(a, inverse kernel.Matrix) bool {
	n := a.Rows
	for i := range n {
		l := a.Data[i*a.Stride : i*a.Stride+n]
		for j := range i + 1 {
			m := a.Data[j*a.Stride : j*a.Stride+n]
			sum := l[j]
			for k := range j {
				sum -= l[k] * m[k]
			}
			if i > j {
				l[j] = sum / m[j]
				continue
			}
			if !(sum > 0) || math.IsInf(sum, 0) {
				return false
			}
			l[i] = math.Sqrt(sum)
		}
	}
	for i := range n {
		row := inverse.Data[i*inverse.Stride : i*inverse.Stride+n]
		clear(row)
		pivot := a.Data[i*a.Stride+i]
		for k := range i {
			kernel.Axpy(-a.Data[i*a.Stride+k]/pivot, inverse.Data[k*inverse.Stride:k*inverse.Stride+k+1], row[:k+1])
		}
		row[i] = 1 / pivot
	}
	return true
}

// solve overwrites x with A⁻¹x.
func (c *cholesky) solve(x []float64) {
	n := c.l.Rows
	for i := range n {
		row := c.l.Data[i*c.l.Stride : i*c.l.Stride+i+1]
		x[i] = (x[i] - kernel.Dot(row[:i], x[:i])) / row[i]
	}
	for i := n - 1; i >= 0; i-- {
		row := c.l.Data[i*c.l.Stride : i*c.l.Stride+i+1]
		x[i] /= row[i]
		kernel.Axpy(-x[i], row[:i], x[:i])
	}
}

// solveRight overwrites x (m × n) with x·L⁻ᵀ: with A the Gram matrix of the columns of x, these become orthonormal.
func (c *cholesky) solveRight(x kernel.Matrix) {
	for at := 0; at < x.Cols; at += choleskyBlock {
		size := min(choleskyBlock, x.Cols-at)
		panel := block(x, 0, at, x.Rows, size)
		if at > 0 {
			kernel.Gemm(false, true, -1, block(x, 0, 0, x.Rows, at), block(c.l, at, 0, size, at), 1, panel)
		}
		c.timesTransposed(panel, block(c.inverse, at, 0, size, size))
	}
}

// block is a part of m that shares its elements.
func block(m kernel.Matrix, row, col, rows, cols int) kernel.Matrix {
	from := row*m.Stride + col
	return kernel.Matrix{Rows: rows, Cols: cols, Stride: m.Stride, Data: m.Data[from : from+(rows-1)*m.Stride+cols]}
}
