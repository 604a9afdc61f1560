package viz

import (
	"strings"

	"projectpenalty/mc/sweep"
	"projectpenalty/viz/internal/words"
)

// SweepCompare is [Compare] of the results of a sweep: a row for each combination of levels of the
// axes, a value for each run. The measure and the axes are named as in the results, such as "Test"
// and "Solver.Depth"; the chart has them in words.
func SweepCompare(results *sweep.Table, measure string, axes ...string) *Chart {
	groups, err := results.Group(measure, axes...)
	if err != nil {
		return &Chart{err: err}
	}
	methods := make([]Method, len(groups))
	for i, g := range groups {
		methods[i] = Method{strings.Join(g.Levels, ", "), g.Values}
	}
	return compare(words.Of(measure), strings.Join(words.All(axes...), ", "), "SweepCompare", methods)
}
