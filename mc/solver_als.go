package mc

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/linalg"
)

// ALS completes a matrix as a product W = X·Yᵀ of given rank by alternating least squares with a
// ridge,
//
//	min over X, Y of  ‖A(X·Yᵀ) − b‖²/n + λ·(‖X‖_F² + ‖Y‖_F²)/2.
//
// It solves for all rows of X exactly with Y held, then for all rows of Y with X held, so that the
// objective never rises. As ‖W‖_* is the least (‖X‖_F² + ‖Y‖_F²)/2 of all factorisations (Srebro,
// Rennie, Jaakkola 2005), the minimum is that of ‖A(W) − b‖²/n + λ‖W‖_* among matrices of the rank:
// where the rank does not bind, that of [SoftImpute]. It begins with the best approximation of rank
// r to the observed entries with zeros elsewhere, divided by the fraction observed. For ratings,
// with biases, see [BiasedALS].
//
// The true rank is given, see [RankGiven]. It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type ALS struct {
	// Rank r, at most min(rows, cols).
	Rank int `range:"[1, inf)"`
	// Lambda is λ. Default a hundredth of 2‖A*(b)‖₂/n, above which W = 0, as for [SoftImpute]; it
	// suits entries with noise. [Zero] fits data without noise exactly: λ is then 1e-9 times the
	// largest |b|, which keeps the equations of rows and columns with few entries solvable.
	Lambda float64 `default:"none" range:"[0, inf)"`
	// Steps is the limit; a step solves for the rows, then for the columns.
	Steps int `default:"1000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once a step lowers the objective by less than this
	// fraction of it.
	Tolerance float64 `default:"1e-6" range:"[0, inf)"`
}

// TargetRank returns Rank.
func (s ALS) TargetRank() int { return s.Rank }

// Solve alternates from the best approximation to the observed entries.
func (s ALS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &alternatingRun{ALS: set}, Limits{Steps: set.Steps}, observers...)
}

// alternatingRun is a run of ALS.
type alternatingRun struct {
	ALS
	givenRank
	fit         *linalg.Alternating
	now, before float64 // the objective, and that of the last iterate
}

func (m *alternatingRun) Start(ctx context.Context, s *State) (err error) {
	if m.givenRank, err = newGivenRank(s, m.Rank); err != nil {
		return err
	}
	o := m.data
	m.fit = linalg.NewAlternating(o.entries(), o.value, m.Rank, 0)
	m.before, m.now = math.Inf(1), math.Inf(1)
	s.Point = newSampledPoint(o.rows, o.cols, func(w *mat.Dense) {
		m.fit.Product(w.RawMatrix())
		w.Scale(m.unit, w)
	})
	if ctx.Err() != nil {
		return nil
	}
	u, sigma, v := leading(o, m.Rank)
	root := make([]float64, m.Rank)
	for c, x := range sigma {
		root[c] = math.Sqrt(x)
	}
	setRows(m.fit.Rows.Factors.Data, u, m.Rank, root)
	setRows(m.fit.Cols.Factors.Data, v, m.Rank, root)
	n := float64(o.Len())
	lambda := m.Lambda / m.unit
	switch {
	case m.Lambda == 0 && math.Signbit(m.Lambda): // Zero
		lambda = 1e-9
	case m.Lambda == 0:
		// The singular values of A*(b) are those of the initial approximation but for a factor.
		lambda = 0.01 * 2 * sigma[0] / (float64(o.rows) * float64(o.cols))
	}
	m.fit.Ridge = lambda * n / 2
	return nil
}

func (m *alternatingRun) Loss() (float64, error) {
	squares, penalty := m.fit.Objective()
	m.before, m.now = m.now, squares+penalty
	return m.unit * (squares / float64(m.data.Len())) * m.unit, nil
}

func (m *alternatingRun) Converged() bool {
	return m.before-m.now <= m.Tolerance*m.before && finite(m.before) || m.now == 0
}

func (m *alternatingRun) Step(context.Context) error {
	m.fit.SolveRows()
	m.fit.SolveCols()
	return nil
}

// Kept is the state that a checkpoint keeps.
func (m *alternatingRun) Kept() []any {
	return []any{m.fit.Rows.Factors.Data, m.fit.Cols.Factors.Data, &m.now, &m.before}
}
