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
	// Sweeps is the limit. Default 200.
	Sweeps int
	// Tolerance ends the run as Converged once no bias changes in a sweep by more than this part of the largest. Default 1e-10.
	Tolerance float64
}

// Validate says what is wrong with the settings.
func (b Biases) Validate() error {
	if b.Sweeps < 0 {
		return fmt.Errorf("mc: Biases.Sweeps is %d; it must be at least 1, or 0 for 200", b.Sweeps)
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
	fit := b.start(o)
	w := mat.NewDense(o.rows, o.cols, nil)
	watch := newWatch(b, p, NewPoint(w), fit.sweeps, observers)
	residual := make([]float64, o.Len())
	result := &Result{W: w}
	for t := 0; ; t++ {
		w.Zero()
		fit.addTo(w, 1)
		watch.step.point.Changed()
		result.Steps, result.Loss = t, loss(residual, o, w)
		switch {
		case !finite(result.Loss):
			err = fmt.Errorf("mc: Biases: sweep %d: the training loss is %v: %w; scale the data", t, result.Loss, ErrDiverged)
		case ctx.Err() != nil:
			err = fmt.Errorf("mc: Biases: stopped at sweep %d: %w", t, context.Cause(ctx))
		case fit.converged:
			result.Status = Converged
		case t == fit.sweeps:
			result.Status = StepLimit
		}
		final := err != nil || result.Status != Unfinished
		watch.state(t, result.Loss, final)
		if final {
			return result, err
		}
		fit.sweep()
	}
}

// biasFit is a fit of Biases on its way.
type biasFit struct {
	o          *Observations
	mean       float64
	row, col   []float64
	rowDamping float64
	colDamping float64
	tolerance  float64
	sweeps     int
	converged  bool
	sum, count []float64 // of columns
}

func (b Biases) start(o *Observations) *biasFit {
	f := &biasFit{
		o: o, mean: meanOf(o.value), row: make([]float64, o.rows), col: make([]float64, o.cols),
		rowDamping: or(b.RowDamping, 10), colDamping: or(b.ColDamping, 15), tolerance: or(b.Tolerance, 1e-10), sweeps: b.Sweeps,
		sum: make([]float64, o.cols), count: make([]float64, o.cols),
	}
	if f.sweeps == 0 {
		f.sweeps = 200
	}
	for _, j := range o.col {
		f.count[j]++
	}
	return f
}

// all runs to the end.
func (b Biases) all(o *Observations) *biasFit {
	f := b.start(o)
	for t := 0; t < f.sweeps && !f.converged; t++ {
		f.sweep()
	}
	return f
}

// sweep minimises over the biases of rows, then over those of columns.
func (f *biasFit) sweep() {
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
