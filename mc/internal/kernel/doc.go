// Package kernel holds the dense linear algebra in the inner loops of mc: matrix products and singular value
// decompositions that allocate nothing once their workspaces exist, and whose results do not depend on GOMAXPROCS.
package kernel

//go:generate go run ./gen

import "gonum.org/v1/gonum/blas/blas64"

// Matrix is a dense row-major matrix: element (i, j) is Data[i*Stride+j].
type Matrix = blas64.General

// NewMatrix returns a zero matrix of the given shape, its rows contiguous.
func NewMatrix(rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, Stride: max(1, cols), Data: make([]float64, rows*cols)}
}
