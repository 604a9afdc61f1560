package mc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Mean estimates every entry by the mean of those that are seen, w_ij = μ: what any method must beat. Training must see entries.
type Mean struct{}

// Solve computes the mean; it is done at the start.
func (m Mean) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	o, err := denseEntriesOf("Mean", p)
	if err != nil {
		return nil, err
	}
	w := mat.NewDense(o.rows, o.cols, nil)
	mu := meanOf(o.value)
	for i := range o.rows {
		row := w.RawRowView(i)
		for j := range row {
			row[j] = mu
		}
	}
	return directly(ctx, "Mean", m, p, w, observers)
}

// entriesOf checks the problem of a solver that needs to see entries, and returns them.
func entriesOf(solver string, p Problem) (*Observations, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	o, ok := p.Train.(*Observations)
	if !ok {
		return nil, fmt.Errorf("mc: %s: Problem.Train is %T; it must be *mc.Observations", solver, p.Train)
	}
	return o, nil
}

// denseEntriesOf is entriesOf for a solver that forms W, which must not be too large for that.
func denseEntriesOf(solver string, p Problem) (*Observations, error) {
	o, err := entriesOf(solver, p)
	if err != nil {
		return nil, err
	}
	return o, checkDense("mc: "+solver, p)
}

// directly is the run of a solver that computes its estimate at once.
func directly(ctx context.Context, solver string, config any, p Problem, w *mat.Dense, observers []Observer) (*Result, error) {
	point := NewPoint(w)
	result := &Result{W: w, Status: Converged, Loss: loss(make([]float64, p.Train.Len()), p.Train, w)}
	newWatch(config, p, point, 0, observers).state(0, result.Loss, true)
	if ctx.Err() != nil {
		result.Status = Unfinished
		return result, fmt.Errorf("mc: %s: stopped: %w", solver, context.Cause(ctx))
	}
	return result, nil
}

// meanOf does not overflow where the mean does not.
func meanOf(values []float64) float64 {
	mean := 0.0
	for k, v := range values {
		mean += (v - mean) / float64(k+1)
	}
	return mean
}
