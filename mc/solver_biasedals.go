package mc

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// BiasedALS is matrix factorisation with biases, fitted by alternating least squares,
//
//	w_ij = μ + aᵢ + b_j + xᵢ·y_j,
//	min over a, b, x, y of  Σ (r_ij − w_ij)² + λ·Σᵢ nᵢ·(aᵢ² + ‖xᵢ‖²) + λ·Σ_j n_j·(b_j² + ‖y_j‖²),
//
// over the observed entries r_ij, with μ their mean and nᵢ, n_j the numbers of observed entries in
// a row and in a column. All parameters of the rows are solved for exactly with those of the
// columns held, then vice versa, so that the objective never rises. The model is that of Koren,
// Bell, Volinsky (2009), equation 4, the weighting of λ that of Zhou, Wilkinson, Schreiber, Pan
// (2008), section 3.1. It takes [Observations], also of a matrix too large to be formed: then
// *[Factors] are a [Detail] of the Result, with two hidden units that carry μ + aᵢ and b_j.
// [NewModel] keeps μ, a, b, x and y.
//
// It is not equivariant in units, as a Lambda is absolute, nor under transposition, as rows are
// fitted before columns.
type BiasedALS struct {
	// Rank k, the length of xᵢ and y_j. Above min(rows, cols) it counts as that, which has the same
	// minimum. A step takes some (rows + cols)·k³/3 operations besides 2nk²: at k = 500, a minute
	// for a thousand rows and columns.
	Rank int `default:"10" range:"[1, inf)"`
	// Lambda is λ.
	Lambda float64 `default:"0.1" range:"[0, inf)"`
	// Steps is the limit; a step solves for the rows, then for the columns.
	Steps int `default:"50" range:"[1, inf)"`
	// Tolerance ends the run as Converged once a step lowers the objective by at most this fraction
	// of it.
	Tolerance float64 `default:"1e-5" range:"[0, inf)"`
	// Seed of the initialisation: y_j Gaussian with standard deviation 0.1, all else 0.
	Seed uint64
}

// Solve alternates from the initialisation that the seed gives.
func (b BiasedALS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &biasedALS{BiasedALS: Resolved(b)}
	return Iterate(ctx, b, p, run, Limits{Steps: run.Steps}, observers...)
}

// biasedALS is a run of BiasedALS.
type biasedALS struct {
	BiasedALS
	at             *State
	fit            *linalg.Alternating
	factors        *Factors // of a W that is too large to form
	objective, old float64  // at this state and at the one before
}

func (b *biasedALS) Start(_ context.Context, s *State) error {
	o, err := s.entries()
	if err != nil {
		return err
	}
	b.Rank = min(b.Rank, o.rows, o.cols)
	b.at, b.fit, b.objective, s.Advice = s, b.start(o), math.Inf(1), "try a larger Lambda"
	if !tooLarge(o.rows, o.cols) {
		s.Point = newSampledPoint(o.rows, o.cols, func(w *mat.Dense) { b.fit.Product(w.RawMatrix()) })
		return nil
	}
	b.factors = &Factors{W: []*mat.Dense{mat.NewDense(b.Rank+2, o.cols, nil), mat.NewDense(o.rows, b.Rank+2, nil)}}
	s.Point, s.Factors, s.Details = newThinPoint(b.factors), b.factors, []any{b.factors}
	b.fill()
	return nil
}

// fill sets the factors to (x, μ + a, 1) and (y, 1, b).
func (b *biasedALS) fill() {
	if b.factors == nil {
		return
	}
	width := 1 + b.Rank
	for i := range b.fit.Rows.Factors.Rows {
		x, to := b.fit.Rows.Factors.Data[i*width:(i+1)*width], b.factors.W[1].RawRowView(i)
		copy(to, x[1:])
		to[b.Rank], to[b.Rank+1] = b.fit.Mean+x[0], 1
	}
	for j := range b.fit.Cols.Factors.Rows {
		y := b.fit.Cols.Factors.Data[j*width : (j+1)*width]
		for c, v := range y[1:] {
			b.factors.W[0].Set(c, j, v)
		}
		b.factors.W[0].Set(b.Rank, j, 1)
		b.factors.W[0].Set(b.Rank+1, j, y[0])
	}
}

// Finish adds the model to the details.
func (b *biasedALS) Finish() {
	m := &Model{Mean: b.fit.Mean, Lambda: b.Lambda, RowLambda: b.Lambda, PerEntry: true}
	side := func(s linalg.Side) (bias []float64, x *mat.Dense) {
		bias, x = make([]float64, s.Factors.Rows), mat.NewDense(s.Factors.Rows, b.Rank, nil)
		for i := range bias {
			row := s.Factors.Data[i*s.Factors.Stride : i*s.Factors.Stride+1+b.Rank]
			bias[i] = row[0]
			x.SetRow(i, row[1:])
		}
		return bias, x
	}
	m.RowBias, m.X = side(b.fit.Rows)
	m.ColBias, m.Y = side(b.fit.Cols)
	b.at.Details = append(b.at.Details, m)
}

func (b *biasedALS) Loss() (float64, error) {
	squares, penalty := b.fit.Objective()
	b.old, b.objective = b.objective, squares+penalty
	if !finite(penalty) {
		return penalty, nil
	}
	return squares / float64(b.at.Problem.Train.Len()), nil
}

func (b *biasedALS) Converged() bool {
	return b.at.Index > 1 && b.old-b.objective <= b.Tolerance*b.old
}

func (b *biasedALS) Step(context.Context) error {
	b.fit.SolveRows()
	b.fit.SolveCols()
	b.fill()
	return nil
}

func (b BiasedALS) start(o *Observations) *linalg.Alternating {
	rank := b.Rank
	f := linalg.NewAlternating(o.entries(), o.value, rank, 1)
	f.Mean, f.Ridge, f.PerEntry = meanOf(o.value), b.Lambda, true
	rng := random.New(b.Seed, random.Init)
	for j := range o.cols {
		if f.Cols.Start[j] == f.Cols.Start[j+1] {
			continue // nothing is known of the column, and its factors stay 0
		}
		for k := range rank {
			f.Cols.Factors.Data[j*(1+rank)+1+k] = 0.1 * rng.NormFloat64()
		}
	}
	return f
}

// Kept is the state that a checkpoint keeps.
func (b *biasedALS) Kept() []any {
	return []any{b.fit.Rows.Factors.Data, b.fit.Cols.Factors.Data, &b.objective, &b.old}
}

// Resumed sets the factors.
func (b *biasedALS) Resumed() { b.fill() }
