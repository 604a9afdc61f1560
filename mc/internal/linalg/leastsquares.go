package linalg

import (
	"math"

	"projectpenalty/mc/internal/kernel"
)

// LeastSquares is the ridge regression
//
//	min over x of  ‖A·x − b‖² + Σ Ridgeₖ·xₖ²
//
// for an A that is known by its products alone. [LeastSquares.Solve] applies preconditioned
// conjugate gradients to the normal equations (Björck 1996, section 7.4). The residual and the
// gradient are both updated, not recomputed, so that the gradient decreases to any tolerance.
type LeastSquares struct {
	// Apply sets dst to A·x, Adjoint sets dst to Aᵀ·y.
	Apply, Adjoint func(dst, x []float64)
	// Ridge of each variable, at least 0. Nil means 0.
	Ridge []float64
	// Precondition sets dst to M⁻¹·g for an approximation M of AᵀA + diag(Ridge). Nil means none.
	Precondition func(dst, g []float64)

	gradient, direction, scaled, change []float64 // of the length of x
	image                               []float64 // of the length of b
}

// Solve improves x, given the residual r = b − A·x, which it keeps up to date. Before each of at
// most steps steps it asks done, which gets the negative half gradient g = Aᵀr − Ridge·x and
// ρ = ⟨g, M⁻¹g⟩ and ends the iteration by returning true. Done may be nil.
func (s *LeastSquares) Solve(x, r []float64, steps int, done func(g []float64, rho float64) bool) {
	s.resize(len(x), len(r))
	g, p := s.gradient, s.direction
	s.Adjoint(g, r)
	for k, w := range s.Ridge {
		g[k] -= w * x[k]
	}
	rho := s.precondition()
	copy(p, s.scaled)
	for range steps {
		if done != nil && done(g, rho) || !(rho > 0) {
			return
		}
		s.Apply(s.image, p)
		s.Adjoint(s.change, s.image)
		curvature := kernel.Dot(s.image, s.image)
		for k, w := range s.Ridge {
			s.change[k] += w * p[k]
			curvature += w * p[k] * p[k]
		}
		alpha := rho / curvature
		if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
			return
		}
		kernel.Axpy(alpha, p, x)
		kernel.Axpy(-alpha, s.image, r)
		kernel.Axpy(-alpha, s.change, g)
		next := s.precondition()
		kernel.Scale(next/rho, p, p)
		kernel.Axpy(1, s.scaled, p)
		rho = next
	}
}

// precondition sets scaled to M⁻¹g and returns ⟨g, M⁻¹g⟩.
func (s *LeastSquares) precondition() float64 {
	if s.Precondition == nil {
		copy(s.scaled, s.gradient)
	} else {
		s.Precondition(s.scaled, s.gradient)
	}
	return kernel.Dot(s.gradient, s.scaled)
}

func (s *LeastSquares) resize(variables, equations int) {
	if cap(s.gradient) < variables {
		for _, v := range []*[]float64{&s.gradient, &s.direction, &s.scaled, &s.change} {
			*v = make([]float64, variables)
		}
	}
	if cap(s.image) < equations {
		s.image = make([]float64, equations)
	}
	s.gradient, s.direction = s.gradient[:variables], s.direction[:variables]
	s.scaled, s.change = s.scaled[:variables], s.change[:variables]
	s.image = s.image[:equations]
}
