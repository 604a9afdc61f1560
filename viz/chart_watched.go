package viz

import (
	"fmt"
	"slices"

	"projectpenalty/mc"
	"projectpenalty/viz/internal/words"
)

// Watched asks: how does a quantity of theory move? The reading of a name that [mc.Trace] watches,
// such as "cosine of update and gradient", over the steps of one run or several. A reading of
// several values has a line for each: colours tell runs apart, line styles values. Traces that
// share a Label are seeds of one method, as in [Loss].
func Watched(reading string, traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	p := watchedPlot(words.Title(reading), reading, traces)
	groups := seeds(traces)
	for i, group := range groups {
		values := 0
		for _, t := range group {
			for _, r := range t.Records {
				values = max(values, len(r.Reading(reading)))
			}
		}
		for k := range values {
			name := seedsName(group, i, len(groups))
			if values > 1 {
				name = join(name, fmt.Sprint("value ", k+1))
			}
			s := series{name: name, color: palette[i%len(palette)], style: styles[k%len(styles)]}
			if len(groups) == 1 {
				s.color, s.style = palette[k%len(palette)], styles[(k+k/len(palette))%len(styles)]
			}
			p.addWatched(s, group, reading, k)
		}
	}
	return watchedChart(p, reading, traces)
}

// watchedPlot is a plot of readings over steps.
func watchedPlot(title, quantity string, traces []*mc.Trace) plot {
	p := plot{
		title: titleOf(title, traces), subtitle: about(traces), run: runOf(traces),
		x: steps(traces...), y: axis{name: quantity},
	}
	if len(seeds(traces)) < len(traces) {
		p.notes = append(p.notes, bandNote)
	}
	return p
}

// addWatched adds the line of value k of a reading, or its median over seeds within the quartiles.
func (p *plot) addWatched(like series, group []*mc.Trace, reading string, k int) {
	p.addBand(like, group, func(r mc.Record) (float64, bool) {
		if v := r.Reading(reading); k < len(v) {
			return v[k], true
		}
		return 0, false
	})
}

// watchedChart finishes a plot. The axis is logarithmic where all values are positive and span more
// than a factor of ten.
func watchedChart(p plot, reading string, traces []*mc.Trace) *Chart {
	if len(p.series) == 0 && len(p.unshared) == 0 {
		names := []string{}
		for _, t := range traces {
			for _, name := range t.Readings() {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
		return failed("viz: no record of the runs has the reading %q; they have %q: name its quantity in "+
			"mc.Trace.Watch", reading, names)
	}
	var s span
	for _, line := range p.series {
		for _, y := range line.y {
			s.add(y)
		}
	}
	p.y.log = s.wide()
	return p.chart()
}
