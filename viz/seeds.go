package viz

import (
	"math"
	"slices"

	"projectpenalty/mc"
)

// seeds groups the traces that share a label, in the order of their first; a trace without a label
// stands alone.
func seeds(traces []*mc.Trace) (groups [][]*mc.Trace) {
	place := map[string]int{}
	for _, t := range traces {
		if k, ok := place[t.Label]; ok && t.Label != "" {
			groups[k] = append(groups[k], t)
			continue
		}
		place[t.Label] = len(groups)
		groups = append(groups, []*mc.Trace{t})
	}
	return groups
}

// addBand adds the line of one trace, or of several their median within their quartiles; none if
// nothing is known. Steps that not all of them recorded are left out, and noted.
func (p *plot) addBand(like series, group []*mc.Trace, f func(mc.Record) (float64, bool)) {
	if len(group) == 1 {
		if like.x, like.y = column(group[0], f); len(like.x) > 0 {
			p.series = append(p.series, like)
		}
		return
	}
	at := map[float64][]float64{}
	for _, t := range group {
		x, y := column(t, f)
		for k := range x {
			at[x[k]] = append(at[x[k]], y[k])
		}
	}
	var steps []float64
	for step, values := range at {
		switch {
		case len(values) == len(group):
			steps = append(steps, step)
		case p.unshared == nil:
			p.unshared = map[float64]bool{step: true}
		default:
			p.unshared[step] = true
		}
	}
	if len(steps) == 0 {
		if len(at) > 0 {
			p.notes = append(p.notes, join(like.name, "no step that every seed recorded"))
		}
		return
	}
	slices.Sort(steps)
	like.ends = [2]string{"lower quartile", "upper quartile"}
	for _, step := range steps {
		values := at[step]
		slices.SortFunc(values, func(a, b float64) int { // what is not finite is worse than any number
			switch {
			case a < b || math.IsNaN(b) && !math.IsNaN(a):
				return -1
			case b < a || math.IsNaN(a) && !math.IsNaN(b):
				return 1
			}
			return 0
		})
		like.x, like.y = append(like.x, step), append(like.y, quantile(values, 0.5))
		like.low, like.high = append(like.low, quantile(values, 0.25)), append(like.high, quantile(values, 0.75))
	}
	p.series = append(p.series, like)
}

// quantile of sorted values, linear between order statistics (Hyndman and Fan 1996, definition 7).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	k := int(at)
	if k+1 == len(sorted) || at == float64(k) {
		return sorted[k]
	}
	return sorted[k] + (at-float64(k))*(sorted[k+1]-sorted[k])
}
