package mc

import (
	"context"
	"math"
)

// R2RILS completes a matrix of given rank r from seen entries by rank-2r iterative least squares. From U (rows × r) and V (cols × r)
// it solves
//
//	min over X, Y of  Σ over seen (i, j) of  ((U·Yᵀ + X·Vᵀ)_ij − b_ij)²,
//
// takes of all solutions the one of least norm in the scale of the problem's columns, and goes on from
//
//	U ← norm(U + norm(X)),  V ← norm(V + norm(Y)),
//
// where norm gives each column length 1. The start is the r leading singular vectors of the seen entries with zeros elsewhere;
// the estimate is the best approximation of rank r to U·Yᵀ + X·Vᵀ. It is told the rank, see [RankGiven]. Bauch, Nadler, Zilber (2021), algorithm 1.
// The authors stop the least squares early; here they are solved to rounding, which succeeds as often.
// It takes [Observations].
type R2RILS struct {
	// Rank r, at least 1 and at most min(rows, cols).
	Rank int
	// Steps is the limit. Default 200: near the information limit the iteration may wander for a hundred steps before it closes in.
	Steps int
	// Tolerance ends the run as Converged once the root mean square residual of the least squares is at most this part of the values'. Default 1e-15.
	// So does a residual of rounding that no longer falls.
	Tolerance float64
}

// TargetRank returns Rank.
func (s R2RILS) TargetRank() int { return s.Rank }

// Validate says which field is wrong, if one is.
func (s R2RILS) Validate() error {
	return checkRankGiven("R2RILS", s.Rank, s.Steps, 200, s.Tolerance)
}

// Solve iterates from the singular vectors of the seen entries.
func (s R2RILS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	o, err := rankEntries("R2RILS", p, s.Rank)
	if err != nil {
		return nil, err
	}
	run := newLinearized(o, s.Rank)
	run.start(false)
	wx, wy := make([]float64, len(run.ls.X)), make([]float64, len(run.ls.Y))
	// The first state is the least-squares fit to the start.
	update := func(first bool) float64 {
		if !first {
			averageDirections(run.ls.U, run.ls.X, s.Rank)
			averageDirections(run.ls.V, run.ls.Y, s.Rank)
		}
		run.ls.Norms(wx, wy)
		run.ls.Prepare()
		run.ls.Solve(run.ls.Values, wx, wy)
		return run.misfit(run.ls.X, run.ls.Y)
	}
	return run.iterate(ctx, "R2RILS", s, p, observers, s.Steps, 200, s.Tolerance, update, run.truncate, nil)
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
