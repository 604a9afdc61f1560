package grids

import (
	"context"
	"fmt"

	"projectpenalty/mc"
)

// Told is a method that is told the rank of the truth.
type Told struct {
	// Method is R2RILS or RiemannianCG.
	Method string
}

// Validate says whether there is the method.
func (t Told) Validate() error {
	_, err := t.of(1)
	return err
}

func (t Told) of(rank int) (mc.Solver, error) {
	switch t.Method {
	case "R2RILS":
		return mc.R2RILS{Rank: rank}, nil
	case "RiemannianCG":
		return mc.RiemannianCG{Rank: rank}, nil
	}
	return nil, fmt.Errorf("grids: Told.Method is %q; it must be R2RILS or RiemannianCG", t.Method)
}

// Solve runs the method with the rank of p.Truth.
func (t Told) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	if p.Truth == nil {
		return nil, fmt.Errorf("grids: Told: Problem.Truth is nil; without it there is no rank to tell")
	}
	solver, err := t.of(mc.NumericalRank(mc.NewPoint(p.Truth).SingularValues(), 1e-9))
	if err != nil {
		return nil, err
	}
	return solver.Solve(ctx, p, observers...)
}
