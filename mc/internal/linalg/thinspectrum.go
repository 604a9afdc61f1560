package linalg

import "projectpenalty/mc/internal/kernel"

// ThinSpectrum holds the singular values of a product W = L·Rᵀ, with L (rows × h) and R (cols × h),
// and carries slopes with respect to them to L and R, without a matrix of W's shape. With
// orthonormal P and Q,
//
//	L = P·A,  R = Q·B,  A·Bᵀ = X·Σ·Yᵀ:
//	∂f/∂L = P·X·diag(∂f/∂σ)·Yᵀ·B,  ∂f/∂R = Q·Y·diag(∂f/∂σ)·Xᵀ·A.
//
// P and Q come from the Cholesky factors of h × h Gram matrices, twice (Yamamoto, Nakatsukasa,
// Yanagisawa, Fukaya 2015): (rows + cols)·h² operations, nearly all of them in matrix products, to
// the accuracy of an SVD of W. Columns that are nearly dependent go by Gram–Schmidt. The zero value
// is ready.
type ThinSpectrum struct {
	// Sigma are the min(rows, cols) singular values, descending; those beyond h are 0.
	Sigma []float64

	left, right side
	core        kernel.SVD
	small, mid  kernel.Matrix
}

// Decompose computes Sigma. It reports false if L or R is not finite.
func (t *ThinSpectrum) Decompose(l, r kernel.Matrix) bool {
	t.left.split(l)
	t.right.split(r)
	h := l.Cols
	t.small, t.mid = Sized(t.small, h, h), Sized(t.mid, h, h)
	kernel.Gemm(false, true, 1, t.left.a, t.right.a, 0, t.small)
	if most := min(l.Rows, r.Rows); len(t.Sigma) != most {
		t.Sigma = make([]float64, most)
	}
	if !t.core.Factorize(t.small) {
		clear(t.Sigma)
		return false
	}
	copy(t.Sigma, t.core.Sigma)
	return true
}

// A side is a factor P·A, with P = basis·second⁻ᵀ orthonormal: the basis is nearly so, and second
// is the Cholesky factor of its Gram matrix.
type side struct {
	basis, a, first, second kernel.Matrix
	factor                  Cholesky
	column                  []float64
}

func (s *side) split(x kernel.Matrix) {
	h := x.Cols
	s.basis, s.a = Sized(s.basis, x.Rows, h), Sized(s.a, h, h)
	s.first, s.second = Sized(s.first, h, h), Sized(s.second, h, h)
	CopyRows(s.basis, x)
	if s.cholesky(s.first, 1e-10) {
		s.factor.SolveRight(s.basis)
		if s.cholesky(s.second, 0.1) {
			for i := range h { // A = secondᵀ·firstᵀ, both of them upper triangles
				for j := range h {
					sum := 0.0
					for k := i; k <= j; k++ {
						sum += s.second.Data[k*h+i] * s.first.Data[j*h+k]
					}
					s.a.Data[i*h+j] = sum
				}
			}
			return
		}
	}
	from := x.Data
	if x.Stride != h {
		from = make([]float64, x.Rows*h)
		CopyRows(kernel.Matrix{Rows: x.Rows, Cols: h, Stride: h, Data: from}, x)
	}
	Orthonormalize(s.basis.Data, s.a.Data, from, h)
	clear(s.second.Data)
	for i := range h {
		s.second.Data[i*h+i] = 1
	}
}

// cholesky factorises the Gram matrix of the basis, unless its columns are nearly dependent.
func (s *side) cholesky(gram kernel.Matrix, least float64) bool {
	kernel.SyrkLower(true, 1, s.basis, 0, gram)
	h, largest := gram.Rows, 0.0
	for c := range h {
		largest = max(largest, gram.Data[c*h+c])
	}
	ok := s.factor.Factorize(gram)
	for c := range h {
		pivot := gram.Data[c*h+c]
		ok = ok && pivot*pivot > least*largest
	}
	return ok
}

// add adds scale·P·z to dst. It overwrites z.
func (s *side) add(dst kernel.Matrix, scale float64, z kernel.Matrix) {
	if len(s.column) != z.Rows {
		s.column = make([]float64, z.Rows)
	}
	for j := range z.Cols {
		for i := range s.column {
			s.column[i] = z.Data[i*z.Stride+j]
		}
		Backward(s.second, s.column)
		for i, v := range s.column {
			z.Data[i*z.Stride+j] = v
		}
	}
	kernel.Gemm(false, false, scale, s.basis, z, 1, dst)
}

// AddGradient adds scale·∂f/∂L to gradL and scale·∂f/∂R to gradR, given ∂f/∂σ for the Sigma of the
// last Decompose. Numerically zero directions, those with σ ≤ max(rows, cols)·2⁻⁵²·σ₁, are left
// alone.
func (t *ThinSpectrum) AddGradient(gradL, gradR kernel.Matrix, scale float64, slopes []float64) {
	h := t.small.Rows
	zero := float64(max(gradL.Rows, gradR.Rows)) * 0x1p-52 * t.Sigma[0]
	for i := range h { // mid = X·diag(∂f/∂σ)
		for c := range h {
			t.mid.Data[i*h+c] = 0
			if t.Sigma[c] > zero {
				t.mid.Data[i*h+c] = t.core.U.Data[i*t.core.U.Stride+c] * slopes[c]
			}
		}
	}
	kernel.Gemm(false, true, 1, t.mid, t.core.V, 0, t.small) // D = X·diag(∂f/∂σ)·Yᵀ
	kernel.Gemm(false, false, 1, t.small, t.right.a, 0, t.mid)
	t.left.add(gradL, scale, t.mid)
	kernel.Gemm(true, false, 1, t.small, t.left.a, 0, t.mid)
	t.right.add(gradR, scale, t.mid)
}
