package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// MinimumFrobenius returns the solution of A(W) = b that is nearest to an initial W₀,
//
//	W = W₀ + A⁺(b − A(W₀)),
//
// the one of minimum Frobenius norm if W₀ = 0. Gradient descent on the linear model ends there (for
// least squares, a fact as old as the pseudo-inverse; see Gunasekar et al. 2017, section 2). Where
// no W agrees with the measurements it is nearest among those with the least squared residual.
//
// It takes any [Measurement]. For [Observations] it replaces the observed entries of W₀; for
// [Sensing] it decomposes the n × rows·cols matrix of the maps; for any other map it applies
// conjugate gradients. Where these do not reach rounding, as for maps of a large condition number,
// it decomposes the matrix if that has at most 2²⁰ entries, and else ends at its StepLimit.
//
// It is not equivariant under a shift: it does not centre its data.
type MinimumFrobenius struct {
	// Start W₀ (rows × cols). Default zero.
	Start *mat.Dense
}

// GoString prints the initial matrix as a digest, so that the print of a configuration identifies a
// run.
func (m MinimumFrobenius) GoString() string {
	if m.Start == nil {
		return "mc.MinimumFrobenius{}"
	}
	return fmt.Sprintf("mc.MinimumFrobenius{Start: %s}", digest(m.Start))
}

// Solve computes the solution. Observers see W₀ and the solution.
func (m MinimumFrobenius) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	return Iterate(ctx, m, p, &nearest{from: m.Start}, Limits{Steps: 1}, observers...)
}

// nearest is a run of MinimumFrobenius.
type nearest struct {
	from     *mat.Dense
	train    Measurement
	w        *mat.Dense
	residual []float64
	done     bool
}

func (m *nearest) Start(_ context.Context, s *State) error {
	if err := s.checkDense(); err != nil {
		return err
	}
	rows, cols := s.Problem.Dims()
	m.w, m.train, m.done = mat.NewDense(rows, cols, nil), s.Problem.Train, false
	m.residual = make([]float64, m.train.Len())
	if m.from != nil {
		if r, c := m.from.Dims(); r != rows || c != cols {
			return fmt.Errorf("mc: MinimumFrobenius.Start is %d×%d; the matrix is %d×%d",
				r, c, rows, cols)
		}
		if err := (&Factors{W: []*mat.Dense{m.from}}).validate(rows, cols); err != nil {
			return fmt.Errorf("mc: MinimumFrobenius.Start: %w", err)
		}
		m.w.Copy(m.from)
	}
	s.Point = NewPoint(m.w)
	return nil
}

func (m *nearest) Loss() (float64, error) { return loss(m.residual, m.train, m.w), nil }
func (m *nearest) Converged() bool        { return m.done }

func (m *nearest) Step(ctx context.Context) error {
	m.done = true
	sensing, decomposed := m.train.(*Sensing)
	if o, ok := m.train.(*Observations); ok {
		for _, e := range o.All() { // A Aᵀ = I
			m.w.Set(e.Row, e.Col, e.Value)
		}
		return nil
	}
	twice := func(project func() error) error {
		for range 2 { // the second pass removes the rounding of the first
			if err := project(); err != nil {
				return err
			}
			loss(m.residual, m.train, m.w)
		}
		return nil
	}
	if !decomposed {
		before := norm2(m.residual)
		norm := squaredNormFrom(ctx, m.train, m.residual, 5)
		if norm == 0 { // no W fits better
			return nil
		}
		if err := twice(func() error { m.project(ctx, norm); return nil }); err != nil {
			return err
		}
		rows, cols := m.w.Dims()
		m.done = m.solved(before, norm)
		if m.done || ctx.Err() != nil || m.train.Len()*rows*cols > 1<<20 {
			return nil
		}
		sensing, m.done = m.maps(), true
	}
	return twice(func() error { return sensing.project(m.w, m.residual) })
}

// project adds −A⁺(residual) to w, with ‖A‖² at least norm. Conjugate gradients that begin at 0
// stay in the range of A*, and so find the solution of least norm. They end before the gradient is
// of rounding, which need not be in that range.
func (m *nearest) project(ctx context.Context, norm float64) {
	rows, cols := m.w.Dims()
	least := linalg.LeastSquares{
		Apply: func(dst, x []float64) { m.train.Apply(dst, mat.NewDense(rows, cols, x)) },
		Adjoint: func(dst, y []float64) {
			clear(dst)
			m.train.AddAdjoint(mat.NewDense(rows, cols, dst), 1, y)
		},
	}
	x, first := make([]float64, rows*cols), 0.0
	steps := 10 + 4*min(rows*cols, len(m.residual)) // rounding costs some more than the rank
	least.Solve(x, m.residual, steps, func(_ []float64, rho float64) bool {
		first = max(first, rho)
		return ctx.Err() != nil || rho <= 1e-30*first || rho <= 1e-28*norm*kernel.Dot(m.residual, m.residual)
	})
	for i := range rows {
		kernel.Axpy(-1, x[i*cols:(i+1)*cols], m.w.RawRowView(i))
	}
}

// solved reports whether the residual is of rounding, relative to what it was before, or its
// gradient is.
func (m *nearest) solved(before, norm float64) bool {
	rows, cols := m.w.Dims()
	gradient := mat.NewDense(rows, cols, nil)
	m.train.AddAdjoint(gradient, 1, m.residual)
	now := norm2(m.residual)
	return now <= 1e-13*before || frobenius(gradient) <= 1e-13*math.Sqrt(norm)*now
}

// maps returns the matrix of a map that is known by its products.
func (m *nearest) maps() *Sensing {
	rows, cols := m.w.Dims()
	n := m.train.Len()
	s := &Sensing{rows: rows, cols: cols, maps: mat.NewDense(n, rows*cols, nil), value: m.train.Values()}
	unit := make([]float64, n)
	for k := range n {
		unit[k] = 1
		m.train.AddAdjoint(mat.NewDense(rows, cols, s.maps.RawRowView(k)), 1, unit)
		unit[k] = 0
	}
	return s
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
