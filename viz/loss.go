package viz

import "projectpenalty/mc"

// Loss asks: does the run fit, and does it generalise? Training loss and, where it is known, test error over the steps of
// one run or several, on a logarithmic axis. Colours tell runs apart, dashes training from test.
func Loss(traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	p := plot{title: "Loss", subtitle: about(traces), x: steps(traces...), y: axis{name: "mean squared error", log: true}}
	for i, t := range traces {
		name, color := label(t, i, len(traces)), palette[i%len(palette)]
		test := color
		if len(traces) == 1 {
			test = palette[1]
		}
		x, y := column(t, func(r mc.Record) (float64, bool) { return r.Loss, true })
		p.series = append(p.series, series{name: join(name, "training"), x: x, y: y, color: color, style: "dashed"})
		x, y = column(t, func(r mc.Record) (float64, bool) {
			if r.Test == nil {
				return 0, false
			}
			return *r.Test, true
		})
		if len(x) > 0 {
			p.series = append(p.series, series{name: join(name, "test"), x: x, y: y, color: test})
		}
	}
	return p.chart()
}
