package viz

import (
	"slices"
	"strings"

	"projectpenalty/mc"
)

// Loss asks: does the run fit, and does it generalise? Training loss and, where it is known, test
// error over the steps of one run or several, on a logarithmic axis. A single run with a penalty
// has λ·R(W) too. Colours tell runs apart, line styles training from test.
//
// Traces that share a Label are seeds of one method. They are drawn as their median within a band
// between the quartiles, over the steps that all of them recorded. A note says how many others
// there are.
func Loss(traces ...*mc.Trace) *Chart {
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	p := plot{
		title: titleOf("Loss", traces), subtitle: about(traces), run: runOf(traces),
		x: steps(traces...), y: axis{name: lossName(traces), log: true},
	}
	training := func(r mc.Record) (float64, bool) { return r.Loss, true }
	test := func(r mc.Record) (float64, bool) {
		if r.Test == nil {
			return 0, false
		}
		return *r.Test, true
	}
	groups := seeds(traces)
	for i, group := range groups {
		name, color := seedsName(group, i, len(groups)), palette[i%len(palette)]
		testColor := color
		if len(traces) == 1 {
			testColor = palette[1]
		}
		fitted := series{name: join(name, "training loss"), color: color, style: "dashed"}
		unseen := series{name: join(name, "test error"), color: testColor}
		p.addBand(fitted, group, training)
		p.addBand(unseen, group, test)
	}
	penalised := func(r mc.Record) bool { return r.Objective > r.Loss }
	if t := traces[0]; len(traces) == 1 && slices.ContainsFunc(t.Records, penalised) {
		x, y := column(t, func(r mc.Record) (float64, bool) {
			penalty := r.Objective - r.Loss
			return penalty, penalty != 0 || r.SingularValues != nil // unknown where the iterate is not finite
		})
		p.series = append(p.series, series{name: "penalty λ·R(W)", x: x, y: y, color: palette[2], style: "dotted"})
	}
	if len(groups) < len(traces) {
		p.notes = append(p.notes, bandNote)
	}
	return p.chart()
}

// lossName names the loss that the runs minimised, where it is one loss.
func lossName(traces []*mc.Trace) string {
	for _, t := range traces {
		if t.Run.Loss != traces[0].Run.Loss {
			return "mean loss, not of one kind"
		}
	}
	loss := strings.TrimSuffix(strings.TrimPrefix(traces[0].Run.Loss, "mc."), "{}")
	if loss == "" {
		return "mean squared error"
	}
	return "mean loss (" + loss + ")"
}
