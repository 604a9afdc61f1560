package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// truncated is the leading part of the singular value decomposition of a product L·Rᵀ, L (rows × k) and R (cols × k): with
// L = U₁S₁V₁ᵀ, R = U₂S₂V₂ᵀ and S₁V₁ᵀV₂S₂ = UΣVᵀ it is (U₁U)·Σ·(U₂V)ᵀ.
type truncated struct {
	left, right, core kernel.SVD
	u, v              kernel.Matrix // rows × rank and cols × rank
	sigma             []float64
}

// decompose reports false if the product is not finite.
func (t *truncated) decompose(l, r kernel.Matrix, rank int) bool {
	if !t.left.Factorize(l) || !t.right.Factorize(r) {
		return false
	}
	k1, k2 := len(t.left.Sigma), len(t.right.Sigma)
	core := kernel.NewMatrix(k1, k2)
	kernel.Gemm(true, false, 1, t.left.V, t.right.V, 0, core)
	for i := range k1 {
		for j := range k2 {
			core.Data[i*core.Stride+j] *= t.left.Sigma[i] * t.right.Sigma[j]
		}
	}
	if !t.core.Factorize(core) {
		return false
	}
	if t.u.Data == nil {
		t.u, t.v = kernel.NewMatrix(l.Rows, rank), kernel.NewMatrix(r.Rows, rank)
	}
	t.sigma = append(t.sigma[:0], t.core.Sigma[:rank]...)
	kernel.Gemm(false, false, 1, t.left.U, block(t.core.U, 0, 0, k1, rank), 0, t.u)
	kernel.Gemm(false, false, 1, t.right.U, block(t.core.V, 0, 0, k2, rank), 0, t.v)
	return true
}

// product sets w to U·Σ·Vᵀ.
func (t *truncated) product(w *mat.Dense) {
	scaled := kernel.NewMatrix(t.u.Rows, t.u.Cols)
	for i := range t.u.Rows {
		for c, s := range t.sigma {
			scaled.Data[i*scaled.Stride+c] = s * t.u.Data[i*t.u.Stride+c]
		}
	}
	kernel.Gemm(false, true, 1, scaled, t.v, 0, w.RawMatrix())
}
