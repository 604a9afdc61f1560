package viz

import (
	"projectpenalty/mc"
)

const noSplit = "viz: the trace has no gradients: record them with mc.Trace{Split: true}"

// GradientSplit asks: does the gradient move singular values or turn singular vectors? Let W =
// UΣVᵀ, G the loss gradient and M = UᵀGV. The chart has, over the steps, the squared gradient on
// the diagonal, Σᵢ Mᵢᵢ², off the diagonal, Σ_{i≠j} Mᵢⱼ², and, for a rectangular iterate, outside
// the span of its singular vectors. The trace must have been recorded with Split.
func GradientSplit(trace *mc.Trace) *Chart {
	one := []*mc.Trace{trace}
	if err := check(one); err != nil {
		return &Chart{err: err}
	}
	p := plot{
		title: titleOf("Gradient in the singular basis", one), subtitle: about(one), run: runOf(one),
		x: steps(trace), y: axis{name: "squared gradient", log: true},
	}
	for k, line := range []struct {
		name string
		of   func(*mc.GradientSplit) float64
	}{
		{"diagonal, change of σᵢ", func(s *mc.GradientSplit) float64 { return s.Diagonal }},
		{"off-diagonal, rotation of uᵢ and vᵢ", func(s *mc.GradientSplit) float64 { return s.OffDiagonal }},
		{"outside, new directions", func(s *mc.GradientSplit) float64 { return s.Outside }},
	} {
		x, y := column(trace, func(r mc.Record) (float64, bool) {
			if r.Split == nil {
				return 0, false
			}
			return line.of(r.Split), true
		})
		if len(x) == 0 {
			return failed(noSplit)
		}
		if k == 2 && !significant(trace) {
			continue
		}
		p.series = append(p.series, series{name: line.name, x: x, y: y})
	}
	return p.chart()
}

// significant reports whether any of the gradient lies outside the span, beyond rounding.
func significant(trace *mc.Trace) bool {
	for _, r := range trace.Records {
		if s := r.Split; s != nil && s.Outside > 1e-12*(s.Diagonal+s.OffDiagonal) {
			return true
		}
	}
	return false
}
