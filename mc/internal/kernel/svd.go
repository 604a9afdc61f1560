package kernel

import (
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"
)

// SVD is a thin singular value decomposition A = U·diag(Sigma)·Vᵀ and the workspace it is made in. The zero value is
// ready; a second decomposition of the same shape allocates nothing.
type SVD struct {
	U, V  Matrix    // rows × k and cols × k, k = min(rows, cols)
	Sigma []float64 // descending

	a, vt Matrix
	work  []float64
}

// Factorize decomposes a, which it leaves unchanged. It reports false, and leaves no usable factors, if a holds a NaN
// or an infinity or if the iteration does not converge.
func (s *SVD) Factorize(a Matrix) bool { return s.run(a, lapack.SVDStore) }

// Values computes Sigma alone; U and V are not to be used after it.
func (s *SVD) Values(a Matrix) bool { return s.run(a, lapack.SVDNone) }

func (s *SVD) run(a Matrix, job lapack.SVDJob) bool {
	m, n := a.Rows, a.Cols
	k := min(m, n)
	if s.a.Rows != m || s.a.Cols != n {
		s.a, s.U, s.V, s.vt = NewMatrix(m, n), NewMatrix(m, k), NewMatrix(n, k), NewMatrix(k, n)
		s.Sigma = make([]float64, k)
		s.work = nil
	}
	if k == 0 {
		return true
	}
	for i := range m {
		row := a.Data[i*a.Stride : i*a.Stride+n]
		for _, x := range row {
			if x-x != 0 {
				return false
			}
		}
		copy(s.a.Data[i*n:], row)
	}
	var impl gonum.Implementation
	if s.work == nil {
		var size [1]float64
		impl.Dgesvd(lapack.SVDStore, lapack.SVDStore, m, n, s.a.Data, n, s.Sigma, s.U.Data, k, s.vt.Data, n, size[:], -1)
		s.work = make([]float64, int(size[0]))
	}
	if !impl.Dgesvd(job, job, m, n, s.a.Data, n, s.Sigma, s.U.Data, k, s.vt.Data, n, s.work, len(s.work)) {
		return false
	}
	if job == lapack.SVDStore {
		for i := range k {
			for j := range n {
				s.V.Data[j*k+i] = s.vt.Data[i*n+j]
			}
		}
	}
	return true
}
