package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// A RankGiven solver is given the true rank, which is unknown for real data. A table must say so
// beside its name. [TargetRank] tells for any solver.
type RankGiven interface {
	Solver
	// TargetRank returns the rank that the solver is given, 0 if none.
	TargetRank() int
}

// TargetRank returns the rank that the solver is given, 0 if none.
func TargetRank(s Solver) int {
	if g, ok := s.(RankGiven); ok {
		return g.TargetRank()
	}
	return 0
}

// givenRank is what the methods that are given the rank share: W = unit·L·Rᵀ, fitted to the
// observed entries divided by unit, the largest of them.
type givenRank struct {
	data     *Observations // in units of unit
	unit     float64       // 1 if all entries are 0
	entries  *kernel.Sparse
	l, r     kernel.Matrix // padded
	residual []float64     // of L·Rᵀ
	size     float64       // root mean square of the data
	off      float64       // root mean square of the residual
	before   float64       // that of the last iterate
}

// newGivenRank begins with W = 0.
func newGivenRank(s *State, rank int) (givenRank, error) {
	o, err := s.entries()
	if err != nil {
		return givenRank{}, err
	}
	if err := s.checkDense(); err != nil {
		return givenRank{}, err
	}
	if most := min(o.rows, o.cols); rank > most {
		return givenRank{}, fmt.Errorf("%s.Rank is %d; a %d×%d matrix has at most %d",
			nameOf(s.solver), rank, o.rows, o.cols, most)
	}
	data, unit := unitObservations(o)
	return givenRank{
		data: data, unit: unit, entries: sparse(o),
		l: kernel.NewPadded(o.rows, rank), r: kernel.NewPadded(o.cols, rank),
		residual: make([]float64, o.Len()), off: math.Inf(1),
		size: linalg.Norm(data.value) / math.Sqrt(float64(o.Len())),
	}, nil
}

// largestSolved bounds the rank of methods that solve for r × r unknowns at once: the equations for
// them have r⁴ numbers, a third of a gigabyte.
const largestSolved = 80

// checkSolved refuses a rank above largestSolved. What says how the rank came about.
func (s *State) checkSolved(rank int, what string) error {
	if rank > largestSolved {
		return fmt.Errorf("%s.Rank is %s%d; it must be at most %d, as the method solves equations of rank⁴ numbers",
			nameOf(s.solver), what, rank, largestSolved)
	}
	return nil
}

// point returns the point at the present W.
func (g *givenRank) point() *Point {
	return newSampledPoint(g.data.rows, g.data.cols, func(w *mat.Dense) {
		kernel.Gemm(false, true, g.unit, g.l, g.r, 0, w.RawMatrix())
	})
}

// Loss returns the mean squared residual in the units of the problem.
func (g *givenRank) Loss() (float64, error) {
	g.entries.Dots(g.residual, g.l, g.r)
	kernel.Axpy(-1, g.data.value, g.residual)
	g.before, g.off = g.off, linalg.Norm(g.residual)/math.Sqrt(float64(len(g.residual)))
	return g.unit * (g.off * g.off) * g.unit, nil
}

// fits reports whether the root mean square residual of W is at most the fraction tolerance of that
// of W = 0, or one of rounding that no longer falls.
func (g *givenRank) fits(tolerance float64) bool {
	return g.off <= tolerance*g.size || g.off <= 1e-12*g.size && g.off > g.before/2
}

// unitObservations returns the observations with their values divided by the largest |value|, and
// that, or 1 if all are 0. Squares and products of the values then neither overflow nor underflow,
// and the answer does not depend on units.
func unitObservations(o *Observations) (*Observations, float64) {
	unit := 0.0
	for _, b := range o.value {
		unit = max(unit, math.Abs(b))
	}
	if unit == 0 {
		unit = 1
	}
	scaled := *o
	scaled.value = make([]float64, o.Len())
	for k, b := range o.value {
		scaled.value[k] = b / unit
	}
	return &scaled, unit
}

// leading returns the rank leading singular triples of the matrix of observed entries, zero
// elsewhere, divided by the fraction of entries observed.
func leading(o *Observations, rank int) (u kernel.Matrix, sigma []float64, v kernel.Matrix) {
	filled := mat.NewDense(o.rows, o.cols, nil)
	o.AddAdjoint(filled, float64(o.rows)*float64(o.cols)/float64(o.Len()), o.value)
	return leadingOf(filled, rank)
}

// leadingFilled is leading with random values in the unobserved entries, see fillUnobserved, and
// nothing divided. A fill of 0 is leading itself.
func leadingFilled(o *Observations, rank int, fill float64, seed uint64) (u kernel.Matrix, sigma []float64,
	v kernel.Matrix) {
	if fill == 0 {
		return leading(o, rank)
	}
	filled := mat.NewDense(o.rows, o.cols, nil)
	fillUnobserved(filled, o, fill, seed)
	return leadingOf(filled, rank)
}

func leadingOf(w *mat.Dense, rank int) (u kernel.Matrix, sigma []float64, v kernel.Matrix) {
	var svd kernel.SVD
	svd.Factorize(w.RawMatrix()) // the values are finite
	return svd.U, svd.Sigma[:rank], svd.V
}

// setRows copies u·diag(weight) to rows of rank numbers; nil weights are 1.
func setRows(rows []float64, u kernel.Matrix, rank int, weight []float64) {
	for k := range rows {
		rows[k] = u.Data[k/rank*u.Stride+k%rank]
		if weight != nil {
			rows[k] *= weight[k%rank]
		}
	}
}

// kept is the state that a checkpoint keeps.
func (g *givenRank) kept(more ...any) []any { return append(more, &g.l, &g.r, &g.off, &g.before) }
