// Cell is a program as a kernel makes it of a cell with two sweeps, of which the second depends on
// the first. Its later runs wait as long as the file PENALTY_GATE exists: a test that interrupts
// them then depends on nobody's speed. They fail as long as the file PENALTY_BROKEN exists.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

type gated struct{ mc.DeepMF }

func (s gated) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	if _, err := os.Stat(os.Getenv("PENALTY_BROKEN")); err == nil && ctx.Err() == nil {
		return nil, errors.New("broken")
	}
	for s.Seed > 2 {
		if _, err := os.Stat(os.Getenv("PENALTY_GATE")); err != nil {
			break
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return &mc.Result{}, fmt.Errorf("gated: %w", context.Cause(ctx))
		}
	}
	return s.DeepMF.Solve(ctx, p, observers...)
}

var (
	problem = mc.LowRank{Rows: 12, Cols: 10, Rank: 1, Observed: 60}
	solver  = mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Steps: 100}
)

func first() *sweep.Table {
	return nb.Sweep(sweep.Spec{
		Name: "first", Problem: problem, Solver: solver,
		Axes: []sweep.Axis{sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(3)},
	})
}

// second goes on with the depth that was best in the first.
func second() *sweep.Table {
	best := solver
	groups := nb.Must(first().Group("Test", "Solver.Depth"))
	if groups[1].Quantile(0.5) < groups[0].Quantile(0.5) {
		best.Depth = 2
	}
	return nb.Sweep(sweep.Spec{
		Name: "second", Problem: problem, Solver: gated{best},
		Axes: []sweep.Axis{sweep.Over("Solver.Lambda", 0, nb.Param("LAMBDA", 1e-3)), sweep.Seeds(6)},
	})
}

func main() {
	nb.Show(viz.SweepCompare(first(), "Test", "Solver.Depth"))
	trace := mc.Trace{Every: 10}
	nb.Fit(nb.Must(problem.Problem()), solver, trace, nb.Live(10))
	fmt.Println("before the sweep")
	fmt.Println("runs:", second().Len())
}
