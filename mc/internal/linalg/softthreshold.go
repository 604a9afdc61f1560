package linalg

import "projectpenalty/mc/internal/kernel"

// SoftThreshold is the proximal map of the nuclear norm at a matrix M = U·diag(σ)·Vᵀ,
//
//	S_τ(M) = U·diag((σ − τ)₊)·Vᵀ = argmin over X of ½‖X − M‖_F² + τ‖X‖_*
//
// (Cai, Candès, Shen 2010, theorem 2.1). The zero value is ready.
type SoftThreshold struct {
	// X is S_τ(M), rows × cols.
	X kernel.Matrix
	// Rank of X, the number of singular values above τ.
	Rank int

	svd kernel.SVD // of M

	near, image, back kernel.Matrix // V of Near; Q, a basis of M·V; MᵀQ
	nearSVD           kernel.SVD    // of MᵀQ
	since             int           // the last Of, in calls of Near
	gram              kernel.Matrix
	cholesky          Cholesky

	scaled kernel.Matrix // U_r·diag(σ − τ)
}

// Of sets X = S_τ(m) from a full decomposition. It reports false if m is not finite.
func (s *SoftThreshold) Of(m kernel.Matrix, tau float64) bool {
	if s.X.Data == nil {
		s.X = kernel.NewMatrix(m.Rows, m.Cols)
	}
	if !s.svd.Factorize(m) {
		return false
	}
	s.rebuild(s.svd.U, s.svd.Sigma, s.svd.V, tau)
	return true
}

// rebuild sets X to U·diag((σ − τ)₊)·Vᵀ.
func (s *SoftThreshold) rebuild(u kernel.Matrix, sigma []float64, v kernel.Matrix, tau float64) {
	rank := above(sigma, tau)
	if s.Rank = rank; rank == 0 {
		clear(s.X.Data)
		return
	}
	s.scaled = Sized(s.scaled, u.Rows, rank)
	for i := range u.Rows {
		row := s.scaled.Data[i*rank : (i+1)*rank]
		for j := range row {
			row[j] = u.Data[i*u.Stride+j] * (sigma[j] - tau)
		}
	}
	kernel.Gemm(false, true, 1, s.scaled, Columns(v, rank), 0, s.X)
}

// above returns how many of the descending values exceed the bound.
func above(values []float64, bound float64) int {
	n := 0
	for n < len(values) && values[n] > bound {
		n++
	}
	return n
}

// Near is Of for a sequence of matrices that settles. It takes one block power iteration from the
// singular vectors that the last call found, with a few spare ones. Every twentieth call, and where
// the vectors at hand may not suffice, it is Of.
func (s *SoftThreshold) Near(m kernel.Matrix, tau float64) bool {
	const spare, least = 6, 3
	width := s.near.Cols
	s.since++
	rank := width
	if width > 0 && s.since < 20 {
		s.image, s.back = Sized(s.image, m.Rows, width), Sized(s.back, m.Cols, width)
		kernel.Gemm(false, false, 1, m, s.near, 0, s.image)
		if s.orthonormal() {
			kernel.Gemm(true, false, 1, m, s.image, 0, s.back)
			if !s.nearSVD.Factorize(s.back) {
				return false
			}
			rank = above(s.nearSVD.Sigma[:width], tau)
		}
	}
	if rank == 0 || rank+least > width { // more may be above τ
		s.since = 0
		if !s.Of(m, tau) {
			return false
		}
		if width = s.Rank + spare; 2*width > min(m.Rows, m.Cols) || s.Rank == 0 {
			width = 0
		}
		if s.near = Sized(s.near, m.Cols, width); width > 0 {
			CopyRows(s.near, Columns(s.svd.V, width))
		}
		return true
	}
	s.scaled = Sized(s.scaled, m.Rows, rank)
	kernel.Gemm(false, false, 1, s.image, Columns(s.nearSVD.V, rank), 0, s.scaled)
	for i := range m.Rows {
		for c := range rank {
			s.scaled.Data[i*rank+c] *= s.nearSVD.Sigma[c] - tau
		}
	}
	kernel.Gemm(false, true, 1, s.scaled, Columns(s.nearSVD.U, rank), 0, s.X)
	s.Rank = rank
	if width > rank+2*spare {
		width = rank + spare
	}
	s.near = Sized(s.near, m.Cols, width)
	CopyRows(s.near, Columns(s.nearSVD.U, width))
	return true
}

// orthonormal makes the columns of image orthonormal by the Cholesky factor of their Gram matrix.
// It reports false if they are so nearly dependent that rounding would spoil that.
func (s *SoftThreshold) orthonormal() bool {
	width := s.image.Cols
	s.gram = Sized(s.gram, width, width)
	kernel.SyrkLower(true, 1, s.image, 0, s.gram)
	largest := 0.0
	for j := range width {
		largest = max(largest, s.gram.Data[j*width+j])
	}
	if !s.cholesky.Factorize(s.gram) {
		return false
	}
	for j := range width {
		if pivot := s.gram.Data[j*width+j]; pivot*pivot < 1e-6*largest {
			return false
		}
	}
	s.cholesky.SolveRight(s.image)
	return true
}

// Kept is the state on which later calls depend.
func (s *SoftThreshold) Kept() []any { return []any{&s.X, &s.Rank, &s.near, &s.since} }
