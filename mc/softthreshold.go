package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A softThreshold is the proximal map of the nuclear norm at a matrix M = U·diag(σ)·Vᵀ,
//
//	S_τ(M) = U·diag((σ − τ)₊)·Vᵀ = argmin over X of ½‖X − M‖_F² + τ‖X‖_*
//
// (Cai, Candès, Shen 2010, theorem 2.1). The zero value is ready.
type softThreshold struct {
	X   *mat.Dense // S_τ(M), rows × cols
	svd kernel.SVD // of M
	tau float64
	// Rank of X, the number of singular values above τ.
	Rank int

	near, image, back kernel.Matrix // V of Near; Q, a basis of M·V; MᵀQ
	nearSVD           kernel.SVD    // of MᵀQ
	since             int           // the last Of, in calls of Near
	gram              kernel.Matrix
	cholesky          cholesky

	scaled kernel.Matrix // U_r·diag(σ − τ)
}

// Nuclear returns ‖X‖_*.
func (s *softThreshold) Nuclear() float64 {
	sum := 0.0
	for _, v := range s.svd.Sigma[:s.Rank] {
		sum += v - s.tau
	}
	return sum
}

// SquaredNorm returns ‖X‖_F².
func (s *softThreshold) SquaredNorm() float64 {
	sum := 0.0
	for _, v := range s.svd.Sigma[:s.Rank] {
		sum += (v - s.tau) * (v - s.tau)
	}
	return sum
}

// Of sets X = S_τ(m). It reports false if m is not finite.
func (s *softThreshold) Of(m *mat.Dense, tau float64) bool {
	return s.OfRank(m, tau, m.RawMatrix().Cols)
}

// OfRank is Of with at most so many singular values, the largest.
func (s *softThreshold) OfRank(m *mat.Dense, tau float64, most int) bool {
	rows, cols := m.Dims()
	if s.X == nil {
		s.X = mat.NewDense(rows, cols, nil)
	}
	if !s.svd.Factorize(m.RawMatrix()) {
		return false
	}
	s.tau, s.Rank = tau, 0
	for s.Rank < min(most, len(s.svd.Sigma)) && s.svd.Sigma[s.Rank] > tau {
		s.Rank++
	}
	if s.Rank == 0 {
		s.X.Zero()
		return true
	}
	s.scaled = sized(s.scaled, rows, s.Rank)
	for i := range rows {
		row := s.scaled.Data[i*s.Rank : (i+1)*s.Rank]
		for j := range row {
			row[j] = s.svd.U.Data[i*s.svd.U.Stride+j] * (s.svd.Sigma[j] - tau)
		}
	}
	kernel.Gemm(false, true, 1, s.scaled, columns(s.svd.V, s.Rank), 0, s.X.RawMatrix())
	return true
}

// Near is Of by one block power iteration from the singular vectors that the last call found, with a few to spare, for a sequence of matrices that settles. Every twentieth
// call, and where the vectors at hand may not suffice, it is Of.
func (s *softThreshold) Near(m *mat.Dense, tau float64) bool {
	const spare, least = 6, 3
	rows, cols := m.Dims()
	width := s.near.Cols
	s.since++
	rank := width
	if width > 0 && s.since < 20 {
		s.image, s.back = sized(s.image, rows, width), sized(s.back, cols, width)
		kernel.Gemm(false, false, 1, m.RawMatrix(), s.near, 0, s.image)
		if s.orthonormal() {
			kernel.Gemm(true, false, 1, m.RawMatrix(), s.image, 0, s.back)
			if !s.nearSVD.Factorize(s.back) {
				return false
			}
			for rank = 0; rank < width && s.nearSVD.Sigma[rank] > tau; {
				rank++
			}
		}
	}
	if rank == 0 || rank+least > width { // more may be above τ
		s.since = 0
		if !s.Of(m, tau) {
			return false
		}
		if width = s.Rank + spare; 2*width > min(rows, cols) || s.Rank == 0 {
			width = 0
		}
		if s.near = sized(s.near, cols, width); width > 0 {
			copyRows(s.near, columns(s.svd.V, width))
		}
		return true
	}
	s.scaled = sized(s.scaled, rows, rank)
	kernel.Gemm(false, false, 1, s.image, columns(s.nearSVD.V, rank), 0, s.scaled)
	for i := range rows {
		for c := range rank {
			s.scaled.Data[i*rank+c] *= s.nearSVD.Sigma[c] - tau
		}
	}
	kernel.Gemm(false, true, 1, s.scaled, columns(s.nearSVD.U, rank), 0, s.X.RawMatrix())
	s.tau, s.Rank = tau, rank
	copy(s.svd.Sigma, s.nearSVD.Sigma)
	if width > rank+2*spare {
		width = rank + spare
	}
	s.near = sized(s.near, cols, width)
	copyRows(s.near, columns(s.nearSVD.U, width))
	return true
}

// orthonormal makes the columns of image orthonormal by the Cholesky factor of their Gram matrix; it reports false if they are so nearly dependent that they would not be.
func (s *softThreshold) orthonormal() bool {
	width := s.image.Cols
	s.gram = sized(s.gram, width, width)
	kernel.SyrkLower(true, 1, s.image, 0, s.gram)
	largest := 0.0
	for j := range width {
		largest = max(largest, s.gram.Data[j*width+j])
	}
	if !s.cholesky.factorize(s.gram) {
		return false
	}
	for j := range width {
		if pivot := s.gram.Data[j*width+j]; pivot*pivot < 1e-6*largest {
			return false
		}
	}
	s.cholesky.solveRight(s.image)
	return true
}

// sized returns a rows × cols matrix in the memory of m, if that is enough; its elements are unspecified.
func sized(m kernel.Matrix, rows, cols int) kernel.Matrix {
	if cap(m.Data) < rows*cols {
		m.Data = make([]float64, rows*cols)
	}
	return kernel.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: m.Data[:rows*cols]}
}

// columns returns the first r columns of m.
func columns(m kernel.Matrix, r int) kernel.Matrix {
	m.Cols = r
	return m
}
