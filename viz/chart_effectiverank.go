package viz

import "projectpenalty/mc"

// EffectiveRank asks: how many directions does the iterate use? The effective rank (Roy and
// Vetterli 2007) over the steps of one run or several, and that of the ground truth where it is
// known. Traces that share a Label are seeds of one method, as in [Loss].
func EffectiveRank(traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	p := plot{
		title: titleOf("Effective rank", traces), subtitle: about(traces), run: runOf(traces),
		x: steps(traces...), y: axis{name: "effective rank"},
	}
	groups := seeds(traces)
	for i, group := range groups {
		name, color := join(seedsName(group, i, len(groups)), "iterate"), palette[i%len(palette)]
		p.series = append(p.series, band(series{name: name, color: color}, group, func(r mc.Record) (float64, bool) {
			return r.EffectiveRank, r.SingularValues != nil
		})...)
	}
	if len(groups) < len(traces) {
		p.notes = append(p.notes, bandNote)
	}
	if len(p.series) == 0 {
		return failed("viz: no iterate of the runs was finite")
	}
	if s := traces[0].TruthSingularValues; len(s) > 0 {
		p.marks = append(p.marks, mark{name: "ground truth", y: mc.EffectiveRank(s)})
	}
	return p.chart()
}
