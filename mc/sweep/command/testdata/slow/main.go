// Slow is a program of its own sweep, as a user would write one. Cells of seeds above 25 wait as
// long as there is a file called gate in the working directory: a test that interrupts them then
// depends on nobody's speed.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/mc/sweep/command"
)

type slow struct {
	mc.DeepMF
	Pause time.Duration
}

func (s slow) Solve(ctx context.Context, p mc.Problem, observers ...mc.Observer) (*mc.Result, error) {
	for wait := true; wait; {
		select {
		case <-time.After(s.Pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("slow: %w", context.Cause(ctx))
		}
		_, err := os.Stat("gate")
		wait = err == nil && s.Seed > 25
	}
	return s.DeepMF.Solve(ctx, p, observers...)
}

func main() {
	command.Main(sweep.Spec{
		Name: "slow", Problem: mc.LowRank{Rows: 12, Cols: 10, Rank: 1, Observed: 60},
		Solver: slow{mc.DeepMF{Penalty: mc.Ratio{}, Steps: 100}, 5 * time.Millisecond},
		Axes:   []sweep.Axis{sweep.Over("Solver.Lambda", 0, 1e-3), sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(50)},
	})
}
