package mc

import (
	"context"
	"math"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// RiemannianCG completes a matrix of given rank r from seen entries by conjugate gradients on the manifold of matrices of that rank,
//
//	min over W of rank r of  ½·Σ over seen (i, j) of (W_ij − b_ij)²
//
// (LRGeomCG). The gradient is the residual projected on the tangent space at W; the direction is −gradient + β times the last direction, carried along by projection, with β
// of Polak and Ribière, at least 0; the step length is exact along the tangent and then halved until it is good enough after the step is pulled back to the manifold by a truncated
// decomposition. Vandereycken (2013), algorithm 1. The start is the best approximation of rank r to the seen entries with zeros elsewhere, over the part of entries seen. It is told the rank, see [RankGiven].
// It takes [Observations].
type RiemannianCG struct {
	// Rank r, at least 1 and at most min(rows, cols).
	Rank int
	// Steps is the limit. Default 1000.
	Steps int
	// Tolerance ends the run as Converged once the root mean square residual is at most this part of the values', or the gradient's norm at most this part of
	// the gradient's at 0. Default 1e-12.
	Tolerance float64
}

// TargetRank returns Rank.
func (s RiemannianCG) TargetRank() int { return s.Rank }

// Validate says which field is wrong, if one is.
func (s RiemannianCG) Validate() error {
	return checkRankGiven("RiemannianCG", s.Rank, s.Steps, 1000, s.Tolerance)
}

// Solve iterates from the start.
func (s RiemannianCG) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	o, err := rankEntries("RiemannianCG", p, s.Rank)
	if err != nil {
		return nil, err
	}
	tolerance := or(s.Tolerance, 1e-12)
	run := &manifoldRun{rankRun: newRankRun(o), rank: s.Rank, TangentSpace: linalg.TangentSpace{Entries: sparse(o)}}
	update := func(first bool) float64 {
		if first {
			u, sigma, v := leading(o, s.Rank)
			run.begin(linalg.Columns(u, s.Rank), sigma, linalg.Columns(v, s.Rank))
		} else {
			run.step()
		}
		return math.Sqrt(2 * run.value / float64(o.Len()))
	}
	settled := func() bool { return linalg.Norm(run.gradient.All) <= tolerance*run.scale }
	return run.iterate(ctx, "RiemannianCG", s, p, observers, s.Steps, 1000, tolerance, update, func() { run.top.Form(run.w.RawMatrix()) }, settled)
}

// manifoldRun is a run of RiemannianCG, at W = U·diag(sigma)·Vᵀ.
type manifoldRun struct {
	rankRun
	linalg.TangentSpace
	rank                int
	top                 linalg.Product // W
	value               float64        // ½‖A(W) − b‖²
	scale               float64        // the norm of the gradient at 0
	misfit              []float64      // A(W) − b
	trial, along        []float64
	gradient, direction linalg.Tangent
}

// begin starts at U·diag(sigma)·Vᵀ, downhill.
func (m *manifoldRun) begin(u kernel.Matrix, sigma []float64, v kernel.Matrix) {
	m.misfit, m.trial, m.along = make([]float64, m.o.Len()), make([]float64, m.o.Len()), make([]float64, m.o.Len())
	m.Move(u, v)
	m.gradient, m.direction = m.Zero(), m.Zero()
	m.Adjoint(m.gradient, m.o.value)
	m.scale = linalg.Norm(m.gradient.All)
	for c, s := range sigma {
		m.direction.Core.Data[c*len(sigma)+c] = s
	}
	m.Sides(m.direction)
	if m.retract(m.L, m.R) {
		m.arrive()
	}
	kernel.Scale(-1, m.gradient.All, m.direction.All)
}

// retract sets top to the best approximation of the rank to l·rᵀ, and trial to its misfit. It reports false if it is not finite.
func (m *manifoldRun) retract(l, r kernel.Matrix) bool {
	if !m.top.Decompose(l, r, m.rank) {
		m.value = math.NaN() // which ends the run
		return false
	}
	v := kernel.NewPadded(m.o.cols, m.rank)
	linalg.CopyRows(v, m.top.V)
	m.Entries.Dots(m.trial, linalg.Weighted(m.top.U, m.top.Sigma), v)
	kernel.Axpy(-1, m.o.value, m.trial)
	return true
}

// arrive makes the last trial the new W.
func (m *manifoldRun) arrive() {
	m.misfit, m.trial = m.trial, m.misfit
	m.value = kernel.Dot(m.misfit, m.misfit) / 2
	m.Move(m.top.U, m.top.V)
	m.Adjoint(m.gradient, m.misfit)
}

func (m *manifoldRun) step() {
	k := m.rank
	slope := kernel.Dot(m.gradient.All, m.direction.All)
	if slope > -0.1*linalg.Norm(m.gradient.All)*linalg.Norm(m.direction.All) { // too far from steepest descent
		kernel.Scale(-1, m.gradient.All, m.direction.All)
		slope = -kernel.Dot(m.gradient.All, m.gradient.All)
	}
	m.Apply(m.along, m.direction)
	length := -kernel.Dot(m.along, m.misfit) / kernel.Dot(m.along, m.along)
	if !finite(length) {
		return // a direction that no seen entry feels
	}
	// The last vectors as products, to be carried along.
	products := func(t linalg.Tangent) (l, r kernel.Matrix) {
		m.Sides(t)
		return linalg.Clone(m.L), linalg.Clone(m.R)
	}
	gradientL, gradientR := products(m.gradient)
	directionL, directionR := products(m.direction)
	sigma := append([]float64(nil), m.top.Sigma...)
	moved := m.Zero()
	for range 30 {
		// W + length·direction has the core diag(sigma) + length·C.
		kernel.Scale(length, m.direction.All, moved.All)
		for c, s := range sigma {
			moved.Core.Data[c*k+c] += s
		}
		m.Sides(moved)
		if !m.retract(m.L, m.R) {
			return
		}
		if kernel.Dot(m.trial, m.trial)/2 <= m.value+1e-4*length*slope+1e-15*m.value {
			break
		}
		length /= 2
	}
	before := kernel.Dot(m.gradient.All, m.gradient.All)
	m.arrive()
	m.Project(moved, gradientL, gradientR)
	beta := max(0, (kernel.Dot(m.gradient.All, m.gradient.All)-kernel.Dot(m.gradient.All, moved.All))/before)
	if !finite(beta) {
		beta = 0
	}
	m.Project(m.direction, directionL, directionR)
	kernel.Scale(beta, m.direction.All, m.direction.All)
	kernel.Axpy(-1, m.gradient.All, m.direction.All)
}
