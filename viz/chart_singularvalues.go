package viz

import (
	"fmt"

	"projectpenalty/mc"
)

// SingularValues asks: how does the spectrum of the iterate form? The largest σᵢ over the steps,
// the largest of the rest as one faint line, and those of the ground truth, where it is known, as
// dotted lines. [Chart.Log] shows the small ones.
//
// Six singular values have a line of their own, or as many as top says. Colours and line styles
// tell 18 apart.
func SingularValues(trace *mc.Trace, top ...int) *Chart {
	one := []*mc.Trace{trace}
	if err := check(one); err != nil {
		return &Chart{err: err}
	}
	shown := len(palette)
	switch {
	case len(top) > 1:
		return failed("viz: SingularValues: top is %v; it must be one number", top)
	case len(top) == 1 && top[0] < 1:
		return failed("viz: SingularValues: top is %d; it must be at least 1", top[0])
	case len(top) == 1:
		shown = top[0]
	}
	p := plot{
		title: titleOf("Singular values", one), subtitle: about(one), run: runOf(one),
		x: steps(trace), y: axis{name: "singular value σᵢ"},
	}
	most := 0
	for _, r := range trace.Records {
		most = max(most, len(r.SingularValues))
	}
	if most == 0 {
		return failed("viz: the trace has no singular values: the iterate was never finite")
	}
	sigma := func(i int) (x, y []float64) {
		return column(trace, func(r mc.Record) (float64, bool) {
			if i >= len(r.SingularValues) {
				return 0, false
			}
			return r.SingularValues[i], true
		})
	}
	for i := range min(most, shown) {
		x, y := sigma(i)
		p.series = append(p.series, series{name: fmt.Sprintf("σ%d",
			i+1), x: x, y: y, style: styles[i/len(palette)%len(styles)]})
	}
	if most > shown {
		x, y := sigma(shown)
		p.series = append(p.series, series{name: fmt.Sprintf("σ%d, the largest of the rest",
			shown+1), x: x, y: y, kind: faintCurve, color: neutral})
	}
	for i, s := range trace.TruthSingularValues {
		if i < shown && s > 1e-10*trace.TruthSingularValues[0] {
			p.marks = append(p.marks, mark{name: fmt.Sprintf("ground truth σ%d", i+1), y: s})
		}
	}
	return p.chart()
}
