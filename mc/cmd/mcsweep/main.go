// Mcsweep tries a machine or a cluster with a small sweep, and looks after the sweeps of notebooks.
//
//	go run ./mc/cmd/mcsweep run try
//	go run ./mc/cmd/mcsweep run try --engine slurm
//	go run ./mc/cmd/mcsweep status --folder results/C7-quick-1
//	go run ./mc/cmd/mcsweep export --folder results/C7-quick-1 --output c7.csv
//	go run ./mc/cmd/mcsweep help
package main

import (
	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/mc/sweep/command"
)

// try is 200 runs of milliseconds: to try a machine, an engine or a folder before real work.
var try = sweep.Spec{
	Name: "try", Problem: mc.LowRank{Rows: 12, Cols: 10, Rank: 1, Observed: 60},
	Solver: mc.DeepMF{Penalty: mc.Ratio{}, Steps: 200},
	Axes:   []sweep.Axis{sweep.Over("Solver.Lambda", 0, 1e-3), sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(50)},
}

func main() { command.Main(try) }
