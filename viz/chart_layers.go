package viz

import (
	"fmt"

	"projectpenalty/mc"
)

// Layers asks: how does each layer's spectrum form? The largest singular values σ₁ … σ₃ of each
// layer over the steps of a run, recorded by mc.Trace{Watch: mc.Quantities{mc.Layers{}}}. Colours
// tell layers apart, line styles singular values. Balanced layers coincide.
func Layers(trace *mc.Trace) *Chart {
	traces := []*mc.Trace{trace}
	if err := check(traces); err != nil {
		return &Chart{err: err}
	}
	const most = 3
	p := watchedPlot("Singular values of the layers", "singular value σᵢ of a layer", traces)
	for j := 1; ; j++ {
		before := len(p.series)
		for i := range most {
			s := series{
				name:  fmt.Sprintf("layer %d: σ%d", j, i+1),
				color: palette[(j-1)%len(palette)], style: styles[i],
			}
			p.addWatched(s, traces, fmt.Sprintf("singular values of layer %d", j), i)
		}
		if len(p.series) == before {
			return watchedChart(p, "singular values of layer 1", traces)
		}
	}
}
