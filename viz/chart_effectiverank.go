package viz

import (
	"slices"

	"projectpenalty/mc"
)

// EffectiveRank asks: how many directions does the iterate use? The effective rank (Roy and
// Vetterli 2007) over the steps of one run or several, and that of the ground truth where it is
// known, one line per method and value where they differ. Traces that share a Label are seeds of
// one method, as in [Loss].
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
		s := series{name: name, color: color, style: styles[i/len(palette)%len(styles)]}
		p.addBand(s, group, func(r mc.Record) (float64, bool) { return r.EffectiveRank, r.SingularValues != nil })
	}
	if len(groups) < len(traces) {
		p.notes = append(p.notes, bandNote)
	}
	if len(p.series) == 0 && len(p.unshared) == 0 {
		return failed("viz: no iterate of the runs was finite")
	}
	p.markTruths(groups)
	return p.chart()
}

// markTruths marks the effective rank of the ground truth of all, or of each where they differ.
func (p *plot) markTruths(groups [][]*mc.Trace) {
	first, differ := groups[0][0].TruthSingularValues, false
	for i, group := range groups {
		for _, t := range group {
			s := t.TruthSingularValues
			differ = differ || !slices.Equal(s, first)
			name := join(groundTruth, seedsName(group[:1], i, 2))
			m := mark{name: name, y: mc.EffectiveRank(s), color: palette[i%len(palette)]}
			if len(s) > 0 && !slices.Contains(p.marks, m) {
				p.marks = append(p.marks, m)
			}
		}
	}
	if !differ && len(first) > 0 {
		p.marks = []mark{{name: groundTruth, y: mc.EffectiveRank(first)}}
	}
}
