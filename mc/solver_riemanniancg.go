package mc

import (
	"context"
	"fmt"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// RiemannianCG completes a matrix of given rank r by conjugate gradients on the manifold of
// matrices of that rank (LRGeomCG),
//
//	min over W of rank r of  ½·Σ over observed (i, j) of (W_ij − b_ij)².
//
// The gradient is the residual projected on the tangent space at W. The direction is −gradient + β
// times the last direction, carried along by projection, with β of Polak and Ribière, at least 0.
// The step length is exact along the tangent, and then halved until the step is good enough after a
// truncated decomposition has pulled it back to the manifold. Vandereycken (2013), algorithm 1. It
// begins with the best approximation of rank r to the observed entries with zeros elsewhere,
// divided by the fraction observed.
//
// The true rank is given, see [RankGiven]. It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type RiemannianCG struct {
	// Rank r, at most min(rows, cols).
	Rank int `range:"[1, inf)"`
	// Steps is the limit.
	Steps int `default:"1000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once the root mean square residual is at most this
	// fraction of the root mean square of the values, or the norm of the gradient at most this
	// fraction of the one that the gradient at W = 0 has in the first tangent space.
	Tolerance float64 `default:"1e-12" range:"[0, inf)"`
}

// TargetRank returns Rank.
func (s RiemannianCG) TargetRank() int { return s.Rank }

// Solve iterates from the best approximation to the observed entries.
func (s RiemannianCG) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &manifoldRun{RiemannianCG: set}, Limits{Steps: set.Steps}, observers...)
}

// manifoldRun is a run of RiemannianCG.
type manifoldRun struct {
	RiemannianCG
	givenRank
	linalg.TangentSpace
	top                 linalg.Product // the last W that was tried, in units of the data
	sides               [2]kernel.Matrix
	value               float64   // ½‖A(W) − b‖²
	scale               float64   // the norm of the gradient at 0 in the first tangent space
	misfit              []float64 // A(W) − b
	trial, along        []float64
	gradient, direction linalg.Tangent
}

// Start begins downhill.
func (m *manifoldRun) Start(ctx context.Context, s *State) (err error) {
	if m.givenRank, err = newGivenRank(s, m.Rank); err != nil {
		return err
	}
	s.Point = m.point()
	m.TangentSpace = linalg.TangentSpace{Entries: m.entries}
	if ctx.Err() != nil {
		return nil
	}
	n := m.data.Len()
	m.misfit, m.trial, m.along = make([]float64, n), make([]float64, n), make([]float64, n)
	u, sigma, v := leading(m.data, m.Rank)
	m.Move(linalg.Columns(u, m.Rank), linalg.Columns(v, m.Rank))
	m.gradient, m.direction = m.Zero(), m.Zero()
	m.Adjoint(m.gradient, m.data.value)
	m.scale = linalg.Norm(m.gradient.All)
	for c, s := range sigma {
		m.direction.Core.Data[c*m.Rank+c] = s
	}
	m.Sides(m.direction)
	if err := m.retract(m.L, m.R); err != nil {
		return err
	}
	m.arrive()
	kernel.Scale(-1, m.gradient.All, m.direction.All)
	return nil
}

func (m *manifoldRun) Converged() bool {
	return m.fits(m.Tolerance) || linalg.Norm(m.gradient.All) <= m.Tolerance*m.scale
}

// retract sets top to the best approximation of the rank to l·rᵀ, and trial to its misfit.
func (m *manifoldRun) retract(l, r kernel.Matrix) error {
	if !m.top.Decompose(l, r, m.Rank) {
		return fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
	}
	v := kernel.NewPadded(m.data.cols, m.Rank)
	linalg.CopyRows(v, m.top.V)
	m.sides = [2]kernel.Matrix{linalg.Weighted(m.top.U, m.top.Sigma), v}
	m.Entries.Dots(m.trial, m.sides[0], m.sides[1])
	kernel.Axpy(-1, m.data.value, m.trial)
	return nil
}

// arrive makes the last trial the new W.
func (m *manifoldRun) arrive() {
	m.l, m.r = m.sides[0], m.sides[1]
	m.misfit, m.trial = m.trial, m.misfit
	m.value = kernel.Dot(m.misfit, m.misfit) / 2
	m.Move(m.top.U, m.top.V)
	m.Adjoint(m.gradient, m.misfit)
}

func (m *manifoldRun) Step(context.Context) error {
	k := m.Rank
	slope := kernel.Dot(m.gradient.All, m.direction.All)
	if slope > -0.1*linalg.Norm(m.gradient.All)*linalg.Norm(m.direction.All) {
		// too far from steepest descent
		kernel.Scale(-1, m.gradient.All, m.direction.All)
		slope = -kernel.Dot(m.gradient.All, m.gradient.All)
	}
	m.Apply(m.along, m.direction)
	length := -kernel.Dot(m.along, m.misfit) / kernel.Dot(m.along, m.along)
	if !finite(length) {
		return nil // no observed entry depends on the direction
	}
	// The last vectors as products, to be carried along.
	product := func(t linalg.Tangent) (l, r kernel.Matrix) {
		m.Sides(t)
		return linalg.Clone(m.L), linalg.Clone(m.R)
	}
	gradientL, gradientR := product(m.gradient)
	directionL, directionR := product(m.direction)
	sigma := append([]float64(nil), m.top.Sigma...)
	moved := m.Zero()
	for range 30 {
		// W + length·direction has the core diag(sigma) + length·C.
		kernel.Scale(length, m.direction.All, moved.All)
		for c, s := range sigma {
			moved.Core.Data[c*k+c] += s
		}
		m.Sides(moved)
		if err := m.retract(m.L, m.R); err != nil {
			return err
		}
		if kernel.Dot(m.trial, m.trial)/2 <= m.value+1e-4*length*slope+1e-15*m.value {
			break
		}
		length /= 2
	}
	before := kernel.Dot(m.gradient.All, m.gradient.All)
	m.arrive()
	m.Project(moved, gradientL, gradientR)
	after := kernel.Dot(m.gradient.All, m.gradient.All)
	beta := max(0, (after-kernel.Dot(m.gradient.All, moved.All))/before)
	if !finite(beta) {
		beta = 0
	}
	m.Project(m.direction, directionL, directionR)
	kernel.Scale(beta, m.direction.All, m.direction.All)
	kernel.Axpy(-1, m.gradient.All, m.direction.All)
	return nil
}

// Kept is the state that a checkpoint keeps.
func (m *manifoldRun) Kept() []any {
	return m.kept(&m.top.U, &m.top.Sigma, &m.top.V, &m.value, m.misfit, m.gradient.All, m.direction.All)
}

// Resumed goes to the tangent space at the iterate.
func (m *manifoldRun) Resumed() { m.Move(m.top.U, m.top.V) }
