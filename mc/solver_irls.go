package mc

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
	"projectpenalty/mc/internal/random"
)

// IRLS minimises a smoothed Schatten-p quasi-norm over all matrices that agree with the observed
// entries,
//
//	Σ (σᵢ² + γ)^{p/2}  for p > 0,   Σ log(σᵢ² + γ)  for p = 0,
//
// by iteratively reweighted least squares, as γ falls:
//
//	W ← argmin tr(W·M·Wᵀ) subject to A(W) = b,   M = (WᵀW + γI)^{p/2 − 1}.
//
// Mohan and Fazel (2012), algorithm IRLS-p. It is also the linear recursive feature machine of
// Radhakrishnan, Belkin, Drusvyatskiy (2024), with the power 1 − p/2 of its features. At p = 1 it
// approaches the least nuclear norm. At p = 0 it approaches the least logarithm of a volume, which
// finds low rank from fewer entries but is not convex. Each row is a problem by itself.
//
// It is not equivariant under transposition: only columns are weighted.
//
// It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type IRLS struct {
	// P is p. Default 0.
	P float64 `range:"[0, 1]"`
	// Decay divides γ at each step, from a hundredth of σ₁² on. The paper takes 1.1 where recovery
	// is easy and 1.03 where it is hard. Where the default converges to another matrix, one closer
	// to 1 may find the right one: with two entries per degree of freedom, 1.01 does.
	Decay float64 `default:"1.05" range:"(1, inf)"`
	// Steps is the limit. Default 2000, or 30/(Decay − 1) where that is more, which suffices for γ
	// to fall to the default Tolerance.
	Steps int `default:"2000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once a step changes W by at most this fraction of its
	// norm, and √γ is at most this fraction of σ₁. Below 1e-7, rounding is in the way.
	Tolerance float64 `default:"1e-6" range:"[0, inf)"`
}

// WithDefaults gives γ the steps that it takes to fall.
func (s IRLS) WithDefaults() any {
	s.Steps = cmp.Or(s.Steps, stepsToFall(s.Decay, 2000))
	return s
}

// stepsToFall is the default limit of a run whose smoothing is divided by decay at each step: the
// usual one, or more where the smoothing needs more. To the default tolerances, γ of [IRLS] falls
// by ten decades and ε of [MatrixIRLS] by eleven, in some 23/(Decay − 1) and 25/(Decay − 1) steps.
func stepsToFall(decay float64, usual int) int {
	if !(decay > 1) { // the default, or out of range
		return usual
	}
	return max(usual, int(30/(decay-1)))
}

// Solve begins with the observed entries and zeros elsewhere.
func (s IRLS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &rowReweighting{IRLS: set}, Limits{Steps: set.Steps}, observers...)
}

// reweighting is what the runs of IRLS and MatrixIRLS share: a W that agrees with the observed
// entries.
type reweighting struct {
	data    *Observations // divided by unit
	unit    float64
	b       []float64  // the values in the units of the problem
	w, last *mat.Dense // in units of the data
	move    *mat.Dense // W − last
	fit     []float64
	svd     kernel.SVD // of the last W
	change  float64    // ‖W − last‖_F/‖W‖_F
	settled bool       // the weights have their last smoothing
}

// newReweighting begins with the observed entries and zeros elsewhere.
func newReweighting(s *State) (reweighting, error) {
	o, err := s.entries()
	if err != nil {
		return reweighting{}, err
	}
	if err := s.checkDense(); err != nil {
		return reweighting{}, err
	}
	data, unit := unitObservations(o)
	r := reweighting{
		data: data, unit: unit, b: o.value, fit: make([]float64, o.Len()), change: 1,
		w: mat.NewDense(o.rows, o.cols, nil), last: mat.NewDense(o.rows, o.cols, nil),
		move: mat.NewDense(o.rows, o.cols, nil),
	}
	data.AddAdjoint(r.w, 1, data.value)
	w := r.w
	s.Point = newSampledPoint(o.rows, o.cols, func(dst *mat.Dense) { dst.Scale(unit, w) })
	return r, nil
}

// Loss returns the mean squared residual in the units of the problem, which is that of rounding.
func (r *reweighting) Loss() (float64, error) {
	r.data.Apply(r.fit, r.w)
	kernel.Scale(r.unit, r.fit, r.fit)
	kernel.Axpy(-1, r.b, r.fit)
	return kernel.Dot(r.fit, r.fit) / float64(len(r.fit)), nil
}

// converged reports whether the weights are at their end and W no longer changes.
func (r *reweighting) converged(tolerance float64) bool {
	return r.settled && r.change <= tolerance
}

// next replaces W by what update makes of it, given its decomposition.
func (r *reweighting) next(update func()) error {
	if !r.svd.Factorize(r.w.RawMatrix()) {
		return fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
	}
	if r.svd.Sigma[0] == 0 { // all observed entries are 0
		r.settled, r.change = true, 0
		return nil
	}
	r.last.Copy(r.w)
	update()
	size := frobenius(r.w)
	if !finite(size) {
		r.w.Copy(r.last)
		return fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
	}
	r.move.Sub(r.w, r.last)
	r.change = frobenius(r.move) / size
	return nil
}

// rowReweighting is a run of IRLS.
type rowReweighting struct {
	IRLS
	reweighting
	rows  *rowwise
	gamma float64
}

func (m *rowReweighting) Start(_ context.Context, s *State) (err error) {
	if m.reweighting, err = newReweighting(s); err != nil {
		return err
	}
	m.rows, m.gamma = newRowwise(m.data), 0
	return nil
}

func (m *rowReweighting) Converged() bool { return m.converged(m.Tolerance) }

func (m *rowReweighting) Step(context.Context) error {
	return m.next(func() {
		top := m.svd.Sigma[0] * m.svd.Sigma[0]
		if m.gamma == 0 {
			m.gamma = 0.01 * top
		} else {
			m.gamma /= m.Decay
		}
		m.gamma = max(m.gamma, 1e-14*top)
		m.rows.solve(m.w, &m.svd, m.gamma, m.P)
		m.settled = m.gamma <= m.Tolerance*m.Tolerance*top
	})
}

// rowwise solves the weighted least squares of an IRLS. With C = M⁻¹, a row x whose entries S are
// observed is
//
//	x = C_{·S}·(C_{SS})⁻¹·b_S.
type rowwise struct {
	o             *Observations
	inverse       kernel.Matrix // C, cols × cols
	scaled        kernel.Matrix // V·diag(√weight)
	square, right []float64     // C_SS and b_S of a row
}

func newRowwise(o *Observations) *rowwise {
	longest := 0
	for i := range o.rows {
		longest = max(longest, o.start[i+1]-o.start[i])
	}
	return &rowwise{
		o: o, inverse: kernel.NewMatrix(o.cols, o.cols), scaled: kernel.NewMatrix(o.cols, min(o.rows, o.cols)),
		square: make([]float64, longest*longest), right: make([]float64, longest),
	}
}

// solve sets w to the solution for the weights that follow from the decomposition of the last W, in
// units of σ₁.
func (r *rowwise) solve(w *mat.Dense, svd *kernel.SVD, gamma, p float64) {
	top := svd.Sigma[0] * svd.Sigma[0]
	power := func(square float64) float64 { return math.Pow(square/top, 1-p/2) }
	least := power(gamma)
	for j := range r.scaled.Rows {
		for c, sigma := range svd.Sigma {
			r.scaled.Data[j*r.scaled.Stride+c] = svd.V.Data[j*svd.V.Stride+c] *
				math.Sqrt(power(sigma*sigma+gamma)-least)
		}
	}
	kernel.Syrk(false, 1, r.scaled, 0, r.inverse)
	for j := range r.inverse.Rows {
		r.inverse.Data[j*r.inverse.Stride+j] += least
	}
	o := r.o
	w.Zero()
	for i := range o.rows {
		observed, row := o.col[o.start[i]:o.start[i+1]], w.RawRowView(i)
		n := len(observed)
		square, right := r.square[:n*n], r.right[:n]
		for a, j := range observed {
			line := r.inverse.Data[int(j)*r.inverse.Stride:]
			for b, k := range observed[:a+1] {
				square[a*n+b] = line[k]
			}
		}
		copy(right, o.value[o.start[i]:])
		system := kernel.Matrix{Rows: n, Cols: n, Stride: n, Data: square}
		linalg.Factor(system, least*1e-9)
		linalg.Forward(system, right)
		linalg.Backward(system, right)
		for a, j := range observed {
			kernel.Axpy(right[a], r.inverse.Data[int(j)*r.inverse.Stride:int(j)*r.inverse.Stride+o.cols], row)
		}
		for a, j := range observed {
			row[j] = o.value[o.start[i]+a]
		}
	}
}

// fillUnobserved overwrites the unobserved entries of w with normal values whose standard deviation
// is fill times the root mean square of the observed ones.
func fillUnobserved(w *mat.Dense, data *Observations, fill float64, seed uint64) {
	if fill == 0 {
		return
	}
	scale := fill * linalg.Norm(data.value) / math.Sqrt(float64(data.Len()))
	rng := random.New(seed, random.Init)
	for i := range data.rows {
		row := w.RawRowView(i)
		for j := range row {
			row[j] = scale * rng.NormFloat64()
		}
	}
	for _, e := range data.All() {
		w.Set(e.Row, e.Col, e.Value)
	}
}

// Kept is the state that a checkpoint keeps.
func (m *rowReweighting) Kept() []any { return []any{m.w, &m.change, &m.settled, &m.gamma} }
