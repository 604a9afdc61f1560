package viz

import (
	"fmt"
	"math"

	"projectpenalty/mc/sweep"
	"projectpenalty/viz/internal/words"
)

// SweepPhases is [PhaseDiagram] of the results of a sweep over two axes of numbers: the median of
// the measure or, with a criterion of success, the fraction of runs that meet it, as in phase
// transitions (Donoho and Tanner 2009).
//
//	success := func(test float64) bool { return test < 1e-3 }
//	viz.SweepPhases(results, "Test", "Problem.Observed", "Solver.Depth", success)
func SweepPhases(results *sweep.Table, measure, xAxis, yAxis string, success func(float64) bool) *Chart {
	title, scale := "Median "+words.Of(measure), Scale{Unit: words.Of(measure)}
	var statistic func(sweep.Group) float64
	if success != nil {
		title, scale = "Fraction of successful runs", Scale{Max: 1, Unit: "fraction of runs"}
		statistic = func(g sweep.Group) float64 {
			n := 0
			for _, x := range g.Values {
				if !math.IsInf(x, 1) && success(x) { // a run that failed is no success
					n++
				}
			}
			return float64(n) / float64(len(g.Values))
		}
	}
	x, y, values, err := results.Grid(measure, xAxis, yAxis, statistic)
	if err != nil {
		return &Chart{err: fmt.Errorf("viz: SweepPhases: %w", err)}
	}
	names := words.All(xAxis, yAxis)
	return PhaseDiagram(title, Levels{names[0], x}, Levels{names[1], y}, values, scale)
}
