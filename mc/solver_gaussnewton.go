package mc

import (
	"context"
	"fmt"
)

// GaussNewton completes a matrix of given rank r from seen entries as a product W = U·Vᵀ, by Gauss–Newton steps on its factors (GNMR):
// of all solutions (X, Y) of
//
//	min over X, Y of  Σ over seen (i, j) of  ((U·Yᵀ + X·Vᵀ)_ij − b_ij − α·(U·Vᵀ)_ij)²
//
// it takes the one of least norm ‖X‖_F² + ‖Y‖_F² and goes on from
//
//	U ← (1−α)/2·U + X,  V ← (1−α)/2·V + Y.
//
// The variants differ in α and so in which of the solutions is the one of least norm. The paper's third, α = 1, is not among them: solved exactly it
// turns an imbalance UᵀU − VᵀV into its negative at each step and never settles. The start is the best approximation of rank r to the seen entries with
// zeros elsewhere, over the part of entries seen, as U = U_r·√Σ_r, V = V_r·√Σ_r. It is told the rank, see [RankGiven]. Zilber and Nadler (2022), section 2.
//
// It takes [Observations].
type GaussNewton struct {
	// Rank r, at least 1 and at most min(rows, cols).
	Rank int
	// Variant of the step. Default Averaging.
	Variant GaussNewtonVariant
	// Steps is the limit. Default 200.
	Steps int
	// Tolerance ends the run as Converged once the root mean square residual is at most this part of the values'. Default 1e-15.
	// So does a residual of rounding that no longer falls.
	Tolerance float64
}

// A GaussNewtonVariant says which of the equally good steps of a [GaussNewton] is taken.
type GaussNewtonVariant int

const (
	// Averaging, α = 0: half of the old factors and X, Y of least norm, as [R2RILS] does but for scale.
	Averaging GaussNewtonVariant = iota
	// Updating, α = −1: the change of the factors is the one of least norm, the Gauss–Newton step in the narrow sense.
	Updating
)

var gaussNewtonVariants = [...]string{"averaging", "updating"}

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
		return fmt.Errorf("mc: GaussNewton.Variant is %d; it must be Averaging or Updating", int(g.Variant))
	}
	return checkRankGiven("GaussNewton", g.Rank, g.Steps, 200, g.Tolerance)
}

// Solve iterates from the start.
func (g GaussNewton) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	o, err := rankEntries("GaussNewton", p, g.Rank)
	if err != nil {
		return nil, err
	}
	run := newLinearized(o, g.Rank)
	run.start(true)
	alpha := -float64(g.Variant)
	keep := (1 - alpha) / 2
	b := run.ls
	target := make([]float64, o.Len())
	half := [2][]float64{make([]float64, len(b.U)), make([]float64, len(b.V))}
	// misfit is the residual of U·Vᵀ, which is half of U·Vᵀ + U·Vᵀ.
	misfit := func() float64 {
		for k, u := range b.U {
			half[0][k] = u / 2
		}
		for k, v := range b.V {
			half[1][k] = v / 2
		}
		return run.misfit(half[0], half[1])
	}
	update := func(first bool) float64 {
		if first {
			return misfit()
		}
		b.At(target, b.U, b.V, half[0], half[1]) // U·Vᵀ at the seen entries
		for k, v := range b.Values {
			target[k] = v + alpha*target[k]
		}
		b.Prepare()
		b.Solve(target, nil, nil)
		for k, x := range b.X {
			b.U[k] = keep*b.U[k] + x
		}
		for k, y := range b.Y {
			b.V[k] = keep*b.V[k] + y
		}
		return misfit()
	}
	return run.iterate(ctx, "GaussNewton", g, p, observers, g.Steps, 200, g.Tolerance, update, func() {
		copy(b.X, half[0])
		copy(b.Y, half[1])
		run.product()
	}, nil)
}
