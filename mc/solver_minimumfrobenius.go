package mc

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// MinimumFrobenius returns, in closed form, the solution of A(W) = b that is nearest to a start W₀,
//
//	W = W₀ + A⁺(b − A(W₀)),
//
// the one of minimum Frobenius norm if W₀ = 0. Gradient descent on the linear model ends there (for least squares, a fact as
// old as the pseudo-inverse; see Gunasekar et al. 2017, section 2). Where no W agrees with the measurements it is nearest
// among those with the least squared residual.
//
// It takes [Observations], for which it keeps W₀ and replaces the seen entries, and [Sensing], for which it decomposes the
// n × rows·cols matrix of the maps.
type MinimumFrobenius struct {
	// Start W₀ (rows × cols). Default zero.
	Start *mat.Dense
}

// GoString names the start by a digest, so that the print of a configuration identifies a run.
func (m MinimumFrobenius) GoString() string {
	if m.Start == nil {
		return "mc.MinimumFrobenius{}"
	}
	return fmt.Sprintf("mc.MinimumFrobenius{Start: %s}", digest(m.Start))
}

// Solve computes the solution. Observers see the start and the solution.
func (m MinimumFrobenius) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := checkDense("mc: MinimumFrobenius", p); err != nil {
		return nil, err
	}
	rows, cols := p.Dims()
	w := mat.NewDense(rows, cols, nil)
	if m.Start != nil {
		if r, c := m.Start.Dims(); r != rows || c != cols {
			return nil, fmt.Errorf("mc: MinimumFrobenius.Start is %d×%d; the matrix is %d×%d", r, c, rows, cols)
		}
		if err := (&Factors{W: []*mat.Dense{m.Start}}).validate(rows, cols); err != nil {
			return nil, fmt.Errorf("mc: MinimumFrobenius.Start: %w", err)
		}
		w.Copy(m.Start)
	}
	switch p.Train.(type) {
	case *Observations, *Sensing:
	default:
		return nil, fmt.Errorf("mc: MinimumFrobenius takes *Observations and *Sensing; Problem.Train is a %T", p.Train)
	}
	point := NewPoint(w)
	watch := newWatch(m, p, point, 1, observers)
	residual := make([]float64, p.Train.Len())
	result := &Result{W: w, Loss: loss(residual, p.Train, w)}
	if ctx.Err() != nil {
		watch.state(0, result.Loss, true)
		return result, fmt.Errorf("mc: MinimumFrobenius: stopped before the solution: %w", context.Cause(ctx))
	}
	watch.state(0, result.Loss, false)

	switch train := p.Train.(type) {
	case *Observations:
		train.AddAdjoint(w, -1, residual) // A Aᵀ = I
		for _, e := range train.All() {   // and without the rounding of the sum
			w.Set(e.Row, e.Col, e.Value)
		}
	case *Sensing:
		for range 2 { // the second pass removes the rounding of the first
			if err := train.project(w, residual); err != nil {
				return nil, err
			}
			loss(residual, train, w)
		}
	}
	point.Changed()
	result.Loss, result.Steps, result.Status = loss(residual, p.Train, w), 1, Converged
	watch.state(1, result.Loss, true)
	return result, nil
}

// project adds −A⁺(residual) to w.
func (s *Sensing) project(w *mat.Dense, residual []float64) error {
	var svd mat.SVD
	if !svd.Factorize(s.maps, mat.SVDThin) {
		return fmt.Errorf("mc: MinimumFrobenius: the maps could not be decomposed")
	}
	n, size := s.maps.Dims()
	rank := svd.Rank(float64(max(n, size)) * 0x1p-52)
	if rank == 0 { // maps of zeros: every W is as good
		return nil
	}
	var delta mat.VecDense
	svd.SolveVecTo(&delta, mat.NewVecDense(n, residual), rank)
	for i := range s.rows {
		row := w.RawRowView(i)
		for j := range row {
			row[j] -= delta.AtVec(i*s.cols + j)
		}
	}
	return nil
}
