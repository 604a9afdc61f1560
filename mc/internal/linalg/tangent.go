package linalg

import "projectpenalty/mc/internal/kernel"

// TangentSpace is that of the matrices of rank r at a matrix with singular vectors U and V
// (Vandereycken 2013, equation 2.4). Its vectors are
//
//	U·C·Vᵀ + X·Vᵀ + U·Yᵀ   with UᵀX = 0 and VᵀY = 0.
//
// These three parts are orthogonal, so that inner products are those of (C, X, Y). No rows × cols
// matrix is formed. All matrices are padded.
type TangentSpace struct {
	// Entries are the positions that Apply and Adjoint see.
	Entries *kernel.Sparse
	// L and R are [U X] and [V·Cᵀ + Y, V] after Sides: a vector is L·Rᵀ.
	L, R kernel.Matrix

	rank int
	u, v kernel.Matrix
	g, h kernel.Matrix // Z·V and Zᵀ·U of a matrix Z that is projected
}

// Move goes to the tangent space at other singular vectors, which it copies.
func (s *TangentSpace) Move(u, v kernel.Matrix) {
	rows, cols, k := u.Rows, v.Rows, u.Cols
	if s.rank = k; s.u.Cols != k {
		s.u, s.v = kernel.NewPadded(rows, k), kernel.NewPadded(cols, k)
		s.g, s.h = kernel.NewPadded(rows, k), kernel.NewPadded(cols, k)
		s.L, s.R = kernel.NewPadded(rows, 2*k), kernel.NewPadded(cols, 2*k)
	}
	CopyRows(s.u, u)
	CopyRows(s.v, v)
	CopyRows(Columns(s.L, k), u)
	for j := range cols {
		copy(s.R.Data[j*s.R.Stride+k:j*s.R.Stride+2*k], v.Data[j*v.Stride:j*v.Stride+k])
	}
}

// A Tangent is a vector of a [TangentSpace]: views of one slice of coordinates.
type Tangent struct {
	All  []float64
	Core kernel.Matrix // C, r × r
	X, Y kernel.Matrix // rows × r and cols × r
}

// Len returns the number of coordinates, r·(r + rows + cols).
func (s *TangentSpace) Len() int { return s.rank * (s.rank + s.u.Rows + s.v.Rows) }

// Zero returns a new vector, 0.
func (s *TangentSpace) Zero() Tangent { return s.View(make([]float64, s.Len())) }

// View returns the vector that has these coordinates.
func (s *TangentSpace) View(all []float64) Tangent {
	t, at := Tangent{All: all}, all
	take := func(rows int) kernel.Matrix {
		m := kernel.Matrix{Rows: rows, Cols: s.rank, Stride: s.rank, Data: at[:rows*s.rank]}
		at = at[rows*s.rank:]
		return m
	}
	t.Core, t.X, t.Y = take(s.rank), take(s.u.Rows), take(s.v.Rows)
	return t
}

// Sides sets L and R to those of the vector.
func (s *TangentSpace) Sides(t Tangent) {
	k := s.rank
	for i := range s.L.Rows {
		copy(s.L.Data[i*s.L.Stride+k:i*s.L.Stride+2*k], t.X.Data[i*k:(i+1)*k])
	}
	left := Columns(s.R, k)
	kernel.Gemm(false, true, 1, s.v, t.Core, 0, left)
	for j := range left.Rows {
		kernel.Axpy(1, t.Y.Data[j*k:(j+1)*k], left.Data[j*left.Stride:j*left.Stride+k])
	}
}

// Apply sets dst to the entries of the vector.
func (s *TangentSpace) Apply(dst []float64, t Tangent) {
	s.Sides(t)
	s.Entries.Dots(dst, s.L, s.R)
}

// Adjoint sets t to the projection of the matrix that has these entries and zeros elsewhere.
func (s *TangentSpace) Adjoint(t Tangent, values []float64) {
	s.Entries.Times(s.g, values, s.v)
	s.Entries.TransTimes(s.h, values, s.u)
	s.split(t)
}

// Project sets t to the projection of l·rᵀ.
func (s *TangentSpace) Project(t Tangent, l, r kernel.Matrix) {
	small := kernel.NewMatrix(l.Cols, s.rank)
	kernel.Gemm(true, false, 1, r, s.v, 0, small)
	kernel.Gemm(false, false, 1, l, small, 0, s.g)
	kernel.Gemm(true, false, 1, l, s.u, 0, small)
	kernel.Gemm(false, false, 1, r, small, 0, s.h)
	s.split(t)
}

// ProjectDense sets t to the projection of m, rows × cols.
func (s *TangentSpace) ProjectDense(t Tangent, m kernel.Matrix) {
	kernel.Gemm(false, false, 1, m, s.v, 0, s.g)
	kernel.Gemm(true, false, 1, m, s.u, 0, s.h)
	s.split(t)
}

// split sets t to the projection of Z, of which g and h are known.
func (s *TangentSpace) split(t Tangent) {
	CopyRows(t.X, s.g)
	CopyRows(t.Y, s.h)
	kernel.Gemm(true, false, 1, s.u, s.g, 0, t.Core)
	kernel.Gemm(false, false, -1, s.u, t.Core, 1, t.X)
	kernel.Gemm(false, true, -1, s.v, t.Core, 1, t.Y)
}
