package kernel

import "math"

// An inverseCholesky inverts the Cholesky factors of symmetric positive definite matrices. The zero
// value is ready; a second matrix of the same size allocates nothing. Blocks that are factorised
// element by element are so in double precision.
type inverseCholesky[T Element] struct {
	work   MatrixOf[T] // about n/2 × n/2
	x      [pivotRows * pivotRows]float64
	factor [pivotRows]float64
}

// pivotRows is the size of the blocks that are factorised element by element.
const pivotRows = 16

// invert replaces a, of which it reads the lower triangle, by X = L⁻¹, A = L·Lᵀ, with zeros above
// the diagonal; XᵀX is then the inverse of A. With A, L and X cut in halves,
//
//	L₂₁ = A₂₁·X₁₁ᵀ,  L₂₂·L₂₂ᵀ = A₂₂ - L₂₁·L₂₁ᵀ,  X₂₁ = -X₂₂·L₂₁·X₁₁:
//
// (2/3)n³ floating-point operations, half of them in products of halves, a quarter of what is left
// in products of quarters and so on. No inverse but a triangle's is ever multiplied by: the Schur
// complement from A₁₁⁻¹ itself would take fewer products, but its errors grow as the square of the
// condition number. If a is not positive definite the result is not finite.
func (s *inverseCholesky[T]) invert(a MatrixOf[T]) {
	if top := half(a.Rows); s.work.Rows < top {
		s.work = newPadded[T](top, top)
	}
	a.clearUpper()
	s.halves(a)
}

func (a MatrixOf[T]) clearUpper() {
	for i := range a.Rows {
		clear(a.Data[i*a.Stride+i+1 : i*a.Stride+a.Rows])
	}
}

// half is where n rows are cut: the lower part is the smaller one.
func half(n int) int { return ((n+1)/2 + 7) &^ 7 }

func (s *inverseCholesky[T]) halves(a MatrixOf[T]) {
	n := a.Rows
	if n <= pivotRows {
		s.eliminate(a)
		return
	}
	top := half(n)
	a11, a21, a22 := a.sub(0, 0, top, top), a.sub(top, 0, n-top, top), a.sub(top, top, n-top, n-top)
	w := s.work.sub(0, 0, n-top, top)
	s.halves(a11)
	multiplyOf(false, true, 1, a21, a11, 0, w, upperB)
	multiplyOf(false, true, -1, w, w, 1, a22, lower)
	multiplyOf(false, false, 1, w, a11, 0, a21, lowerB)
	a22.clearUpper() // where the product has left something
	s.halves(a22)
	multiplyOf(false, false, -1, a22, a21, 0, w, lowerA)
	for i := range w.Rows {
		copy(a21.Data[i*a21.Stride:i*a21.Stride+top], w.Data[i*w.Stride:])
	}
}

// eliminate is invert for at most pivotRows rows. Gaussian elimination of [A I] leaves [D·L̃ᵀ L̃⁻¹]
// with L = L̃·D^(1/2); column k of the right half is kept where that of the left has become zero.
func (s *inverseCholesky[T]) eliminate(a MatrixOf[T]) {
	n := a.Rows
	x := &s.x
	clear(x[:])
	for i := range n {
		for j, v := range a.Data[i*a.Stride : i*a.Stride+i+1] {
			x[i*pivotRows+j], x[j*pivotRows+i] = float64(v), float64(v)
		}
	}
	for k := range n {
		row := x[k*pivotRows : (k+1)*pivotRows]
		pivot := row[k]
		for i := k / 4 * 4; i < pivotRows; i++ {
			s.factor[i] = 0
			if i > k {
				s.factor[i] = -x[i*pivotRows+k] / pivot
				x[i*pivotRows+k] = 0
			}
		}
		row[k] = 1
		from := k / 4 * 4
		addOuter(pivotRows, (pivotRows-from)/4, &x[from*pivotRows], 8*pivotRows, &s.factor[from], &row[0])
		// What is right of the diagonal is no longer needed.
		scale := 1 / math.Sqrt(pivot)
		to := a.Data[k*a.Stride:]
		for j := range k + 1 {
			to[j] = T(scale * row[j])
		}
	}
}
