package viz

// Balance asks: do the layers stay balanced, as they do under gradient flow? The imbalance
//
//	maxⱼ ‖W_{j+1}ᵀW_{j+1} − W_jW_jᵀ‖_F
//
// over the steps, a line per run. Gradient flow conserves it (Arora, Cohen and Hazan 2018). The
// axis is logarithmic where all values are positive and span more than a factor of ten.
func Balance(lines ...Line) *Chart {
	if len(lines) == 0 {
		return failed("viz: Balance: no line was given")
	}
	p := plot{title: "Imbalance of the layers", x: axis{name: "step"}, y: axis{name: "imbalance", log: positive(lines)}}
	for i, l := range lines {
		if c := l.checked("Balance"); c != nil {
			return c
		}
		p.series = append(p.series, series{name: l.Name, x: l.X, y: l.Y, style: styles[i/len(palette)%len(styles)]})
	}
	return p.chart()
}
