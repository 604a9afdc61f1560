package viz

import "projectpenalty/viz/internal/words"

// Differences asks: how much better than the first method are the others, seed by seed? For each
// other method the values minus those of the first at the same seed, with the median's interval as
// in [Compare]: an interval without zero shows a difference. The axis is linear, with a line at
// zero.
func Differences(metric string, methods ...Method) *Chart {
	if len(methods) < 2 {
		return failed("viz: Differences: %d methods; there must be at least two", len(methods))
	}
	base := methods[0]
	var rows []Method
	for _, m := range methods[1:] {
		if len(m.Values) != len(base.Values) {
			return failed("viz: Differences: %q has %d values, %q has %d; they must be of the same seeds",
				plain(m.Name), len(m.Values), plain(base.Name), len(base.Values))
		}
		d := Method{Name: m.Name}
		for k, v := range m.Values {
			d.Values = append(d.Values, v-base.Values[k])
		}
		rows = append(rows, d)
	}
	return differences(base.Name, metric, "method", "Differences", rows)
}

// differences draws values from which those of the base were subtracted.
func differences(base, metric, row, function string, rows []Method, notes ...string) *Chart {
	p, err := intervals("difference of "+metric, row, function, rows)
	if err != nil {
		return &Chart{err: err}
	}
	p.notes = append(p.notes, notes...)
	p.title = words.Title(metric) + ": paired differences from " + base
	p.x.log = false
	reach := span{any: true} // with zero, beyond which an interval without end has to go
	for _, r := range rows {
		for _, v := range r.Values {
			reach.add(v)
		}
	}
	p.x.edges = edges(reach.lo, reach.hi, false)
	last := float64(len(rows) - 1)
	zero := series{
		name: "no difference", kind: path, style: "dashed", color: neutral, x: []float64{0, 0}, y: []float64{0, last},
	}
	if last == 0 {
		zero.kind = dots
	}
	p.series = append([]series{zero}, p.series...)
	return p.chart()
}
