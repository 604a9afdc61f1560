package viz

import "projectpenalty/mc"

// UpdateAlignment asks: does a step keep to the singular basis, or does the optimiser turn it out? The share of ‖ΔW‖_F² on the
// diagonal of UᵀΔWV, in the singular basis of the iterate that the step leaves; and, where the truth is known, the share within
// the span of its singular vectors. A step of size zero has no direction and is left out. The traces, one for each optimiser, must have been recorded with Alignment; those that share a Label are seeds of one method, as in [Loss].
func UpdateAlignment(traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	p := plot{
		title: titleOf("Direction of the steps", traces), subtitle: about(traces), run: runOf(traces),
		x: steps(traces...), y: axis{name: "fraction of ‖ΔW‖_F²"},
	}
	groups := seeds(traces)
	for i, group := range groups {
		name, color := seedsName(group, i, len(groups)), palette[i%len(palette)]
		for _, line := range []struct {
			name, style string
			of          func(*mc.UpdateAlignment) *float64
		}{
			{"change of singular values", "solid", func(a *mc.UpdateAlignment) *float64 { return &a.Diagonal }},
			{"ground truth's singular subspaces", "dashed", func(a *mc.UpdateAlignment) *float64 { return a.Truth }},
		} {
			share := func(r mc.Record) (float64, bool) {
				if r.Alignment == nil || r.Alignment.Norm == 0 {
					return 0, false
				}
				v := line.of(r.Alignment)
				if v == nil {
					return 0, false
				}
				return *v, true
			}
			p.series = append(p.series, band(series{name: join(name, line.name), color: color, style: line.style}, group, share)...)
		}
	}
	if len(groups) < len(traces) {
		p.notes = append(p.notes, bandNote)
	}
	if len(p.series) == 0 {
		return failed("viz: the traces have no directions of steps: record them with mc.Trace{Alignment: true}")
	}
	return p.chart()
}
