package command_test

import (
	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/mc/sweep/command"
)

// A program of one's own sweep: go run . run widths --engine slurm
func ExampleMain() {
	command.Main(sweep.Spec{
		Name: "widths", Problem: mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, MinPerLine: 6},
		Solver: mc.DeepMF{Depth: 3},
		Axes:   []sweep.Axis{sweep.Over("Solver.Hidden", 5, 10, 20, 50, 100), sweep.Seeds(10)},
	})
}
