package mc

import "projectpenalty/mc/internal/kernel"

// tangentSpace is that of the matrices of rank r at a matrix with singular vectors U and V (Vandereycken 2013, equation 2.4). Its vectors are
//
//	U·C·Vᵀ + X·Vᵀ + U·Yᵀ   with UᵀX = 0 and VᵀY = 0;
//
// as these three parts are orthogonal, inner products are those of (C, X, Y). No rows × cols matrix is formed.
type tangentSpace struct {
	entries *kernel.Sparse
	rank    int
	u, v    kernel.Matrix // padded, as all below
	l, r    kernel.Matrix // [U X] and [V·Cᵀ + Y, V]: a vector is l·rᵀ
	g, h    kernel.Matrix // Z·V and Zᵀ·U of a matrix Z that is projected
}

func newTangentSpace(o *Observations) tangentSpace {
	return tangentSpace{entries: kernel.NewSparse(o.rows, o.cols, o.start, o.col)}
}

// move goes to the tangent space at other singular vectors, which it copies.
func (s *tangentSpace) move(u, v kernel.Matrix) {
	rows, cols, k := u.Rows, v.Rows, u.Cols
	if s.rank = k; s.u.Cols != k {
		s.u, s.v, s.g, s.h = kernel.NewPadded(rows, k), kernel.NewPadded(cols, k), kernel.NewPadded(rows, k), kernel.NewPadded(cols, k)
		s.l, s.r = kernel.NewPadded(rows, 2*k), kernel.NewPadded(cols, 2*k)
	}
	copyRows(s.u, u)
	copyRows(s.v, v)
	copyRows(columns(s.l, k), u)
	for j := range cols {
		copy(s.r.Data[j*s.r.Stride+k:j*s.r.Stride+2*k], v.Data[j*v.Stride:j*v.Stride+k])
	}
}

// tangent is a vector, its coordinates in one slice.
type tangent struct {
	all  []float64
	core kernel.Matrix // C, r × r
	x, y kernel.Matrix // rows × r and cols × r
}

func (s *tangentSpace) tangent() tangent {
	k, rows, cols := s.rank, s.u.Rows, s.v.Rows
	t := tangent{all: make([]float64, k*(k+rows+cols))}
	at := t.all
	take := func(lines int) kernel.Matrix {
		m := kernel.Matrix{Rows: lines, Cols: k, Stride: k, Data: at[:lines*k]}
		at = at[lines*k:]
		return m
	}
	t.core, t.x, t.y = take(k), take(rows), take(cols)
	return t
}

// sides sets l and r to the vector's.
func (s *tangentSpace) sides(t tangent) {
	k := s.rank
	for i := range s.l.Rows {
		copy(s.l.Data[i*s.l.Stride+k:i*s.l.Stride+2*k], t.x.Data[i*k:(i+1)*k])
	}
	left := columns(s.r, k)
	kernel.Gemm(false, true, 1, s.v, t.core, 0, left)
	for j := range left.Rows {
		kernel.Axpy(1, t.y.Data[j*k:(j+1)*k], left.Data[j*left.Stride:j*left.Stride+k])
	}
}

// apply sets dst to the vector at the seen entries.
func (s *tangentSpace) apply(dst []float64, t tangent) {
	s.sides(t)
	s.entries.Dots(dst, s.l, s.r)
}

// adjoint sets t to the projection of the matrix that has these seen entries and zeros elsewhere.
func (s *tangentSpace) adjoint(t tangent, values []float64) {
	s.entries.Times(s.g, values, s.v)
	s.entries.TransTimes(s.h, values, s.u)
	s.split(t)
}

// project sets t to the projection of l·rᵀ.
func (s *tangentSpace) project(t tangent, l, r kernel.Matrix) {
	small := kernel.NewMatrix(l.Cols, s.rank)
	kernel.Gemm(true, false, 1, r, s.v, 0, small)
	kernel.Gemm(false, false, 1, l, small, 0, s.g)
	kernel.Gemm(true, false, 1, l, s.u, 0, small)
	kernel.Gemm(false, false, 1, r, small, 0, s.h)
	s.split(t)
}

// split sets t to the projection of Z, of which g and h are known.
func (s *tangentSpace) split(t tangent) {
	copyRows(t.x, s.g)
	copyRows(t.y, s.h)
	kernel.Gemm(true, false, 1, s.u, s.g, 0, t.core)
	kernel.Gemm(false, false, -1, s.u, t.core, 1, t.x)
	kernel.Gemm(false, true, -1, s.v, t.core, 1, t.y)
}
