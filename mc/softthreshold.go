package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A softThreshold is the proximal map of the nuclear norm at a matrix M = U·diag(σ)·Vᵀ,
//
//	S_τ(M) = U·diag((σ − τ)₊)·Vᵀ = argmin over X of ½‖X − M‖_F² + τ‖X‖_*
//
// (Cai, Candès, Shen 2010, theorem 2.1), and, in the directions of its argument, the derivative of that map. The zero value is ready.
type softThreshold struct {
	X   *mat.Dense // S_τ(M), rows × cols
	svd kernel.SVD // of M
	tau float64
	// Rank of X, the number of singular values above τ.
	Rank int

	near, image  kernel.Matrix // V of Near, and M·V
	nearQ, nearR []float64
	nearSVD      kernel.SVD

	scaled             kernel.Matrix // U_r·diag(σ − τ)
	left, right        kernel.Matrix // H·V_r (rows × r), Hᵀ·U_r (cols × r)
	coreLeft, coreLow  kernel.Matrix // Uᵀ·H·V_r, k × r
	coreRight, coreTop kernel.Matrix // Vᵀ·Hᵀ·U_r, k × r
	back               kernel.Matrix
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

// Near is Of by one block power iteration from the singular vectors that the last call found, with a few to spare, or by Of where these may not suffice: for a sequence of
// matrices that settles. There is no Derivative after it.
func (s *softThreshold) Near(m *mat.Dense, tau float64) bool {
	rows, cols := m.Dims()
	width := s.Rank + 6
	if s.near.Cols != width || 3*width > min(rows, cols) || s.Rank == 0 {
		ok := s.Of(m, tau)
		if width = s.Rank + 6; ok && 3*width <= min(rows, cols) {
			s.near = sized(s.near, cols, width)
			copyRows(s.near, columns(s.svd.V, width))
		}
		return ok
	}
	s.image = sized(s.image, rows, width)
	kernel.Gemm(false, false, 1, m.RawMatrix(), s.near, 0, s.image)
	if len(s.nearQ) != rows*width {
		s.nearQ, s.nearR = make([]float64, rows*width), make([]float64, width*width)
	}
	orthonormalize(s.nearQ, s.nearR, s.image.Data, width)
	q := kernel.Matrix{Rows: rows, Cols: width, Stride: width, Data: s.nearQ}
	kernel.Gemm(true, false, 1, m.RawMatrix(), q, 0, s.near)
	if !s.nearSVD.Factorize(s.near) {
		return false
	}
	sigma := s.nearSVD.Sigma
	rank := 0
	for rank < width && sigma[rank] > tau {
		rank++
	}
	if rank == 0 || rank+3 > width { // more may be above τ
		s.near.Cols = 0
		return s.Near(m, tau)
	}
	s.scaled = sized(s.scaled, rows, rank)
	kernel.Gemm(false, false, 1, q, columns(s.nearSVD.V, rank), 0, s.scaled)
	for i := range rows {
		for c := range rank {
			s.scaled.Data[i*rank+c] *= sigma[c] - tau
		}
	}
	kernel.Gemm(false, true, 1, s.scaled, columns(s.nearSVD.U, rank), 0, s.X.RawMatrix())
	copyRows(s.near, s.nearSVD.U)
	if rank != s.Rank {
		s.near.Cols = 0 // the next call begins anew
	}
	s.tau, s.Rank = tau, rank
	copy(s.svd.Sigma, sigma)
	return true
}

// Derivative sets dst to the directional derivative of S_τ at M in the direction h (rows × cols).
//
// With H̃ = UᵀHV, symmetric and antisymmetric parts of its square block are scaled by the divided differences
// (f(σᵢ) − f(σⱼ))/(σᵢ − σⱼ) and (f(σᵢ) + f(σⱼ))/(σᵢ + σⱼ) of f(σ) = (σ − τ)₊, and what lies beyond the span of the singular vectors of
// the shorter side by f(σⱼ)/σⱼ. All are zero unless i or j is among the Rank first, so that the work is that of rank-r products.
func (s *softThreshold) Derivative(dst, h *mat.Dense) {
	rows, cols := h.Dims()
	r, k := s.Rank, len(s.svd.Sigma)
	if r == 0 {
		dst.Zero()
		return
	}
	s.left, s.right = sized(s.left, rows, r), sized(s.right, cols, r)
	s.coreLeft, s.coreLow = sized(s.coreLeft, k, r), sized(s.coreLow, k, r)
	s.coreRight, s.coreTop = sized(s.coreRight, k, r), sized(s.coreTop, k, r)
	u, v := columns(s.svd.U, r), columns(s.svd.V, r)
	kernel.Gemm(false, false, 1, h.RawMatrix(), v, 0, s.left)
	kernel.Gemm(true, false, 1, h.RawMatrix(), u, 0, s.right)
	kernel.Gemm(true, false, 1, s.svd.U, s.left, 0, s.coreLeft)   // H̃ᵢⱼ, j ≤ r
	kernel.Gemm(true, false, 1, s.svd.V, s.right, 0, s.coreRight) // H̃ⱼᵢ, j ≤ r
	f := func(i int) float64 {
		if i < r {
			return s.svd.Sigma[i] - s.tau
		}
		return 0
	}
	// low[i, j] is the core at (i, j) and top[i, j] that at (j, i), for j ≤ r; where both are ≤ r it is counted in low alone. What lies beyond
	// the span of U, or of V, is scaled by f(σⱼ)/σⱼ: that is added to all of H below, and taken off within the span here.
	for i := range k {
		for j := range r {
			a, b := s.coreLeft.Data[i*r+j], s.coreRight.Data[i*r+j] // H̃ᵢⱼ and H̃ⱼᵢ
			difference := 1.0
			if i >= r {
				difference = f(j) / (s.svd.Sigma[j] - s.svd.Sigma[i])
			}
			sum := (f(i) + f(j)) / (s.svd.Sigma[i] + s.svd.Sigma[j])
			even, odd := difference*(a+b)/2, sum*(a-b)/2
			low, top := even+odd, even-odd
			if i < r {
				top = 0
			}
			shrink := f(j) / s.svd.Sigma[j]
			if rows > k {
				low -= shrink * a
			}
			if cols > k {
				top -= shrink * b
			}
			s.coreLow.Data[i*r+j], s.coreTop.Data[i*r+j] = low, top
		}
	}
	// dst = (U·low + left·shrink)·V_rᵀ + U_r·(V·top + right·shrink)ᵀ
	s.back = sized(s.back, rows, r)
	kernel.Gemm(false, false, 1, s.svd.U, s.coreLow, 0, s.back)
	if rows > k {
		s.addShrunk(s.back, s.left)
	}
	kernel.Gemm(false, true, 1, s.back, v, 0, dst.RawMatrix())
	s.back = sized(s.back, cols, r)
	kernel.Gemm(false, false, 1, s.svd.V, s.coreTop, 0, s.back)
	if cols > k {
		s.addShrunk(s.back, s.right)
	}
	kernel.Gemm(false, true, 1, u, s.back, 1, dst.RawMatrix())
}

// addShrunk adds m·diag(f(σ)/σ) to dst.
func (s *softThreshold) addShrunk(dst, m kernel.Matrix) {
	for i := range m.Rows {
		for j := range m.Cols {
			dst.Data[i*dst.Stride+j] += m.Data[i*m.Stride+j] * (1 - s.tau/s.svd.Sigma[j])
		}
	}
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
