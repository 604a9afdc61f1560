package viz

import "projectpenalty/mc"

// EffectiveRank asks: how many directions does the iterate use? The effective rank (Roy and Vetterli 2007) over the steps of
// one run or several, and that of the truth where it is known.
func EffectiveRank(traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	p := plot{title: "Effective rank", subtitle: about(traces), x: steps(traces...), y: axis{name: "effective rank"}}
	for i, t := range traces {
		x, y := column(t, func(r mc.Record) (float64, bool) { return r.EffectiveRank, r.SingularValues != nil })
		if len(x) > 0 {
			p.series = append(p.series, series{name: join(label(t, i, len(traces)), "iterate"), x: x, y: y})
		}
	}
	if len(p.series) == 0 {
		return failed("viz: no iterate of the runs was finite")
	}
	if s := traces[0].TruthSingularValues; len(s) > 0 {
		p.marks = append(p.marks, mark{name: "truth", y: mc.EffectiveRank(s)})
	}
	return p.chart()
}
