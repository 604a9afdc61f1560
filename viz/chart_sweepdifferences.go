package viz

import (
	"projectpenalty/mc/sweep"
	"projectpenalty/viz/internal/words"
)

// SweepDifferences is [Differences] of the results of a sweep: by how much does each other level of
// the axis exceed the base, all else equal? The transform is applied before the difference, [Log10]
// to errors that span decades:
//
//	viz.SweepDifferences(results, "Test", viz.Log10, "Solver.Depth", 1)
func SweepDifferences(results *sweep.Table, measure string, transform Transform, axis string, base any) *Chart {
	if transform.F != nil && transform.Name == "" {
		return failed(`viz: SweepDifferences: Transform.Name is ""; it must name F, as "log₁₀ of" does`)
	}
	groups, err := results.Group(measure, axis)
	if err != nil {
		return &Chart{err: err}
	}
	var methods []Method
	unpaired := 0
	for _, g := range groups {
		if g.Levels[0] == sweep.Label(base) {
			continue
		}
		c, err := results.Compare(measure, transform.F, axis, g.Levels[0], base)
		if err != nil {
			return &Chart{err: err}
		}
		methods = append(methods, Method{g.Levels[0], c.Differences})
		unpaired += c.Unpaired
	}
	var notes []string
	if unpaired > 0 {
		notes = []string{count(unpaired, "run has no partner with a number: left out",
			"runs have no partner with a number: left out")}
	}
	return differences(sweep.Label(base), transform.of(words.Of(measure)), words.Of(axis), "SweepDifferences",
		methods, notes...)
}
