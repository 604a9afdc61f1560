package kernel

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Gemm computes C = α·op(A)·op(B) + β·C, where op transposes if asked to. C must overlap neither A nor B; with β = 0
// what C held is not read.
func Gemm(transA, transB bool, alpha float64, a, b Matrix, beta float64, c Matrix) {
	blas64.Gemm(op(transA), op(transB), alpha, a, b, beta, c)
}

func op(trans bool) blas.Transpose {
	if trans {
		return blas.Trans
	}
	return blas.NoTrans
}
