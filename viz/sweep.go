package viz

import (
	"fmt"
	"math"
	"strings"

	"projectpenalty/mc/sweep"
)

// SweepCompare is [Compare] of the results of a sweep: a row for each combination of levels of the axes, a value for each
// run. The measure is named as in the results: "Test".
func SweepCompare(results *sweep.Table, measure string, axes ...string) *Chart {
	groups, err := results.Group(measure, axes...)
	if err != nil {
		return &Chart{err: err}
	}
	methods := make([]Method, len(groups))
	for i, g := range groups {
		methods[i] = Method{strings.Join(g.Levels, ", "), g.Values}
	}
	return Compare(measure, methods...)
}

// SweepDifferences is [Differences] of the results of a sweep: how much does each other level of the axis exceed the base,
// where all else is equal? f is applied before the difference, math.Log10 for errors that span decades; nil is the identity.
func SweepDifferences(results *sweep.Table, measure string, f func(float64) float64, axis string, base any) *Chart {
	groups, err := results.Group(measure, axis)
	if err != nil {
		return &Chart{err: err}
	}
	var methods []Method
	for _, g := range groups {
		if g.Levels[0] == sweep.Label(base) {
			continue
		}
		c, err := results.Compare(measure, f, axis, g.Levels[0], base)
		if err != nil {
			return &Chart{err: err}
		}
		methods = append(methods, Method{g.Levels[0], c.Differences})
	}
	return differences(sweep.Label(base), transformed(measure, f), axis, "SweepDifferences", methods)
}

// transformed names f of the measure. Which function f is shows in its values.
func transformed(measure string, f func(float64) float64) string {
	is := func(g func(float64) float64) bool {
		return f(2) == g(2) && f(3) == g(3) && f(1e-5) == g(1e-5)
	}
	switch {
	case f == nil:
		return measure
	case is(math.Log10):
		return "log₁₀ " + measure
	case is(math.Log):
		return "ln " + measure
	}
	return "f(" + measure + ")"
}

// SweepPhases is [PhaseDiagram] of the results of a sweep over two axes of numbers: the median of the measure. With a
// success it is the part of the runs of which that holds, as in phase transitions (Donoho and Tanner 2009).
//
//	viz.SweepPhases(results, "Test", "Problem.Observed", "Solver.Depth", func(test float64) bool { return test < 1e-3 })
func SweepPhases(results *sweep.Table, measure, xAxis, yAxis string, success func(float64) bool) *Chart {
	title, scale := "Median of "+measure, Scale{Unit: measure}
	var statistic func(sweep.Group) float64
	if success != nil {
		title, scale = "Runs that succeed", Scale{Max: 1, Unit: "part of the runs"}
		statistic = func(g sweep.Group) float64 {
			n := 0
			for _, x := range g.Values {
				if success(x) {
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
	return PhaseDiagram(title, Levels{xAxis, x}, Levels{yAxis, y}, values, scale)
}
