package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Biases is the additive model of ratings, a mean and a bias of each row and of each column,
//
//	w_ij = μ + aᵢ + b_j,   min over a, b of  Σ (r_ij − μ − aᵢ − b_j)² + λ_rows·Σ aᵢ² + λ_cols·Σ b_j²
//
// over the seen entries r_ij, with μ their mean. The damping λ draws the bias of a line with few entries to 0, and that of a line
// without any is 0. Solved by alternating between a and b, each exactly. Koren (2010), section 2.1.
type Biases struct {
	// RowDamping λ_rows (default 10) and ColDamping λ_cols (default 15): with items as rows and users as columns, those
	// that the library Surprise starts from.
	RowDamping, ColDamping float64
	// Steps is the limit, each of rows and columns. Default 200.
	Steps int
	// Tolerance ends the run as Converged once no bias changes in a step by more than this fraction of the largest. Default 1e-10.
	Tolerance float64
}

// Validate says what is wrong with the settings.
func (b Biases) Validate() error {
	if b.Steps < 0 {
		return fmt.Errorf("mc: Biases.Steps is %d; it must be at least 1, or 0 for 200", b.Steps)
	}
	return first(checkPositive("Biases.RowDamping", b.RowDamping), checkPositive("Biases.ColDamping", b.ColDamping), checkPositive("Biases.Tolerance", b.Tolerance))
}

// Solve alternates until the biases stand still.
func (b Biases) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := b.Validate(); err != nil {
		return nil, err
	}
	o, err := denseEntriesOf("Biases", p)
	if err != nil {
		return nil, err
	}
	steps := b.Steps
	if steps == 0 {
		steps = 200
	}
	return Iterate(ctx, b, p, &biasesRun{Biases: b, o: o}, Limits{Steps: steps}, observers...)
}

// biasesRun is a run of Biases.
type biasesRun struct {
	Biases
	o   *Observations
	fit *biasFit
}

func (b *biasesRun) Start(_ context.Context, s *State) error {
	b.fit = b.start(b.o)
	s.Point = newSampledPoint(b.o.rows, b.o.cols, func(w *mat.Dense) {
		w.Zero()
		b.fit.addTo(w, 1)
	})
	return nil
}

func (b *biasesRun) Loss() (float64, error)     { return b.fit.loss(), nil }
func (b *biasesRun) Converged() bool            { return b.fit.converged }
func (b *biasesRun) Step(context.Context) error { b.fit.step(); return nil }

// biasFit is a fit of Biases on its way.
type biasFit struct {
	o          *Observations
	mean       float64
	row, col   []float64
	rowDamping float64
	colDamping float64
	tolerance  float64
	steps      int
	converged  bool
	sum, count []float64 // of columns
}

func (b Biases) start(o *Observations) *biasFit {
	f := &biasFit{
		o: o, mean: meanOf(o.value), row: make([]float64, o.rows), col: make([]float64, o.cols),
		rowDamping: or(b.RowDamping, 10), colDamping: or(b.ColDamping, 15), tolerance: or(b.Tolerance, 1e-10), steps: b.Steps,
		sum: make([]float64, o.cols), count: make([]float64, o.cols),
	}
	if f.steps == 0 {
		f.steps = 200
	}
	for _, j := range o.col {
		f.count[j]++
	}
	return f
}

// all runs to the end.
func (b Biases) all(o *Observations) *biasFit {
	f := b.start(o)
	for t := 0; t < f.steps && !f.converged; t++ {
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
		set(&f.row[i], sum/(float64(to-from)+f.rowDamping))
		for k := from; k < to; k++ {
			f.sum[f.o.col[k]] += f.o.value[k] - f.mean - f.row[i]
		}
	}
	for j, n := range f.count {
		if n > 0 {
			set(&f.col[j], f.sum[j]/(n+f.colDamping))
		}
	}
	f.converged = change <= f.tolerance*largest
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
