package kernel

import (
	"math"

	"gonum.org/v1/gonum/lapack/gonum"
)

// SVD is a thin singular value decomposition A = U·diag(Sigma)·Vᵀ and the workspace it is made in.
// The zero value is ready; a second decomposition of the same shape allocates nothing.
//
// A is reduced to bidiagonal form and that is decomposed by divide and conquer; errors are of the
// order of the unit roundoff times ‖A‖, as LAPACK's dgesdd has them.
type SVD struct {
	U, V  Matrix    // rows × k and cols × k, k = min(rows, cols)
	Sigma []float64 // descending

	rows, cols int
	reduction  bidiagonalizer
	halves     divider
	d, e       []float64
	hasFactors bool   // there is room for factors of this shape
	tall, wide Matrix // the singular vectors of the long side and of the short
	work       []float64
}

// Factorize decomposes a, which it leaves unchanged. It reports false, and leaves factors of the
// right shapes with no usable content, if a holds a NaN or an infinity or if an iteration does not
// converge.
func (s *SVD) Factorize(a Matrix) bool {
	s.resize(a.Rows, a.Cols)
	k := len(s.Sigma)
	if !s.hasFactors {
		s.hasFactors = true
		s.tall, s.wide = NewMatrix(max(a.Rows, a.Cols), k), NewMatrix(k, k)
		s.U, s.V = s.tall, s.wide
		if a.Rows < a.Cols {
			s.U, s.V = s.wide, s.tall
		}
	}
	factor, ok := s.reduce(a)
	if !ok {
		return false
	}
	if k == 0 {
		return true
	}
	w, b := &s.halves, &s.reduction
	w.resize(k)
	w.old = sub(b.a, 0, 0, k, k) // what is left of A there is no longer needed
	copy(w.d, s.d)
	copy(w.e, s.e)
	if !w.decompose() {
		return false
	}
	for i := range k {
		s.Sigma[i] = w.d[w.order[k-1-i]] * factor
	}
	gather(w.u, w.order, s.tall)
	clear(s.tall.Data[k*k:])
	gather(w.v, w.order, s.wide)
	b.apply(sub(b.left, 0, 0, k, b.m), b.tauL, 0, s.tall)
	b.apply(b.right, b.tauR[:k-1], 1, s.wide)
	return true
}

// Values computes Sigma alone, by the differential quotient-difference algorithm; U and V are not
// to be used after it. It allocates a few bytes, in gonum's sort.
func (s *SVD) Values(a Matrix) bool {
	s.resize(a.Rows, a.Cols)
	factor, ok := s.reduce(a)
	if !ok {
		return false
	}
	k := len(s.Sigma)
	if k == 0 {
		return true
	}
	if len(s.work) != 4*k {
		s.work = make([]float64, 4*k)
	}
	var impl gonum.Implementation
	if impl.Dlasq1(k, s.d, s.e, s.work) != 0 {
		return false
	}
	for i, x := range s.d {
		s.Sigma[i] = x * factor
	}
	return true
}

// resize makes room for a matrix of the given shape.
func (s *SVD) resize(rows, cols int) {
	if s.rows == rows && s.cols == cols && s.Sigma != nil {
		return
	}
	n := min(rows, cols)
	s.rows, s.cols = rows, cols
	s.Sigma, s.d, s.e = make([]float64, n), make([]float64, n), make([]float64, n)
	s.hasFactors = false
}

// reduce brings a, scaled by a power of two so that its greatest element is about one, to
// bidiagonal form in d and e. It returns what the singular values are to be multiplied by.
func (s *SVD) reduce(a Matrix) (factor float64, ok bool) {
	m, n := max(a.Rows, a.Cols), min(a.Rows, a.Cols)
	if n == 0 {
		return 1, true
	}
	MatrixOf[float64](a).check()
	greatest := 0.0
	for i := range a.Rows {
		for _, x := range a.Data[i*a.Stride : i*a.Stride+a.Cols] {
			if x-x != 0 {
				return 0, false
			}
			if x = math.Abs(x); x > greatest {
				greatest = x
			}
		}
	}
	_, exponent := math.Frexp(greatest)
	b := &s.reduction
	b.resize(m, n)
	// Two factors, for one power of two may be out of range.
	up := math.Ldexp(1, -exponent/2)
	up2 := math.Ldexp(1, -exponent-(-exponent/2))
	for i := range a.Rows {
		row := a.Data[i*a.Stride : i*a.Stride+a.Cols]
		if a.Rows >= a.Cols {
			to := b.a.Data[i*b.a.Stride:]
			for j, x := range row {
				to[j] = x * up * up2
			}
			continue
		}
		for j, x := range row {
			b.a.Data[j*b.a.Stride+i] = x * up * up2
		}
	}
	b.reduce(s.d, s.e)
	return math.Ldexp(1, exponent), true
}

// gather writes row order[k-1-i] of x to column i of dst.
func gather(x Matrix, order []int, dst Matrix) {
	k := len(order)
	row := func(i int) []float64 {
		from := order[k-1-i] * x.Stride
		return x.Data[from : from+k]
	}
	i := 0
	for ; i+4 <= k; i += 4 {
		x1, x2, x3 := row(i+1), row(i+2), row(i+3)
		for r, value := range row(i) {
			to := dst.Data[r*dst.Stride+i : r*dst.Stride+i+4 : r*dst.Stride+i+4]
			to[0], to[1], to[2], to[3] = value, x1[r], x2[r], x3[r]
		}
	}
	for ; i < k; i++ {
		for r, value := range row(i) {
			dst.Data[r*dst.Stride+i] = value
		}
	}
}
