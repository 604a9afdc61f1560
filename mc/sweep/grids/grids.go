// Package grids has the sweeps by which the claims of the note are judged, by name: c7-quick is what a reader waits for,
// c7-full what a verdict rests on. Notebooks and mcsweep run the same.
package grids

import (
	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
)

// All returns the sweeps, in the order of the claims.
func All() []sweep.Spec {
	return []sweep.Spec{Try()}
}

// Try is 200 runs of milliseconds: to try a machine, an engine or a folder before real work.
func Try() sweep.Spec {
	return sweep.Spec{
		Name: "try", Problem: mc.LowRank{Rows: 12, Cols: 10, Rank: 1, Observed: 60}, Solver: mc.DeepMF{Penalty: mc.Ratio{}, Steps: 200},
		Axes: []sweep.Axis{sweep.Over("Solver.Lambda", 0, 1e-3), sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(50)},
	}
}
