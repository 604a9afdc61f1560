package mc

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// GaussNewton completes a matrix of given rank r as a product W = U·Vᵀ, by Gauss–Newton steps on
// its factors (GNMR): of all solutions (X, Y) of
//
//	min over X, Y of  Σ over observed (i, j) of  ((U·Yᵀ + X·Vᵀ)_ij − b_ij − α·(U·Vᵀ)_ij)²
//
// it takes the one of least norm ‖X‖_F² + ‖Y‖_F² and continues from
//
//	U ← (1−α)/2·U + X,  V ← (1−α)/2·V + Y.
//
// The variants differ in α, and so in which of the solutions has least norm. The paper's third
// variant, α = 1, is left out: solved exactly, it turns an imbalance UᵀU − VᵀV into its negative at
// each step and never settles. It begins with the best approximation of rank r to the observed
// entries with zeros elsewhere, divided by the fraction observed, as U = U_r·√Σ_r, V = V_r·√Σ_r.
// Zilber and Nadler (2022), section 2.
//
// The true rank is given, see [RankGiven]. It takes [Observations].
//
// It is not equivariant under a shift: it does not centre its data.
type GaussNewton struct {
	// Rank r, at most min(rows, cols).
	Rank int `range:"[1, inf)"`
	// Variant of the step. Default Averaging.
	Variant GaussNewtonVariant
	// Steps is the limit.
	Steps int `default:"200" range:"[1, inf)"`
	// Tolerance ends the run as Converged once the root mean square residual is at most this
	// fraction of the root mean square of the values. So does a residual at the level of rounding
	// that no longer falls.
	Tolerance float64 `default:"1e-15" range:"[0, inf)"`
	// Fill is the standard deviation of random values for the unobserved entries of the initial
	// matrix, over the root mean square of the observed ones. Default 0: they are 0.
	Fill float64 `range:"[0, inf)"`
	// Seed of the random values.
	Seed uint64
}

// A GaussNewtonVariant selects one of the solutions of the least squares of a [GaussNewton] step.
type GaussNewtonVariant int

const (
	// Averaging, α = 0: half of the old factors plus the X, Y of least norm, as in [R2RILS] up to
	// scale.
	Averaging GaussNewtonVariant = iota
	// Updating, α = −1: the change of the factors has least norm, the Gauss–Newton step proper.
	Updating
)

var gaussNewtonVariants = [...]string{"averaging", "updating"}

// String returns the name of the variant.
func (v GaussNewtonVariant) String() string {
	if v < 0 || int(v) >= len(gaussNewtonVariants) {
		return fmt.Sprintf("GaussNewtonVariant(%d)", int(v))
	}
	return gaussNewtonVariants[v]
}

// TargetRank returns Rank.
func (g GaussNewton) TargetRank() int { return g.Rank }

// Validate says which field is wrong, if one is.
func (g GaussNewton) Validate() error {
	if g.Variant < Averaging || g.Variant > Updating {
		return fmt.Errorf("mc: GaussNewton.Variant is %d; it must be Averaging or Updating",
			int(g.Variant))
	}
	return CheckRanges(g)
}

// Solve iterates from the best approximation to the observed entries.
func (g GaussNewton) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	set := Resolved(g)
	return Iterate(ctx, g, p, &gaussNewton{GaussNewton: set}, Limits{Steps: set.Steps}, observers...)
}

// Restart returns the solver with random values in the unobserved entries, as large as the observed
// ones if Fill is 0.
func (g GaussNewton) Restart(k int) Solver {
	if k > 0 {
		g.Fill, g.Seed = cmp.Or(Resolved(g).Fill, 1), g.Seed+uint64(k)
	}
	return g
}

// gaussNewton is a run of GaussNewton.
type gaussNewton struct {
	GaussNewton
	givenRank
	ls     *linalg.Bilinear
	target []float64
	cut    bool // the last step, by its context
}

func (m *gaussNewton) Start(ctx context.Context, s *State) (err error) {
	if m.givenRank, err = newGivenRank(s, m.Rank); err != nil {
		return err
	}
	s.Point = m.point()
	if ctx.Err() != nil {
		return nil
	}
	m.ls = linalg.NewBilinear(m.data.entries(), m.data.value, m.Rank)
	m.target = make([]float64, m.data.Len())
	u, sigma, v := leadingFilled(m.data, m.Rank, m.Fill, m.Seed)
	root := make([]float64, m.Rank)
	for c, x := range sigma {
		root[c] = math.Sqrt(x)
	}
	if m.ls.Flip {
		u, v = v, u
	}
	setRows(m.ls.U, u, m.Rank, root)
	setRows(m.ls.V, v, m.Rank, root)
	m.estimate()
	return nil
}

func (m *gaussNewton) Converged() bool { return m.fits(m.Tolerance) }

func (m *gaussNewton) Step(ctx context.Context) error {
	alpha, b := -float64(m.Variant), m.ls
	copy(m.target, b.Values)
	if alpha != 0 { // U·(V/2)ᵀ + (U/2)·Vᵀ at the observed entries
		half := func(x []float64) []float64 {
			h := make([]float64, len(x))
			kernel.Axpy(0.5, x, h)
			return h
		}
		now := make([]float64, len(m.target))
		b.At(now, b.U, b.V, half(b.U), half(b.V))
		kernel.Axpy(alpha, now, m.target)
	}
	b.Prepare()
	b.Stop = func() bool { return ctx.Err() != nil }
	b.Solve(m.target, nil, nil)
	if m.cut = b.Stop(); m.cut {
		return nil // the iterate stays as it was
	}
	keep := (1 - alpha) / 2
	for k, x := range b.X {
		b.U[k] = keep*b.U[k] + x
	}
	for k, y := range b.Y {
		b.V[k] = keep*b.V[k] + y
	}
	m.estimate()
	return nil
}

// estimate sets W = U·Vᵀ.
func (m *gaussNewton) estimate() {
	l, r := m.ls.U, m.ls.V
	if m.ls.Flip {
		l, r = r, l
	}
	rows := func(x []float64, n int) kernel.Matrix {
		return kernel.Matrix{Rows: n, Cols: m.Rank, Stride: m.Rank, Data: x}
	}
	linalg.CopyRows(m.l, rows(l, m.data.rows))
	linalg.CopyRows(m.r, rows(r, m.data.cols))
}

// Whole reports whether the last step was not cut short.
func (m *gaussNewton) Whole() bool { return !m.cut }

// Kept is the state that a checkpoint keeps.
func (m *gaussNewton) Kept() []any { return m.kept(m.ls.U, m.ls.V) }
