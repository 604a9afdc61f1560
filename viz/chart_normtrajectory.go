package viz

import "projectpenalty/mc"

// NormTrajectory asks: does the iterate grow, and does its norm concentrate? ‖W‖_*, ‖W‖_F and their
// ratio ‖W‖_*/‖W‖_F over the steps. The ratio is 1 at rank one and √r at r equal singular values.
func NormTrajectory(trace *mc.Trace) *Chart {
	one := []*mc.Trace{trace}
	if err := check(one); err != nil {
		return &Chart{err: err}
	}
	p := plot{
		title: titleOf("Norms of the iterate", one), subtitle: about(one), run: runOf(one), x: steps(trace),
		y: axis{name: "norm or ratio of norms", log: true},
	}
	for _, line := range []struct {
		name, style string
		of          func(mc.Record) float64
	}{
		{"nuclear norm ‖W‖_*", "solid", func(r mc.Record) float64 { return r.NuclearNorm }},
		{"Frobenius norm ‖W‖_F", "solid", func(r mc.Record) float64 { return r.FrobeniusNorm }},
		{"ratio of norms ‖W‖_*/‖W‖_F", "dashed", func(r mc.Record) float64 { return r.NuclearNorm / r.FrobeniusNorm }},
	} {
		x, y := column(trace, func(r mc.Record) (float64, bool) {
			return line.of(r), r.SingularValues != nil && r.FrobeniusNorm > 0
		})
		if len(x) == 0 {
			return failed("viz: the trace has no norms: no iterate was finite and other than zero")
		}
		p.series = append(p.series, series{name: line.name, x: x, y: y, style: line.style})
	}
	return p.chart()
}
