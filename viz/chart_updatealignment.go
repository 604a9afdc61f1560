package viz

import "projectpenalty/mc"

// UpdateAlignment asks: does a step keep the singular vectors, or does the optimiser turn them? The
// fraction of ‖ΔW‖_F² on the diagonal of UᵀΔWV, for the singular vectors U and V of the iterate
// before the step, and, where the ground truth is known, the fraction within its singular
// subspaces. A step of size zero has no direction and is left out.
//
// The traces, one per optimiser, must have been recorded with Alignment. Those that share a Label
// are seeds of one method, as in [Loss].
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
			s := series{name: join(name, line.name), color: color, style: line.style}
			p.addBand(s, group, share)
		}
	}
	if len(groups) < len(traces) {
		p.notes = append(p.notes, bandNote)
	}
	if len(p.series) == 0 && len(p.unshared) == 0 {
		return failed("viz: the traces have no directions of steps: record them with mc.Trace{Alignment: true}")
	}
	return p.chart()
}
