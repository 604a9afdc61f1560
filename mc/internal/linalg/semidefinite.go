package linalg

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Semidefinite is the proximal map of the trace over positive semidefinite matrices, at a matrix
// whose symmetric part is U·diag(λ)·Uᵀ,
//
//	U·diag((λ − τ)₊)·Uᵀ = argmin over X ⪰ 0 of ½‖X − M‖_F² + τ·tr X.
//
// The zero value is ready.
type Semidefinite struct {
	// X is the result, n × n.
	X *mat.Dense
	// Largest eigenvalue λ of the symmetric part of M.
	Largest float64

	symmetric *mat.SymDense
	eigen     mat.EigenSym
	vectors   mat.Dense
	scaled    mat.Dense
}

// Of sets X. It reports false if m is not finite.
func (s *Semidefinite) Of(m *mat.Dense, tau float64) bool {
	n, _ := m.Dims()
	if s.X == nil {
		s.X, s.symmetric = mat.NewDense(n, n, nil), mat.NewSymDense(n, nil)
	}
	for i := range n {
		for j := range i + 1 {
			v := (m.At(i, j) + m.At(j, i)) / 2
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
			s.symmetric.SetSym(i, j, v)
		}
	}
	if !s.eigen.Factorize(s.symmetric, true) {
		return false
	}
	values := s.eigen.Values(nil) // ascending
	s.Largest = values[n-1]
	s.eigen.VectorsTo(&s.vectors)
	s.scaled.CloneFrom(&s.vectors)
	for i := range n {
		row := s.scaled.RawRowView(i)
		for j, v := range values {
			row[j] *= max(v-tau, 0)
		}
	}
	s.X.Mul(&s.scaled, s.vectors.T())
	return true
}
