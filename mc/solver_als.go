package mc

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// ALS completes a matrix as a product W = X·Yᵀ of given rank by alternating least squares with a
// ridge,
//
//	min over X, Y of  ‖A(X·Yᵀ) − b‖²/n + λ·(‖X‖_F² + ‖Y‖_F²)/2.
//
// It solves for all rows of X exactly with Y held, then for all rows of Y with X held, so that the
// objective never rises. As ‖W‖_* is the least (‖X‖_F² + ‖Y‖_F²)/2 of all factorisations (Srebro,
// Rennie, Jaakkola 2005), the minimum is that of ‖A(W) − b‖²/n + λ‖W‖_* among matrices of the rank:
// where the rank does not bind, that of [SoftImpute]. It begins with the best approximation of rank
// r to the observed entries with zeros elsewhere, divided by the fraction observed. For ratings,
// with biases, see [BiasedALS].
//
// The true rank is given, see [RankGiven]. It takes [Observations].
type ALS struct {
	// Rank r, at most min(rows, cols).
	Rank int `range:"[1, inf)"`
	// Lambda is λ. Default a hundredth of 2‖A*(b)‖₂/n, above which W = 0: that of [SoftImpute], fit
	// for noise. [Zero] fits data without noise exactly: λ is then 1e-9 times the largest |b|,
	// which keeps the equations of rows and columns with few entries solvable.
	Lambda float64 `default:"none" range:"[0, inf)"`
	// Steps is the limit, each of rows and columns.
	Steps int `default:"1000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once a step lowers the objective by less than this
	// fraction of it.
	Tolerance float64 `default:"1e-6" range:"[0, inf)"`
}

// TargetRank returns Rank.
func (s ALS) TargetRank() int { return s.Rank }

// Solve alternates from the best approximation to the observed entries.
func (s ALS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(s)
	return Iterate(ctx, s, p, &alternatingRun{ALS: set}, Limits{Steps: set.Steps}, observers...)
}

// alternatingRun is a run of ALS.
type alternatingRun struct {
	ALS
	givenRank
	fit         *alsFit
	now, before float64 // the objective, and that of the last iterate
}

func (m *alternatingRun) Start(ctx context.Context, s *State) (err error) {
	if m.givenRank, err = newGivenRank(s, m.Rank); err != nil {
		return err
	}
	o := m.data
	m.fit = newALSFit(o, m.Rank, 0)
	m.before, m.now = math.Inf(1), math.Inf(1)
	s.Point = newSampledPoint(o.rows, o.cols, func(w *mat.Dense) {
		m.fit.product(w)
		w.Scale(m.unit, w)
	})
	if ctx.Err() != nil {
		return nil
	}
	u, sigma, v := leading(o, m.Rank)
	root := make([]float64, m.Rank)
	for c, x := range sigma {
		root[c] = math.Sqrt(x)
	}
	setRows(m.fit.rows.factors.Data, u, m.Rank, root)
	setRows(m.fit.cols.factors.Data, v, m.Rank, root)
	n := float64(o.Len())
	lambda := m.Lambda / m.unit
	switch {
	case m.Lambda == 0 && math.Signbit(m.Lambda): // Zero
		lambda = 1e-9
	case m.Lambda == 0:
		// The singular values of A*(b) are those of the initial approximation but for a factor.
		lambda = 0.01 * 2 * sigma[0] / (float64(o.rows) * float64(o.cols))
	}
	m.fit.ridge = lambda * n / 2
	return nil
}

func (m *alternatingRun) Loss() (float64, error) {
	squares, penalty := m.fit.objective()
	m.before, m.now = m.now, squares+penalty
	return m.unit * (squares / float64(m.data.Len())) * m.unit, nil
}

func (m *alternatingRun) Converged() bool {
	return m.before-m.now <= m.Tolerance*m.before && finite(m.before) || m.now == 0
}

func (m *alternatingRun) Step(context.Context) error {
	m.fit.alternate()
	return nil
}

// alsFit is a fit by alternating least squares on its way, with or without biases: that of [ALS] or
// of [BiasedALS].
type alsFit struct {
	rank       int
	biases     int // 1 if rows and columns have them, 0 if not
	mean       float64
	ridge      float64
	perEntry   bool // the ridge of a row or column counts once for each of its entries
	rows, cols alsSide
}

// alsSide is the rows, or the columns: their entries, and their factors as rows (x₁ … x_k), after
// the bias if they have one.
type alsSide struct {
	start   []int
	other   []int32 // column of each entry, or row
	value   []float64
	factors kernel.Matrix // as many × (biases+k)
	design  kernel.Matrix // of the least squares of one row or column, and its targets
	normal  kernel.Matrix
}

// newALSFit returns a fit whose factors are 0.
func newALSFit(o *Observations, rank, biases int) *alsFit {
	width := biases + rank
	side := func(o *Observations) alsSide {
		longest := 0
		for i := range o.rows {
			longest = max(longest, o.start[i+1]-o.start[i])
		}
		room := func(rows, cols int) kernel.Matrix {
			return kernel.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
		}
		return alsSide{
			start: o.start, other: o.col, value: o.value,
			factors: room(o.rows, width), design: room(longest, width+1), normal: room(width+1, width+1),
		}
	}
	return &alsFit{rank: rank, biases: biases, rows: side(o), cols: side(o.transposed())}
}

// alternate solves for the rows, then for the columns.
func (f *alsFit) alternate() {
	f.solve(&f.rows, f.cols.factors)
	f.solve(&f.cols, f.rows.factors)
}

// solve minimises over the factors of one side with those of the other held. For a row i, with rows
// d_j = (1, y_j) of the design D and targets t_j = r_ij − μ − b_j, they are (DᵀD + λnᵢI)⁻¹·Dᵀt; the
// 1 and b_j are there with biases only, nᵢ where the ridge counts entries. The targets are the last
// column of the design, so that one product has both.
func (f *alsFit) solve(s *alsSide, other kernel.Matrix) {
	width := s.factors.Cols
	for i := range s.factors.Rows {
		from, to := s.start[i], s.start[i+1]
		n := to - from
		if n == 0 {
			continue
		}
		design := s.design
		design.Rows = n
		for k := from; k < to; k++ {
			held := other.Data[int(s.other[k])*width : (int(s.other[k])+1)*width]
			row := design.Data[(k-from)*design.Stride : (k-from)*design.Stride+width+1]
			copy(row, held)
			row[width] = s.value[k] - f.mean
			if f.biases > 0 {
				row[0] = 1
				row[width] -= held[0]
			}
		}
		kernel.SyrkLower(true, 1, design, 0, s.normal)
		x := s.factors.Data[i*width : (i+1)*width]
		copy(x, s.normal.Data[width*s.normal.Stride:])
		normal := s.normal
		normal.Rows, normal.Cols = width, width
		if !linalg.Factor(normal, f.ridgeOf(n)) {
			x[0] = math.NaN() // the objective will say so
			continue
		}
		linalg.Forward(normal, x)
		linalg.Backward(normal, x)
	}
}

// ridgeOf is λ of a row or column with n entries.
func (f *alsFit) ridgeOf(n int) float64 {
	if f.perEntry {
		return f.ridge * float64(n)
	}
	return f.ridge
}

// objective returns the sum of squared residuals, and the penalty.
func (f *alsFit) objective() (squares, penalty float64) {
	width := f.biases + f.rank
	for i := range f.rows.factors.Rows {
		x := f.rows.factors.Data[i*width : (i+1)*width]
		for k := f.rows.start[i]; k < f.rows.start[i+1]; k++ {
			j := int(f.rows.other[k])
			y := f.cols.factors.Data[j*width : (j+1)*width]
			r := f.rows.value[k] - f.mean - kernel.Dot(x[f.biases:], y[f.biases:])
			if f.biases > 0 {
				r -= x[0] + y[0]
			}
			squares += r * r
		}
	}
	for _, s := range []*alsSide{&f.rows, &f.cols} {
		for i := range s.factors.Rows {
			norm := 0.0
			for _, v := range s.factors.Data[i*width : (i+1)*width] {
				norm += v * v
			}
			penalty += f.ridgeOf(s.start[i+1]-s.start[i]) * norm
		}
	}
	return squares, penalty
}

// product sets w to μ + aᵢ + b_j + xᵢ·y_j.
func (f *alsFit) product(w *mat.Dense) {
	width := f.biases + f.rank
	for i := range f.rows.factors.Rows {
		row := w.RawRowView(i)
		for j := range row {
			row[j] = f.mean
			if f.biases > 0 {
				row[j] += f.rows.factors.Data[i*width] + f.cols.factors.Data[j*width]
			}
		}
	}
	without := func(m kernel.Matrix) kernel.Matrix {
		m.Data, m.Cols = m.Data[f.biases:], f.rank
		return m
	}
	kernel.Gemm(false, true, 1, without(f.rows.factors), without(f.cols.factors), 1, w.RawMatrix())
}
