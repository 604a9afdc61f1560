// Package sweep runs one experiment many times: over settings, over data and over seeds, on one
// machine or on a cluster, and keeps every result.
//
//	spec := sweep.Spec{
//		Name:    "depth",
//		Problem: mc.LowRank{Rows: 100, Cols: 100, Rank: 5, MinPerLine: 6},
//		Solver:  mc.DeepMF{Steps: 20_000},
//		Axes: []sweep.Axis{
//			sweep.Over("Problem.Observed", 1500, 2000, 3000),
//			sweep.Over("Solver.Depth", 1, 2, 3, 4),
//			sweep.Seeds(10),
//		},
//	}
//	results, err := sweep.Run(ctx, spec)
//	groups, err := results.Group("Test", "Problem.Observed", "Solver.Depth")
//
// A sweep is a pure function At(i) → [Cell] over a frozen specification; the key of a cell is a
// digest of its content, so that the same cell in two sweeps, or in an extended one, is the same.
// Cells run at least once and are recorded once: two results of one cell must agree in every bit,
// or the sweep says that its cells are not deterministic.
//
// In a notebook nb.Sweep of package viz/nb runs a sweep, and viz.SweepCompare, SweepDifferences and
// SweepPhases draw its [Table]. There it also runs on Slurm and Kubernetes. Package command makes a
// program of sweeps of your own for a shell; mcsweep, in mc/cmd/mcsweep, tries a cluster with one.
//
// Results are lines of JSON in a folder that a person can read. A line counts once it is on the
// disk; a line that a crash tore is dropped and its cell runs again. Interrupting a sweep keeps
// what is finished, and running it again goes on.
package sweep
