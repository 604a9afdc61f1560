package mc

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// cholesky is the factor L of a positive definite A = L·Lᵀ, made in place by blocks so that nearly all of the work is matrix
// products.
type cholesky struct {
	l       kernel.Matrix
	inverse kernel.Matrix // of a diagonal block
	panel   []float64
}

const choleskyBlock = 48

// factorize keeps a, whose lower triangle it overwrites; it reports false if a pivot is not positive.
func (c *cholesky) factorize(a kernel.Matrix) bool {
	n := a.Rows
	c.l = a
	if c.inverse.Data == nil {
		c.inverse = kernel.NewMatrix(choleskyBlock, choleskyBlock)
	}
	if len(c.panel) < n*choleskyBlock {
		c.panel = make([]float64, n*choleskyBlock)
	}
	for at := 0; at < n; at += choleskyBlock {
		size := min(choleskyBlock, n-at)
		if !c.diagonal(block(a, at, at, size, size)) {
			return false
		}
		below := n - at - size
		if below == 0 {
			break
		}
		inverse := block(c.inverse, 0, 0, size, size)
		panel := block(a, at+size, at, below, size)
		old := kernel.Matrix{Rows: below, Cols: size, Stride: size, Data: c.panel[:below*size]}
		for i := range below {
			copy(old.Data[i*size:(i+1)*size], panel.Data[i*panel.Stride:])
		}
		kernel.Gemm(false, true, 1, old, inverse, 0, panel)
		kernel.SyrkLower(false, -1, panel, 1, block(a, at+size, at+size, below, below))
	}
	return true
}

// diagonal overwrites the lower triangle of a block with its factor and sets inverse to that of the factor.
func (c *cholesky) diagonal(a kernel.Matrix) bool {
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
	clear(c.inverse.Data)
	for i := range n {
		row := c.inverse.Data[i*c.inverse.Stride : i*c.inverse.Stride+n]
		pivot := a.Data[i*a.Stride+i]
		for k := range i {
			kernel.Axpy(-a.Data[i*a.Stride+k]/pivot, c.inverse.Data[k*c.inverse.Stride:k*c.inverse.Stride+k+1], row[:k+1])
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

// block is a part of m that shares its elements.
func block(m kernel.Matrix, row, col, rows, cols int) kernel.Matrix {
	from := row*m.Stride + col
	return kernel.Matrix{Rows: rows, Cols: cols, Stride: m.Stride, Data: m.Data[from : from+(rows-1)*m.Stride+cols]}
}
