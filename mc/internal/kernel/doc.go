// Package kernel holds the linear algebra in the inner loops of mc, all of it in Go and generated
// Go assembly:
//
//   - products of dense matrices ([Gemm], [Syrk]), of sampled and of sparse ones ([Sparse]);
//   - the singular value decomposition ([SVD]) and the polar factor without one ([Polar]);
//   - fused passes over vectors ([Adam], [Axpy], [Dot], …).
//
// Workspaces are values whose zero is ready; once a shape is known nothing is allocated. Results
// depend neither on GOMAXPROCS nor on the instruction set, of which there are AVX-512, AVX2 with
// FMA, NEON and portable Go: every sum has the same order of fused multiply-adds in all of them.
// The best that the processor has is used; the environment variable PENALTY_KERNEL (avx512, avx2,
// neon, portable) chooses another.
package kernel

//go:generate go run ./gen

import "gonum.org/v1/gonum/blas/blas64"

// Matrix is a dense row-major matrix: element (i, j) is Data[i*Stride+j].
type Matrix = blas64.General

// NewMatrix returns a zero matrix of the given shape, its rows contiguous.
func NewMatrix(rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, Stride: max(1, cols), Data: make([]float64, rows*cols)}
}
