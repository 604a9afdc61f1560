package linalg

import "projectpenalty/mc/internal/kernel"

// Product is the leading part U·Σ·Vᵀ of the singular value decomposition of a product L·Rᵀ, with L
// (rows × k) and R (cols × h). With L = U₁S₁V₁ᵀ, R = U₂S₂V₂ᵀ and S₁V₁ᵀV₂S₂ = XΣYᵀ it is
// (U₁X)·Σ·(U₂Y)ᵀ. The zero value is ready; no rows × cols matrix is formed.
type Product struct {
	U, V  kernel.Matrix // rows × rank and cols × rank
	Sigma []float64     // descending

	left, right, core kernel.SVD
	small             kernel.Matrix
}

// Decompose computes the leading rank singular triples of L·Rᵀ, or as many as its factors have. It
// reports false if the product is not finite.
func (p *Product) Decompose(l, r kernel.Matrix, rank int) bool {
	if !p.left.Factorize(l) || !p.right.Factorize(r) {
		return false
	}
	k1, k2 := len(p.left.Sigma), len(p.right.Sigma)
	p.small = Sized(p.small, k1, k2)
	kernel.Gemm(true, false, 1, p.left.V, p.right.V, 0, p.small)
	for i := range k1 {
		for j := range k2 {
			p.small.Data[i*k2+j] *= p.left.Sigma[i] * p.right.Sigma[j]
		}
	}
	if !p.core.Factorize(p.small) {
		return false
	}
	rank = min(rank, k1, k2)
	p.U, p.V = Sized(p.U, l.Rows, rank), Sized(p.V, r.Rows, rank)
	p.Sigma = append(p.Sigma[:0], p.core.Sigma[:rank]...)
	kernel.Gemm(false, false, 1, p.left.U, Columns(p.core.U, rank), 0, p.U)
	kernel.Gemm(false, false, 1, p.right.U, Columns(p.core.V, rank), 0, p.V)
	return true
}

// Form sets w (rows × cols) to U·Σ·Vᵀ.
func (p *Product) Form(w kernel.Matrix) {
	kernel.Gemm(false, true, 1, Weighted(p.U, p.Sigma), p.V, 0, w)
}
