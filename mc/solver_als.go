package mc

import (
	"context"
	"math"
)

// ALS completes a matrix as a product W = X·Yᵀ of given rank by alternating least squares with a ridge,
//
//	min over X, Y of  ‖A(X·Yᵀ) − b‖²/n + λ·(‖X‖_F² + ‖Y‖_F²)/2.
//
// All rows of X are solved for exactly with Y held, then the other way round, so that the objective never rises. As ‖W‖_* is the least (‖X‖_F² + ‖Y‖_F²)/2 of all
// factorisations (Srebro, Rennie, Jaakkola 2005), it has the minimum of ‖A(W) − b‖²/n + λ‖W‖_* among matrices of that rank: for a rank that does not bind, that of [SoftImpute]. The start is the best
// approximation of rank r to the seen entries with zeros elsewhere, over the part of entries seen. For ratings, with biases, see [BiasedALS]. It is told the rank, see [RankGiven].
// It takes [Observations].
type ALS struct {
	// Rank r, at least 1 and at most min(rows, cols).
	Rank int
	// Lambda is λ. Default 1e-9 times the largest |b|, which keeps the equations of lines with few entries solvable and no more.
	Lambda float64
	// Steps is the limit, each of rows and columns. Default 1000.
	Steps int
	// Tolerance ends the run as Converged once a step lowers the objective by less than this part of it. Default 1e-6.
	Tolerance float64
}

// TargetRank returns Rank.
func (s ALS) TargetRank() int { return s.Rank }

// Validate says which field is wrong, if one is.
func (s ALS) Validate() error {
	return first(checkRankGiven("ALS", s.Rank, s.Steps, 1000, s.Tolerance), checkPositive("ALS.Lambda", s.Lambda))
}

// Solve alternates from the start.
func (s ALS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	o, err := rankEntries("ALS", p, s.Rank)
	if err != nil {
		return nil, err
	}
	data, scale := unitObservations(o)
	run, fit := newRankRun(o), newALSFit(data, s.Rank, 0)
	lambda := 1e-9
	if s.Lambda > 0 && scale > 0 {
		lambda = s.Lambda / scale
	}
	fit.ridge = lambda * float64(o.Len()) / 2
	before, now := math.Inf(1), math.Inf(1)
	update := func(first bool) float64 {
		if first {
			u, sigma, v := leading(data, s.Rank)
			for c, x := range sigma {
				for i := range u.Rows {
					fit.rows.factors.Data[i*s.Rank+c] = math.Sqrt(x) * u.Data[i*u.Stride+c]
				}
				for j := range v.Rows {
					fit.cols.factors.Data[j*s.Rank+c] = math.Sqrt(x) * v.Data[j*v.Stride+c]
				}
			}
		} else {
			fit.sweep()
		}
		squares, penalty := fit.objective()
		before, now = now, squares+penalty
		return scale * math.Sqrt(squares/float64(o.Len()))
	}
	settled := func() bool { return before-now < or(s.Tolerance, 1e-6)*before && finite(before) }
	return run.iterate(ctx, "ALS", s, p, observers, s.Steps, 1000, 0, update, func() {
		fit.product(run.w)
		run.w.Scale(scale, run.w)
	}, settled)
}
