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
	return Iterate(ctx, m, p, &meanRun{}, Limits{}, observers...)
}

// meanRun is a run of Mean.
type meanRun struct {
	at   *State
	mean float64
}

func (m *meanRun) Start(_ context.Context, s *State) error {
	o, err := s.entries()
	if err != nil {
		return err
	}
	m.at, m.mean = s, meanOf(o.value)
	s.Details = []any{&Model{Mean: m.mean}}
	if tooLarge(o.rows, o.cols) {
		f := (&biasFit{mean: m.mean, row: make([]float64, o.rows), col: make([]float64, o.cols)}).factors()
		s.Point, s.Factors, s.Details = newThinPoint(f), f, append(s.Details, f)
		return nil
	}
	w := mat.NewDense(o.rows, o.cols, nil)
	values := w.RawMatrix().Data
	for k := range values {
		values[k] = m.mean
	}
	s.Point = NewPoint(w)
	return nil
}

func (m *meanRun) Loss() (float64, error)     { return m.at.Point.held.loss(m.at.Problem.trainTerm()), nil }
func (m *meanRun) Converged() bool            { return true }
func (m *meanRun) Step(context.Context) error { return nil }

// meanOf does not overflow where the mean does not.
func meanOf(values []float64) float64 {
	mean := 0.0
	for k, v := range values {
		mean += (v - mean) / float64(k+1)
	}
	return mean
}
