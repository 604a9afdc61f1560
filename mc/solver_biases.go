package mc

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Biases is the additive model of ratings, a mean and a bias of each row and of each column,
//
//	w_ij = μ + aᵢ + b_j,   min over a, b of  Σ (r_ij − μ − aᵢ − b_j)² + λ_rows·Σ aᵢ² + λ_cols·Σ b_j²
//
// over the observed entries r_ij, with μ their mean. The larger λ, the closer the bias of a row or
// column with few entries is to 0; without entries it is 0. Solved by alternating between a and b,
// each exactly. Koren (2010), section 2.1. It takes [Observations].
//
// It is not equivariant under transposition: rows and columns are damped differently by default.
type Biases struct {
	// RowLambda λ_rows and ColLambda λ_cols. Their defaults are those of the library Surprise, with
	// items as rows and users as columns.
	RowLambda float64 `default:"10" range:"[0, inf)"`
	ColLambda float64 `default:"15" range:"[0, inf)"`
	// Steps is the limit; a step solves for the rows, then for the columns.
	Steps int `default:"200" range:"[1, inf)"`
	// Tolerance ends the run as Converged once no bias changes in a step by more than this fraction
	// of the largest.
	Tolerance float64 `default:"1e-10" range:"[0, inf)"`
}

// Solve alternates until the biases stand still.
func (b Biases) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &biasesRun{Biases: Resolved(b)}
	return Iterate(ctx, b, p, run, Limits{Steps: run.Steps}, observers...)
}

// biasesRun is a run of Biases.
type biasesRun struct {
	Biases
	at      *State
	fit     *biasFit
	factors *Factors // of a W that is too large to form
}

func (b *biasesRun) Start(_ context.Context, s *State) error {
	o, err := s.entries()
	if err != nil {
		return err
	}
	b.at, b.fit = s, b.start(o)
	if tooLarge(o.rows, o.cols) {
		b.factors = b.fit.factors()
		s.Point, s.Factors, s.Details = newThinPoint(b.factors), b.factors, []any{b.factors}
		return nil
	}
	s.Point = newSampledPoint(o.rows, o.cols, func(w *mat.Dense) {
		w.Zero()
		b.fit.addTo(w, 1)
	})
	return nil
}

func (b *biasesRun) Loss() (float64, error) { return b.fit.loss(), nil }
func (b *biasesRun) Converged() bool        { return b.fit.converged }

func (b *biasesRun) Step(context.Context) error {
	b.fit.step()
	if b.factors != nil {
		b.fit.fill(b.factors)
	}
	return nil
}

// Finish adds the model to the details.
func (b *biasesRun) Finish() { b.at.Details = append(b.at.Details, b.fit.model()) }

// biasFit is a fit of Biases on its way.
type biasFit struct {
	Biases     // resolved
	o          *Observations
	mean       float64
	row, col   []float64
	converged  bool
	sum, count []float64 // of columns
}

func (b Biases) start(o *Observations) *biasFit {
	f := &biasFit{
		Biases: b, o: o, mean: meanOf(o.value), row: make([]float64, o.rows), col: make([]float64, o.cols),
		sum: make([]float64, o.cols), count: make([]float64, o.cols),
	}
	for _, j := range o.col {
		f.count[j]++
	}
	return f
}

// model returns the biases as a model.
func (f *biasFit) model() *Model {
	return &Model{Mean: f.mean, RowBias: f.row, ColBias: f.col, RowLambda: f.RowLambda}
}

// factors returns two factors whose product is μ + aᵢ + b_j.
func (f *biasFit) factors() *Factors {
	w := &Factors{W: []*mat.Dense{mat.NewDense(2, len(f.col), nil), mat.NewDense(len(f.row), 2, nil)}}
	f.fill(w)
	return w
}

// fill sets the factors to (μ + a, 1) and (1, b).
func (f *biasFit) fill(w *Factors) {
	for i, a := range f.row {
		w.W[1].SetRow(i, []float64{f.mean + a, 1})
	}
	for j, b := range f.col {
		w.W[0].Set(0, j, 1)
		w.W[0].Set(1, j, b)
	}
}

// all runs to the end, or until the context is done.
func (b Biases) all(ctx context.Context, o *Observations) *biasFit {
	f := Resolved(b).start(o)
	for t := 0; t < f.Steps && !f.converged && ctx.Err() == nil; t++ {
		f.step()
	}
	return f
}

// step minimises over the biases of rows, then over those of columns.
func (f *biasFit) step() {
	change, largest := 0.0, 0.0
	set := func(bias *float64, to float64) {
		change, largest = max(change, math.Abs(to-*bias)), max(largest, math.Abs(to))
		*bias = to
	}
	clear(f.sum)
	for i := range f.row {
		from, to := f.o.start[i], f.o.start[i+1]
		if from == to {
			continue
		}
		sum := 0.0
		for k := from; k < to; k++ {
			sum += f.o.value[k] - f.mean - f.col[f.o.col[k]]
		}
		set(&f.row[i], sum/(float64(to-from)+f.RowLambda))
		for k := from; k < to; k++ {
			f.sum[f.o.col[k]] += f.o.value[k] - f.mean - f.row[i]
		}
	}
	for j, n := range f.count {
		if n > 0 {
			set(&f.col[j], f.sum[j]/(n+f.ColLambda))
		}
	}
	f.converged = change <= f.Tolerance*largest
}

// loss returns the mean squared residual.
func (f *biasFit) loss() float64 {
	sum := 0.0
	for k, e := range f.o.All() {
		r := f.at(e.Row, e.Col) - f.o.value[k]
		sum += r * r
	}
	return sum / float64(f.o.Len())
}

// addTo adds scale·(μ + aᵢ + b_j) to w.
func (f *biasFit) addTo(w *mat.Dense, scale float64) {
	for i, a := range f.row {
		row := w.RawRowView(i)
		for j, b := range f.col {
			row[j] += scale * (f.mean + a + b)
		}
	}
}

// at returns μ + aᵢ + b_j.
func (f *biasFit) at(i, j int) float64 { return f.mean + f.row[i] + f.col[j] }
