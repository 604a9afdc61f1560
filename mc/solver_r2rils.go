package mc

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// R2RILS completes a matrix of given rank r by rank-2r iterative least squares. From U (rows × r)
// and V (cols × r) it solves
//
//	min over X, Y of  Σ over observed (i, j) of  ((U·Yᵀ + X·Vᵀ)_ij − b_ij)²,
//
// takes the solution of least norm in the scale of the problem's columns, and continues from
//
//	U ← norm(U + norm(X)),  V ← norm(V + norm(Y)),
//
// where norm gives each column length 1. It begins with the r leading singular vectors of the
// observed entries with zeros elsewhere. The estimate is the best approximation of rank r to
// U·Yᵀ + X·Vᵀ. Bauch, Nadler, Zilber (2021), algorithm 1. The authors stop the least squares early;
// here they are solved to rounding, which succeeds as often.
//
// The true rank is given, see [RankGiven]. It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type R2RILS struct {
	// Rank r, at most min(rows, cols) and 80.
	Rank int `range:"[1, inf)"`
	// Steps is the limit. Near the information limit the iteration may wander for a hundred steps
	// before it closes in.
	Steps int `default:"200" range:"[1, inf)"`
	// Tolerance ends the run as Converged once the root mean square residual of the estimate is at
	// most this fraction of the root mean square of the values. So does a residual at the level of
	// rounding that no longer falls.
	Tolerance float64 `default:"1e-15" range:"[0, inf)"`
	// Fill is the standard deviation of random values for the unobserved entries of the matrix
	// whose singular vectors the run begins with, over the root mean square of the observed ones.
	// Default 0: they are 0.
	Fill float64 `range:"[0, inf)"`
	// Seed of the random values.
	Seed uint64
}

// TargetRank returns Rank.
func (s R2RILS) TargetRank() int { return s.Rank }

// Solve iterates from the singular vectors of the observed entries.
func (s R2RILS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &r2rils{R2RILS: set}, Limits{Steps: set.Steps}, observers...)
}

// Restart returns the solver with random values in the unobserved entries, as large as the observed
// ones if Fill is 0.
func (s R2RILS) Restart(k int) Solver {
	if k > 0 {
		s.Fill, s.Seed = cmp.Or(Resolved(s).Fill, 1), s.Seed+uint64(k)
	}
	return s
}

// r2rils is a run of R2RILS.
type r2rils struct {
	R2RILS
	givenRank
	ls     *linalg.Bilinear
	wide   [2]kernel.Matrix // the estimate before truncation, as a product of rank 2r
	top    linalg.Product
	wx, wy []float64
	cut    bool // the last step, by its context
}

func (m *r2rils) Start(ctx context.Context, s *State) (err error) {
	if m.givenRank, err = newGivenRank(s, m.Rank); err != nil {
		return err
	}
	if err := s.checkSolved(m.Rank, ""); err != nil {
		return err
	}
	s.Point = m.point()
	if ctx.Err() != nil {
		return nil
	}
	o := m.data
	m.ls = linalg.NewBilinear(o.entries(), o.value, m.Rank)
	m.wide = [2]kernel.Matrix{kernel.NewMatrix(o.rows, 2*m.Rank), kernel.NewMatrix(o.cols, 2*m.Rank)}
	m.wx, m.wy = make([]float64, len(m.ls.X)), make([]float64, len(m.ls.Y))
	u, _, v := leadingFilled(o, m.Rank, m.Fill, m.Seed)
	if m.ls.Flip {
		u, v = v, u
	}
	setRows(m.ls.U, u, m.Rank, nil)
	setRows(m.ls.V, v, m.Rank, nil)
	return m.fit(ctx)
}

func (m *r2rils) Converged() bool { return m.fits(m.Tolerance) }

func (m *r2rils) Step(ctx context.Context) error {
	averageDirections(m.ls.U, m.ls.X, m.Rank)
	averageDirections(m.ls.V, m.ls.Y, m.Rank)
	return m.fit(ctx)
}

// fit solves the least squares and truncates the solution. Once the context is done, the estimate
// stays as it was.
func (m *r2rils) fit(ctx context.Context) error {
	m.ls.Norms(m.wx, m.wy)
	m.ls.Prepare()
	m.ls.Stop = func() bool { return ctx.Err() != nil }
	m.ls.Solve(m.ls.Values, m.wx, m.wy)
	if m.cut = m.ls.Stop(); m.cut {
		return nil
	}
	m.ls.Sides(m.wide[0], m.wide[1])
	if !m.top.Decompose(m.wide[0], m.wide[1], m.Rank) {
		return fmt.Errorf("the least squares have no finite solution: %w", ErrDiverged)
	}
	m.l = linalg.Weighted(m.top.U, m.top.Sigma)
	linalg.CopyRows(m.r, m.top.V)
	return nil
}

// averageDirections sets u to norm(u + norm(x)).
func averageDirections(u, x []float64, rank int) {
	for c := range rank {
		size := columnNorm(x, c, rank)
		for i := c; i < len(u); i += rank {
			if size > 0 {
				u[i] += x[i] / size
			}
		}
		size = columnNorm(u, c, rank)
		for i := c; i < len(u); i += rank {
			if size > 0 {
				u[i] /= size
			}
		}
	}
}

func columnNorm(x []float64, c, rank int) float64 {
	sum := 0.0
	for i := c; i < len(x); i += rank {
		sum += x[i] * x[i]
	}
	return math.Sqrt(sum)
}

// Whole reports whether the last step was not cut short.
func (m *r2rils) Whole() bool { return !m.cut }

// Kept is the state that a checkpoint keeps.
func (m *r2rils) Kept() []any { return m.kept(m.ls.U, m.ls.V, m.ls.X, m.ls.Y) }
