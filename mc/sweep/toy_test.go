package sweep

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// toy is a solver whose estimate is random, and which fails as it is told.
type toy struct {
	Scale float64
	Fault string
	Pause time.Duration
	Hold  int // megabytes
	Inner mc.Solver
	Seed  uint64
}

func (s toy) Solve(ctx context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	if ctx.Err() != nil {
		return &mc.Result{}, fmt.Errorf("toy: %w", ctx.Err())
	}
	select {
	case <-time.After(s.Pause):
	case <-ctx.Done():
		return &mc.Result{}, fmt.Errorf("toy: %w", ctx.Err())
	}
	var held [][]byte
	for range s.Hold {
		if ctx.Err() != nil {
			return &mc.Result{}, fmt.Errorf("toy: %w", ctx.Err())
		}
		held = append(held, make([]byte, 1e6))
		time.Sleep(2 * time.Millisecond)
	}
	runtime.KeepAlive(held)
	switch s.Fault {
	case "error":
		return nil, errors.New("toy: no")
	case "panic":
		panic("toy: oh")
	case "diverge":
		return &mc.Result{Steps: 7}, fmt.Errorf("toy: %w", mc.ErrDiverged)
	}
	rows, cols := p.Dims()
	w, rng := mat.NewDense(rows, cols, nil), rand.New(rand.NewPCG(s.Seed, 1))
	w.Apply(func(int, int, float64) float64 { return s.Scale * rng.NormFloat64() }, w)
	return &mc.Result{W: w, Status: mc.StepLimit, Steps: 3}, nil
}

// fine is a solver with defaults of its own.
type fine struct {
	Rate  float64 `default:"0.1" range:"[0, 1]"`
	Said  float64 `default:"none"`
	Steps int     `default:"5" range:"[1, inf)"`
	Rank  int
	Inner mc.Solver
}

func (f fine) Solve(ctx context.Context, p mc.Problem, _ ...mc.Observer) (*mc.Result, error) {
	f = mc.Resolved(f)
	if err := mc.CheckRanges(f); err != nil {
		return nil, err
	}
	rows, cols := p.Dims()
	if f.Rank > min(rows, cols) {
		return nil, fmt.Errorf("fine.Rank is %d; it must be at most %d", f.Rank, min(rows, cols))
	}
	if err := ctx.Err(); err != nil {
		return &mc.Result{}, err
	}
	w := mat.NewDense(rows, cols, nil)
	w.Set(0, 0, f.Rate)
	return &mc.Result{W: w, Status: mc.StepLimit, Steps: f.Steps}, nil
}

var small = mc.LowRank{Rows: 4, Cols: 3, Rank: 1, Observed: 6}

// toys is a sweep of 3·n cells.
func toys(n int) Spec {
	return Spec{
		Name: "toys", Problem: small, Solver: toy{},
		Axes: []Axis{Over("Solver.Scale", 0, 1e-3, 1), Seeds(n)},
	}
}
