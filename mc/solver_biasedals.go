package mc

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// BiasedALS is matrix factorisation with biases, fitted by alternating least squares,
//
//	w_ij = μ + aᵢ + b_j + xᵢ·y_j,
//	min over a, b, x, y of  Σ (r_ij − w_ij)² + λ·Σᵢ nᵢ·(aᵢ² + ‖xᵢ‖²) + λ·Σ_j n_j·(b_j² + ‖y_j‖²),
//
// over the observed entries r_ij, with μ their mean and nᵢ, n_j the numbers of observed entries in a
// row and in a column. Everything of the rows is solved for exactly with the columns held, then vice
// versa, so that the objective never rises. The model is that of Koren, Bell, Volinsky (2009),
// equation 4, the weighting of λ that of Zhou, Wilkinson, Schreiber, Pan (2008), section 3.1. It takes
// [Observations].
type BiasedALS struct {
	// Rank k, the length of xᵢ and y_j.
	Rank int `default:"10" range:"[1, inf)"`
	// Lambda is λ.
	Lambda float64 `default:"0.1" range:"[0, inf)"`
	// Steps is the limit, each of rows and columns.
	Steps int `default:"50" range:"[1, inf)"`
	// Tolerance ends the run as Converged once a step lowers the objective by at most this fraction of
	// it.
	Tolerance float64 `default:"1e-5" range:"(0, inf)"`
	// Seed of the initialisation: y_j Gaussian with standard deviation 0.1, all else 0.
	Seed uint64
}

// Solve alternates from the initialisation that the seed gives.
func (b BiasedALS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &biasedALS{BiasedALS: Resolved(b)}
	return Iterate(ctx, b, p, run, Limits{Steps: run.Steps}, observers...)
}

// biasedALS is a run of BiasedALS.
type biasedALS struct {
	BiasedALS
	at             *State
	fit            *alsFit
	objective, old float64 // at this state and at the one before
}

func (b *biasedALS) Start(_ context.Context, s *State) error {
	o, err := s.denseEntries()
	if err != nil {
		return err
	}
	b.at, b.fit, b.objective = s, b.start(o), math.Inf(1)
	s.Point, s.Advice = newSampledPoint(o.rows, o.cols, b.fit.product), "try a larger Lambda"
	return nil
}

func (b *biasedALS) Loss() (float64, error) {
	squares, penalty := b.fit.objective()
	b.old, b.objective = b.objective, squares+penalty
	if !finite(penalty) {
		return penalty, nil
	}
	return squares / float64(b.at.Problem.Train.Len()), nil
}

func (b *biasedALS) Converged() bool {
	return b.at.Index > 1 && b.old-b.objective <= b.Tolerance*b.old
}

func (b *biasedALS) Step(context.Context) error { b.fit.sweep(); return nil }

// alsFit is a fit on its way, seen from the rows and from the columns.
type alsFit struct {
	rank       int
	biases     int // 1 if the lines have them, 0 if not
	mean       float64
	ridge      float64
	perEntry   bool // the ridge of a line counts once for each of its entries
	rows, cols alsSide
}

// alsSide is the lines of one direction: their entries, and their biases, if they have them, and factors as rows (bias, x₁ … x_k).
type alsSide struct {
	start   []int
	other   []int32 // line of the other direction, of each entry
	value   []float64
	factors kernel.Matrix // lines × (1+k)
	design  kernel.Matrix // of one line's least squares, and its targets
	normal  kernel.Matrix
}

func (b BiasedALS) start(o *Observations) *alsFit {
	rank := b.Rank
	f := newALSFit(o, rank, 1)
	f.mean, f.ridge, f.perEntry = meanOf(o.value), b.Lambda, true
	rng := newRand(b.Seed, streamInit)
	for j := range o.cols {
		if f.cols.start[j] == f.cols.start[j+1] {
			continue // nothing is known of the line, and its factors stay 0
		}
		for k := range rank {
			f.cols.factors.Data[j*(1+rank)+1+k] = 0.1 * rng.NormFloat64()
		}
	}
	return f
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
		return alsSide{start: o.start, other: o.col, value: o.value, factors: room(o.rows, width), design: room(longest, width+1), normal: room(width+1, width+1)}
	}
	return &alsFit{rank: rank, biases: biases, rows: side(o), cols: side(o.transposed())}
}

// sweep solves for the rows, then for the columns.
func (f *alsFit) sweep() {
	f.solve(&f.rows, f.cols.factors)
	f.solve(&f.cols, f.rows.factors)
}

// solve minimises over the factors of the side with those of the other held. For a line i, with rows d_j = (1, y_j) of the design D
// and targets t_j = r_ij − μ − b_j, they are (DᵀD + λnᵢI)⁻¹·Dᵀt; without biases, and with a ridge that does not count entries, the 1, b_j and nᵢ are missing.
// The targets are a last column of the design, so that one product has both.
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
		if !linalg.Factor(normal, f.lineRidge(n)) {
			x[0] = math.NaN() // the objective will say so
			continue
		}
		linalg.Forward(normal, x)
		linalg.Backward(normal, x)
	}
}

// lineRidge is λ of a line with n entries.
func (f *alsFit) lineRidge(n int) float64 {
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
			penalty += f.lineRidge(s.start[i+1]-s.start[i]) * norm
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
