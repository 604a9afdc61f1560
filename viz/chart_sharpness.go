package viz

import (
	"slices"

	"projectpenalty/mc"
)

// Sharpness asks: does the run train at the edge of stability? The sharpness, the largest
// eigenvalue of the Hessian of the training objective in the factors, over the steps of one run or
// several, recorded by mc.Trace{Watch: mc.Quantities{mc.Sharpness{}}}; for an optimiser with a
// preconditioner, that of the preconditioned Hessian. Dashed is the edge, 2/η for gradient descent,
// above which the optimiser is not stable on a quadratic (Cohen et al. 2021, 2022). The axis is
// logarithmic where all values are positive and span more than a factor of ten.
func Sharpness(traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	const edge = "edge of stability"
	p := watchedPlot("Sharpness", "largest eigenvalue of the Hessian", traces)
	groups := seeds(traces)
	for i, group := range groups {
		name, color := seedsName(group, i, len(groups)), palette[i%len(palette)]
		reading := "sharpness"
		if slices.Contains(group[0].Readings(), "preconditioned sharpness") {
			reading = "preconditioned sharpness"
		}
		p.addWatched(series{name: join(name, reading), color: color}, group, reading, 0)
		line := series{name: join(name, edge), color: color, kind: faintCurve, style: "dashed"}
		switch { // one line for all, where all have one edge
		case i == 0 && sameEdge(traces[0], traces...):
			line.name, line.color = edge, neutral
			p.addWatched(line, group[:1], edge, 0)
		case sameEdge(traces[0], traces...): // it is drawn
		case sameEdge(group[0], group...):
			p.addWatched(line, group[:1], edge, 0)
		default:
			p.addWatched(line, group, edge, 0)
		}
	}
	return watchedChart(p, "sharpness", traces)
}

// sameEdge reports whether the edge of stability is one number, for all of the runs.
func sameEdge(first *mc.Trace, traces ...*mc.Trace) bool {
	_, want := first.Series("edge of stability", 0)
	for _, t := range traces {
		_, values := t.Series("edge of stability", 0)
		for _, v := range values {
			if len(want) == 0 || v != want[0] {
				return false
			}
		}
	}
	return true
}
