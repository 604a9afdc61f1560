package mc

import (
	"context"

	"gonum.org/v1/gonum/mat"
)

// Mean estimates every entry by the mean of the observed entries, w_ij = μ: the baseline that any
// method must beat. It takes [Observations].
type Mean struct{}

// Solve computes the mean. The run has one state, which has converged.
func (m Mean) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	r, err := Iterate(ctx, m, p, Direct(m.estimate), Limits{}, observers...)
	if err == nil {
		r.Details = append(r.Details, &Model{Mean: meanOf(p.Train.Values())})
	}
	return r, err
}

func (m Mean) estimate(_ context.Context, p Problem, w *mat.Dense) error {
	o, err := entriesOf("mc: Mean", p)
	if err != nil {
		return err
	}
	mean := meanOf(o.value)
	for i := range o.rows {
		row := w.RawRowView(i)
		for j := range row {
			row[j] = mean
		}
	}
	return nil
}

// meanOf does not overflow where the mean does not.
func meanOf(values []float64) float64 {
	mean := 0.0
	for k, v := range values {
		mean += (v - mean) / float64(k+1)
	}
	return mean
}
